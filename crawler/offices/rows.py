"""Read a registry: offices as the rows of a CSV file, as a stream.

One line is one office. A row that cannot be used is one sentence, and costs no other row.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from crawler.offices.columns import COLUMNS, UnreadableCell
from crawler.offices.keys import (
    EXPECTED_KEYS,
    OFFICE_KEYS,
    POLITENESS_KEYS,
    OfficeError,
    WrongKey,
    checked,
    home_of,
    office_of,
)
from crawler.offices.office import Office
from crawler.offices.selection import EVERYTHING, Selection

Problem = Callable[[OfficeError], None]

_REQUIRED = ("id", "name")
_KEYS = {"office": OFFICE_KEYS, "politeness": POLITENESS_KEYS, "expected": EXPECTED_KEYS}
# Keys that a row has under another name.
_COLUMN_OF = {"expected.from_year": "expected_years"}


def read_rows(
    path: Path, *, problem: Problem, selection: Selection = EVERYTHING
) -> Iterator[Office]:
    """The offices of the registry `path` that `selection` takes, in the order of their rows.

    Holds one row at a time, and the ids. Cells of rows that are not selected are not looked at.

    problem: called with an `OfficeError` for each row that cannot be used.

    Raises:
        OfficeError: the file cannot be read, or its first line does not name the columns.
    """
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            yield from _Rows(path, problem, selection).read(file)
    except OSError as error:
        raise OfficeError(f"Registry {path} cannot be read: {error.strerror}.") from error


def header_of(path: Path, first_line: str) -> list[str]:
    """The columns that the first line of the registry `path` names.

    Raises:
        OfficeError: it names an unknown column, one twice, or not those that must be there.
    """
    if any("\udc80" <= one <= "\udcff" for one in first_line):
        raise OfficeError(f"Registry {path} is not in UTF-8; save the file as CSV UTF-8.")
    names = [name.strip() for name in next(csv.reader([first_line]), [])]
    allowed = f"the columns are {', '.join(COLUMNS)}"
    for name in names:
        if name not in COLUMNS:
            raise OfficeError(f"Registry {path}, line 1: there is no column “{name}”; {allowed}.")
        if names.count(name) > 1:
            raise OfficeError(f"Registry {path}, line 1: the column {name} is there twice.")
    for name in _REQUIRED:
        if name not in names:
            raise OfficeError(f"Registry {path}, line 1: the column {name} is missing; {allowed}.")
    return names


class _Rows:
    """One reading of one registry."""

    def __init__(self, path: Path, problem: Problem, selection: Selection):
        self.path = path
        self.problem = problem
        self.selection = selection
        self.names: list[str] = []
        self.line = 1

    def read(self, lines: Iterable[str]) -> Iterator[Office]:
        waiting = iter(lines)
        first = next(waiting, "")
        if not first.strip():
            raise OfficeError(f"Registry {self.path} is empty; its first line names the columns.")
        self.names = header_of(self.path, first)
        asked = [(name, self.names.index(name)) for name in self.selection.columns_of(self.names)]
        id_at = self.names.index("id")
        seen: dict[str, int] = {}
        for cells in csv.reader(self._whole(waiting)):
            is_whole = len(cells) == len(self.names)
            if not any(cells) or (
                is_whole
                and asked
                and not self.selection.takes_cells({name: cells[at].strip() for name, at in asked})
            ):
                continue
            try:
                office = self._office(cells)
                if office.id in seen:
                    raise WrongKey("id", f"{office.id} is also the id in line {seen[office.id]}")
            except WrongKey as wrong:
                column = f", column {wrong.key}" if wrong.key else ""
                self._tell(f"{column}: {wrong}.", cells[id_at].strip() if is_whole else "")
                continue
            seen[office.id] = self.line
            if self.selection.takes(office):
                yield office

    def _whole(self, lines: Iterator[str]) -> Iterator[str]:
        # A row is a line: a quotation mark that is never closed costs its row, not all below it.
        for self.line, line in enumerate(lines, 2):
            if line.count('"') % 2:
                self._tell(
                    ": a quotation mark is opened and not closed; a row is one line, and a mark"
                    " inside a cell is written twice."
                )
            else:
                yield line

    def _tell(self, words: str, office_id: str = "") -> None:
        said = f"Registry {self.path}, line {self.line}{words}"
        self.problem(OfficeError(said, office_id=office_id))

    def _office(self, cells: list[str]) -> Office:
        if len(cells) != len(self.names):
            raise WrongKey("", f"{len(cells)} cells where line 1 names {len(self.names)} columns")
        tables = _tables(self.names, cells)
        office = tables["office"]
        if "home_url" not in office and office.get("entry_urls"):
            wrong = OFFICE_KEYS["entry_urls"].wrong(office["entry_urls"])
            if wrong is not None:
                raise WrongKey("entry_urls", wrong)
            office["home_url"] = home_of(office["entry_urls"][0])
        values = {kind: checked(table, _KEYS[kind]) for kind, table in tables.items()}
        try:
            return office_of(
                values["office"],
                values["politeness"],
                values["expected"],
                source=self.path,
                line=self.line,
            )
        except WrongKey as wrong:
            raise WrongKey(_COLUMN_OF.get(wrong.key, wrong.key), str(wrong)) from None


def _tables(names: list[str], cells: list[str]) -> dict[str, dict[str, Any]]:
    tables: dict[str, dict[str, Any]] = {"office": {}, "politeness": {}, "expected": {}}
    for name, written in zip(names, cells, strict=True):
        if not written or not (cell := written.strip()):
            continue
        column = COLUMNS[name]
        try:
            cell.encode()
            value = column.read(cell)
        except UnicodeEncodeError:
            raise WrongKey(name, "is not in UTF-8; save the file as CSV UTF-8") from None
        except UnreadableCell as unreadable:
            raise WrongKey(name, str(unreadable)) from None
        if column.table == "years":
            tables["expected"] |= {"from_year": min(value), "until_year": max(value)}
        else:
            tables[column.table][name] = value
    return tables
