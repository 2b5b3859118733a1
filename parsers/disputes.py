"""Read the table of disputes (section four of the form): one row of 15 figures in three groups.

行政复议, and 行政诉讼 without and after 复议, have the same five columns each. A column is known by
its own label and its group's; where the groups are lost only fifteen columns in order will do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from parsers.alignment import Item, align
from parsers.characters import on_one_line
from parsers.columns import Aside, HeadColumn, by_rank, place, ways_to_read
from parsers.disputelists import read_lists
from parsers.labels import axes_of, form_rows, plain
from parsers.readings import TableReadings, leave_open, read_cells
from parsers.records import Finding
from parsers.remembering import remembered_by
from parsers.tablerows import LabelCell, TableRow, columns_aside, shape_of

_PART = "disputes"
_HEADING = axes_of(_PART, "group", "head", "column")


@dataclass(frozen=True, slots=True)
class _Leaf:
    """The lowest label over a column, and the group it stands under (None when not printed)."""

    label: LabelCell
    group: str | None


@cache
def _targets() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(indicators, their groups) in the order of the form."""
    rows = [r for r in form_rows("tables-2021") if r["part"] == _PART]
    groups = [r["key"] for r in rows if r["axis"] == "group"]
    columns = [r["key"] for r in rows if r["axis"] == "column"]
    indicators = tuple(f"{group}.{column}" for group in groups for column in columns)
    return indicators, tuple(name.partition(".")[0] for name in indicators)


@cache
def _places() -> dict[str, tuple[int, ...]]:
    """Column label -> the indicators in whose columns it stands, one of each group."""
    places: dict[str, tuple[int, ...]] = {}
    for index, name in enumerate(_targets()[0]):
        key = name.partition(".")[2]
        places[key] = (*places.get(key, ()), index)
    return places


@cache
def _group_labels() -> dict[str, str]:
    """Group -> its label in the form."""
    rows = form_rows("tables-2021")
    return {r["key"]: r["label"] for r in rows if r["part"] == _PART and r["axis"] == "group"}


@cache
def _groups_by_wording() -> dict[str, str]:
    """Every wording of a group's label, without marks -> the group."""
    rows = [r for r in form_rows("tables-2021") if r["part"] == _PART and r["axis"] == "group"]
    return {
        plain(wording): row["key"]
        for row in rows
        for wording in (row["label"], *filter(None, (row["also"] or "").split("|")))
    }


def read_disputes(rows: Sequence[TableRow], result: TableReadings) -> None:
    """Add what the rows of the disputes table say to `result`."""
    head: list[TableRow] = []
    columns: tuple[HeadColumn, ...] = ()
    aside: tuple[Aside, ...] = ()
    read: dict[tuple[str, ...], TableRow] = {}
    for row in read_lists(rows, result):
        if _is_head(row):
            head.append(row)
            continue
        if head:
            columns = _head_columns(head)
            aside = columns_aside(head, _PART)
            head = []
        row.aside = aside
        if not row.values or (not row.has_figures and not _blank_row(row, columns)):
            continue
        own = columns or _bare_columns(row)
        if not own:
            _unread(row, result)
            continue
        names = tuple(column.key for column in own)
        if names in read and not row.has_figures:
            continue
        read[names] = row
        _read_row(row, own, result)


def _is_head(row: TableRow) -> bool:
    return bool(row.axes & _HEADING) and not row.has_figures


def _blank_row(row: TableRow, columns: Sequence[HeadColumn]) -> bool:
    return bool(columns) and len(row.values) >= len(columns)


def _bare_columns(row: TableRow) -> tuple[HeadColumn, ...]:
    """The columns of a row without a head: only fifteen figures in order leave no doubt."""
    indicators, _ = _targets()
    if len(row.values) != len(indicators):
        return ()
    return tuple(HeadColumn(name, "", -1, -1, "position") for name in indicators)


@remembered_by(shape_of, 512)
def _head_columns(head: Sequence[TableRow]) -> tuple[HeadColumn, ...]:
    """The columns that the rows of a head print, named by indicator."""
    leaves = _leaves_of_grid(head) if head[0].spanned else _leaves_of_text(head)
    if not head[0].spanned and len(leaves) % 5:
        return ()
    indicators, groups = _targets()
    items = []
    for leaf in leaves:
        similarities: dict[int, float] = {}
        for candidate in leaf.label.of(_PART, "column"):
            for index in _places().get(candidate.label.key, ()):
                if leaf.group is None or groups[index] == leaf.group:
                    similarities[index] = max(similarities.get(index, 0.0), candidate.similarity)
        items.append(Item(similarities, group=leaf.group))
    matches = align(items, indicators, groups)
    spanned = head[0].spanned
    columns = [
        HeadColumn(
            indicators[match.target],
            _path(leaf),
            leaf.label.cell.start if spanned else -1,
            leaf.label.cell.end if spanned else -1,
            match.by if leaf.group is not None or match.by == "position" else "label_fuzzy",
        )
        for leaf, match in zip(leaves, matches, strict=True)
        if match.target is not None
    ]
    if len(columns) < len(leaves):
        return ()
    order = [indicators.index(column.key) for column in columns]
    lines = sum(1 for row in head if any(label.of(_PART, "column") for label in row.labels))
    if order != sorted(order) and lines > 1:
        # Columns in another order than the form's have nothing but their grid to tell them.
        return tuple(replace(column, rank=-1) for column in columns)
    return tuple(columns)


def _path(leaf: _Leaf) -> str:
    own = on_one_line(leaf.label.cell.text)
    return f"{_group_labels()[leaf.group]} / {own}" if leaf.group else own


def _leaves_of_grid(head: Sequence[TableRow]) -> list[_Leaf]:
    """For every grid column the lowest column label and the lowest group label above it."""
    lowest: dict[int, LabelCell] = {}
    groups: dict[int, str] = {}
    origins: dict[int, tuple[int, int]] = {}
    for depth, row in enumerate(head):
        for label in row.labels:
            span = range(label.cell.start, label.cell.end)
            for candidate in label.of(_PART, "column"):
                for at in span:
                    lowest[at] = label
                    if label.cell.origin:
                        origins[at] = (depth, label.cell.start)
                if candidate.group:
                    key = _groups_by_wording().get(candidate.group)
                    if key:
                        groups.update(dict.fromkeys(span, key))
                break
            for candidate in label.of(_PART, "group"):
                groups.update(dict.fromkeys(span, candidate.label.key))
                break
    found: list[_Leaf] = []
    last: tuple[int, int] | None = None
    for at in sorted(lowest):
        origin = origins.get(at, (0, lowest[at].cell.start))
        if origin != last:
            found.append(_Leaf(lowest[at], groups.get(at)))
            last = origin
    return _spread_groups(found, head)


def _spread_groups(found: list[_Leaf], head: Sequence[TableRow]) -> list[_Leaf]:
    """Without usable spans every group is taken to begin at the leaf where the cycle begins anew.

    Heads built with filler cells print each group once, over the first of its columns.
    """
    by_group: dict[str | None, int] = {}
    for leaf in found:
        by_group[leaf.group] = by_group.get(leaf.group, 0) + 1
    complete = all(count == 5 for group, count in by_group.items() if group is not None)
    if complete and None not in by_group:
        return found
    printed = [
        candidate.label.key
        for row in head
        for label in row.labels
        if label.cell.origin
        for candidate in label.of(_PART, "group")[:1]
    ]
    order = [group for group in ("reconsideration",) if group in printed]
    order += [group for group in printed if group not in order]
    if len(order) * 5 != len(found):
        return [_Leaf(leaf.label, None) for leaf in found]
    return [_Leaf(leaf.label, order[at // 5]) for at, leaf in enumerate(found)]


def _leaves_of_text(head: Sequence[TableRow]) -> list[_Leaf]:
    leaves: list[_Leaf] = []
    printed: list[str] = []
    for row in head:
        for label in row.labels:
            groups = label.of(_PART, "group")
            columns = label.of(_PART, "column")
            if groups and not columns:
                printed.append(groups[0].label.key)
            elif columns:
                leaves.append(_Leaf(label, None))
    if len(printed) * 5 == len(leaves):
        order = sorted(printed, key=lambda g: _targets()[1].index(g))
        return [_Leaf(leaf.label, order[at // 5]) for at, leaf in enumerate(leaves)]
    return leaves


def _read_row(row: TableRow, columns: Sequence[HeadColumn], result: TableReadings) -> None:
    whole = len(columns) >= len(_targets()[0])
    placed = place(row.values, columns, row.spanned, row.kept, row.aside, whole)
    told = bool(by_rank(columns))
    if placed is None and _prints_more(row, columns):
        columns = _whole_form(columns)
    keys = [(column.key, "") for column in columns]
    result.asked.update(column.key for column in columns)
    if placed is None:
        ways = ways_to_read(row.values, len(columns), row.spanned) if told else ()
        leave_open(row, columns, keys, ways, result)
        return
    read_cells(row, columns, keys, placed, "label", result)


def _prints_more(row: TableRow, columns: Sequence[HeadColumn]) -> bool:
    """Whether a row has more figures than the head has columns: then the head is not whole."""
    return sum(1 for cell in row.values if cell.text.strip()) > len(columns)


def _whole_form(columns: Sequence[HeadColumn]) -> tuple[HeadColumn, ...]:
    """All columns that the form asks, whatever of them a head has kept; none of them is certain."""
    known = {column.key: column.label for column in columns}
    return tuple(HeadColumn(name, known.get(name, "")) for name in _targets()[0])


def _unread(row: TableRow, result: TableReadings) -> None:
    message = (
        f"row {row.number} of table {row.table} has {len(row.values)} figures of the disputes "
        f"table and no head that says which they are; none of them is read"
    )
    result.findings.append(Finding("missing-head", "warning", message, None, row.values_text()))
