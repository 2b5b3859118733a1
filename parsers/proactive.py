"""Read the table of proactive disclosure (section two of the form), item by item.

Its blocks (第二十条第（一）（五）（六）（八）（九）项) each have a head of their own, and a page may print
one block in the form of 2019 and the next in that of 2021. So every block is read by its own
head: 行政事业性收费 is a count under 上一年项目数量 and money under 本年收费金额, never by its place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache

from parsers.alignment import Item, Match, align, own_target, similarities
from parsers.characters import compact, on_one_line
from parsers.columns import HeadColumn, place, ways_to_read
from parsers.labels import axes_of, candidates, form_rows
from parsers.readings import (
    TableReadings,
    leave_open,
    leave_unread,
    read_cells,
    report_undecided_row,
    report_unknown_row,
)
from parsers.records import Finding, MatchedBy
from parsers.tablerows import LabelCell, TableRow, columns_aside, labels_of, runs_on

_PART = "proactive"
_ROW, _COLUMN, _BLOCK, _CORNER, _IGNORED = (
    axes_of(_PART, axis) for axis in ("row", "column", "block", "corner", "ignored")
)
_LAYOUTS = ("tables-2019", "tables-2021")
# The whole unit: 元, 千元, 百万元, also 美元 and 万美元, which are no yuan.
_UNIT = re.compile(r"[十百千万亿]*[美欧日港澳韩]?[元圆](?![月旦])")
_UNIT_LINE = re.compile(r"单位[:：]?[^元]*元")


@dataclass(slots=True)
class _Block:
    """The rows printed under one head, and the item they are printed for ("" when it is not).

    unit: the unit of money that the table's caption or corner prints (元, 万元), "" for none.
    """

    item: str = ""
    unit: str = ""
    head: list[TableRow] = field(default_factory=list)
    body: list[TableRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Head:
    """The columns of a block. asked: how many the form has there."""

    columns: tuple[HeadColumn, ...]
    layout: str
    units: dict[str, str]
    asked: int


@cache
def _rows(layout: str) -> tuple[tuple[str, str], ...]:
    """(row key, item) in the order of the form."""
    return tuple(
        (r["key"], r["parent"])
        for r in form_rows(layout)
        if r["part"] == _PART and r["axis"] == "row"
    )


@cache
def _columns(layout: str, item: str) -> tuple[tuple[str, str], ...]:
    """(column key, label) of an item, in the order of the form."""
    return tuple(
        (r["key"], r["label"])
        for r in form_rows(layout)
        if r["part"] == _PART and r["axis"] == "column" and r["parent"] == item
    )


@cache
def _asked() -> frozenset[str]:
    """Every indicator that a row and a column of either form make together."""
    return frozenset(
        f"{row}.{column}"
        for layout in _LAYOUTS
        for row, item in _rows(layout)
        for column, _ in _columns(layout, item)
    )


@cache
def _items_of(row: str) -> frozenset[str]:
    return frozenset(item for layout in _LAYOUTS for key, item in _rows(layout) if key == row)


def read_proactive(rows: Sequence[TableRow], result: TableReadings) -> None:
    """Add what the rows of the table of proactive disclosure say to `result`."""
    blocks = _split(rows)
    heads = [_read_head(block) for block in blocks]
    for head in heads:
        if head is not None and head.layout:
            result.vote(head.layout, " / ".join(c.label for c in head.columns))
    known = {layout for layout in _LAYOUTS if result.layout_votes.get(layout)}
    usual = known.pop() if len(known) == 1 else ""
    for block, head in zip(blocks, heads, strict=True):
        _read_block(block, head, usual, result)


# -- blocks --------------------------------------------------------------------------------------


def _split(rows: Sequence[TableRow]) -> list[_Block]:
    """Cut the rows where a new item or a new head is printed."""
    blocks = [_Block()]
    table, unit = 0, ""
    for row in rows:
        axes = row.axes
        items = [c.label.key for c in row.candidates(_PART, "block")] if axes & _BLOCK else []
        is_row = axes & _ROW
        is_head = _is_head(row)
        current = blocks[-1]
        if row.table != table:
            table, unit = row.table, ""
        if not is_row:
            unit = _unit_line(row) or unit
        if items and items[0] != current.item:
            if current.body or current.head or current.item:
                current = _Block()
                blocks.append(current)
            current.item = items[0]
        if is_head:
            if current.body:
                current = _Block(item=current.item if items else "")
                blocks.append(current)
            current.head.append(row)
            current.unit = unit
        elif is_row or (not axes & (_CORNER | _BLOCK) and _may_be_row(row)):
            current.body.append(row)
    return [block for block in blocks if block.head or block.body]


def _is_head(row: TableRow) -> bool:
    if row.axes & _ROW or not row.axes & _COLUMN:
        return False
    columns = sum(1 for label in row.labels if label.of(_PART, "column"))
    if columns >= 2 or (columns and not row.has_figures):
        return True
    return columns == 1 and bool(row.axes & _CORNER)


def _may_be_row(row: TableRow) -> bool:
    """A row without a label of the form that still prints figures."""
    return row.has_figures and not row.axes & _COLUMN


# -- heads ---------------------------------------------------------------------------------------


def _item_of(block: _Block) -> str:
    """The item of a block: as printed, else the one that its rows' labels name."""
    if block.item:
        return block.item
    named = [
        _items_of(c.label.key)
        for row in block.body
        for c in row.candidates(_PART, "row")
        if c.similarity >= 0.75
    ]
    items = {item for items in named for item in items}
    return items.pop() if len(items) == 1 else ""


def _read_head(block: _Block) -> _Head | None:
    """The columns of a block's head, in whichever form fits its labels; None without a head."""
    if not block.head:
        return None
    labels = _column_labels(block.head)
    fit = _fit(tuple(label.cell.text for label in labels), _item_of(block))
    # A head that is known by nothing but its order is none.
    if fit is None or all(by == "position" for _, _, by in fit.columns):
        return None
    wanted = _columns(fit.layout, fit.item)
    spanned = block.head[0].spanned
    columns: list[HeadColumn] = []
    units: dict[str, str] = {}
    for at, target, by in fit.columns:
        key, cell = wanted[target][0], labels[at].cell
        start, end = (cell.start, cell.end) if spanned else (-1, -1)
        columns.append(HeadColumn(key, on_one_line(cell.text), start, end, by))
        unit = unit_in(cell.text) or block.unit
        if unit:
            units[key] = unit
    return _Head(tuple(columns), "" if fit.tied else fit.layout, units, len(wanted))


@dataclass(frozen=True, slots=True)
class _Fit:
    """The block of a form that a head's labels fit best.

    columns: (number of the label, index of its column in the form, how it was found). tied:
    whether the other form fits them as well.
    """

    layout: str
    item: str
    columns: tuple[tuple[int, int, MatchedBy], ...]
    tied: bool


def _fit(texts: tuple[str, ...], item: str) -> _Fit | None:
    """The form's block, of the given item or of any (""), that fits the labels of a head best."""
    # The same few heads stand on all pages; what is no head may be long and is not kept.
    return _known_fit(texts, item) if sum(map(len, texts)) < 200 else _best_fit(texts, item)


@lru_cache(maxsize=1024)
def _known_fit(texts: tuple[str, ...], item: str) -> _Fit | None:
    return _best_fit(texts, item)


def _best_fit(texts: tuple[str, ...], item: str) -> _Fit | None:
    best: _Fit | None = None
    best_score = 0.0
    tied = False
    for layout in _LAYOUTS:
        for candidate_item in [item] if item else _all_items():
            wanted = _columns(layout, candidate_item)
            if not wanted:
                continue
            keys = [key for key, _ in wanted]
            places = {key: place for place, key in enumerate(keys)}
            found = [candidates(text).of(_PART, ("column",)) for text in texts]
            items = [Item(similarities(labels, places)) for labels in found]
            matches = align(items, keys, [""] * len(wanted))
            fits = tuple(
                (at, match.target, match.by)
                for at, match in enumerate(matches)
                if match.target is not None
            )
            gained = sum(items[at].similarities.get(target, 0.05) for at, target, _ in fits)
            score = gained - 0.3 * (len(wanted) - len(fits)) - 0.3 * (len(texts) - len(fits))
            score += 0.01 * _own_wording(texts, layout, candidate_item)
            if best is None or score > best_score + 1e-9:
                best, best_score = _Fit(layout, candidate_item, fits, False), score
                tied = False
            elif abs(score - best_score) <= 1e-9 and layout != best.layout:
                tied = True
    if best is None or best_score <= 0:
        return None
    return replace(best, tied=tied)


@cache
def _all_items() -> tuple[str, ...]:
    return tuple(dict.fromkeys(item for layout in _LAYOUTS for _, item in _rows(layout)))


def _own_wording(texts: Sequence[str], layout: str, item: str) -> int:
    """How many labels are worded as this layout words them (本年处理决定数量 is that of 2021)."""
    wordings = {compact(label) for _, label in _columns(layout, item)}
    return sum(1 for text in texts if compact(text) in wordings)


def unit_in(text: str) -> str:
    """The unit of money that a head prints, "" for none or for more than one."""
    found = set(_UNIT.findall(compact(text))) if "元" in text or "圆" in text else set[str]()
    return found.pop() if len(found) == 1 else ""


def _unit_line(row: TableRow) -> str:
    """The unit of money that a caption or a corner gives for its whole table: 单位：万元."""
    for label in row.labels:
        text = label.cell.text
        if "元" in text and not label.of(_PART, "column") and _UNIT_LINE.search(compact(text)):
            return unit_in(text)
    return ""


def _column_labels(head: Sequence[TableRow]) -> list[LabelCell]:
    """The labels of a head behind its corner, left to right; of a repeated cell the first."""
    row = head[-1]
    found: list[LabelCell] = []
    for label in row.labels:
        if label.of(_PART, "corner", "block"):
            continue
        twin = found and found[-1].cell.text == label.cell.text and label.cell.origin is False
        if not twin:
            found.append(label)
    return found


# -- rows ----------------------------------------------------------------------------------------


def _read_block(block: _Block, head: _Head | None, usual: str, result: TableReadings) -> None:
    item = _item_of(block)
    layout = head.layout if head and head.layout else usual
    layouts = (layout,) if layout else _LAYOUTS
    body = [row for row in block.body if not _is_ignored(row)]
    aside = columns_aside(block.head, _PART)
    for row in body:
        row.aside = aside
    matches, rows = _aligned(labels_of(body), item, layouts)
    targets = [own_target(matches, at) for at in range(len(matches))]
    last = max((at for at, asked in enumerate(rows) if asked[1] == item), default=0)
    doubtful = runs_on(body, targets, last)
    for at, (row, match) in enumerate(zip(body, matches, strict=True)):
        target = targets[at]
        if target is None and match.possible:
            _undecided(row, [rows[t] for t in match.possible], head, result)
        elif target is None:
            if row.has_figures:
                report_unknown_row(row, "table of proactive disclosure", result)
        else:
            _read_row(row, rows[target], head, match, usual, result, at not in doubtful)


def _is_ignored(row: TableRow) -> bool:
    return not row.axes & _ROW and bool(row.axes & _IGNORED)


_Labels = tuple[tuple[str, ...], ...]
# The rows of a block as the form asks them: (row key, item).
_Aligned = tuple[Sequence[Match], Sequence[tuple[str, str]]]


def _aligned(labels: _Labels, item: str, layouts: tuple[str, ...]) -> _Aligned:
    # The same few blocks stand on all pages; what is none may be long and is not kept.
    known = sum(len(text) for texts in labels for text in texts) < 400
    return (_known_alignment if known else _align_rows)(labels, item, layouts)


@lru_cache(maxsize=1024)
def _known_alignment(labels: _Labels, item: str, layouts: tuple[str, ...]) -> _Aligned:
    return _align_rows(labels, item, layouts)


def _align_rows(labels: _Labels, item: str, layouts: tuple[str, ...]) -> _Aligned:
    """Align a block's rows with the rows of its item, or of the whole form when it names none.

    labels: those that each row prints.
    """
    printed = [[candidates(text) for text in texts] for texts in labels]
    found = [[c for one in own for c in one.of(_PART, ("row",))] for own in printed]
    named = {candidate.label.key for own in found for candidate in own}
    asked = [row for layout in layouts for row in _rows(layout) if not item or row[1] == item]
    # A label that is printed counts, whatever item it was expected in.
    asked += [row for layout in _LAYOUTS for row in _rows(layout) if row[0] in named]
    wanted = list(dict.fromkeys(asked))
    keys = [key for key, _ in wanted]
    places: dict[str, int] = {}
    for place_of, key in enumerate(keys):
        places.setdefault(key, place_of)
    items = []
    for one, own in zip(printed, found, strict=True):
        alike = similarities(own, places)
        items.append(Item(alike, lost=not alike and all(one)))
    return align(items, keys, [""] * len(keys)), wanted


def _read_row(
    row: TableRow,
    target: tuple[str, str],
    head: _Head | None,
    match: Match,
    usual: str,
    result: TableReadings,
    told: bool,
) -> None:
    """Read a row; told: whether the figures behind its label are known to be its own."""
    key, item = target
    columns = head.columns if head is not None else _assumed_columns(row, key, item, usual)
    columns = tuple(c for c in columns if f"{key}.{c.key}" in _asked())
    if not columns:
        _headless(row, key, item, result)
        return
    whole = head is None or len(head.columns) >= head.asked
    spanned, kept, aside = row.spanned, row.kept, row.aside
    placed = place(row.values, columns, spanned, kept, aside, whole) if told else None
    if placed is None and told and head is not None and len(columns) < len(head.columns):
        placed = place(row.values, head.columns, spanned, kept, aside, whole)
    keys = [(f"{key}.{column.key}", "") for column in columns]
    result.asked.update(indicator for indicator, _ in keys)
    if placed is None:
        ways = ways_to_read(row.values, len(columns), row.spanned) if told else ()
        leave_open(row, columns, keys, ways, result)
        return
    in_head = head.units if head is not None else {}
    in_label = unit_in(row.label_text())
    units = {column.key: in_head.get(column.key, in_label) for column in columns}
    read_cells(row, columns, keys, placed, match.by, result, row.shown_label(), units)


def _assumed_columns(row: TableRow, key: str, item: str, usual: str) -> tuple[HeadColumn, ...]:
    """The columns of a row without a head, where the rest of the table leaves no doubt of them.

    行政事业性收费 is never read without its head: the same cell is a count or an amount.
    """
    if not usual or key == "fees":
        return ()
    wanted = _columns(usual, item)
    filled = [cell for cell in row.values if cell.text.strip()]
    if len(row.values) != len(wanted) and not (len(wanted) == 1 and len(filled) <= 1):
        return ()
    return tuple(HeadColumn(column, "", -1, -1, "position") for column, _ in wanted)


def _headless(row: TableRow, key: str, item: str, result: TableReadings) -> None:
    """A row whose head is lost and whose columns nothing else decides."""
    text = row.values_text()
    locator = f"table {row.table}, row {row.number}"
    names = dict.fromkeys(
        f"{key}.{column}" for layout in _LAYOUTS for column, _ in _columns(layout, item)
    )
    message = (
        f"“{row.label_text()}” has figures and no head that says what they count ({locator}); "
        f"none of {', '.join(names)} is read"
    )
    result.findings.append(
        Finding("missing-head", "warning", message, None, text, next(iter(names), None), text)
    )
    if row.has_figures:
        leave_unread(row, [(indicator, "") for indicator in names], result)


def _undecided(
    row: TableRow,
    possible: Sequence[tuple[str, str]],
    head: _Head | None,
    result: TableReadings,
) -> None:
    columns = head.columns if head is not None else ()
    names = [
        f"{key}.{column.key}"
        for key, _ in possible
        for column in columns
        if f"{key}.{column.key}" in _asked()
    ]
    leave_unread(row, [(indicator, "") for indicator in names], result)
    rows = [key for key, _ in possible]
    report_undecided_row(row, rows, names[0] if names else None, result)
