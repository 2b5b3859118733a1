"""The national forms as grids of cells: where labels stand, and where figures go.

A form is put together from `parsers/layouts/tables_*.csv`, which hold its words and their order;
the reading of those files here is its own. A figure's place is a `Cell` without text. The order of
a form's `keys` is that of its empty places on the page. It knows no markup.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

LAYOUTS = Path(__file__).parents[2] / "parsers" / "layouts"
APPLICANTS = (
    "natural_person",
    "business",
    "research",
    "public_interest",
    "legal_service",
    "other_organisation",
    "total",
)
OUTCOMES = "三、本年度办理结果"

# The empty string stands for an indicator without the dimension.
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: columns and rows it covers; text None where a figure goes; filler: kept empty."""

    text: str | None
    columns: int = 1
    rows: int = 1
    head: bool = False


Row = list[Cell]


@dataclass(frozen=True)
class Printing:
    """How an office prints the form: what its editor made of the template.

    groups: how a label over several rows is printed: `spans` (one cell), `fillers` (empty cells
        below it) or `repeated` (on every row).
    head: of the applications table: `three` rows with spans, `two`, or `fillers` for spans.
    items_apart: each item of the proactive table is a table of its own.
    disputes_apart: the three groups of the disputes table are.
    cut_at: after this many rows a page ends within the applications table; its head is repeated.
    lost_label: the row of the applications table whose label is lost, counted from 0.
    extra_row: the proactive table has a row that an office added.
    """

    groups: str = "spans"
    head: str = "three"
    items_apart: bool = False
    disputes_apart: bool = False
    cut_at: int = 0
    lost_label: int | None = None
    extra_row: bool = False


@dataclass(frozen=True)
class Form:
    """A form as some office prints it.

    name: `2019` or `2021`, or a mixture of both as real reports have it.
    items: (the form it is of, number of the item), in order. one_other: （六） is a single row.
    """

    name: str
    layout: str
    items: tuple[tuple[str, str], ...]
    one_other: bool

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """(indicator, applicant) of every figure, in the order of the page."""
        return _keys(self)

    @cached_property
    def amounts(self) -> tuple[int, ...]:
        """The places among `keys` that hold money."""
        return tuple(i for i, (name, _) in enumerate(self.keys) if name.endswith(".amount"))

    @cached_property
    def application_rows(self) -> tuple[str, ...]:
        """The indicators of the applications table in order, without `applications.`."""
        return tuple(name.removeprefix("applications.") for name, _, _ in _outcome_rows(self))


@cache
def forms() -> dict[str, Form]:
    """The forms in use, by name."""
    own = {name: tuple((name, item) for item in _items(name)) for name in ("2019", "2021")}
    pure_2019 = Form("2019", "tables-2019", own["2019"], one_other=True)
    pure_2021 = Form("2021", "tables-2021", own["2021"], one_other=False)
    mixed = (("2019", "item_1"), *own["2021"][1:])
    made = (
        pure_2019,
        pure_2021,
        # Offices went on with the single row （六）其他处理 in 2023 and 2024.
        replace(pure_2021, name="2021-one-other", one_other=True),
        # The first reports on the form of 2021 have the old columns in 第（一）项.
        replace(pure_2021, name="2021-item-1-of-2019", items=mixed),
    )
    return {form.name: form for form in made}


def tables(form: Form, printing: Printing) -> tuple[list[list[Row]], ...]:
    """The tables of sections two, three and four; each section is a list of tables."""
    return _proactive(form, printing), _applications(form, printing), _disputes(form, printing)


@cache
def _rows_of_layout(name: str) -> tuple[dict[str, str], ...]:
    with (LAYOUTS / f"tables_{name}.csv").open(encoding="utf-8") as file:
        return tuple(csv.DictReader(file))


def _select(name: str, part: str, axis: str, parent: str | None = None) -> list[dict[str, str]]:
    return [
        row
        for row in _rows_of_layout(name)
        if row["part"] == part
        and row["axis"] == axis
        and (parent is None or row["parent"] == parent)
    ]


@cache
def _items(name: str) -> tuple[str, ...]:
    return tuple(row["key"] for row in _select(name, "proactive", "block"))


def _keys(form: Form) -> tuple[Key, ...]:
    keys: list[Key] = []
    for name, item in form.items:
        columns = _select(name, "proactive", "column", item)
        for row in _select(name, "proactive", "row", item):
            keys += [(f"{row['key']}.{column['key']}", "") for column in columns]
    for indicator, _, _ in _outcome_rows(form):
        keys += [(indicator, applicant) for applicant in APPLICANTS]
    for group in _select("2021", "disputes", "group"):
        columns = _select("2021", "disputes", "column")
        keys += [(f"{group['key']}.{column['key']}", "") for column in columns]
    return tuple(keys)


def _proactive(form: Form, printing: Printing) -> list[list[Row]]:
    made: list[list[Row]] = []
    for name, item in form.items:
        block = next(r for r in _select(name, "proactive", "block") if r["key"] == item)
        columns = _select(name, "proactive", "column", item)
        widths = [1] * (len(columns) - 1) + [4 - len(columns)]
        rows: list[Row] = [
            [Cell(block["label"], 4, head=True)],
            [Cell("信息内容", head=True)]
            + [Cell(c["label"], w, head=True) for c, w in zip(columns, widths, strict=True)],
        ]
        for row in _select(name, "proactive", "row", item):
            rows.append([Cell(row["label"]), *(Cell(None, width) for width in widths)])
        if printing.extra_row and item == "item_1":
            rows.append([Cell("其他主动公开文件"), Cell("7"), Cell("0"), Cell("19")])
        if made and not printing.items_apart:
            made[-1] += rows
        else:
            made.append(rows)
    return made


def _outcome_rows(form: Form) -> list[tuple[str, str, str]]:
    """(indicator, label of its group, label) of each row of the applications table."""
    name = "2019" if form.one_other else "2021"
    groups = {r["key"]: r["label"] for r in _select(name, "applications", "group")}
    return [
        (row["key"], groups.get(row["parent"], ""), row["label"])
        for row in _select(name, "applications", "row")
    ]


def _applications(form: Form, printing: Printing) -> list[list[Row]]:
    listed = _outcome_rows(form)
    ends = [at for at in (printing.cut_at, len(listed)) if at]
    made, start = [], 0
    for end in ends:
        piece = [
            (group, "" if at == printing.lost_label else label)
            for at, (_, group, label) in enumerate(listed[start:end], start)
        ]
        made.append([*_applications_head(printing), *_application_rows(piece, printing)])
        start = end
    return made


def _applications_head(printing: Printing) -> list[Row]:
    corner = _select("2021", "applications", "corner")[0]["label"]
    first, *middle, last = [r["label"] for r in _select("2021", "applications", "column")]
    several, legal = "申请人情况", "法人或其他组织"
    inner = [Cell(label, head=True) for label in middle]
    if printing.head == "fillers":
        blank = [Cell("", head=True) for _ in inner[1:]]
        return [
            [Cell(corner, 3, head=True), Cell(several, 7, head=True)],
            [
                Cell("", 3, head=True),
                Cell(first, head=True),
                Cell(legal, head=True),
                *blank,
                Cell(last, head=True),
            ],
            [Cell("", 3, head=True), Cell("", head=True), *inner, Cell("", head=True)],
        ]
    ends = Cell(first, 1, 2, head=True), Cell(last, 1, 2, head=True)
    upper = [ends[0], Cell(legal, len(inner), head=True), ends[1]]
    if printing.head == "two":
        return [[Cell(corner, 3, 2, head=True), *upper], inner]
    return [[Cell(corner, 3, 3, head=True), Cell(several, 7, head=True)], upper, inner]


def _application_rows(piece: Sequence[tuple[str, str]], printing: Printing) -> list[Row]:
    """Rows with three columns of labels: 三、本年度办理结果, its groups, and the row's own."""
    # What stands in the first two columns; "" where a label begins in the first.
    outer = [OUTCOMES if group else "" for group, _ in piece]
    inner = [group if group != OUTCOMES else "" for group, _ in piece]
    rows = []
    for at, (group, label) in enumerate(piece):
        figures = [Cell(None) for _ in APPLICANTS]
        if not group:
            rows.append([Cell(label, 3), *figures])
            continue
        row = _group_cells(outer, at, printing)
        row += _group_cells(inner, at, printing) if inner[at] else []
        rows.append([*row, Cell(label, 1 if inner[at] else 2), *figures])
    return rows


def _group_cells(labels: Sequence[str], at: int, printing: Printing) -> Row:
    label = labels[at]
    begins = at == 0 or labels[at - 1] != label
    if printing.groups == "repeated":
        return [Cell(label)]
    if printing.groups == "fillers":
        return [Cell(label if begins else "")]
    run = next((n for n, other in enumerate(labels[at:]) if other != label), len(labels) - at)
    return [Cell(label, 1, run)] if begins else []


def _disputes(form: Form, printing: Printing) -> list[list[Row]]:
    groups = [row["label"] for row in _select("2021", "disputes", "group")]
    labels = [row["label"] for row in _select("2021", "disputes", "column")]
    leaves = [Cell(label, head=True) for label in labels]
    figures = [Cell(None) for _ in labels]
    if printing.disputes_apart:
        return [[[Cell(group, 5, head=True)], leaves, figures] for group in groups]
    reconsideration, direct, after = groups
    tall = [Cell(label, 1, 2, head=True) for label in labels]
    return [
        [
            [Cell(reconsideration, 5, head=True), Cell("行政诉讼", 10, head=True)],
            [*tall, Cell(direct, 5, head=True), Cell(after, 5, head=True)],
            leaves * 2,
            figures * 3,
        ]
    ]
