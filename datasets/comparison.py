"""Years beside each other: the headline figures of one office, with the breaks between them.

Computes what a table or a chart shows; it draws nothing. Works from the published panel and
coverage alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

from datasets.registry import comparability, panel_columns
from datasets.tables import read_rows


@dataclass(frozen=True, slots=True)
class YearHead:
    """One year of a comparison. layout is None for a year without a report.

    status, evidence: as coverage says.
    """

    year: int
    layout: str | None
    status: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of a comparison.

    status: of the panel (`reported`, `computed`, `not_asked` …), or `no_report`.
    series_break: `renamed` or `redefined` when the figure may not simply be set beside that of
        the report before it, else None; `reason` says why.
    """

    value: float | None
    status: str
    qualifier: str | None = None
    source: str | None = None
    series_break: str | None = None
    reason: str | None = None


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


def _cells(
    column: str, years: tuple[YearHead, ...], panel: dict[int, dict[str, Any]]
) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    for head in years:
        cell = _cell(column, head, panel)
        # Nothing breaks where nothing stood before.
        if all(before.value is None for before in cells):
            cell = replace(cell, series_break=None, reason=None)
        cells.append(cell)
    return tuple(cells)


def _cell(column: str, head: YearHead, panel: dict[int, dict[str, Any]]) -> Cell:
    row = panel.get(head.year)
    if row is None:
        return Cell(None, "no_report")
    kind, reason = row[f"{column}__vs_previous"], None
    series_break = kind if kind in ("renamed", "redefined") else None
    if series_break is not None:
        before = panel[row["previous_year"]]["layout"]
        reason = comparability(column, before, row["layout"]).reason
    return Cell(
        value=row[column],
        status=row[f"{column}__status"],
        qualifier=row.get(f"{column}__qualifier"),
        source=row.get(f"{column}__source"),
        series_break=series_break,
        reason=reason,
    )
