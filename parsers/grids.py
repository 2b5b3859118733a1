"""From a table element to a grid: its rows of cells, with row and column spans laid out.

Spans are bounded by the table's own size, so that a span of a billion columns costs nothing. The
meaning of a cell is not known here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from parsers.remembering import remembered

# The form has 15 columns; Word sometimes writes a hundred narrow ones. Rows: an annex has 60.
_MAX_COLUMNS = 256
_MAX_ROWS = 3_000
_BLOCKS = frozenset(["p", "div", "br", "li", "td", "tr", "h1", "h2", "h3", "h4", "center"])
_CONTROLS = frozenset(["input", "textarea", "select"])
# A footnote's mark and what is struck out are no part of a figure.
_SKIPPED = _CONTROLS | frozenset(
    ["script", "style", "noscript", "template", "option", "s", "strike", "del", "sup"]
)
_BUTTONS = frozenset(["hidden", "button", "submit", "reset", "image", "file"])
_BOXES = frozenset(["checkbox", "radio"])
_UNSEEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|text-decoration[^;]*line-through", re.IGNORECASE
)
# What stands for the text of a control that has none: nothing tells what it shows.
CONTROL = "\ufffc"


@dataclass(slots=True)
class Cell:
    """One cell: its text, the grid columns [start, end) it covers, and whether it began here.

    origin is False for the part of a cell that a row span carries into a later row.
    """

    text: str
    start: int
    end: int
    origin: bool = True
    rows: int = 1


@dataclass(slots=True)
class Row:
    """One row of a grid: its cells from left to right, carried ones included.

    overhung: whether a cell of a row above may reach into it behind one that begins here.
    """

    cells: list[Cell]
    number: int
    overhung: bool = True


@dataclass(slots=True)
class Grid:
    """A table as rows of cells. width: the number of grid columns of its widest row."""

    rows: list[Row]
    width: int


def build_grid(table: Any) -> Grid | None:
    """The grid of an lxml `table` element; None when it has no row with a cell."""
    rows: list[Row] = []
    carried: list[tuple[Cell, int]] = []  # cells that reach into the next row, and for how many
    width = 0
    elements = list(table.iter("tr"))
    stray = table.xpath("./td|./th|./tbody/td|./tbody/th") if not elements else []
    lines: list[Any] = elements[:_MAX_ROWS] if elements else ([stray] if stray else [])
    for number, line in enumerate(lines, 1):
        cells: list[Cell] = []
        held = carried
        carried = []
        column = 0
        waiting = 0
        overhung = False
        for element in line:
            tag = element.tag
            if tag != "td" and tag != "th":
                continue
            if held:
                while waiting < len(held) and held[waiting][0].start <= column:
                    overhung = overhung or (bool(cells) and cells[-1].origin)
                    column = _carry(held[waiting], column, cells, carried)
                    waiting += 1
            if column >= _MAX_COLUMNS:
                break
            # Most cells have no spans.
            across, down = element.get("colspan"), element.get("rowspan")
            end = column + 1 if across is None else min(column + _span(across), _MAX_COLUMNS)
            span = 1 if down is None else _span(down)
            own = element.text
            text = cell_text(element) if len(element) else own.strip() if own else ""
            cell = Cell(text, column, end, True, span)
            cells.append(cell)
            if span > 1:
                carried.append((cell, span - 1))
            column = end
        while waiting < len(held):
            overhung = overhung or (bool(cells) and cells[-1].origin)
            column = _carry(held[waiting], column, cells, carried)
            waiting += 1
        if len(carried) > 1:
            carried.sort(key=lambda item: item[0].start)
        if cells:
            rows.append(Row(cells, number, overhung))
            width = max(width, cells[-1].end)
    return Grid(rows, width) if rows else None


def _carry(
    item: tuple[Cell, int], column: int, cells: list[Cell], carried: list[tuple[Cell, int]]
) -> int:
    cell, left = item
    start = max(cell.start, column)
    end = min(start + cell.end - cell.start, _MAX_COLUMNS)
    if start >= _MAX_COLUMNS:
        return column
    cells.append(Cell(cell.text, start, end, False, cell.rows))
    if left > 1:
        carried.append((Cell(cell.text, start, end, False, cell.rows), left - 1))
    return end


def _span(text: str) -> int:
    try:
        value = int(text or "1")
    except ValueError:
        return 1
    if value == 0:
        return _MAX_ROWS  # "to the end of the table"
    return min(value, _MAX_ROWS) if value > 0 else 1


def cell_text(element: Any) -> str:
    """The text of a cell; paragraphs and breaks inside it are separated by line ends.

    The value that stands in a form's control is text as well.
    """
    if not len(element):
        return (element.text or "").strip()
    only = element
    # By far the most cells hold one paragraph with one span in it.
    while len(only) == 1 and not (only.text and only.text.strip()):
        child = only[0]
        if child.tail and child.tail.strip():
            break
        style = child.get("style")
        if style is not None and _unseen(style):
            return ""
        if child.tag in _SKIPPED:
            return _control_text(child)
        only = child
    if not len(only):
        if not isinstance(only.tag, str):
            return ""
        return (only.text or "").strip()
    parts: list[str] = []
    _collect(only, parts, 0)
    return "".join(parts).strip()


def _is_unseen(element: Any) -> bool:
    """Whether an element's own style hides it or strikes it out."""
    style = element.get("style")
    return style is not None and _unseen(style)


# Word gives every word of a page the same few styles.
@remembered(1024)
def _unseen(style: str) -> bool:
    return _UNSEEN.search(style) is not None


def _control_text(element: Any) -> str:
    """The text of a form's control, `CONTROL` for one without; "" for what else is skipped."""
    tag = element.tag
    if tag == "input":
        if (element.get("type") or "text").lower() in _BUTTONS:
            return ""
        shown = element.get("value") if element.get("type") not in _BOXES else None
    elif tag == "textarea":
        shown = element.text
    elif tag == "select":
        options = list(element.iter("option"))
        chosen = [option for option in options if option.get("selected") is not None]
        shown = "".join((chosen or options[:1])[0].itertext()) if options else None
        if not chosen and len(options) > 1:
            shown = None
    else:
        return ""
    return (shown or "").strip() or CONTROL


def _collect(element: Any, parts: list[str], depth: int) -> None:
    tag = element.tag
    if tag in _SKIPPED or not isinstance(tag, str) or _is_unseen(element):
        if tag in _CONTROLS and not _is_unseen(element):
            parts.append(_control_text(element))
        return
    breaks = tag in _BLOCKS
    if breaks and parts:
        parts.append("\n")
    if element.text:
        parts.append(element.text)
    if depth > 100:
        parts.append("".join(element.itertext()))
        return
    for child in element:
        _collect(child, parts, depth + 1)
        if child.tail:
            parts.append(child.tail)
    if breaks:
        parts.append("\n")
