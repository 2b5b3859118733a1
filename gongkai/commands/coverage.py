"""`gongkai coverage`: the grid of offices and years, and why a year is missing."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from gongkai.dataset_access import chosen_offices, reads_dataset
from gongkai.exit_codes import ExitCode
from gongkai.options import DataOption, SomeOfficesOption, fail
from gongkai.reading import data_directory
from gongkai.terminal import output_console

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

# A grid of more offices than this is looked at by nobody; they are counted instead.
_MOST_IN_GRID = 60


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("coverage")(reads_dataset(coverage))


def coverage(
    office: SomeOfficesOption = None,
    by: Annotated[
        str | None,
        typer.Option(
            help="Put offices together by level, province, city, county or family, and say of "
            "how many there is a report that could be read."
        ),
    ] = None,
    data: DataOption = None,
) -> None:
    """Draw which years of which offices there are; of one office also why years are missing."""
    from datasets.selection import of_offices
    from datasets.tables import read_rows

    data_dir = data_directory(data)
    chosen = chosen_offices(data_dir, office)
    console = output_console()
    if by is not None:
        console.print(_by_group(data_dir, by, chosen if office else None))
        return
    if len(chosen) > _MOST_IN_GRID:
        console.print(_counts(data_dir, chosen))
        console.print(
            f"{len(chosen):,} offices; the grid shows at most {_MOST_IN_GRID}: choose some with "
            "--office, such as --office 'cn-3715*', or count them with --by province.",
            highlight=False,
        )
        return
    rows = read_rows(data_dir, "coverage", of_offices(chosen))
    console.print(_grid(rows))
    used = {row["status"] for row in rows}
    console.print(Text(" · ").join(_legend(used)))
    if len(chosen) == 1:
        for row in rows:
            if row["status"] != "parsed":
                words = (
                    f"{row['report_year']} {row['status'].replace('_', ' ')}: {row['evidence']}."
                )
                console.print(Text(words))


def _by_group(data_dir: Path, by: str, offices: list[str] | None) -> Table:
    """The share of the offices of each group whose report was read, by year."""
    from datasets.coverage import WITH_FIGURES
    from datasets.national import NoGrouping, coverage_by, grouping

    try:
        counted = coverage_by(data_dir, by, offices)
    except NoGrouping as error:
        fail(str(error), ExitCode.USAGE)
    years = sorted({year for some in counted.values() for year, _ in some})
    table = Table(
        title="Offices whose report of the year was read, of those with a row in coverage",
        box=box.SIMPLE_HEAD,
        title_justify="left",
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for name in grouping(by):
        table.add_column(name)
    table.add_column("offices", justify="right")
    for year in years:
        table.add_column(str(year), justify="right", no_wrap=True, min_width=4)
    for group, some in counted.items():
        there = {year: sum(some[year, status] for status in SIGNS) for year in years}
        cells = [
            f"{sum(some[year, one] for one in WITH_FIGURES) / there[year]:.0%}"
            if there[year]
            else ""
            for year in years
        ]
        names = [name or "not known" for name in group]
        table.add_row(*names, f"{max(there.values()):,}", *cells)
    return table


def _legend(used: Iterable[str]) -> list[Text]:
    return [Text.assemble(SIGNS[one], f" {one.replace('_', ' ')}") for one in SIGNS if one in used]


def _counts(data_dir: Path, offices: list[str]) -> Table:
    """How many offices have which status in each year."""
    from datasets.coverage_counts import coverage_counts

    counted = coverage_counts(data_dir, offices)
    years = sorted({year for year, _ in counted})
    statuses = [one for one in SIGNS if any((year, one) in counted for year in years)]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    for year in years:
        table.add_column(str(year), justify="right")
    for status in statuses:
        cells = [f"{counted[year, status]:,}" if counted[year, status] else "" for year in years]
        table.add_row(_legend([status])[0], *cells)
    return table


def _grid(rows: list[dict[str, Any]]) -> Table:
    from datasets.coverage import WITH_FIGURES

    years = sorted({row["report_year"] for row in rows})
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("office", overflow="fold")
    for year in years:
        table.add_column(str(year), justify="center", no_wrap=True, min_width=4)
    table.add_column("read", justify="right")
    for office_id, group in groupby(rows, key=lambda row: row["office_id"]):
        status = {row["report_year"]: row["status"] for row in group}
        cells = [Text(*SIGNS[status[year]]) if year in status else Text("") for year in years]
        table.add_row(office_id, *cells, str(sum(one in WITH_FIGURES for one in status.values())))
    return table
