"""What differs between two builds of the dataset: figures, reports and coverage, not bytes.

Only reports whose content or corrections differ are opened, so two builds of a country compare in
the time of what changed. It judges nothing and draws nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

from datasets.tables import read_arrow, read_rows

ReportKey = tuple[str, int]
_FIGURE_KEY = ("office_id", "report_year", "indicator", "applicant", "source")
_FIGURE = ("value", "status", "qualifier")
_REPORT_FIELDS = ("office_name", "title", "layout", "published_on", "period_start", "period_end")
# Office ids of one filter: more would make the expression slower than the reading.
_OFFICES_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class FigureChange:
    """A figure that differs: rows of `observations`, None on the side that lacks it."""

    office_id: str
    report_year: int
    indicator: str
    applicant: str | None
    source: str
    old: dict[str, Any] | None
    new: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of a report or the status of an office year that differs."""

    office_id: str
    report_year: int
    field: str
    old: object
    new: object


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two builds; false when no figure, report or coverage does.

    new_findings: rows of `findings` of the new build that the old one does not have. They alone
        make no difference: new rules speak of old figures too.
    """

    reports_added: tuple[ReportKey, ...]
    reports_removed: tuple[ReportKey, ...]
    fields: tuple[FieldChange, ...]
    figures: tuple[FigureChange, ...]
    coverage: tuple[FieldChange, ...]
    new_findings: tuple[dict[str, Any], ...] = ()

    def __bool__(self) -> bool:
        return any(
            (self.reports_added, self.reports_removed, self.fields, self.figures, self.coverage)
        )


def difference(old: Path, new: Path) -> Difference:
    """Compare two builds.

    old, new: data directories, or dataset folders.

    Raises:
        datasets.tables.NoDataset: one of them holds no dataset.
    """
    fields = ("content_digest", *_REPORT_FIELDS)
    before, after = _by_key(old, "reports", fields), _by_key(new, "reports", fields)
    common = before.keys() & after.keys()
    suspects = {
        key for key in common if before[key]["content_digest"] != after[key]["content_digest"]
    } | ((_corrected(old) | _corrected(new)) & common)
    return Difference(
        reports_added=tuple(sorted(after.keys() - before.keys())),
        reports_removed=tuple(sorted(before.keys() - after.keys())),
        fields=tuple(_field_changes(before, after, _REPORT_FIELDS, sorted(common))),
        figures=tuple(_figure_changes(old, new, suspects)),
        coverage=tuple(_coverage_changes(old, new)),
        new_findings=tuple(_new_findings(old, new)),
    )


def _new_findings(old: Path, new: Path) -> Iterable[dict[str, Any]]:
    known = {_finding_key(row) for row in read_rows(old, "findings")}
    return (row for row in read_rows(new, "findings") if _finding_key(row) not in known)


def _finding_key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    # Not the message: it may name addresses and counts that change from crawl to crawl.
    names = ("office_id", "report_year", "rule", "indicator", "expected", "actual")
    return tuple(row[name] for name in names)


def _by_key(data_dir: Path, table: str, fields: Iterable[str]) -> dict[ReportKey, dict[str, Any]]:
    rows = read_rows(data_dir, table, columns=["office_id", "report_year", *fields])
    return {(row["office_id"], row["report_year"]): row for row in rows}


def _corrected(data_dir: Path) -> set[ReportKey]:
    rows = read_arrow(
        data_dir,
        "observations",
        where=ds.field("correction").is_valid(),
        columns=["office_id", "report_year"],
    )
    return {(row["office_id"], row["report_year"]) for row in rows.to_pylist()}


def _field_changes(
    before: Mapping[ReportKey, Mapping[str, Any]],
    after: Mapping[ReportKey, Mapping[str, Any]],
    fields: Iterable[str],
    keys: Iterable[ReportKey],
) -> Iterable[FieldChange]:
    for key in keys:
        for field in fields:
            old, new = before[key][field], after[key][field]
            if old != new:
                yield FieldChange(*key, field, old, new)


def _figure_changes(old: Path, new: Path, suspects: set[ReportKey]) -> Iterable[FigureChange]:
    offices = sorted({office for office, _ in suspects})
    for start in range(0, len(offices), _OFFICES_AT_ONCE):
        some = offices[start : start + _OFFICES_AT_ONCE]
        before, after = _figures(old, some, suspects), _figures(new, some, suspects)
        keys = sorted(
            before.keys() | after.keys(), key=lambda key: [part or "" for part in map(str, key)]
        )
        for key in keys:
            one, other = before.get(key), after.get(key)
            if one is None or other is None or any(one[f] != other[f] for f in _FIGURE):
                office, year, indicator, applicant, source = key
                yield FigureChange(office, year, indicator, applicant, source, one, other)


def _figures(
    data_dir: Path, offices: list[str], suspects: set[ReportKey]
) -> dict[tuple[Any, ...], dict[str, Any]]:
    rows = read_rows(data_dir, "observations", ds.field("office_id").isin(offices))
    return {
        tuple(row[name] for name in _FIGURE_KEY): row
        for row in rows
        if (row["office_id"], row["report_year"]) in suspects
    }


def _coverage_changes(old: Path, new: Path) -> Iterable[FieldChange]:
    before, after = _by_key(old, "coverage", ["status"]), _by_key(new, "coverage", ["status"])
    for key in sorted(before.keys() | after.keys()):
        one = before[key]["status"] if key in before else None
        other = after[key]["status"] if key in after else None
        if one != other:
            yield FieldChange(*key, "status", one, other)
