"""Read the head of the applications table: which column holds which applicant's figures.

The seven labels are known by `alignment`, be they in the form's order or in another, all in one
table or cut into several. A head that cannot be read whole is not trusted; rows without a head have
columns only where seven cells leave no doubt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from parsers.alignment import Item, Match, align, similarities
from parsers.characters import on_one_line
from parsers.columns import HeadColumn
from parsers.grids import Cell
from parsers.labels import axes_of
from parsers.records import MatchedBy
from parsers.registry import APPLICANTS
from parsers.remembering import remembered_by
from parsers.tablerows import LabelCell, TableRow, shape_of

_PART = "applications"
_COLUMN = axes_of(_PART, "column")
_ROW_OR_GROUP = axes_of(_PART, "row", "group")
_COLUMN_OR_HEAD = axes_of(_PART, "column", "head")
_CORNER_OR_HEAD = axes_of(_PART, "corner", "head")
_COLUMNS = {key: place for place, key in enumerate(APPLICANTS)}
# The columns of a row whose figures do not tell where they stand: under a head that is printed in
# another order than the form's and cannot be read whole, or fused with those of a lost row.
UNTRUSTED = tuple(HeadColumn(key, "", -2, -2, "position") for key in APPLICANTS)


def is_head(row: TableRow) -> bool:
    """A row that prints column labels, no row label of the form, and no figure."""
    if row.has_figures:
        return False
    axes = [label.found.axes for label in row.labels]
    if any(found & _ROW_OR_GROUP and not found & _COLUMN for found in axes):
        return False
    columns = sum(1 for found in axes if found & _COLUMN_OR_HEAD)
    if columns == 1 and row.number <= 1 and not row.values:
        return True  # 自然人 above a table of its own
    return columns >= 2 or bool(row.axes & _CORNER_OR_HEAD)


@remembered_by(shape_of, 512)
def head_columns(head: Sequence[TableRow]) -> tuple[HeadColumn, ...]:
    """The columns that the rows of a head print: all seven, or those of a table that has fewer.

    () when the head cannot be read and its order does not contradict the form's, else UNTRUSTED.
    """
    spanned = head[0].spanned
    cells = _lowest_by_column(head) if spanned else _in_text(head)
    items = [_column_item(label) for label in cells]
    matches = align(items, APPLICANTS, [""] * len(APPLICANTS))
    found: dict[int, HeadColumn] = {}
    for label, match in zip(cells, matches, strict=True):
        if match.target is not None and match.target not in found:
            found[match.target] = HeadColumn(
                APPLICANTS[match.target],
                on_one_line(label.cell.text),
                label.cell.start if spanned else -1,
                label.cell.end if spanned else -1,
                match.by,
            )
    if spanned:
        _eliminate(found, cells, matches, head)
        if cells and len(found) == len(cells):
            return _ranked(found, head)
    if len(found) < len(APPLICANTS):
        # What is recognised must at least stand in the form's order, or position tells nothing.
        order = [match.target for match in matches if match.target is not None]
        known = [label for label in cells if label.of(_PART, "column")]
        in_order = len(order) == len(known) and order == sorted(order)
        return () if in_order and not (not spanned and _prints_all_columns(head)) else UNTRUSTED
    if spanned:
        return _ranked(found, head)
    in_page_order = sorted(found, key=lambda target: cells.index(_cell_of(cells, matches, target)))
    return tuple(found[target] for target in in_page_order)


def _ranked(found: Mapping[int, HeadColumn], head: Sequence[TableRow]) -> tuple[HeadColumn, ...]:
    """The columns from left to right, ranked by the order in which the head prints their labels.

    A head of one row is printed in the order of its columns. In one of several rows the labels
    under 法人或其他组织 stand apart from 自然人 and 总计: it must be the form's own.
    """
    columns = sorted(found.items(), key=lambda item: item[1].start)
    places: dict[str, tuple[int, int]] = {}
    for number, row in enumerate(head):
        for at, label in enumerate(row.labels):
            if label.cell.origin:
                places.setdefault(on_one_line(label.cell.text), (number, at))
    printed = [places.get(column.label, (-1, -1)) for _, column in columns]
    if len({number for number, _ in printed}) == 1:
        return tuple(replace(column, rank=at) for at, (_, column) in enumerate(columns))
    in_page_order = [
        target
        for _, target in sorted((place, t) for place, (t, _) in zip(printed, columns, strict=True))
    ]
    first, last = 0, len(APPLICANTS) - 1
    ends = [target for target in in_page_order if target in {first, last}]
    under = [target for target in in_page_order if target not in {first, last}]
    told = ends == sorted(ends) and under == sorted(under) and (-1, -1) not in printed
    return tuple(replace(column, rank=target if told else -1) for target, column in columns)


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
    return HeadColumn(APPLICANTS[target], on_one_line(cell.text), cell.start, cell.end, by)


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


def with_positions(
    body: Sequence[tuple[TableRow, tuple[HeadColumn, ...]]],
) -> list[tuple[TableRow, tuple[HeadColumn, ...]]]:
    """Give the rows of a table without a head the columns of a row that has seven cells.

    So also the rows under a head of fewer than seven labels that have more figures than those.
    """
    body = _with_whole_heads(body)
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


def _with_whole_heads(
    body: Sequence[tuple[TableRow, tuple[HeadColumn, ...]]],
) -> Sequence[tuple[TableRow, tuple[HeadColumn, ...]]]:
    """The rows without the heads of too few labels: some of those a table prints are lost."""
    fewer = {
        (row.table, own) for row, own in body if own and len(own) < len(APPLICANTS)
    }  # UNTRUSTED has as many as the form
    if not fewer:
        return body
    instead: dict[tuple[int, tuple[HeadColumn, ...]], tuple[HeadColumn, ...]] = {}
    for table, own in fewer:
        rows = [row for row, columns in body if row.table == table and columns == own]
        if not all(_is_below(row, own) for row in rows):
            keys = [APPLICANTS.index(column.key) for column in own]
            instead[table, own] = () if keys == sorted(keys) else UNTRUSTED
    return [(row, instead.get((row.table, own), own)) for row, own in body]


def _is_below(row: TableRow, columns: Sequence[HeadColumn]) -> bool:
    """Whether every figure of a row stands below one of the columns."""
    return row.spanned and all(
        any(column.start < cell.end and cell.start < column.end for column in columns)
        for cell in row.values
        if cell.text.strip()
    )
