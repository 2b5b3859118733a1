"""`gongkai coverage`: the grid of offices and years, and why a year is missing."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gongkai.dataset_access import chosen_office
from gongkai.exit_codes import ExitCode
from gongkai.options import DataOption, OfficeOption, fail
from gongkai.reading import data_directory

# Sign and style of each status; the sign alone tells it where there are no colours.
SIGNS = {
    "parsed": ("●", "green"),
    "removed": ("◐", "green"),
    "empty_page": ("○", "yellow"),
    "attachment_only": ("□", "yellow"),
    "unreadable": ("?", "red"),
    "http_error": ("!", "red"),
    "blocked": ("#", "red"),
    "never_listed": ("·", "dim"),
}


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("coverage")(coverage)


def coverage(office: OfficeOption = None, data: DataOption = None) -> None:
    """Draw which years of which offices there are; of one office also why years are missing."""
    from datasets.tables import NoDataset, read_rows

    data_dir = data_directory(data)
    try:
        rows = read_rows(data_dir, "coverage")
    except NoDataset as error:
        fail(str(error), ExitCode.NOTHING_FOUND)
    if office is not None:
        chosen = chosen_office(data_dir, office)
        rows = [row for row in rows if row["office_id"] == chosen]
    console = Console()
    console.print(_grid(rows))
    used = {row["status"] for row in rows}
    legend = [
        Text.assemble(SIGNS[one], f" {one.replace('_', ' ')}") for one in SIGNS if one in used
    ]
    console.print(Text(" · ").join(legend))
    if len({row["office_id"] for row in rows}) == 1:
        for row in rows:
            if row["status"] != "parsed":
                words = (
                    f"{row['report_year']} {row['status'].replace('_', ' ')}: {row['evidence']}."
                )
                console.print(Text(words))


def _grid(rows: list[dict[str, Any]]) -> Table:
    years = sorted({row["report_year"] for row in rows})
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("office", overflow="fold")
    for year in years:
        table.add_column(str(year), justify="center")
    table.add_column("read", justify="right")
    for office_id, group in groupby(rows, key=lambda row: row["office_id"]):
        status = {row["report_year"]: row["status"] for row in group}
        cells = [Text(*SIGNS[status[year]]) if year in status else Text("") for year in years]
        table.add_row(office_id, *cells, str(sum(one == "parsed" for one in status.values())))
    return table
