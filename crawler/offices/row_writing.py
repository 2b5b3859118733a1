"""Write an office as a row, into a registry that keeps every byte it had.

Reading rows is `crawler.offices.rows`.
"""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

from crawler.offices.columns import COLUMNS
from crawler.offices.keys import OfficeError, hosts_of, is_this_machine
from crawler.offices.office import Office
from crawler.offices.rows import header_of, read_rows
from crawler.offices.selection import Selection

_USUAL = Office(id="", name="", home_url="")


def row_of(office: Office) -> dict[str, str]:
    """The cells of `office` by column, "" where nothing differs from what is usual or follows."""
    cells = {name: _cell(office, name) for name in COLUMNS}
    if office.hosts == hosts_of((*office.entry_urls, office.home_url)):
        cells["hosts"] = ""
    if office.politeness.delay_seconds == 0 and is_this_machine(office.hosts):
        cells["delay_seconds"] = ""
    return cells


def row_text(office: Office) -> str:
    """The first line of a registry and the row of `office`, as CSV."""
    return _csv([list(COLUMNS), list(row_of(office).values())])


def add_row(path: Path, office: Office) -> None:
    """Add the row of `office` to the registry `path`, which is made when it is not there.

    The columns that the file has are filled; its other rows stay as they are, byte for byte.

    Raises:
        OfficeError: the office is in the file already, the file lacks a column that the office
            needs, or it cannot be read or written.
    """
    cells = row_of(office)
    try:
        old = path.read_bytes() if path.exists() else b""
        if old.strip():
            first = old.decode("utf-8-sig", "surrogateescape").splitlines()[0]
            names = header_of(path, first)
            _refuse_second(path, office)
            lacking = [name for name, cell in cells.items() if cell and name not in names]
            if lacking:
                raise OfficeError(
                    f"Registry {path} has no column {', '.join(lacking)}, which {office.id} needs;"
                    " add it to the first line."
                )
            ending = "\r\n" if b"\r\n" in old else "\n"
            row = _csv([[cells[name] for name in names]], ending)
            new = old + (b"" if old.endswith(b"\n") else ending.encode()) + row.encode()
        else:
            new = row_text(office).encode()
        path.parent.mkdir(parents=True, exist_ok=True)
        # Whoever reads it sees the registry with or without the row, never half of it.
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        beside.write_bytes(new)
        beside.replace(path)
    except OSError as error:
        raise OfficeError(f"Registry {path} cannot be written: {error.strerror}.") from error


def _cell(office: Office, name: str) -> str:
    column = COLUMNS[name]
    if column.table == "years":
        years, usual = office.expected, _USUAL.expected
        if (years.from_year, years.until_year) == (usual.from_year, usual.until_year):
            return ""
        return f"{years.from_year}-{years.until_year}"
    value, usual_value = (getattr(_owner(one, column.table), name) for one in (office, _USUAL))
    return "" if value == usual_value else column.write(value)


def _owner(office: Office, table: str) -> object:
    return {"office": office, "politeness": office.politeness, "expected": office.expected}[table]


def _refuse_second(path: Path, office: Office) -> None:
    only = Selection(ids=frozenset({office.id}))
    for known in read_rows(path, problem=lambda problem: None, selection=only):
        raise OfficeError(
            f"Registry {path}, line {known.line}: {office.id} is there already; change that row,"
            " or give another id."
        )


def _csv(rows: list[list[str]], ending: str = "\n") -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator=ending).writerows(
        [" ".join(cell.splitlines()) for cell in row] for row in rows
    )
    return text.getvalue()
