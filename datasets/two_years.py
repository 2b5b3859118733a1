"""Two years of one office beside each other: what rose, fell, began, ended, or cannot be compared.

Works from the published panel and observations; the registry says what compares. It draws nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

import pyarrow.dataset as ds

from datasets.comparison import form_of
from datasets.one_report import NoReport, absence
from datasets.panel import by_indicator, summed_figure
from datasets.registry import LAYOUTS, Indicator, comparability, indicators, panel_columns
from datasets.tables import read_rows
from parsers import Observation

Verdict = Literal[
    "rose", "fell", "unchanged", "uncertain", "began", "ended", "not_comparable", "no_figure"
]
# In the order in which they are shown.
VERDICTS: tuple[Verdict, ...] = (
    "rose",
    "fell",
    "unchanged",
    "uncertain",
    "began",
    "ended",
    "not_comparable",
    "no_figure",
)


@dataclass(frozen=True, slots=True)
class Stand:
    """One figure in one of the two years; status as in the panel."""

    value: float | None
    status: str
    qualifier: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One figure in both years.

    verdict: `uncertain` when figures that are stated as at least, at most or about leave open
        which is larger; `began` and `ended` when only one of the two forms asks it;
        `not_comparable` when both do but mean something else; `no_figure` when one of the reports
        leaves it open.
    reason: why it began, ended or does not compare, or what to bear in mind; "" when nothing.
    """

    name: str
    label_en: str
    label_zh: str
    unit: str
    first: Stand
    second: Stand
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class TwoYears:
    """The comparison of two reports; years in the order of time, changes in that of verdicts."""

    office_id: str
    office_name: str | None
    years: tuple[int, int]
    layouts: tuple[str | None, str | None]
    changes: tuple[Change, ...]


def compare_years(
    data_dir: Path, office_id: str, first: int, second: int, *, every_indicator: bool = False
) -> TwoYears:
    """Compare the reports of two years, from the earlier to the later whichever is named first.

    every_indicator: also every single indicator of the form (its total), not only the headlines.

    Raises:
        NoReport: one of the years has none; the message says what coverage knows.
        datasets.tables.NoDataset: nothing was built yet.
    """
    rows = {}
    # A figure begins, ends, rises or falls in the course of time.
    first, second = sorted((first, second))
    for year in (first, second):
        where = (ds.field("office_id") == office_id) & (ds.field("report_year") == year)
        found = read_rows(data_dir, "panel", where)
        if not found:
            raise NoReport(absence(data_dir, office_id, year))
        rows[year] = found[0]
    one, other = rows[first], rows[second]
    changes = list(_headlines(one, other))
    if every_indicator:
        shown = {
            expression
            for column in panel_columns().values()
            for expression in column.expressions.values()
        }
        changes += _indicators(data_dir, one, other, shown)
    changes.sort(key=lambda change: VERDICTS.index(change.verdict))
    name = other["office_name"] or one["office_name"]
    layouts = (one["layout"], other["layout"])
    return TwoYears(office_id, name, (first, second), layouts, tuple(changes))


def _headlines(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[Change]:
    for column in panel_columns().values():
        stands = [
            Stand(
                row[column.name],
                row[f"{column.name}__status"],
                row.get(f"{column.name}__qualifier"),
            )
            for row in (one, other)
        ]
        forms = (form_of(one, column.name), form_of(other, column.name))
        asked = [form in column.expressions for form in forms]
        verdict = _verdict(column.name, forms, asked, stands)
        if verdict is not None:
            names = (column.name, column.label_en, column.label_zh, column.unit)
            yield Change(*names, stands[0], stands[1], *verdict)


def _indicators(
    data_dir: Path, one: Mapping[str, Any], other: Mapping[str, Any], shown: set[str]
) -> Iterator[Change]:
    stated = [_totals(data_dir, row) for row in (one, other)]
    for indicator in indicators().values():
        if indicator.name in shown:
            continue
        stands = [
            rows.get(indicator.name, _no_figure(row))
            for row, rows in zip((one, other), stated, strict=True)
        ]
        forms = [
            _form(indicator, row, indicator.name in rows)
            for row, rows in zip((one, other), stated, strict=True)
        ]
        asked = [form in indicator.layouts for form in forms]
        verdict = _verdict(indicator.name, (forms[0], forms[1]), asked, stands)
        if verdict is not None:
            names = (indicator.name, indicator.definition, indicator.label_zh, indicator.unit)
            yield Change(*names, stands[0], stands[1], *verdict)


def _form(indicator: Indicator, row: Mapping[str, Any], is_stated: bool) -> str | None:
    """The form as which a report asks an indicator: its own, else the newest one that asks it."""
    layout: str | None = row["layout"]
    if layout in indicator.layouts or not is_stated:
        return layout
    return indicator.layouts[-1]


def _no_figure(row: Mapping[str, Any]) -> Stand:
    return Stand(None, "not_stated" if row["status"] == "parsed" else "no_report")


def _totals(data_dir: Path, row: Mapping[str, Any]) -> dict[str, Stand]:
    """Every indicator that a report states, as the panel would show it."""
    where = (ds.field("office_id") == row["office_id"]) & (
        ds.field("report_year") == row["report_year"]
    )
    names = [field.name for field in fields(Observation)]
    rows = read_rows(data_dir, "observations", where, names)
    stated = by_indicator(Observation(**one) for one in rows)
    # One indicator is the same expression in every layout.
    figures = {name: summed_figure(name, LAYOUTS[-1], stated) for name in stated}
    return {name: Stand(one.value, one.status, one.qualifier) for name, one in figures.items()}


def _verdict(
    name: str, layouts: tuple[str | None, str | None], asked: list[bool], stands: list[Stand]
) -> tuple[Verdict, str] | None:
    first, second = stands
    if first.value is None and second.value is None:
        return None
    for stand, which in ((first, "first"), (second, "second")):
        if stand.status == "no_report":
            return "no_figure", f"the report of the {which} year could not be read"
    if None in layouts:
        return "no_figure", "one of the two reports has no layout"
    found = comparability(name, str(layouts[0]), str(layouts[1]))
    if not all(asked) and found.comparability == "not_asked":
        return ("ended" if asked[0] else "began"), found.reason
    if first.value is None or second.value is None:
        missing = first if first.value is None else second
        which = "first" if missing is first else "second"
        return "no_figure", f"{missing.status.replace('_', ' ')} in the {which} year"
    if found.comparability == "redefined":
        return "not_comparable", found.reason
    reason = f"renamed: {found.reason}" if found.comparability == "renamed" else ""
    verdict, inexact = _direction(first, second)
    return verdict, "; ".join(part for part in (inexact, reason) if part)


# 近3000 is said of 2 900 as well as of 3 010; a tenth off is another figure.
_ABOUT = 0.1


def _range(stand: Stand) -> tuple[float, float]:
    """The figures that the one stated may stand for: the lowest and the highest."""
    assert stand.value is not None
    value = stand.value
    return {
        "at_least": (value, math.inf),
        "at_most": (-math.inf, value),
        "about": (value * (1 - _ABOUT), value * (1 + _ABOUT)),
    }.get(stand.qualifier or "exact", (value, value))


def _direction(first: Stand, second: Stand) -> tuple[Verdict, str]:
    """Which way the figure went, and in words what is inexact about it."""
    words = [
        f"{stand.qualifier.replace('_', ' ')} in the {which} year"
        for stand, which in ((first, "first"), (second, "second"))
        if stand.qualifier not in (None, "exact")
    ]
    low, high = zip(_range(first), _range(second), strict=True)
    if low[1] > high[0]:
        return "rose", ", ".join(words)
    if high[1] < low[0]:
        return "fell", ", ".join(words)
    if not words:
        return "unchanged", ""
    return "uncertain", f"stated as {', '.join(words)}"
