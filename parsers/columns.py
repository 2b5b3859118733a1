"""Which column of the form each value cell of a row stands in.

A row's cells are laid against the head's columns by the grid they share; where head and body are
merged differently, or nothing but text is left, by count and order. A row with fewer cells than
columns stays open: `spread` lists the ways in which it can be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice, pairwise
from math import comb
from typing import NamedTuple

from parsers.grids import Cell
from parsers.records import MatchedBy

# More ways than this are not weighed: nothing would decide among them.
_MAX_READINGS = 400
# More blanks in a row than these are the fillers of a body that is merged otherwise than its head.
_FEW = 2
_NOTHING = frozenset(["0", "０", "/", "—", "-", "无", "零"])


@dataclass(frozen=True, slots=True)
class HeadColumn:
    """One column of a head: its key in the layout, the grid columns it covers, its wording.

    start, end: -1 when the head survives only as text or was never printed. rank: the column's
    place among those of its head when the grid tells nothing; -1 when that is not known either.
    """

    key: str
    label: str
    start: int = -1
    end: int = -1
    by: MatchedBy = "label"
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Placed:
    """The value cells of one row by column.

    cells: column key -> the cell; a column that the row leaves out has none.
    by: how the columns were found. shared: columns whose cell covers another column as well.
    """

    cells: dict[str, Cell]
    by: dict[str, MatchedBy]
    shared: frozenset[str] = frozenset()


class Aside(NamedTuple):
    """Grid columns [start, end) that a head gives to something that the form does not ask.

    named: whether the head says what; a column without any label holds nothing but blanks.
    """

    start: int
    end: int
    named: bool

    def holds(self, cell: Cell) -> bool:
        """Whether a cell of the body is the column's."""
        inside = self.start <= cell.start and cell.end <= self.end
        return inside and (self.named or not cell.text.strip())


class GluedText(str):
    """The digits of several cells of which nothing tells where one ends: 396442278."""


class Numeral(str):
    """The numeral 一 in a table that has other Chinese numerals, so that it is no dash."""


def place(
    values: Sequence[Cell],
    columns: Sequence[HeadColumn],
    spanned: bool,
    kept: bool = False,
    aside: Sequence[Aside] = (),
    whole: bool = True,
) -> Placed | None:
    """The one way in which the cells fit the columns; None when there is not just one.

    spanned: whether the cells' grid columns are known. kept: whether a table that survives as
    text has kept its empty cells, so that the count of cells tells. aside: grid columns that the
    head gives to something else; where it names that, the rest must fit the grid. whole: whether
    the head has all columns that the form asks; beside one that lost a label, order tells nothing.
    """
    if aside and spanned and columns and columns[0].start >= 0:
        values = [c for c in values if not any(one.holds(c) for one in aside)]
        if any(one.named for one in aside):
            return _place_by_grid(values, columns)
    if spanned and len(values) == len(columns):
        exact = _place_exactly(values, columns)
        if exact is not None:
            return exact
    if any(isinstance(cell.text, GluedText) for cell in values):
        return None
    if spanned and columns and columns[0].start >= 0:
        # An empty cell in front of the head's columns is a lost label, not a figure.
        first = min(column.start for column in columns)
        values = [c for c in values if c.text.strip() or c.end > first]
    if spanned and columns and columns[0].start >= 0:
        by_grid = _place_by_grid(values, columns)
        if by_grid is not None:
            return by_grid
        columns = by_rank(columns)
    if not whole and spanned and len(values) > len(columns):
        return None
    return _place_by_order(values, columns, spanned, kept)


def by_rank(columns: Sequence[HeadColumn]) -> tuple[HeadColumn, ...]:
    """The columns in the order of their figures, for a row that contradicts the head's grid.

    One wrong span moves a row of the head under another, so where its cells begin tells nothing
    then. () when nothing else tells the order.
    """
    if any(column.rank < 0 for column in columns):
        return ()
    ordered = tuple(sorted(columns, key=lambda column: column.rank))
    if ordered == tuple(columns):
        return ordered
    return tuple(replace(column, by="position") for column in ordered)


def _place_exactly(values: Sequence[Cell], columns: Sequence[HeadColumn]) -> Placed | None:
    """Place the cells when each lies exactly under one column: as by the grid, for most rows."""
    cells: dict[str, Cell] = {}
    by: dict[str, MatchedBy] = {}
    end = 0
    for cell, column in zip(values, columns, strict=True):
        if cell.start != column.start or cell.end != column.end or cell.start < end:
            return None
        end = cell.end
        cells[column.key] = cell
        by[column.key] = column.by
    return Placed(cells, by)


def _place_by_grid(values: Sequence[Cell], columns: Sequence[HeadColumn]) -> Placed | None:
    """Place every cell in the head column whose grid columns it lies in."""
    found: dict[str, list[Cell]] = {column.key: [] for column in columns}
    shared: set[str] = set()
    beyond = max(column.end for column in columns)
    for cell in values:
        if cell.end > beyond and len(values) > len(columns):
            # A row with a cell too many: any of its cells may be the one, not just the last.
            return None
        over = [c for c in columns if c.start < cell.end and cell.start < c.end]
        if not over:
            if cell.text.strip():
                return None
            continue
        if len(over) > 1:
            shared.update(column.key for column in over)
        elif cell.end - cell.start > over[0].end - over[0].start and cell.text.strip():
            # The cell is wider than its head: head and body are merged differently.
            return None
        for column in over:
            found[column.key].append(cell)
    cells: dict[str, Cell] = {}
    for key, inside in found.items():
        filled = [cell for cell in inside if cell.text.strip()]
        if not inside:
            return None
        if len(filled) > 1:
            return None
        cells[key] = filled[0] if filled else inside[0]
    if shared and len(values) >= len(columns):
        # As many cells as columns, only laid out differently: order tells more than the grid.
        return None
    by: dict[str, MatchedBy] = {column.key: column.by for column in columns}
    return Placed(cells, by, frozenset(shared))


def _place_by_order(
    values: Sequence[Cell], columns: Sequence[HeadColumn], spanned: bool, kept: bool
) -> Placed | None:
    """Place the cells one by one, when their number says which is which."""
    wanted = len(columns)
    cells = list(values)
    if not wanted or not cells or any(not c.origin and c.text.strip() for c in cells):
        return None
    filled = [cell for cell in cells if cell.text.strip()]
    if not filled:
        # A row of blanks is blank in every column, however many cells are left of it.
        return _in_order([cells[0]] * wanted, columns)
    excess = len(cells) - wanted
    if len(filled) == wanted:
        pushed = spanned and 0 < excess <= _FEW and _may_be_pushed(cells, filled)
        return None if pushed else _in_order(filled, columns)
    if wanted == 1 or len(filled) > wanted:
        return None
    if not spanned:
        # Text drops empty cells; only a last figure in the last place shows that it did not.
        told = len(cells) == wanted and (kept or cells[-1].text.strip())
        return _in_order(cells, columns) if told else None
    return _in_order(cells, columns) if len(cells) == wanted else None


def _may_be_pushed(cells: Sequence[Cell], filled: Sequence[Cell]) -> bool:
    """Whether a blank or a figure printed twice may have pushed figures on, and a blank off the row.

    A row of zeros or of the marks for none reads the same however it was pushed.
    """
    if any(not cell.text.strip() for cell in cells[: len(filled)]):
        return True
    texts = [cell.text for cell in filled]
    alike = len(set(texts)) == 1 and texts[0] in _NOTHING
    return not alike and any(one == other for one, other in pairwise(texts))


def _in_order(cells: Sequence[Cell], columns: Sequence[HeadColumn]) -> Placed:
    by: dict[str, MatchedBy] = {column.key: column.by for column in columns}
    return Placed({c.key: cell for c, cell in zip(columns, cells, strict=True)}, by)


# One way of reading a row: for every column the text that stands in it, None for a blank.
Way = tuple[str | None, ...]


def ways_to_read(values: Sequence[Cell], columns: int, spanned: bool = False) -> list[Way]:
    """Every way in which a row's figures can stand in its columns, in order.

    A row of a grid (spanned) that has more cells than columns has some too many, be it blanks or
    figures printed twice: which of them is not known.

    Digits glued together can be cut anywhere but in front of a zero. Nothing is given when there
    are too many ways for anything to decide among them.
    """
    filled = [cell.text for cell in values if cell.text.strip()]
    if len(filled) == 1 and isinstance(filled[0], GluedText):
        readings = (
            way for parts in _cuts(str(filled[0]), columns) for way in _spread(parts, columns)
        )
        found = list(islice(readings, _MAX_READINGS + 1))
        return found if len(found) <= _MAX_READINGS else []
    excess = len(values) - columns
    if spanned and excess > 0:
        return (
            _without_excess(values, columns) if comb(len(values), excess) <= _MAX_READINGS else []
        )
    if len(filled) > columns or comb(columns, len(filled)) > _MAX_READINGS:
        return []
    return list(_spread(filled, columns))


def _without_excess(values: Sequence[Cell], columns: int) -> list[Way]:
    ways = (tuple(cell.text or None for cell in kept) for kept in combinations(values, columns))
    return list(dict.fromkeys(ways))


def _spread(texts: Sequence[str], columns: int) -> Iterator[Way]:
    for places in combinations(range(columns), len(texts)):
        way: list[str | None] = [None] * columns
        for place_of, text in zip(places, texts, strict=True):
            way[place_of] = text
        yield tuple(way)


def _cuts(digits: str, most: int) -> Iterator[list[str]]:
    """The ways to cut a run of digits into at most `most` numbers without a zero in front."""
    if not digits.isdigit() or len(digits) > 24 or not most:
        return
    if len(digits) == digits.count("0"):
        if len(digits) <= most:
            yield list(digits)
        return
    size = len(digits)
    first = 1 if digits[0] == "0" else size
    for end in range(1, first + 1):
        rest = digits[end:]
        if not rest:
            yield [digits]
        else:
            for tail in _cuts(rest, most - 1):
                yield [digits[:end], *tail]
