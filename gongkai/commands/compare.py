"""`gongkai compare`: two years of an office, or all of them, beside each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gongkai.dataset_access import chosen_office, chosen_offices, reads_dataset
from gongkai.exit_codes import ExitCode
from gongkai.options import DataOption, fail
from gongkai.reading import data_directory
from gongkai.terminal import output_console
from gongkai.wording import counted
from gongkai.year_table import BREAK_MARKS, SIGNS_OF_FIGURES, YearTable, cell_text, figure_text

if TYPE_CHECKING:
    from datasets.comparison import Cell

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


# More offices beside each other are read by nobody.
_MOST_OFFICES = 60


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("compare")(reads_dataset(compare))


def compare(
    first: Annotated[int | None, typer.Argument(help="Report year; none for all years.")] = None,
    second: Annotated[int | None, typer.Argument(help="Report year to set beside it.")] = None,
    every_indicator: Annotated[
        bool, typer.Option("--all", help="Every indicator of the form, not only the headlines.")
    ] = False,
    figure: Annotated[
        str | None,
        typer.Option(help="Set offices beside each other in this column of the panel."),
    ] = None,
    office: Annotated[
        list[str] | None,
        typer.Option(
            "--office",
            help="Office id; needed when the dataset holds several. With --figure also a pattern "
            "such as 'cn-3715*', or several.",
        ),
    ] = None,
    data: DataOption = None,
) -> None:
    """Compare two report years of an office, from the earlier to the later; or show all years."""
    from datasets.comparison import year_by_year
    from datasets.one_report import NoReport
    from datasets.two_years import compare_years

    data_dir = data_directory(data)
    if figure is not None:
        output_console().print(_offices(data_dir, figure, chosen_offices(data_dir, office)))
        return
    if office and len(office) > 1:
        fail("Years are compared of one office; give one --office, or --figure.", ExitCode.USAGE)
    office_id = chosen_office(data_dir, office[0] if office else None)
    console = output_console()
    if first is None:
        console.print(YearTable(year_by_year(data_dir, office_id), every_indicator))
        return
    if second is None:
        fail(
            f"Give two years, such as `gongkai compare {first} {first + 1}`, or none for all.",
            ExitCode.USAGE,
        )
    if first == second:
        fail(f"{first} and {second} are one report; give two years.", ExitCode.USAGE)
    try:
        found = compare_years(data_dir, office_id, first, second, every_indicator=every_indicator)
    except NoReport as error:
        fail(str(error), ExitCode.NOTHING_FOUND)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title_justify="left")
    earlier, later = found.years
    table.title = f"{found.office_name or office_id}: from {earlier} to {later}"
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


def _offices(data_dir: Path, figure: str, offices: list[str]) -> RenderableType:
    """One figure of several offices, a row an office and a column a year."""
    from datasets.comparison import office_by_office
    from datasets.registry import panel_columns

    if len(offices) > _MOST_OFFICES:
        fail(
            f"{len(offices):,} offices; at most {_MOST_OFFICES} are set beside each other: choose "
            "some with --office, such as --office 'cn-3715*'.",
            ExitCode.USAGE,
        )
    try:
        years, lines = office_by_office(data_dir, figure, offices)
    except KeyError as error:
        fail(f"{str(error.args[0]).capitalize()}.", ExitCode.USAGE)
    column = panel_columns()[figure]
    unit = " (万元)" if column.unit == "CNY_10k" else ""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), title_justify="left")
    table.title = f"{column.label_en} {column.label_zh}{unit}"
    table.add_column("office", overflow="fold", min_width=20)
    for year in years:
        table.add_column(str(year), justify="right", no_wrap=True, min_width=4)
    for line in lines:
        cells = [cell_text(cell, column.unit) for cell in line.cells]
        table.add_row(line.office_name or line.office_id, *cells)
    breaks = [
        (line.office_name or line.office_id, year, cell)
        for line in lines
        for year, cell in zip(years, line.cells, strict=True)
        if cell.series_break is not None
    ]
    return Group(table, Text(SIGNS_OF_FIGURES, style="dim"), *_break_lines(breaks, len(lines)))


def _break_lines(breaks: list[tuple[str, int, Cell]], count: int) -> Iterator[Text]:
    """What each kind of break means, and of which offices and years. count: of the offices."""
    told: dict[tuple[str, str], dict[str, list[str]]] = {}
    for office, year, cell in breaks:
        places = told.setdefault((cell.series_break or "", cell.reason or ""), {})
        places.setdefault(str(year), []).append(office)
    for (kind, reason), years in told.items():
        when = ", ".join(
            year if count == 1 else f"{year} ({counted(len(offices), 'office')})"
            for year, offices in sorted(years.items())
        )
        yield Text(f"{BREAK_MARKS[kind]} {kind} in {when}: {reason}.", style="dim")
