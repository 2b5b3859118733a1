"""Find the statistical annexes of which only the text is left: cells joined by | or by spaces.

A line that is the head of an annex opens one; the lines behind it are its rows as long as they
have its cells. They become a grid like that of any other table; what they count is read in
`annex`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from parsers.annex import is_annex
from parsers.blocks import Block
from parsers.characters import compact, ends_in_blank, split_bars
from parsers.grids import Cell, Grid, Row
from parsers.quantities import looks_like_value

_OPENING = re.compile(r"[|｜│┃┊\s]*(?:指标|统计指标|统计项目|项目|名称|内容)")
_RULE = re.compile(r"[\s|:—\-+=─━┼├┤┌┐└┘]*")
_FEWEST_ROWS = 2
_LONGEST_LINE = 200
# A group's label may stand on a line of its own between the rows.
_LONGEST_LABEL = 40


def annex_at(blocks: Sequence[Block], at: int, stop: int) -> tuple[int, Grid] | None:
    """The annex whose head is block `at`: (the block behind it, its grid); None when there is none.

    stop: the block that it cannot go beyond.
    """
    text = blocks[at].text
    if blocks[at].kind != "text" or len(text) > _LONGEST_LINE or not _OPENING.match(text):
        return None
    bars = len(split_bars(text)) > 1
    head = split_bars(text) if bars else text.split()
    if len(head) < 2 or not is_annex(Grid([_row(head, 1)], len(head))):
        return None
    rows = [_row(head, 1)]
    closed = ends_in_blank(text, False)
    end, following = at + 1, at + 1
    while following < stop and blocks[following].kind == "text":
        cells = _cells(blocks[following].text, len(head), bars)
        following += 1
        if cells is None:
            break
        if len(cells) == len(head) - 1 and ends_in_blank(blocks[following - 1].text, closed):
            cells.append("")
        if len(cells) > 1:
            rows.append(_row(cells, len(rows) + 1, len(head)))
            end = following
    return (end, Grid(rows, len(head))) if len(rows) > _FEWEST_ROWS else None


def _cells(line: str, count: int, bars: bool) -> list[str] | None:
    """The cells of a row; one or none for a line between rows, None for the end of the annex."""
    if bars and len(line) <= _LONGEST_LINE:
        cells = split_bars(line)
        if len(cells) > 1:
            return [] if _RULE.fullmatch(line) else cells
    elif not bars:
        cells = line.rsplit(None, count - 1)
        if len(cells) == count and looks_like_value(cells[-1]):
            return cells
        if len(cells) > 1 and looks_like_value(cells[-1]):
            return [cells[0], " ".join(cells[1:])]
    is_label = len(line) <= _LONGEST_LABEL and not re.search(r"[。；，]|\d{4}年", line)
    return [line] if is_label else None


def _row(cells: Sequence[str], number: int, count: int = 0) -> Row:
    """A row of a grid; where cells are missing, nothing tells which, so the rest is one cell."""
    if count and len(cells) != count:
        rest = " | ".join(cells[1:])
        return Row([Cell(compact(cells[0]), 0, 1), Cell(rest, 1, count)], number)
    return Row([Cell(text, at, at + 1) for at, text in enumerate(cells)], number)
