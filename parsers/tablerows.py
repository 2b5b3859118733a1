"""One shape for a table's rows, whether they come from a grid or survive only as text.

A row has label cells and value cells, left to right. Whether it belongs to the table of
proactive disclosure, of applications or of disputes is voted by the labels it prints; a row that
prints none belongs where its neighbours do. No figure is read here.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from parsers.characters import compact, on_one_line
from parsers.columns import Aside, GluedText, Numeral
from parsers.grids import Cell, Grid
from parsers.labels import Candidate, Candidates, candidates, is_own_wording
from parsers.quantities import NUMERAL, looks_like_value, may_be_dash
from parsers.registry import APPLICANTS
from parsers.texttables import LooseRow

# Figures that could not be cut from the label in front of them: 行政许可251-18, 行政许可 无.
_UNCUT = re.compile(r"(.*?[^\d\s+\-.,无])([\d\s+\-.,无]*[\d无])\s*", re.DOTALL)
_OTHER_NUMERALS = frozenset(NUMERAL)
# Less than one label that resembles one of the form: it tells no part.
_LEAST_WEIGHT = 0.4
# The form's largest head has three rows of 18 labels and a corner of 40 characters.
_LARGEST_HEAD, _LONGEST_HEAD = 60, 400


@dataclass(slots=True)
class LabelCell:
    """A cell with a text that is no figure, and the labels of the forms that it may be."""

    cell: Cell
    found: Candidates

    def of(self, part: str, *axes: str) -> tuple[Candidate, ...]:
        """The candidates on the given axes of one part."""
        return self.found.of(part, axes)


@dataclass(slots=True)
class TableRow:
    """One row: its labels, its value cells, and where it stands.

    values: the cells behind the last label (blank ones included), or every cell of a row that
        prints no label. blanks_before: blank cells in front of the first label or value.
    spanned: whether the cells' grid columns are known; in text they are not. has_figures: whether
        any value cell holds something. axes: on which axes of which parts its labels may be, as bits
        (`labels.axes_of`). kept: whether a table that survives as text has kept its empty cells.
    loose: whether the row's cells stood one a line, so that only the next label ends it. headed:
        the year that the table is headed with, if it is not the report's. aside: the columns that
        its head gives to something that the form does not ask.
    table, number: the table's place in the document and the row's in the table, from 1.
    """

    labels: list[LabelCell]
    values: list[Cell]
    table: int
    number: int
    spanned: bool
    has_figures: bool
    axes: int = 0
    part: str = ""
    kept: bool = False
    loose: bool = False
    headed: int | None = None
    aside: tuple[Aside, ...] = ()

    def figures_text(self) -> str:
        """The row's figures as printed, in order, joined by " | "."""
        return " | ".join(on_one_line(c.text) for c in self.values if c.text.strip())

    def values_text(self) -> str:
        """The row's value cells as printed, blank ones included, joined by " | "."""
        return " | ".join(on_one_line(c.text) for c in self.values)

    def label_text(self) -> str:
        """The row's labels as printed, for evidence."""
        return " / ".join(on_one_line(label.cell.text) for label in self.labels)

    def shown_label(self) -> str:
        """The row's labels, or the words for none."""
        return self.label_text() or "(no label)"

    def candidates(self, part: str, *axes: str) -> list[Candidate]:
        """The candidates of all labels on the given axes of one part."""
        return [c for label in self.labels for c in label.found.of(part, axes)]


def rows_of_grid(grid: Grid, table: int, caption: str = "") -> list[TableRow]:
    """The rows of a grid; a caption that is a label of the form stands above them as a head."""
    rows = [
        _row(
            _without_fallen_labels(row.cells) if row.overhung else row.cells,
            table,
            row.number,
            True,
        )
        for row in grid.rows
    ]
    _tell_numerals(rows)
    if caption:
        rows.insert(0, _row([Cell(caption, 0, grid.width)], table, 0, True))
    return rows


def rows_of_texts(rows: Sequence[Sequence[str]], table: int) -> list[TableRow]:
    """The rows of a table that survives only as texts, in order."""
    made = []
    for number, texts in enumerate(rows, 1):
        row = _row(_cells(texts), table, number, False)
        row.loose = isinstance(texts, LooseRow)
        made.append(row)
    _tell_numerals(made)
    if _keeps_empty_cells(made):
        for row in made:
            row.kept = True
    return made


def _tell_numerals(rows: Sequence[TableRow]) -> None:
    """Mark 一 as a numeral where other figures of the table are Chinese numerals too."""
    ones = [cell for row in rows for cell in row.values if "一" in cell.text]
    ones = [cell for cell in ones if may_be_dash(cell.text)]
    if ones and any(
        text and set(text) <= _OTHER_NUMERALS
        for row in rows
        for cell in row.values
        if (text := compact(cell.text)) != "一"
    ):
        for cell in ones:
            cell.text = Numeral(cell.text)


def _cells(texts: Sequence[str]) -> list[Cell]:
    """The cells of a row of texts; figures that hang on its last label are a cell, no blanks."""
    uncut = _UNCUT.fullmatch(texts[-1]) if texts else None
    if uncut and not looks_like_value(texts[-1]) and is_own_wording(uncut[1]):
        texts = [*texts[:-1], uncut[1], GluedText(uncut[2])]
    return [Cell(text, at, at + 1) for at, text in enumerate(texts)]


def _keeps_empty_cells(rows: Sequence[TableRow]) -> bool:
    """Whether every row has just as many cells as the form has columns, blank ones included."""
    columns = 0
    seen = False
    for row in rows:
        if row.candidates("proactive", "column") and not row.has_figures:
            columns = sum(1 for label in row.labels if label.of("proactive", "column"))
        elif row.candidates("proactive", "row") and not row.candidates("applications", "row"):
            if len(row.values) != columns:
                return False
            seen = True
        elif row.candidates("applications", "row") and len(row.labels) <= 3:
            if row.candidates("applications", "column") and len(row.labels) > 1:
                continue
            if len(row.values) != len(APPLICANTS):
                return False
            seen = True
    return seen


def _without_fallen_labels(cells: list[Cell]) -> list[Cell]:
    """The cells without labels of rows above that span into a row behind its first figure.

    Such a label heads nothing here: figures in front of it are the row's as those behind it are.
    """
    first = next(
        (at for at, cell in enumerate(cells) if cell.origin and looks_like_value(cell.text)),
        len(cells),
    )
    fallen = [
        at
        for at, cell in enumerate(cells)
        if at > first and cell.text and not looks_like_value(cell.text)
    ]
    if any(cells[at].origin for at in fallen):
        return cells
    return [cell for at, cell in enumerate(cells) if at not in fallen]


def _row(cells: list[Cell], table: int, number: int, spanned: bool) -> TableRow:
    labels: list[LabelCell] = []
    places: list[int] = []  # of the labels among the cells
    known = -1  # the place of the last label that the form has
    filled = -1  # the place of the last cell that holds anything
    for at, cell in enumerate(cells):
        text = cell.text
        if not text:
            continue
        filled = at
        if looks_like_value(text):
            continue
        label = LabelCell(cell, candidates(text))
        labels.append(label)
        places.append(at)
        if label.found:
            known = at
    last = places[-1] if places else -1
    if -1 < known < last:
        # A text that is no label of the form, behind labels that are, stands where a figure
        # should: it is kept among the values, to be called unreadable.
        behind = sum(1 for place in places if place > known)
        if len(cells) - known - 1 > behind or behind == 1:
            labels = labels[:-behind]
            last = known
    values = cells[last + 1 :]
    has_figures = filled > last
    axes = 0
    for label in labels:
        axes |= label.found.axes
    return TableRow(labels, values, table, number, spanned, has_figures, axes)


def labels_of(rows: Sequence[TableRow]) -> tuple[tuple[str, ...], ...]:
    """The labels of rows as printed, for remembering where they belong."""
    return tuple([tuple([label.cell.text for label in row.labels]) for row in rows])


def shape_of(head: Sequence[TableRow]) -> Hashable:
    """All that a head prints and where, for remembering what it was read as; None for a long one."""
    cells = [
        (at, label.cell.text, label.cell.start, label.cell.end, label.cell.origin)
        for at, row in enumerate(head)
        for label in row.labels
    ]
    if len(cells) > _LARGEST_HEAD or sum(len(text) for _, text, *_ in cells) > _LONGEST_HEAD:
        return None
    return head[0].spanned, len(head), tuple(cells)


def columns_aside(head: Sequence[TableRow], part: str) -> tuple[Aside, ...]:
    """The grid columns that a head gives to what is not asked: 小计, 备注, 单位, nothing at all.

    An empty cell in every row of the head behind all its labels is a column without a name.
    """
    spanned = [row for row in head if row.spanned and row.labels]
    last = max((label.cell.end for row in spanned for label in row.labels), default=0)
    empty = [
        Aside(cell.start, cell.end, False)
        for cell in (spanned[-1].values if spanned else ())
        if cell.start >= last
    ]
    found = [
        Aside(label.cell.start, label.cell.end, True)
        for row in head
        if row.spanned
        for label in row.labels
        if any(candidate.similarity >= 1.0 for candidate in label.of(part, "ignored"))
        and not label.of(part, "column", "group", "head", "corner", "block")
    ] + empty
    return tuple(dict.fromkeys(found))


def runs_on(rows: Sequence[TableRow], targets: Sequence[int | None], last: int) -> set[int]:
    """The numbers of the loose rows that may hold figures of a row behind them too.

    targets: the form's row that each row is, in the form's order; last: the last one that is asked.
    Where the form's next row is not the page's next, or a row of no known label comes, the figures
    of a row that lost its label are in the row above it.
    """
    found: set[int] = set()
    if not any(row.loose for row in rows):
        return found
    shown = [at for at, row in enumerate(rows) if targets[at] is not None or row.has_figures]
    for place, at in enumerate(shown):
        own = targets[at]
        following = shown[place + 1] if place + 1 < len(shown) else None
        if not rows[at].loose or own is None:
            continue
        behind = last + 1 if following is None else targets[following]
        if behind is None or behind > own + 1:
            found.add(at)
    return found


def vote_parts(rows: Iterable[TableRow]) -> list[TableRow]:
    """The rows that belong to the forms' tables, each with its part.

    A table none of whose rows prints a label of the forms is left out whole; so are rows before
    the first known label of a table whose neighbours in the document know nothing of it.
    """
    found: list[TableRow] = []
    tables: dict[int, list[TableRow]] = {}
    for row in rows:
        tables.setdefault(row.table, []).append(row)
    current = ""
    for table in tables.values():
        votes = [_vote(row) for row in table]
        clear = [vote for vote in votes if vote]
        if not clear:
            if current and _continues(table, current):
                for row in table:
                    row.part = current
                found.extend(table)
            continue
        part = clear[0]
        for row, vote in zip(table, votes, strict=True):
            part = vote or part
            row.part = part
        found.extend(table)
        current = part
    return found


def _vote(row: TableRow) -> str:
    """The one part that this row's labels speak for; "" when they speak for none or for many."""
    weights: dict[str, float] = {}
    for label in row.labels:
        found = label.found
        if part := found.part:
            weights[part] = weights.get(part, 0.0) + found.weight
    if len(weights) == 1:
        ((part, weight),) = weights.items()
        return part if weight >= _LEAST_WEIGHT else ""
    heaviest = max(weights.values(), default=0.0)
    if heaviest < _LEAST_WEIGHT:
        return ""
    winners = [part for part, weight in weights.items() if weight == heaviest]
    return winners[0] if len(winners) == 1 else ""


def _continues(table: list[TableRow], part: str) -> bool:
    """Whether a table without any label of its own goes on with the table before it.

    Only rows of figures do, such as the single row of the disputes table behind a page break.
    """
    return part == "disputes" and any(row.has_figures for row in table) and len(table) <= 2
