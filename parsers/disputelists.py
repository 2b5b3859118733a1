"""Read the disputes where their results stand below each other instead of beside each other.

As a list of labels with one figure each, under the name of their group; as a table with the groups
as rows, or with the results as rows. A figure is read where both its group and its result are
printed for it; which of them is printed where, decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from parsers.characters import on_one_line
from parsers.columns import HeadColumn, Placed, place, ways_to_read
from parsers.grids import Cell
from parsers.readings import TableReadings, leave_open, read_cells
from parsers.records import Finding, MatchedBy
from parsers.tablerows import LabelCell, TableRow

_PART = "disputes"
# With fewer results below each other a table is none of these.
_FEWEST_RESULTS = 3
_RESULTS = 5


@dataclass(frozen=True, slots=True)
class _Named:
    """A label that names a group (行政复议) or a result (结果维持), and how surely."""

    key: str
    label: LabelCell
    by: MatchedBy

    @property
    def text(self) -> str:
        return on_one_line(self.label.cell.text)


def read_lists(rows: Sequence[TableRow], result: TableReadings) -> list[TableRow]:
    """Add what lists of disputes say to `result`; the rows of all other tables are given back."""
    tables: dict[int, list[TableRow]] = {}
    for row in rows:
        tables.setdefault(row.table, []).append(row)
    left: list[TableRow] = []
    for table in tables.values():
        if not table[0].spanned:
            tokens = _tokens(table)
            if _is_list(tokens):
                _read_tokens(tokens, result)
            else:
                left.extend(table)
            continue
        results = [len(_results(row)) for row in table]
        heads = [row for row, count in zip(table, results, strict=True) if count >= _RESULTS - 1]
        if max(results) <= 1 and sum(results) >= _FEWEST_RESULTS:
            _read_rows_of_results(table, result)
        elif len(heads) == 1 and not _groups(heads[0]) and _rows_of_groups(heads[0], table):
            _read_rows_of_groups(heads[0], _rows_of_groups(heads[0], table), result)
        else:
            left.extend(table)
    return left


def _named(label: LabelCell, axis: str) -> _Named | None:
    for candidate in label.of(_PART, axis)[:1]:
        by: MatchedBy = "label" if candidate.similarity >= 1.0 else "label_fuzzy"
        return _Named(candidate.label.key, label, by)
    return None


def _groups(row: TableRow) -> list[_Named]:
    return [named for label in row.labels if (named := _named(label, "group"))]


def _results(row: TableRow) -> list[_Named]:
    return [named for label in row.labels if (named := _named(label, "column"))]


def _rows_of_groups(head: TableRow, rows: Sequence[TableRow]) -> list[TableRow]:
    """The rows below a head of results that print the figures of one group each."""
    below = [row for row in rows if row.number > head.number and len(_groups(row)) == 1]
    return [row for row in below if row.has_figures or len(row.values) >= _FEWEST_RESULTS]


# -- tables --------------------------------------------------------------------------------------


def _read_rows_of_groups(head: TableRow, rows: Sequence[TableRow], result: TableReadings) -> None:
    for row in rows:
        (group,) = _groups(row)
        columns = [_column(f"{group.key}.{one.key}", one, one.by) for one in _results(head)]
        _read_row(row, columns, group.by, group.text, result)


def _read_rows_of_results(rows: Sequence[TableRow], result: TableReadings) -> None:
    """Rows of one result each, with a figure under every group or under the one named last."""
    heads: list[_Named] = []
    group: _Named | None = None
    for row in rows:
        groups, results = _groups(row), _results(row)
        if not results:
            heads = groups if len(groups) > 1 else heads
            group = groups[0] if len(groups) == 1 else group
            if row.has_figures:
                _unread(row, result)
            continue
        (one,) = results
        group = groups[-1] if groups else group
        if heads:
            columns = [_column(f"{named.key}.{one.key}", named, named.by) for named in heads]
            _read_row(row, columns, one.by, one.text, result)
        elif group is not None and len([c for c in row.values if c.text.strip()]) <= 1:
            _read_pair(row, group, one, row.values, result)
        else:
            _unread(row, result)


def _column(key: str, named: _Named, by: MatchedBy) -> HeadColumn:
    return HeadColumn(key, named.text, named.label.cell.start, named.label.cell.end, by)


def _read_row(
    row: TableRow,
    columns: Sequence[HeadColumn],
    by: MatchedBy,
    label: str,
    result: TableReadings,
) -> None:
    keys = [(column.key, "") for column in columns]
    result.asked.update(column.key for column in columns)
    placed = place(row.values, columns, row.spanned, row.kept)
    if placed is None:
        ways = ways_to_read(row.values, len(columns), row.spanned)
        leave_open(row, columns, keys, ways, result)
    else:
        read_cells(row, columns, keys, placed, by, result, label)


def _read_pair(
    row: TableRow,
    group: _Named,
    one: _Named,
    values: Sequence[Cell],
    result: TableReadings,
) -> None:
    """A label and its one figure; none is a blank."""
    key = f"{group.key}.{one.key}"
    cell = next((c for c in values if c.text.strip()), None) or Cell("", 0, 1)
    column = HeadColumn(key, one.text, by=one.by)
    result.asked.add(key)
    placed = Placed({key: cell}, {key: one.by})
    read_cells(row, [column], [(key, "")], placed, group.by, result, group.text)


def _unread(row: TableRow, result: TableReadings) -> None:
    message = (
        f"row {row.number} of table {row.table} (“{row.shown_label()}”) has figures of disputes "
        f"and nothing tells of which group they are; none of them is read"
    )
    result.findings.append(Finding("missing-head", "warning", message, None, row.values_text()))


# -- text ----------------------------------------------------------------------------------------

# What stands in a text: a group, a result or a figure, with the row that it is in.
_Token = tuple[TableRow, _Named | None, _Named | None, Cell | None]


def _tokens(rows: Sequence[TableRow]) -> list[_Token]:
    found: list[_Token] = []
    for row in rows:
        for label in row.labels:
            one = _named(label, "column")
            found.append((row, None if one else _named(label, "group"), one, None))
        found.extend((row, None, None, cell) for cell in row.values if cell.text.strip())
    return found


def _is_list(tokens: Sequence[_Token]) -> bool:
    """Whether every figure stands behind a result's label, and not always behind the same.

    Where all labels come first and blanks are dropped, a single figure stands behind the last.
    """
    behind = set()
    last: _Named | None = None
    for _, _, one, cell in tokens:
        if cell is not None:
            if last is None:
                return False
            behind.add(last.key)
        last = one
    return len(behind) >= 2


def _read_tokens(tokens: Sequence[_Token], result: TableReadings) -> None:
    group: _Named | None = None
    for at, (row, named, one, _) in enumerate(tokens):
        group = named or group
        if one is None:
            continue
        following = tokens[at + 1][3] if at + 1 < len(tokens) else None
        if group is None:
            _unread(row, result)
        else:
            _read_pair(row, group, one, [following] if following else [], result)
