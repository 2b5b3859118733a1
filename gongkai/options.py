"""The options that several commands share, and the one way in which a command fails."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from gongkai.exit_codes import ExitCode

DataOption = Annotated[
    Path | None,
    typer.Option("--data", help="Data directory; by default $GONGKAI_DATA, else ./data."),
]
OfficesOption = Annotated[
    Path | None,
    typer.Option(
        "--offices",
        help="An office file (TOML) or a folder of them; by default $GONGKAI_OFFICES, "
        "else the bundled offices.",
    ),
]
OfficeOption = Annotated[
    str | None,
    typer.Option("--office", help="Office id; needed when the dataset holds several."),
]


def fail(sentence: str, code: ExitCode) -> NoReturn:
    """Say one sentence on the error stream and leave with `code`."""
    typer.echo(sentence, err=True)
    raise typer.Exit(code)
