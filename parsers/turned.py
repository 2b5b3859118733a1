"""Turn a table of applications upright where a page prints the applicants as its rows.

Rows become columns and columns rows, spans with them, so that the rest of the reading sees the
form as it is prescribed. Which figure is which is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass

from parsers.characters import compact
from parsers.grids import Cell, Grid, Row

# 其他 and 总计 are labels of rows as well, so they tell nothing.
_APPLICANTS = frozenset(["自然人", "公民", "商业企业", "科研机构", "社会公益组织", "法律服务机构"])
_FEWEST = 3
_LONGEST = 24
# The applicants stand in the first columns, behind 申请人情况 and 法人或其他组织.
_LABEL_CELLS = 3


@dataclass(slots=True)
class _Box:
    """One cell with the rows and columns [.., ..) of the grid that it covers."""

    text: str
    top: int
    bottom: int
    left: int
    right: int


def upright(grid: Grid) -> Grid:
    """The grid, turned when its rows are applicants. Row numbers are then those of columns."""
    if not _is_turned(grid):
        return grid
    rows: list[Row] = []
    boxes = _boxes(grid)
    for column in range(grid.width):
        cells = [
            Cell(box.text, box.top, box.bottom, box.left == column, box.right - box.left)
            for box in sorted(boxes, key=lambda box: box.top)
            if box.left <= column < box.right
        ]
        if cells:
            rows.append(Row(cells, column + 1))
    return Grid(rows, len(grid.rows))


def _is_turned(grid: Grid) -> bool:
    found = set()
    for row in grid.rows:
        for cell in row.cells[:_LABEL_CELLS]:
            if cell.origin and 2 <= len(cell.text) <= _LONGEST:
                wording = compact(cell.text).partition("(")[0]
                if wording in _APPLICANTS:
                    found.add(wording)
                    break
    return len(found) >= _FEWEST


def _boxes(grid: Grid) -> list[_Box]:
    """The cells of a grid, those that a row span carries on joined to the one they come from."""
    boxes: list[_Box] = []
    open_at: dict[int, _Box] = {}
    for number, row in enumerate(grid.rows):
        for cell in row.cells:
            box = open_at.get(cell.start)
            if not cell.origin and box is not None and box.bottom == number:
                box.bottom = number + 1
                continue
            box = _Box(cell.text, number, number + 1, cell.start, cell.end)
            boxes.append(box)
            open_at[cell.start] = box
    return boxes
