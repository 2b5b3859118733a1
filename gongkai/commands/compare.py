"""`gongkai compare`: two years of an office, or all of them, beside each other."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from gongkai.dataset_access import chosen_office
from gongkai.exit_codes import ExitCode
from gongkai.options import DataOption, OfficeOption, fail
from gongkai.reading import data_directory
from gongkai.terminal import output_console
from gongkai.year_table import YearTable, figure_text

_HEADS = {
    "rose": "rose",
    "fell": "fell",
    "unchanged": "unchanged",
    "uncertain": "cannot be told: a figure is not stated exactly",
    "began": "began: only the later form asks it",
    "ended": "ended: only the earlier form asks it",
    "not_comparable": "cannot be compared: the two forms mean different things",
    "no_figure": "no figure in one of the years",
}


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("compare")(compare)


def compare(
    first: Annotated[int | None, typer.Argument(help="Report year; none for all years.")] = None,
    second: Annotated[int | None, typer.Argument(help="Report year to set beside it.")] = None,
    every_indicator: Annotated[
        bool, typer.Option("--all", help="Every indicator of the form, not only the headlines.")
    ] = False,
    office: OfficeOption = None,
    data: DataOption = None,
) -> None:
    """Compare two report years of an office; without years, show all of them."""
    from datasets.comparison import year_by_year
    from datasets.one_report import NoReport
    from datasets.two_years import compare_years

    data_dir = data_directory(data)
    office_id = chosen_office(data_dir, office)
    console = output_console()
    if first is None:
        console.print(YearTable(year_by_year(data_dir, office_id), every_indicator))
        return
    if second is None:
        fail(
            f"Give two years, such as `gongkai compare {first} {first + 1}`, or none for all.",
            ExitCode.USAGE,
        )
    try:
        found = compare_years(data_dir, office_id, first, second, every_indicator=every_indicator)
    except NoReport as error:
        fail(str(error), ExitCode.NOTHING_FOUND)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title_justify="left")
    table.title = f"{found.office_name or office_id}: {first} and {second}"
    table.add_column("", min_width=30)
    for year, layout in zip(found.years, found.layouts, strict=True):
        table.add_column(f"{year}\n[dim]{layout or 'no layout'}[/dim]", justify="right")
    table.add_column("", overflow="fold")
    for verdict, changes in groupby(found.changes, key=lambda change: change.verdict):
        table.add_section()
        table.add_row(Text(_HEADS[verdict], style="bold"))
        for one in changes:
            cells = [
                figure_text(stand.value, one.unit, stand.status, stand.qualifier)
                for stand in (one.first, one.second)
            ]
            table.add_row(f"  {one.label_en}", *cells, Text(one.reason, style="dim"))
    console.print(table)
