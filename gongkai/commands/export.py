"""`gongkai export`: the dataset as CSV files or as a DuckDB file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gongkai.dataset_access import reads_dataset
from gongkai.exit_codes import ExitCode
from gongkai.options import DataOption, fail
from gongkai.reading import data_directory


class Format(StrEnum):
    """What can be exported to."""

    CSV = "csv"
    DUCKDB = "duckdb"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("export")(reads_dataset(export))


def export(
    to: Annotated[Format, typer.Argument(help="csv: a folder of files; duckdb: one file.")],
    path: Annotated[Path, typer.Argument(help="The folder, or the file, to write.")],
    copy: Annotated[
        bool,
        typer.Option(
            help="duckdb: copy the rows of a partitioned dataset too, instead of leaving them in "
            "its files."
        ),
    ] = False,
    data: DataOption = None,
) -> None:
    """Copy the dataset into another format."""
    from datasets.formats.csv_files import export_csv
    from datasets.formats.duckdb_file import ExportError, export_duckdb

    data_dir = data_directory(data)
    try:
        if to is Format.CSV:
            written = export_csv(data_dir, path)
            typer.echo(f"{len(written)} CSV files with their datapackage.json: {path}")
        elif to is Format.DUCKDB:
            export_duckdb(data_dir, path, copy=copy)
            typer.echo(f"DuckDB file: {path}")
    except ExportError as error:
        fail(str(error), ExitCode.USAGE)
    except OSError as error:
        fail(f"{path} cannot be written: {error}.", ExitCode.USAGE)
