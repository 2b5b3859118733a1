"""The options that several commands share, and the one way in which a command fails."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from gongkai.exit_codes import ExitCode
from gongkai.reading import data_directory


def fail(sentence: str, code: ExitCode) -> NoReturn:
    """Say one sentence on the error stream and leave with `code`."""
    typer.echo(sentence, err=True)
    raise typer.Exit(code)


def _no_file(data: Path | None) -> Path | None:
    """Leave with a sentence when the data directory is a file, or would be below one."""
    path = data_directory(data)
    there = next(one for one in (path, *path.absolute().parents) if _is_there(one))
    if not there.is_dir():
        fail(
            f"The data directory {path} cannot be used: {there} is a file, not a folder; choose"
            " another with --data.",
            ExitCode.USAGE,
        )
    return data


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # in a folder that may not be read; whoever writes there says so
        return False


DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data", help="Data directory; by default $GONGKAI_DATA, else ./data.", callback=_no_file
    ),
]
OfficesOption = Annotated[
    Path | None,
    typer.Option(
        "--offices",
        help="An office file (TOML), a registry of offices (CSV) or a folder of them; by default "
        "$GONGKAI_OFFICES, else offices.csv in the data, else the bundled offices.",
    ),
]
OfficeOption = Annotated[
    str | None,
    typer.Option("--office", help="Office id; needed when the dataset holds several."),
]
SomeOfficesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--office",
        help="Only this office: an id, or a pattern such as 'cn-3715*'. May be repeated.",
    ),
]
MaxAgeOption = Annotated[
    float | None,
    typer.Option(help="Ask again for captures older than this; 0 asks for every page."),
]
LogJsonOption = Annotated[
    bool, typer.Option("--log-json", help="Write DATA/crawl.log as JSON lines.")
]
