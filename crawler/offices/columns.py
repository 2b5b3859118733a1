"""The columns of a registry of offices: how a cell is read, and how it is written.

A list in a cell is separated by `|`; years are written as `2014|2017-2023`. What a value may be is
`crawler.offices.keys`' business.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any


class UnreadableCell(ValueError):
    """A cell cannot be read as what its column asks for; the message says what is allowed."""


def _list(cell: str) -> list[str]:
    return [part.strip() for part in cell.split("|") if part.strip()]


def _years(cell: str) -> list[int]:
    return list(_years_in(cell))


@lru_cache(maxsize=1024)  # a registry says the same years of most offices
def _years_in(cell: str) -> tuple[int, ...]:
    years: list[int] = []
    if not _list(cell):
        raise UnreadableCell(f"“{cell}” must be years like 2014|2017-2023")
    for part in _list(cell):
        first, _, last = part.partition("-")
        if not (first.strip().isdecimal() and (last or first).strip().isdecimal()):
            raise UnreadableCell(f"“{part}” must be years like 2014|2017-2023")
        begin, end = int(first), int(last or first)
        if not 0 <= end - begin <= 200:
            raise UnreadableCell(f"“{part}” must be years in their order, like 2017-2023")
        years += range(begin, end + 1)
    return tuple(years)


def _counts(cell: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for part in _list(cell):
        layout, _, count = (one.strip() for one in part.partition("="))
        if not layout or not count.isdecimal():
            raise UnreadableCell(f"“{part}” must be like tables-2021=150|narrative-2008=3")
        counts[layout] = int(count)
    return counts


def _whole(cell: str) -> int:
    if not cell.isdecimal():
        raise UnreadableCell(f"“{cell}” must be a whole number")
    return int(cell)


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        raise UnreadableCell(f"“{cell}” must be a number") from None


def _written_years(years: Sequence[int]) -> str:
    runs: list[list[int]] = []
    for year in sorted(set(years)):
        if runs and year == runs[-1][1] + 1:
            runs[-1][1] = year
        else:
            runs.append([year, year])
    return "|".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the table of keys it belongs to, how a cell is read, and how it is written."""

    table: str
    read: Callable[[str], Any] = str
    write: Callable[[Any], str] = str


_LIST = Column("office", _list, "|".join)
_TEXT = Column("office")
COLUMNS: dict[str, Column] = {
    "id": _TEXT,
    "name": _TEXT,
    "former_names": _LIST,
    "aliases": _LIST,
    "level": _TEXT,
    "division_code": _TEXT,
    "province": _TEXT,
    "city": _TEXT,
    "county": _TEXT,
    "family": _TEXT,
    "entry_urls": _LIST,
    "home_url": _TEXT,
    "hosts": _LIST,
    "expected_years": Column("years", _years, _written_years),
    "required_years": Column("expected", _years, _written_years),
    "minimum_figures": Column(
        "expected", _counts, lambda counts: "|".join(f"{k}={v}" for k, v in counts.items())
    ),
    "delay_seconds": Column("politeness", _number, "{:g}".format),
    "max_requests": Column("politeness", _whole),
    "timeout_seconds": Column("politeness", _number, "{:g}".format),
    "max_megabytes": Column("politeness", _whole),
    "robots_override_reason": Column("politeness"),
    "contact": Column("politeness"),
    "name_en": _TEXT,
    "notes": _TEXT,
}
