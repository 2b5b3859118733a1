"""What differs between two builds of the dataset: figures, reports and coverage, not bytes.

Only the figures of reports whose content or corrections differ are opened, some offices at a
time, and of very many changes the first are kept and the others counted: two builds of a country
compare in the time of what changed and in memory that does not grow with it. It judges nothing
and draws nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

from datasets.selection import of_offices, some_at_once
from datasets.tables import offices_built, read_arrow, read_rows

ReportKey = tuple[str, int]
_FIGURE_KEY = ("office_id", "report_year", "indicator", "applicant", "source")
_FIGURE = ("value", "status", "qualifier")
# What is kept of a finding. Told apart without the message: it may name addresses and counts that
# change from crawl to crawl.
_FINDING_KEY = ("office_id", "report_year", "rule", "indicator", "expected", "actual")
_FINDING = (*_FINDING_KEY, "severity", "message")
# Of each kind of change so many are kept; more are read by nobody.
MOST = 1000
# Reports have some two hundred figures each, and all of these offices' may have changed.
_OFFICES_OF_FIGURES = 20
_REPORT_FIELDS = ("office_name", "title", "layout", "published_on", "period_start", "period_end")


@dataclass(frozen=True, slots=True)
class StatedFigure:
    """What a row of `observations` states."""

    value: float | None
    unit: str
    status: str
    qualifier: str


@dataclass(frozen=True, slots=True)
class FigureChange:
    """A figure that differs; None on the side that lacks it."""

    office_id: str
    report_year: int
    indicator: str
    applicant: str | None
    source: str
    old: StatedFigure | None
    new: StatedFigure | None


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

    Each kind of change holds the first; `counts` has the number of all, by the name of the kind.

    new_findings: of the findings of the new build that the old one does not have, what is said.
        They alone make no difference: new rules speak of old figures too.
    new_severities: how many of all of these there are of each severity.
    """

    reports_added: tuple[ReportKey, ...] = ()
    reports_removed: tuple[ReportKey, ...] = ()
    fields: tuple[FieldChange, ...] = ()
    figures: tuple[FigureChange, ...] = ()
    coverage: tuple[FieldChange, ...] = ()
    new_findings: tuple[dict[str, Any], ...] = ()
    counts: Counter[str] = field(default_factory=Counter)
    new_severities: Counter[str] = field(default_factory=Counter)

    def __bool__(self) -> bool:
        return any(count for kind, count in self.counts.items() if kind != "new_findings")


def difference(old: Path, new: Path, most: int = MOST) -> Difference:
    """Compare two builds.

    old, new: data directories, or dataset folders. most: how many changes of each kind to keep.

    Raises:
        datasets.tables.NoDataset: one of them holds no dataset.
    """
    offices = sorted({*offices_built(old), *offices_built(new)})
    found: dict[str, list[Any]] = {}
    counts: Counter[str] = Counter()
    severities: Counter[str] = Counter()

    def told(kind: str, changes: Iterable[Any]) -> Iterator[Any]:
        for one in changes:
            counts[kind] += 1
            if kind == "new_findings":
                severities[one["severity"]] += 1
            yield one

    for some in some_at_once(offices):
        for kind, changes in _differences(old, new, of_offices(some)).items():
            kept = found.setdefault(kind, [])
            rest = told(kind, changes)
            kept.extend(islice(rest, most - len(kept)))
            for _ in rest:  # only counted
                pass
    changed = {kind: tuple(changes) for kind, changes in found.items()}
    return Difference(**changed, counts=counts, new_severities=severities)


def _differences(old: Path, new: Path, where: ds.Expression) -> dict[str, Iterable[Any]]:
    """The kinds of change in `Difference`, of some offices; each is found when it is iterated."""
    wanted = ("content_digest", *_REPORT_FIELDS)
    before = _by_key(old, "reports", wanted, where)
    after = _by_key(new, "reports", wanted, where)
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
    known = {_finding_key(row) for row in read_rows(old, "findings", where, _FINDING_KEY)}
    rows = read_rows(new, "findings", where, _FINDING)
    return (row for row in rows if _finding_key(row) not in known)


def _finding_key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in _FINDING_KEY)


def _by_key(
    data_dir: Path, table: str, names: Iterable[str], where: ds.Expression
) -> dict[ReportKey, dict[str, Any]]:
    rows = read_rows(data_dir, table, where, ["office_id", "report_year", *names])
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
    names: Iterable[str],
    keys: Iterable[ReportKey],
) -> Iterable[FieldChange]:
    for key in keys:
        for name in names:
            old, new = before[key][name], after[key][name]
            if old != new:
                yield FieldChange(*key, name, old, new)


def _figure_changes(old: Path, new: Path, suspects: set[ReportKey]) -> Iterable[FigureChange]:
    offices = sorted({office_id for office_id, _ in suspects})
    for some in some_at_once(offices, _OFFICES_OF_FIGURES):
        before, after = (_figures(build, some, suspects) for build in (old, new))
        keys = sorted(
            before.keys() | after.keys(), key=lambda key: [str(part or "") for part in key]
        )
        for key in keys:
            one, other = before.get(key), after.get(key)
            if one is None or other is None or _differ(one, other):
                office, year, indicator, applicant, source = key
                yield FigureChange(office, year, indicator, applicant, source, one, other)


def _differ(one: StatedFigure, other: StatedFigure) -> bool:
    return any(getattr(one, name) != getattr(other, name) for name in _FIGURE)


def _figures(
    data_dir: Path, offices: Sequence[str], reports: set[ReportKey]
) -> dict[tuple[Any, ...], StatedFigure]:
    """The figures of those of `reports` that are of these offices."""
    names = [*_FIGURE_KEY, *(one.name for one in fields(StatedFigure))]
    return {
        tuple(row[name] for name in _FIGURE_KEY): StatedFigure(
            row["value"], row["unit"], row["status"], row["qualifier"]
        )
        for row in read_rows(data_dir, "observations", of_offices(offices), names)
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
