"""Read the table of applications (section three of the form): 23 or 25 rows by 7 columns.

Rows and columns are found by `alignment`; a row whose figures do not say where they stand is left
open for the identities. The form's variants with one and with three rows under （六）其他处理 are
told apart by what is printed, not by the year.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from parsers.alignment import Item, Match, align, own_target, similarities
from parsers.applicants import UNTRUSTED, head_columns, is_head, with_positions
from parsers.columns import Aside, HeadColumn, by_rank, place, ways_to_read
from parsers.labels import axes_of, candidates, form_rows
from parsers.readings import (
    TableReadings,
    leave_open,
    leave_unread,
    read_cells,
    report_undecided_row,
    report_unknown_row,
)
from parsers.records import Finding
from parsers.registry import APPLICANTS
from parsers.tablerows import TableRow, columns_aside, labels_of, runs_on

_PART = "applications"
_ROW = axes_of(_PART, "row")
_ROW_OR_GROUP = axes_of(_PART, "row", "group")
_COLUMN_OR_GROUP = axes_of(_PART, "column", "group")
_BESIDE = axes_of(_PART, "ignored", "corner", "head")
# 3.其他 is the third of three rows, whatever became of the other two.
_THIRD = re.compile(r"\s*[(（]?[3３③]")


# A table of 30 rows with all explanations in its labels has 1,000 characters of them.
_LONGEST_TABLE = 3000
# A label with a typing error is at least so similar to its own wording.
_SURE = 0.8
# A row and the columns that it is printed under.
_Placed = tuple[TableRow, tuple[HeadColumn, ...]]


@dataclass(frozen=True, slots=True)
class _Form:
    """The rows of one variant: their keys and groups, in order; places: key -> its index."""

    layout: str
    keys: tuple[str, ...]
    groups: tuple[str, ...]
    places: dict[str, int]


@cache
def _form(layout: str) -> _Form:
    rows = [r for r in form_rows(layout) if r["part"] == _PART and r["axis"] == "row"]
    groups = tuple("" if r["parent"] == "outcomes" else r["parent"] for r in rows)
    keys = tuple(r["key"] for r in rows)
    return _Form(layout, keys, groups, {key: place for place, key in enumerate(keys)})


def read_applications(rows: Sequence[TableRow], result: TableReadings) -> None:
    """Add what the rows of the applications table say to `result`."""
    columns: tuple[HeadColumn, ...] = ()
    aside: tuple[Aside, ...] = ()
    body: list[_Placed] = []
    head: list[TableRow] = []
    for row in rows:
        if is_head(row):
            head.append(row)
            continue
        if head:
            columns = head_columns(head) or columns
            aside = columns_aside(head, _PART)
            head = []
        row.aside = aside
        body.append((row, columns))
    body = [(row, own) for row, own in body if not _is_empty(row, own) and not _is_ignored(row)]
    body = with_positions(body)
    if not body:
        return
    form, pieces = _align_rows(body)
    labelled: set[int] = set()
    for piece, matches in pieces:
        targets = [own_target(matches, at) for at in range(len(matches))]
        doubtful = runs_on([row for row, _ in piece], targets, len(form.keys) - 1)
        for at, ((row, own), match) in enumerate(zip(piece, matches, strict=True)):
            target = targets[at]
            named = _rows_named(row)
            if len(named) > 1:
                _undecided_row(row, own, named, result)
            elif target is not None:
                result.asked.add(form.keys[target])
                columns = UNTRUSTED if at in doubtful else own
                _read_row(row, columns, form.keys[target], match, result)
            elif match.possible:
                _undecided_row(row, own, [form.keys[t] for t in match.possible], result)
            elif row.has_figures:
                report_unknown_row(row, "applications table", result)
            if match.target is not None and match.by != "position":
                labelled.add(match.target)
    _report_missing_columns(body, form, result)
    _report_missing_rows(form, result)
    others = {form.keys[t] for t in labelled if form.keys[t].startswith("applications.other")}
    if others:
        printed = "one row" if others == {"applications.other"} else "three rows"
        result.vote(form.layout, f"{printed} under （六）其他处理")


# -- rows ----------------------------------------------------------------------------------------


def _is_empty(row: TableRow, columns: Sequence[HeadColumn]) -> bool:
    fewest = len(columns) or len(APPLICANTS)
    return not row.labels and not row.has_figures and len(row.values) < fewest


def _is_ignored(row: TableRow) -> bool:
    return not row.axes & _ROW_OR_GROUP and bool(row.axes & _BESIDE)


def _align_rows(
    body: Sequence[_Placed],
) -> tuple[_Form, list[tuple[list[_Placed], Sequence[Match]]]]:
    """Align the rows with the variant of the form that they print.

    Tables of other columns print the same rows again: each set of columns is aligned by itself.
    """
    three = printed_once = False
    for row, _ in body:
        for label in row.labels:
            for candidate in label.of(_PART, "row", "group"):
                key = candidate.label.key
                if key in {"other", "applications.other", "applications.other.other"}:
                    printed_once = printed_once or key != "applications.other.other"
                    three = (
                        three
                        or candidate.group == "其他处理"
                        or label.cell.rows > 2
                        or _THIRD.match(label.cell.text) is not None
                    )
                elif key.startswith("applications.other."):
                    three = True
    if three or printed_once:
        forms = [_form("tables-2021" if three else "tables-2019")]
    else:
        # Neither variant's label is printed: the one that leaves no row open fits.
        forms = [_form("tables-2019"), _form("tables-2021")]
    pieces: dict[tuple[str, ...], list[_Placed]] = {}
    for row, own in body:
        pieces.setdefault(tuple(column.key for column in own), []).append((row, own))
    tried = [
        (
            form,
            [
                (piece, _matched(form.layout, labels_of([row for row, _ in piece])))
                for piece in pieces.values()
            ],
        )
        for form in forms
    ]
    return min(
        tried,
        key=lambda item: sum(1 for _, found in item[1] for match in found if match.target is None),
    )


def _matched(layout: str, labels: tuple[tuple[str, ...], ...]) -> Sequence[Match]:
    # The same rows stand on most pages; what is no table of the form may be long and is not kept.
    known = sum(len(text) for texts in labels for text in texts) < _LONGEST_TABLE
    return _known_matches(layout, labels) if known else _matches(layout, labels)


@lru_cache(maxsize=1024)
def _known_matches(layout: str, labels: tuple[tuple[str, ...], ...]) -> Sequence[Match]:
    return _matches(layout, labels)


def _matches(layout: str, labels: Sequence[Sequence[str]]) -> Sequence[Match]:
    """Where rows of these labels belong in a variant of the form."""
    form = _form(layout)
    items = [_row_item(texts, form) for texts in labels]
    return align(items, form.keys, form.groups)


def _row_item(texts: Sequence[str], form: _Form) -> Item:
    printed = [candidates(text) for text in texts]
    group: str | None = None
    for candidate in (c for found in printed for c in found.of(_PART, ("group",))):
        if candidate.label.key != "outcomes" and candidate.similarity >= 0.7:
            group = candidate.label.key
    if form.layout == "tables-2019" and group == "other":
        group = None
    alike = similarities((c for found in printed for c in found.of(_PART, ("row",))), form.places)
    return Item(alike, not alike and all(printed), group)


def _rows_named(row: TableRow) -> list[str]:
    """The rows of the form that a row's labels name, each a different one: it heads columns then."""
    labels = [
        label
        for label in row.labels
        if label.found.axes & _ROW and not label.found.axes & _COLUMN_OR_GROUP
    ]
    found: list[set[str]] = []
    if len(labels) > 1:
        for label in labels:
            keys = {c.label.key for c in label.of(_PART, "row") if c.similarity >= _SURE}
            if keys and all(keys.isdisjoint(k) for k in found):
                found.append(keys)
    return sorted({key for keys in found for key in keys}) if len(found) > 1 else []


def _read_row(
    row: TableRow,
    columns: Sequence[HeadColumn],
    indicator: str,
    match: Match,
    result: TableReadings,
) -> None:
    keys = [(indicator, column.key) for column in columns]
    if columns is UNTRUSTED:
        leave_open(row, columns, keys, (), result)
        return
    placed = place(row.values, columns, row.spanned, row.kept, row.aside)
    if placed is None:
        ordered = by_rank(columns)
        ways = ways_to_read(row.values, len(ordered), row.spanned) if ordered else ()
        columns = ordered or columns
        keys = [(indicator, column.key) for column in columns]
        leave_open(row, columns, keys, ways, result)
        return
    read_cells(row, columns, keys, placed, match.by, result, row.shown_label())


def _undecided_row(
    row: TableRow, columns: Sequence[HeadColumn], possible: Sequence[str], result: TableReadings
) -> None:
    """A row without a label that fits several rows of the form: all of them are unreadable."""
    result.asked.update(possible)
    keys = [(indicator, column.key) for indicator in possible for column in columns]
    leave_unread(row, keys, result)
    report_undecided_row(row, possible, possible[0], result)


def _report_missing_columns(body: Sequence[_Placed], form: _Form, result: TableReadings) -> None:
    printed = {column.key for _, own in body for column in own}
    for applicant in APPLICANTS:
        if applicant not in printed:
            message = f"the form asks for a column of {applicant} and no table of the page has it"
            result.findings.append(
                Finding("missing-column", "warning", message, indicator=form.keys[0])
            )


def _report_missing_rows(form: _Form, result: TableReadings) -> None:
    missing = [key for key in form.keys if key not in result.asked]
    for indicator in missing:
        message = f"the form asks for {indicator} and no row of the page could be found for it"
        result.findings.append(Finding("missing-row", "warning", message, indicator=indicator))
