"""Years beside each other: the headline figures of one office, with the breaks between them.

Computes what a table or a chart shows; it draws nothing. Works from the published panel and
coverage alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

from datasets.registry import comparability, panel_columns
from datasets.tables import read_rows


@dataclass(frozen=True, slots=True)
class YearHead:
    """One year of a comparison. layout is None for a year without a report.

    status, evidence, evidence_zh: as coverage says.
    """

    year: int
    layout: str | None
    status: str
    evidence: str
    evidence_zh: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of a comparison.

    status: of the panel (`reported`, `computed`, `not_asked` …), or `no_report`.
    series_break: `renamed` or `redefined` when the figure may not simply be set beside that of
        the report before it, else None; `reason` says why, `reason_zh` in Chinese.
    """

    value: float | None
    status: str
    qualifier: str | None = None
    source: str | None = None
    series_break: str | None = None
    reason: str | None = None
    reason_zh: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One harmonised column over the years; `cells` are in the order of the years."""

    column: str
    label_en: str
    label_zh: str
    unit: str
    cells: tuple[Cell, ...]

    @property
    def has_figures(self) -> bool:
        """Whether any year has a figure."""
        return any(cell.value is not None for cell in self.cells)


@dataclass(frozen=True, slots=True)
class YearComparison:
    """The headline figures of one office, year by year."""

    office_id: str
    office_name: str | None
    years: tuple[YearHead, ...]
    lines: tuple[Line, ...]

    @property
    def breaks(self) -> tuple[tuple[Line, int, Cell], ...]:
        """Every break: the line, the year it stands before, the cell that carries it."""
        return tuple(
            (line, head.year, cell)
            for line in self.lines
            for head, cell in zip(self.years, line.cells, strict=True)
            if cell.series_break is not None
        )


def year_by_year(data_dir: Path, office_id: str) -> YearComparison:
    """The headline figures of one office for every year that coverage knows.

    Raises:
        datasets.tables.NoDataset: nothing was built yet.
    """
    where = ds.field("office_id") == office_id
    panel = {row["report_year"]: row for row in read_rows(data_dir, "panel", where)}
    covered = read_rows(data_dir, "coverage", where)
    years = tuple(
        YearHead(
            year=row["report_year"],
            layout=panel[row["report_year"]]["layout"] if row["report_year"] in panel else None,
            status=row["status"],
            evidence=row["evidence"],
            evidence_zh=row["evidence_zh"],
        )
        for row in covered
    )
    lines = tuple(
        Line(
            column=column.name,
            label_en=column.label_en,
            label_zh=column.label_zh,
            unit=column.unit,
            cells=_cells(column.name, years, panel),
        )
        for column in panel_columns().values()
    )
    names = [row["office_name"] for row in panel.values() if row["office_name"]]
    return YearComparison(office_id, names[-1] if names else None, years, lines)


@dataclass(frozen=True, slots=True)
class OfficeLine:
    """One harmonised column of one office; `cells` are in the order of the years asked for."""

    office_id: str
    office_name: str | None
    cells: tuple[Cell, ...]


def office_by_office(
    data_dir: Path, column: str, offices: Sequence[str]
) -> tuple[tuple[int, ...], tuple[OfficeLine, ...]]:
    """One harmonised column of several offices: the years, and a line an office.

    offices: sorted ids; their rows are held in memory.

    Raises:
        KeyError: the panel has no such column; the message names similar ones.
        datasets.tables.NoDataset: nothing was built yet.
    """
    check_column(column)
    found = [year_by_year(data_dir, office) for office in offices]
    years = tuple(sorted({head.year for one in found for head in one.years}))
    lines = []
    for one in found:
        (line,) = (line for line in one.lines if line.column == column)
        cells = dict(zip((head.year for head in one.years), line.cells, strict=True))
        row = tuple(cells.get(year, Cell(None, "no_report")) for year in years)
        lines.append(OfficeLine(one.office_id, one.office_name, row))
    return years, tuple(lines)


def check_column(column: str) -> None:
    """See that the panel has a harmonised column of this name.

    Raises:
        KeyError: it has none; the message names similar ones.
    """
    if column not in panel_columns():
        near = get_close_matches(column, panel_columns(), n=3) or list(panel_columns())[:3]
        raise KeyError(f"the panel has no harmonised column {column}; it has {', '.join(near)} …")


def form_of(row: Mapping[str, Any], column: str) -> str | None:
    """The form that a column of a row of the panel is to be judged by.

    It is that which filled the column, for a report may mix forms; else the report's.
    """
    form: str | None = row.get(f"{column}__form") or row["layout"]
    return form


def _cells(
    column: str, years: tuple[YearHead, ...], panel: dict[int, dict[str, Any]]
) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    for head in years:
        cell = _cell(column, head, panel)
        # Nothing breaks where nothing stood before.
        if all(before.value is None for before in cells):
            cell = replace(cell, series_break=None, reason=None, reason_zh=None)
        cells.append(cell)
    return tuple(cells)


def _cell(column: str, head: YearHead, panel: dict[int, dict[str, Any]]) -> Cell:
    row = panel.get(head.year)
    if row is None:
        return Cell(None, "no_report")
    kind, reason, reason_zh = row[f"{column}__vs_previous"], None, None
    series_break = kind if kind in ("renamed", "redefined") else None
    if series_break is not None:
        before = panel[row["previous_year"]]
        told = comparability(column, *(str(form_of(one, column)) for one in (before, row)))
        reason, reason_zh = told.reason, told.reason_zh
    return Cell(
        value=row[column],
        status=row[f"{column}__status"],
        qualifier=row.get(f"{column}__qualifier"),
        source=row.get(f"{column}__source"),
        series_break=series_break,
        reason=reason,
        reason_zh=reason_zh,
    )
