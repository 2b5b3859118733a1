"""The `gongkai` command: every sub-command is a module of `gongkai.commands`.

This module only puts them together; it holds no logic of its own. A module there with a function
`register` is a command; nothing else has to be told of it.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import typer

from gongkai import commands

app = typer.Typer(
    help="政府信息公开工作年度报告: fetch, archive, read, compare.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

for _found in sorted(iter_modules(commands.__path__), key=lambda one: one.name):
    import_module(f"{commands.__name__}.{_found.name}").register(app)


def main() -> None:
    """Run the command line."""
    app()
