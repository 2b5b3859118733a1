"""What differs between two builds of the dataset: figures, reports and coverage, not bytes.

Only the figures of reports whose content or corrections differ are opened, some offices at a time,
so two builds of a country compare in the time of what changed and in bounded memory. It judges
nothing and draws nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

from datasets.selection import of_offices, some_at_once
from datasets.tables import offices_built, read_arrow, read_rows

ReportKey = tuple[str, int]
_FIGURE_KEY = ("office_id", "report_year", "indicator", "applicant", "source")
_FIGURE = ("value", "status", "qualifier")
_REPORT_FIELDS = ("office_name", "title", "layout", "published_on", "period_start", "period_end")


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

    reports_added: tuple[ReportKey, ...] = ()
    reports_removed: tuple[ReportKey, ...] = ()
    fields: tuple[FieldChange, ...] = ()
    figures: tuple[FigureChange, ...] = ()
    coverage: tuple[FieldChange, ...] = ()
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
    offices = sorted({*offices_built(old), *offices_built(new)})
    found: dict[str, list[Any]] = {}
    for some in some_at_once(offices):
        for name, changes in _differences(old, new, of_offices(some)).items():
            found.setdefault(name, []).extend(changes)
    return Difference(**{name: tuple(changes) for name, changes in found.items()})


def _differences(old: Path, new: Path, where: ds.Expression) -> dict[str, Iterable[Any]]:
    """The fields of `Difference`, of some offices."""
    fields = ("content_digest", *_REPORT_FIELDS)
    before = _by_key(old, "reports", fields, where)
    after = _by_key(new, "reports", fields, where)
    common = before.keys() & after.keys()
    suspects = {
        key for key in common if before[key]["content_digest"] != after[key]["content_digest"]
    } | ((_corrected(old, where) | _corrected(new, where)) & common)
    return {
        "reports_added": sorted(after.keys() - before.keys()),
        "reports_removed": sorted(before.keys() - after.keys()),
        "fields": _field_changes(before, after, _REPORT_FIELDS, sorted(common)),
        "figures": _figure_changes(old, new, suspects),
        "coverage": _coverage_changes(old, new, where),
        "new_findings": _new_findings(old, new, where),
    }


def _new_findings(old: Path, new: Path, where: ds.Expression) -> Iterable[dict[str, Any]]:
    known = {_finding_key(row) for row in read_rows(old, "findings", where)}
    rows = read_rows(new, "findings", where)
    return (row for row in rows if _finding_key(row) not in known)


def _finding_key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    # Not the message: it may name addresses and counts that change from crawl to crawl.
    names = ("office_id", "report_year", "rule", "indicator", "expected", "actual")
    return tuple(row[name] for name in names)


def _by_key(
    data_dir: Path, table: str, fields: Iterable[str], where: ds.Expression
) -> dict[ReportKey, dict[str, Any]]:
    rows = read_rows(data_dir, table, where, ["office_id", "report_year", *fields])
    return {(row["office_id"], row["report_year"]): row for row in rows}


def _corrected(data_dir: Path, where: ds.Expression) -> set[ReportKey]:
    rows = read_arrow(
        data_dir,
        "observations",
        where=where & ds.field("correction").is_valid(),
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
    before, after = _figures(old, suspects), _figures(new, suspects)
    keys = sorted(before.keys() | after.keys(), key=lambda key: [str(part or "") for part in key])
    for key in keys:
        one, other = before.get(key), after.get(key)
        if one is None or other is None or any(one[f] != other[f] for f in _FIGURE):
            office, year, indicator, applicant, source = key
            yield FigureChange(office, year, indicator, applicant, source, one, other)


def _figures(data_dir: Path, reports: set[ReportKey]) -> dict[tuple[Any, ...], dict[str, Any]]:
    if not reports:
        return {}
    rows = read_rows(data_dir, "observations", of_offices(sorted({key[0] for key in reports})))
    return {
        tuple(row[name] for name in _FIGURE_KEY): row
        for row in rows
        if (row["office_id"], row["report_year"]) in reports
    }


def _coverage_changes(old: Path, new: Path, where: ds.Expression) -> Iterable[FieldChange]:
    before = _by_key(old, "coverage", ["status"], where)
    after = _by_key(new, "coverage", ["status"], where)
    for key in sorted(before.keys() | after.keys()):
        one = before[key]["status"] if key in before else None
        other = after[key]["status"] if key in after else None
        if one != other:
            yield FieldChange(*key, "status", one, other)
