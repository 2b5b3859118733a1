"""Checks between the years of an office, between prose and tables, and on a report's own frame.

The rules are rows of `datasets/registry/rules.csv`; this module computes what a row compares. What
one report says against itself (the identities of its tables, declared parts, titles and periods) is
found by the parser, since it helps to read it. A check gives findings and never alters a figure.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import pairwise
from typing import cast

from datasets.deadlines import deadline
from datasets.merging import MergedReport
from datasets.panel import Figure, Stated, by_indicator, panel_figures, summed_figure
from datasets.registry import RegistryError, comparability, panel_columns, registry_rows
from parsers import Finding, Report
from parsers.records import Severity

_RELATIONS: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "<=": operator.le,
    ">=": operator.ge,
}
_TABLES = ("table", "annex")
_PROSE = ("narrative",)
_ANNEX = ("annex",)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of `rules.csv`.

    scope: what is compared.
        `years`: left in the year before with right in this year;
        `prose`: left in the prose with right in the tables of the same report;
        `prose-parts`, `annex-parts`: both in the prose, both in the annex;
        `report`: two facts of a report;
        `jump`: each headline figure with the report before it, `right` the factor;
        `shares`: each share of the panel with the number `right`.
    least: of `jump`, the least difference that counts.
    """

    name: str
    scope: str
    severity: Severity
    left: str
    relation: str
    right: str
    least: float
    words: str
    source: str


@cache
def rules() -> tuple[Rule, ...]:
    """The rules in the order of `rules.csv`.

    Raises:
        RegistryError: a row names a scope or a relation that there is not.
    """
    found = []
    for row in registry_rows("rules.csv"):
        if row["scope"] not in _SCOPES or row["relation"] not in _RELATIONS:
            raise RegistryError(f"rules.csv: {row['rule']}: no such scope or relation")
        found.append(
            Rule(
                name=row["rule"],
                scope=row["scope"],
                severity=cast(Severity, row["severity"]),
                left=row["left"],
                relation=row["relation"],
                right=row["right"],
                least=float(row["least"] or 0),
                words=row["words"],
                source=row["source"],
            )
        )
    return tuple(found)


def check_reports(
    reports: Sequence[MergedReport], kind: str | None = None
) -> list[tuple[int, Finding]]:
    """The findings of every rule over the reports of one office: (report year, finding).

    reports: sorted by year, each with its corrected observations.
    kind: of the office, as table `offices` has it; None when nothing describes the office.
    """
    read = [_Read(one.year, one.report, kind) for one in reports if one.report.status == "parsed"]
    found = []
    for rule in rules():
        for year, finding in _SCOPES[rule.scope](rule, read):
            found.append((year, finding))
    return found


class _Read:
    """A report with its figures by indicator, made once for all rules."""

    def __init__(self, year: int, report: Report, kind: str | None):
        self.year = year
        self.report = report
        self.kind = kind
        self.layout = report.layout or "narrative-2008"
        self.stated: Stated = by_indicator(report.observations)
        self.panel = panel_figures(report.layout, report.observations)


def _pairs(read: Sequence[_Read]) -> Iterator[tuple[_Read, _Read]]:
    return pairwise(read)


def _finding(rule: Rule, left: float, right: float, message: str, indicator: str | None) -> Finding:
    source = f" ({rule.source})" if rule.source else ""
    return Finding(
        rule=rule.name,
        severity=rule.severity,
        message=f"{message}: {rule.words}{source}",
        expected=f"{rule.relation} {right:g}" if rule.relation != "=" else f"{right:g}",
        actual=f"{left:g}",
        indicator=indicator,
    )


def _between_years(rule: Rule, read: Sequence[_Read]) -> Iterator[tuple[int, Finding]]:
    for before, now in _pairs(read):
        if now.year != before.year + 1:
            continue
        handed = summed_figure(rule.left, before.layout, before.stated, _TABLES)
        taken = summed_figure(rule.right, now.layout, now.stated, _TABLES)
        left, right = handed.value, taken.value
        if left is None or right is None or _RELATIONS[rule.relation](left, right):
            continue
        if {handed.qualifier, taken.qualifier} != {"exact"}:
            continue  # a sum with blank parts may be more, and hands over more
        message = (
            f"{rule.left} of {before.year} is {left:g} and {rule.right} of {now.year} {right:g}"
        )
        # What stands in the later report is judged by what the earlier one let expect.
        yield now.year, _finding(rule, right, left, message, rule.right)


def _against_prose(rule: Rule, read: Sequence[_Read]) -> Iterator[tuple[int, Finding]]:
    for one in read:
        prose = summed_figure(rule.left, one.layout, one.stated, _PROSE)
        table = summed_figure(rule.right, one.layout, one.stated, _TABLES)
        if prose.value is None or table.value is None or _agree(rule, prose, table.value):
            continue
        message = f"the prose states {prose.value:g} of {rule.left} and the table {table.value:g}"
        yield one.year, _finding(rule, prose.value, table.value, message, rule.left)


def _agree(rule: Rule, prose: Figure, table: float) -> bool:
    """Whether the prose and the table agree as exactly as the prose speaks."""
    assert prose.value is not None
    if prose.qualifier == "at_least":
        return table >= prose.value
    if prose.qualifier == "at_most":
        return table <= prose.value
    if prose.qualifier == "about":
        # 近3000 is said of 2 900 as well as of 3 010; a tenth off is another figure.
        return abs(table - prose.value) <= 0.1 * abs(prose.value)
    return _RELATIONS[rule.relation](prose.value, table)


def _parts_in(
    places: Sequence[str], words: str, rule: Rule, read: Sequence[_Read]
) -> Iterator[tuple[int, Finding]]:
    """The parts of a figure against the figure, both in the same place of the report."""
    for one in read:
        parts = [term.strip() for term in rule.left.split("+")]
        known = [summed_figure(part, one.layout, one.stated, places).value for part in parts]
        left = sum(value for value in known if value is not None)
        right = summed_figure(rule.right, one.layout, one.stated, places).value
        if right is None or _RELATIONS[rule.relation](left, right):
            continue
        message = f"{words} states {left:g} as parts of {rule.right}, which it states as {right:g}"
        yield one.year, _finding(rule, left, right, message, rule.right)


def _day(date: dt.date | None) -> float | None:
    return float(date.toordinal()) if date is not None else None


def _deadline_day(read: _Read) -> float | None:
    year = read.report.report_year
    return _day(deadline(year, read.kind, read.report.office_name)) if year is not None else None


def _period_days(report: Report) -> float | None:
    if report.period_start is None or report.period_end is None:
        return None
    return (report.period_end - report.period_start).days + 1


def _year_days(report: Report) -> float | None:
    year = report.report_year
    return (dt.date(year + 1, 1, 1) - dt.date(year, 1, 1)).days if year else None


# What a rule of scope `report` may compare. Those that end in _day are told as dates.
_FACTS: dict[str, Callable[[_Read], float | None]] = {
    "period_days": lambda read: _period_days(read.report),
    "year_days": lambda read: _year_days(read.report),
    "published_day": lambda read: _day(read.report.published_on),
    "period_end_day": lambda read: _day(read.report.period_end),
    "deadline_day": _deadline_day,
}


def _facts(rule: Rule, read: Sequence[_Read]) -> Iterator[tuple[int, Finding]]:
    for one in read:
        left, right = _FACTS[rule.left](one), _FACTS[rule.right](one)
        if left is None or right is None or _RELATIONS[rule.relation](left, right):
            continue
        shown = [_told(rule.left, left), _told(rule.right, right)]
        source = f" ({rule.source})" if rule.source else ""
        finding = Finding(
            rule=rule.name,
            severity=rule.severity,
            message=f"{rule.left.removesuffix('_day')} is {shown[0]} and "
            f"{rule.right.removesuffix('_day')} {shown[1]}: {rule.words}{source}",
            expected=shown[1] if rule.relation == "=" else f"{rule.relation} {shown[1]}",
            actual=shown[0],
        )
        yield one.year, finding


def _told(fact: str, value: float) -> str:
    return dt.date.fromordinal(int(value)).isoformat() if fact.endswith("_day") else f"{value:g}"


def _jumps(rule: Rule, read: Sequence[_Read]) -> Iterator[tuple[int, Finding]]:
    factor = float(rule.right)
    for before, now in _pairs(read):
        for name, column in panel_columns().items():
            old, new = before.panel[name], now.panel[name]
            if column.kind == "rate" or old.value is None or new.value is None:
                continue
            forms = (old.form or before.layout, new.form or now.layout)
            if comparability(name, *forms).comparability == "redefined":
                continue
            smaller, larger = sorted((old.value, new.value))
            if larger <= factor * max(smaller, 1) or larger - smaller < rule.least:
                continue
            finding = Finding(
                rule=rule.name,
                severity=rule.severity,
                message=f"{name} goes from {old.value:g} in {before.year} to {new.value:g}: "
                f"{rule.words}",
                expected=f"between {old.value / factor:g} and {old.value * factor:g}",
                actual=f"{new.value:g}",
                indicator=name,
            )
            yield now.year, finding


def _shares(rule: Rule, read: Sequence[_Read]) -> Iterator[tuple[int, Finding]]:
    most = float(rule.right)
    for one in read:
        for name, column in panel_columns().items():
            figure = one.panel[name]
            # What is at most or about so much may be less.
            certain = figure.qualifier in ("exact", "at_least")
            if column.kind != "rate" or figure.value is None or not certain:
                continue
            if _RELATIONS[rule.relation](figure.value, most):
                continue
            message = f"{name} of {one.year} is {figure.value:.4g}"
            yield one.year, _finding(rule, figure.value, most, message, name)


_Scope = Callable[[Rule, Sequence[_Read]], Iterable[tuple[int, Finding]]]
_SCOPES: dict[str, _Scope] = {
    "years": _between_years,
    "prose": _against_prose,
    "prose-parts": partial(_parts_in, _PROSE, "the prose"),
    "annex-parts": partial(_parts_in, _ANNEX, "the annex"),
    "report": _facts,
    "jump": _jumps,
    "shares": _shares,
}
