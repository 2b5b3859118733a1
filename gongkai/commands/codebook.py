"""`gongkai codebook`: what every indicator means, and the data dictionary as Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from gongkai.exit_codes import ExitCode
from gongkai.options import fail
from gongkai.terminal import output_console


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("codebook")(codebook)


def codebook(
    indicator: Annotated[
        str | None, typer.Argument(help="Only indicators whose name begins so.")
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option("--write", help="Write the data dictionary to this Markdown file."),
    ] = None,
) -> None:
    """List the indicators with their labels, units and the layouts that ask them."""
    from datasets.codebook import codebook_rows
    from datasets.dictionary import data_dictionary

    if write is not None:
        try:
            write.write_text(data_dictionary(), encoding="utf-8")
        except OSError as error:
            fail(f"{write} cannot be written: {error}.", ExitCode.USAGE)
        typer.echo(f"{write} written.")
        return
    rows = [row for row in codebook_rows() if row["indicator"].startswith(indicator or "")]
    if not rows:
        fail(f"There is no indicator whose name begins with {indicator}.", ExitCode.NOTHING_FOUND)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("indicator", "as printed", "meaning", "unit", "asked in"):
        table.add_column(title, overflow="fold")
    for row in rows:
        labels = [row[name] for name in row if name.startswith("label_zh_") and row[name]]
        newest = labels[-1] if labels else row["row_type"]
        table.add_row(
            row["indicator"],
            newest,
            row["definition"],
            row["unit"],
            row["layouts"].replace(" ", "\n"),
        )
    output_console().print(table)
