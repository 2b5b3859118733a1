"""The `gongkai` command: every sub-command is a module of `gongkai.commands`.

This module only puts them together; it holds no logic of its own.
"""

from __future__ import annotations

import typer

app = typer.Typer(
    help="政府信息公开工作年度报告: fetch, archive, read, compare.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def main() -> None:
    """Run the command line."""
    app()
