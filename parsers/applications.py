"""Read the table of applications (section three of the form): 23 or 25 rows by 7 columns.

Rows and columns are found by `alignment`; a row whose figures do not say where they stand is left
open for the identities. The form's variants with one and with three rows under （六）其他处理 are
told apart by what is printed, not by the year.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from parsers.alignment import Item, Match, align, own_target, similarities
from parsers.columns import HeadColumn, place, ways_to_read
from parsers.grids import Cell
from parsers.labels import form_rows
from parsers.readings import (
    TableReadings,
    leave_open,
    leave_unread,
    read_cells,
    report_undecided_row,
    report_unknown_row,
)
from parsers.records import Finding, MatchedBy
from parsers.registry import APPLICANTS
from parsers.tablerows import LabelCell, TableRow, runs_on

_PART = "applications"
# 3.其他 is the third of three rows, whatever became of the other two.
_THIRD = re.compile(r"\s*[(（]?[3３③]")


_COLUMNS = {key: place for place, key in enumerate(APPLICANTS)}
# The columns of a row whose figures do not tell where they stand: under a head that is printed in
# another order than the form's and cannot be read whole, or fused with those of a lost row.
_UNTRUSTED = tuple(HeadColumn(key, "", -2, -2, "position") for key in APPLICANTS)


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
    body: list[tuple[TableRow, tuple[HeadColumn, ...]]] = []
    head: list[TableRow] = []
    for row in rows:
        if _is_head(row):
            head.append(row)
            continue
        if head:
            columns = _head_columns(head) or columns
            head = []
        body.append((row, columns))
    body = [(row, own) for row, own in body if not _is_empty(row) and not _is_ignored(row)]
    body = _with_positions(body)
    if not body:
        return
    form, matches = _align_rows([row for row, _ in body])
    targets = [own_target(matches, at) for at in range(len(matches))]
    doubtful = runs_on([row for row, _ in body], targets, len(form.keys) - 1)
    for at, ((row, own), match) in enumerate(zip(body, matches, strict=True)):
        target = targets[at]
        if target is not None:
            result.asked.add(form.keys[target])
            columns = _UNTRUSTED if at in doubtful else own
            _read_row(row, columns, form.keys[target], match, result)
        elif match.possible:
            _undecided_row(row, [form.keys[t] for t in match.possible], result)
        elif row.has_figures:
            report_unknown_row(row, "applications table", result)
    _report_missing_rows(form, result)
    labelled = [m.target for m in matches if m.target is not None and m.by != "position"]
    others = {form.keys[t] for t in labelled if form.keys[t].startswith("applications.other")}
    if others:
        printed = "one row" if others == {"applications.other"} else "three rows"
        result.vote(form.layout, f"{printed} under （六）其他处理")


# -- heads ---------------------------------------------------------------------------------------


def _is_head(row: TableRow) -> bool:
    """A row that prints column labels, no row label of the form, and no figure."""
    if row.has_figures:
        return False
    if any(x.of(_PART, "row", "group") and not x.of(_PART, "column") for x in row.labels):
        return False
    columns = sum(1 for label in row.labels if label.of(_PART, "column", "head"))
    return columns >= 2 or any(label.of(_PART, "corner", "head") for label in row.labels)


def _head_columns(head: Sequence[TableRow]) -> tuple[HeadColumn, ...]:
    """The seven columns that the rows of a head print; () when it does not print them all."""
    spanned = head[0].spanned
    cells = _lowest_by_column(head) if spanned else _in_text(head)
    items = [_column_item(label) for label in cells]
    matches = align(items, APPLICANTS, [""] * len(APPLICANTS))
    found: dict[int, HeadColumn] = {}
    for label, match in zip(cells, matches, strict=True):
        if match.target is not None and match.target not in found:
            found[match.target] = HeadColumn(
                APPLICANTS[match.target],
                " ".join(label.cell.text.split()),
                label.cell.start if spanned else -1,
                label.cell.end if spanned else -1,
                match.by,
            )
    if spanned:
        _eliminate(found, cells, matches, head)
    if len(found) < len(APPLICANTS):
        # What is recognised must at least stand in the form's order, or position tells nothing.
        order = [match.target for match in matches if match.target is not None]
        known = [label for label in cells if label.of(_PART, "column")]
        in_order = len(order) == len(known) and order == sorted(order)
        return () if in_order and not (not spanned and _prints_all_columns(head)) else _UNTRUSTED
    if spanned:
        return tuple(sorted(found.values(), key=lambda column: column.start))
    in_page_order = sorted(found, key=lambda target: cells.index(_cell_of(cells, matches, target)))
    return tuple(found[target] for target in in_page_order)


def _eliminate(
    found: dict[int, HeadColumn],
    cells: Sequence[LabelCell],
    matches: Sequence[Match],
    head: Sequence[TableRow],
) -> None:
    """Give a label that order cannot place the one column that is left for it.

    First a label with a typing error; then, for the last column, the one label among the others
    that is none of the form's.
    """
    for label, match in zip(cells, matches, strict=True):
        free = {APPLICANTS.index(c.label.key) for c in label.of(_PART, "column")} - set(found)
        if match.target is None and len(free) == 1:
            (target,) = free
            found[target] = _head_column(target, label.cell, "label_fuzzy")
    missing = set(range(len(APPLICANTS))) - set(found)
    if len(missing) != 1:
        return
    first = min(column.start for column in found.values())
    last = max(column.end for column in found.values())
    covered = {at for column in found.values() for at in range(column.start, column.end)}
    strange = [
        label.cell
        for row in head
        for label in row.labels
        if not label.found
        and first < label.cell.start < last
        and covered.isdisjoint(range(label.cell.start, label.cell.end))
    ]
    if len(strange) == 1:
        (target,) = missing
        found[target] = _head_column(target, strange[0], "position")


def _head_column(target: int, cell: Cell, by: MatchedBy) -> HeadColumn:
    return HeadColumn(APPLICANTS[target], " ".join(cell.text.split()), cell.start, cell.end, by)


def _prints_all_columns(head: Sequence[TableRow]) -> bool:
    """Whether the rows of a head print all seven columns, in whatever order."""
    names = {c.label.key for row in head for c in row.candidates(_PART, "column")}
    return names >= set(APPLICANTS)


def _cell_of(cells: Sequence[LabelCell], matches: Sequence[Match], target: int) -> LabelCell:
    return next(c for c, m in zip(cells, matches, strict=True) if m.target == target)


def _column_item(label: LabelCell) -> Item:
    found = similarities(label.of(_PART, "column"), _COLUMNS)
    return Item(found, lost=not label.cell.text.strip())


def _lowest_by_column(head: Sequence[TableRow]) -> list[LabelCell]:
    """For every grid column the lowest label printed over it, neighbours of one cell joined."""
    lowest: dict[int, LabelCell] = {}
    for row in head:
        for label in row.labels:
            if label.of(_PART, "column"):
                for column in range(label.cell.start, label.cell.end):
                    lowest[column] = label
    found: list[LabelCell] = []
    for column in sorted(lowest):
        label = lowest[column]
        same = found and found[-1].cell.text == label.cell.text
        if same and found[-1].cell.end == column:
            kept = found[-1].cell
            found[-1] = LabelCell(Cell(kept.text, kept.start, column + 1), label.found)
        else:
            found.append(LabelCell(Cell(label.cell.text, column, column + 1), label.found))
    return found


def _in_text(head: Sequence[TableRow]) -> list[LabelCell]:
    """The labels of a head that survives as text: what stands under 法人或其他组织 goes there.

    In text the five columns under it follow behind 总计. Any other order than the form's is not
    to be trusted there, since nothing tells which figure stands below which label.
    """
    labels = [label for row in head for label in row.labels]
    leaves = {c.label.key: label for label in labels for c in label.of(_PART, "column")[:1]}
    count = sum(1 for label in labels if label.of(_PART, "column"))
    if set(leaves) != set(APPLICANTS) or count != len(APPLICANTS):
        return []
    under = [key for key in leaves if key not in {"natural_person", "total"}]
    return [leaves[key] for key in APPLICANTS] if under == list(APPLICANTS[1:-1]) else []


# -- rows ----------------------------------------------------------------------------------------


def _is_empty(row: TableRow) -> bool:
    return not row.labels and not row.has_figures and len(row.values) < len(APPLICANTS)


def _is_ignored(row: TableRow) -> bool:
    if any(label.of(_PART, "row", "group") for label in row.labels):
        return False
    return any(label.of(_PART, "ignored", "corner", "head") for label in row.labels)


def _with_positions(
    body: Sequence[tuple[TableRow, tuple[HeadColumn, ...]]],
) -> list[tuple[TableRow, tuple[HeadColumn, ...]]]:
    """Give the rows of a table without a head the columns of a row that has seven cells."""
    model: dict[int, tuple[HeadColumn, ...]] = {}
    for row, own in body:
        if not own and row.spanned and row.labels and len(row.values) == len(APPLICANTS):
            model.setdefault(
                row.table,
                tuple(
                    HeadColumn(key, "", cell.start, cell.end, "position")
                    for key, cell in zip(APPLICANTS, row.values, strict=True)
                ),
            )
    bare = tuple(HeadColumn(key, "", -1, -1, "position") for key in APPLICANTS)
    return [(row, own or model.get(row.table, bare)) for row, own in body]


def _align_rows(rows: Sequence[TableRow]) -> tuple[_Form, list[Match]]:
    """Align the rows with the variant of the form that they print."""
    three = printed_once = False
    for row in rows:
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
    tried = [(form, align(_row_items(rows, form), form.keys, form.groups)) for form in forms]
    return min(tried, key=lambda item: sum(1 for m in item[1] if m.target is None))


def _row_items(rows: Sequence[TableRow], form: _Form) -> list[Item]:
    items: list[Item] = []
    for row in rows:
        group: str | None = None
        for candidate in row.candidates(_PART, "group"):
            if candidate.label.key != "outcomes" and candidate.similarity >= 0.7:
                group = candidate.label.key
        if form.layout == "tables-2019" and group == "other":
            group = None
        found = similarities(row.candidates(_PART, "row"), form.places)
        lost = not found and all(label.found for label in row.labels)
        items.append(Item(found, lost, group))
    return items


def _read_row(
    row: TableRow,
    columns: Sequence[HeadColumn],
    indicator: str,
    match: Match,
    result: TableReadings,
) -> None:
    keys = [(indicator, column.key) for column in columns]
    if columns is _UNTRUSTED:
        leave_open(row, columns, keys, (), result)
        return
    placed = place(row.values, columns, row.spanned, row.kept)
    if placed is None:
        leave_open(row, columns, keys, ways_to_read(row.values, len(columns)), result)
        return
    read_cells(row, columns, keys, placed, match.by, result, row.shown_label())


def _undecided_row(row: TableRow, possible: Sequence[str], result: TableReadings) -> None:
    """A row without a label that fits several rows of the form: all of them are unreadable."""
    result.asked.update(possible)
    keys = [(indicator, applicant) for indicator in possible for applicant in APPLICANTS]
    leave_unread(row, keys, result)
    report_undecided_row(row, possible, possible[0], result)


def _report_missing_rows(form: _Form, result: TableReadings) -> None:
    missing = [key for key in form.keys if key not in result.asked]
    for indicator in missing:
        message = f"the form asks for {indicator} and no row of the page could be found for it"
        result.findings.append(Finding("missing-row", "warning", message, indicator=indicator))
