"""Read the statistical annexes (统计附表) that offices added to their reports before 2019.

There were several printed forms and none was national before 2014, so rows are known by their
labels (`layouts/annex_labels.csv`), never by their code numbers, which shift between printings.
Only the year's column is read: running totals (历年累计, 本年累计) are not the year's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from functools import cache

from parsers.blocks import Block
from parsers.characters import compact, on_one_line
from parsers.grids import Cell, Grid, Row
from parsers.labels import candidates, plain_without_brackets
from parsers.quantities import NotAQuantity, read_cell
from parsers.records import Finding, Observation
from parsers.registry import read_table, unit_of

_NAME_HEADS = frozenset(
    ["指标名称", "统计指标", "指标", "项目名称", "统计项目", "名称", "项目", "内容"]
)
_UNIT_HEADS = frozenset(["计量单位", "单位"])
_RUNNING_HEAD = re.compile(r"累计|历年|总计至")
_VALUE_HEAD = re.compile(
    r"^(统计数|统计数据|统计数量|数量|数值|数据|合计|本期实际|本年|本年度|本年数|本期|本期数|当年|当年数|全年数|全年)$"
    r"|^\d{4}年(度|数)?$|^[〇零一二三四五六七八九]{4}年(度)?$"
)


@dataclass(frozen=True, slots=True)
class _Rule:
    indicator: str
    units: frozenset[str]
    adds_up: bool
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of an annex: rows of labels, of units (-1 for none) and of the year's figures."""

    head: int
    name: int
    unit: int
    value: int
    value_label: str


def is_annex(grid: Grid) -> bool:
    """Whether a table is a statistical annex: its head names indicators and a column of figures."""
    return _find_columns(grid, None) is not None and not _prints_form(grid)


def _prints_form(grid: Grid) -> bool:
    """Whether the table is one of the national form's, whose corner may say 项目 as well."""
    own: dict[str, set[str]] = {"": set(), "group": set(), "column": set()}
    for row in grid.rows:
        for cell in row.cells:
            for c in candidates(cell.text):
                if c.similarity < 1.0:
                    continue
                if c.label.part == "disputes":
                    # An annex prints 行政复议 too, yet not the five results that the form asks.
                    own.setdefault(c.label.axis, set()).add(c.label.key)
                elif c.label.axis in {"row", "column"}:
                    own[""].add(c.label.key)
    return len(own[""]) >= 6 or (len(own["group"]) >= 2 and len(own["column"]) >= 4)


def annexes_among(items: Sequence[Block]) -> frozenset[int]:
    """The places of the statistical annexes among the blocks of a document."""
    return frozenset(
        at for at, item in enumerate(items) if item.grid is not None and is_annex(item.grid)
    )


def read_annex(
    items: Sequence[Block], annexes: Set[int], year: int | None
) -> tuple[list[Observation], list[Finding]]:
    """The figures of the annex tables of a report, `source` = `annex`.

    annexes: the places of those tables among the items.
    """
    found: list[Observation] = []
    findings: list[Finding] = []
    number = 0
    for at, item in enumerate(items):
        if item.kind != "table":
            continue
        number += 1
        if item.grid is None or at not in annexes:
            continue
        columns = _find_columns(item.grid, year)
        if columns is None:
            continue
        if columns.value < 0:
            findings.append(
                Finding(
                    "annex-without-year",
                    "warning",
                    f"table {number} is a statistical annex and none of its columns is the year's",
                )
            )
            continue
        found.extend(_read_rows(item.grid, columns, number))
    findings.extend(
        Finding(
            "unreadable-cell",
            "warning",
            f"{o.indicator}: “{o.value_text}” of the annex is no single quantity ({o.locator})",
            None,
            o.value_text,
            o.indicator,
            o.evidence,
        )
        for o in found
        if o.status == "unreadable"
    )
    return _merge(found, findings)


@cache
def _rules() -> tuple[_Rule, ...]:
    return tuple(
        _Rule(
            row["indicator"],
            frozenset(row["unit"].split()),
            row["how"] == "sum",
            re.compile(row["pattern"]),
        )
        for row in read_table("parsers.layouts", "annex_labels.csv")
    )


def _find_columns(grid: Grid, year: int | None) -> _Columns | None:
    for at, row in enumerate(grid.rows[:6]):
        names = [cell for cell in row.cells if compact(cell.text) in _NAME_HEADS]
        if not names:
            continue
        texts = [compact(cell.text) for cell in row.cells]
        units = [c for c, text in zip(row.cells, texts, strict=True) if text in _UNIT_HEADS]
        values = [c for c, text in zip(row.cells, texts, strict=True) if _VALUE_HEAD.match(text)]
        if not values and not any(_RUNNING_HEAD.search(text) for text in texts):
            continue
        if len(names) != 1 and not units:
            continue
        chosen = _value_column(values, year)
        return _Columns(
            at,
            names[0].start,
            units[0].start if units else -1,
            chosen.start if chosen else -1,
            on_one_line(chosen.text) if chosen else "",
        )
    return None


def _value_column(values: Sequence[Cell], year: int | None) -> Cell | None:
    """The column of the year: the one that names it, or the only one that is no running total."""
    named = [c for c in values if re.match(r"\d{4}年", compact(c.text))]
    if named and year is not None:
        own = [c for c in named if compact(c.text).startswith(str(year))]
        return own[0] if len(own) == 1 else None
    return values[0] if len(values) == 1 else None


def _cell_at(row: Row, column: int) -> Cell | None:
    return next((c for c in row.cells if c.start <= column < c.end), None)


def _read_rows(grid: Grid, columns: _Columns, number: int) -> list[Observation]:
    found = []
    for row in grid.rows[columns.head + 1 :]:
        name = _cell_at(row, columns.name)
        value = _cell_at(row, columns.value)
        unit_cell = _cell_at(row, columns.unit) if columns.unit >= 0 else None
        if name is None or value is None or name is value:
            continue
        unit = compact(unit_cell.text) if unit_cell and unit_cell is not value else ""
        rule = _rule_for(name.text, unit)
        if rule is None:
            continue
        found.append(_observation(rule, name, value, unit, columns, number, row.number))
    return found


def _rule_for(label: str, unit: str) -> _Rule | None:
    wording = re.sub(r"^(其中|\d+)+", "", plain_without_brackets(label))
    wording = plain_without_brackets(wording)
    for rule in _rules():
        if rule.pattern.search(wording):
            if not rule.indicator or (unit and rule.units and unit not in rule.units):
                return None
            return rule
    return None


def _observation(
    rule: _Rule, name: Cell, value: Cell, unit: str, columns: _Columns, table: int, row: int
) -> Observation:
    label = on_one_line(name.text)
    observation = Observation(
        indicator=rule.indicator,
        applicant="total" if rule.indicator == "applications.received" else None,
        value=None,
        value_text=value.text,
        unit=unit_of(rule.indicator),
        status="unreadable",
        qualifier="exact",
        source="annex",
        matched_by="label",
        evidence=f"{label} × {columns.value_label}",
        locator=f"table {table}, row {row}",
    )
    try:
        quantity = read_cell(value.text)
    except NotAQuantity:
        return observation
    figure = quantity.value
    if figure is not None and observation.unit == "CNY_10k" and figure:
        printed = quantity.unit or unit
        if printed == "元" or quantity.unit:
            figure = round(figure / 10_000, 10)
        elif printed != "万元":
            return observation
    return replace(observation, value=figure, status=quantity.status, qualifier=quantity.qualifier)


def _merge(
    found: Sequence[Observation], findings: list[Finding]
) -> tuple[list[Observation], list[Finding]]:
    """One observation an indicator: parts are added up, contradictions are unreadable."""
    adds_up = {rule.indicator for rule in _rules() if rule.adds_up}
    result: list[Observation] = []
    for indicator in dict.fromkeys(o.indicator for o in found):
        own = [o for o in found if o.indicator == indicator]
        first = own[0]
        if len(own) == 1 or (
            len({(o.value, o.status) for o in own}) == 1 and indicator not in adds_up
        ):
            result.append(first)
            continue
        texts = " / ".join(o.value_text for o in own)
        evidence = "; ".join(o.evidence for o in own)
        stated = [o.value for o in own if o.value is not None]
        if indicator in adds_up and stated and all(o.status != "unreadable" for o in own):
            total = round(sum(stated), 6)
            result.append(
                replace(
                    first,
                    value=total,
                    status="reported",
                    value_text=texts,
                    evidence=evidence,
                    matched_by="label_fuzzy",
                )
            )
            continue
        result.append(
            replace(first, value=None, status="unreadable", value_text=texts, evidence=evidence)
        )
        findings.append(
            Finding(
                "annex-contradicts-itself",
                "warning",
                f"the annex states {indicator} more than once: {texts}; none of them is read",
                None,
                texts,
                indicator,
                evidence,
            )
        )
    return result, findings
