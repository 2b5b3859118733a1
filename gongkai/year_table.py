"""Draw the year-by-year comparison of one office on a terminal.

Rows are figures, columns are years; a bar before a figure says that the series breaks there. It
computes no figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from datasets.comparison import Cell, Line, YearComparison

# How a break is marked before the figure.
BREAK_MARKS = {"renamed": "¦", "redefined": "‖"}
# What stands in the place of a figure that is not there.
_ABSENT = {
    "blank": "blank",
    "unreadable": "?",
    "incomplete": "…",
    "not_stated": "·",
    "not_asked": "",
    "no_base": "",
    "no_report": "",
}
SIGNS_OF_FIGURES = (
    "≥ at least (余, or a total with blank parts), ≈ about · blank: an empty cell, not a zero · "
    "dot: the prose says nothing · empty: not asked, or no report"
)
_QUALIFIERS = {"at_least": "≥", "at_most": "≤", "about": "≈"}
# What a figure's words take at least, and a year with a figure of five digits and its mark.
_LABEL_WIDTH = 34
_YEAR_WIDTH = 9
_LAYOUT_NAMES = {
    "narrative-2008": "prose",
    "tables-2019": "form 2019",
    "tables-2021": "form 2021",
}


def figure_text(value: float | None, unit: str, status: str, qualifier: str | None = None) -> str:
    """A figure as it is shown: `≥600`, `0`, `66.7%`, `blank`."""
    if value is None:
        return _ABSENT.get(status, status)
    shown = f"{value:.1%}" if unit == "share" else f"{value:,.10g}"
    return _QUALIFIERS.get(qualifier or "", "") + shown


@dataclass(frozen=True, slots=True)
class YearTable:
    """The comparison as tables with their legend; years that do not fit stand in a further table.

    with_empty: also the figures that no year has.
    """

    comparison: YearComparison
    with_empty: bool = False

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        """Give rich what to print in the width there is."""
        count = len(self.comparison.years)
        room = max(1, (options.max_width - _LABEL_WIDTH) // _YEAR_WIDTH)
        tables = -(-count // room)
        for number in range(tables):
            # As many years in each, so that the last table is not one year alone.
            start, end = number * count // tables, (number + 1) * count // tables
            yield self._table(range(start, end))
        shown = {line.column for line in self._lines}
        yield from _legend(self.comparison, shown)

    @property
    def _lines(self) -> list[Line]:
        return [line for line in self.comparison.lines if self.with_empty or line.has_figures]

    def _table(self, places: range) -> Table:
        one = self.comparison
        title = f"{one.office_name or one.office_id} ({one.office_id})" if places.start == 0 else ""
        table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
        table.add_column("", min_width=_LABEL_WIDTH)
        for place in places:
            head = one.years[place]
            below = _LAYOUT_NAMES.get(head.layout or "", head.status.replace("_", " "))
            below = below.replace(" ", "\n")
            table.add_column(f"{head.year}\n[dim]{below}[/dim]", justify="right", no_wrap=True)
        for line in self._lines:
            unit = " [dim]万元[/dim]" if line.unit == "CNY_10k" else ""
            cells = [cell_text(line.cells[place], line.unit) for place in places]
            table.add_row(f"{line.label_en}{unit}", *cells)
        return table


def cell_text(cell: Cell, unit: str) -> Text:
    """A figure as it is shown, after the mark of a break."""
    shown = figure_text(cell.value, unit, cell.status, cell.qualifier)
    style = "" if cell.value is not None else "dim"
    # Also before a cell that shows nothing: the series breaks there, whoever comes next.
    if cell.series_break is not None:
        return Text.assemble((BREAK_MARKS[cell.series_break], "yellow"), (shown, style))
    return Text(shown, style=style)


def _legend(comparison: YearComparison, shown: set[str]) -> Iterable[RenderableType]:
    yield Text(SIGNS_OF_FIGURES, style="dim")
    for head in comparison.years:
        if head.layout is None:
            yield Text(
                f"{head.year}: {head.status.replace('_', ' ')}: {head.evidence}.", style="dim"
            )
    told: dict[tuple[str, str, int], list[str]] = {}
    for line, year, cell in comparison.breaks:
        if line.column in shown:
            key = (cell.series_break or "", cell.reason or "", year)
            told.setdefault(key, []).append(line.label_en)
    for (kind, reason, year), labels in told.items():
        words = f"{BREAK_MARKS[kind]} {year}, {kind}: {', '.join(labels)}: {reason}."
        yield Text(words, style="dim")
