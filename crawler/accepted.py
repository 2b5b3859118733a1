"""Failures that a person knows of and accepts: rows of `accepted.csv` in the data directory.

A report that stands on a host where no crawl shall go, or of which nobody has the address, would
make every run of its office `partial` for good. A row says that this is known, since when and why;
the run still tells and counts the failure. What leads to other pages cannot be accepted, since
nobody knows what is lost with it; that is decided where a run is judged.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urldefrag

from crawler.addresses import absolute
from crawler.offices import OfficeError
from parsers.characters import compact

FILE_NAME = "accepted.csv"
COLUMNS = ("office_id", "address", "title", "reason", "date")
_HEADER = ",".join(COLUMNS)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a person accepts.

    address: of the page, as a run tells it; "" for any. title: the words of its link; "" for any.
    reason: why it is accepted. date: since when.
    """

    office_id: str
    address: str
    title: str
    reason: str
    date: dt.date

    def covers(self, url: str, link_text: str | None) -> bool:
        """Whether the failure of `url`, which a link with these words names, is accepted."""
        return (not self.address or _is_same(self.address, url)) and (
            not self.title or compact(self.title) == compact(link_text or "")
        )


def read_accepted(data_dir: Path) -> list[Accepted]:
    """The rows of `accepted.csv` in `data_dir`; none when there is no such file.

    Raises:
        OfficeError: it cannot be read, or a row says too little; the message names the line.
    """
    path = data_dir / FILE_NAME
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(_rows(path, file))
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise OfficeError(f"{path} cannot be read: {error}.") from error


def _is_same(address: str, url: str) -> bool:
    # What a run tells of a title without an address is the page with the title as its fragment.
    said = urldefrag(address).fragment
    is_there = not said or unquote(said) == unquote(urldefrag(url).fragment)
    return is_there and absolute(address, "") == absolute(url, "")


def _rows(path: Path, lines: Iterable[str]) -> Iterator[Accepted]:
    rows = csv.DictReader(lines, strict=True)
    if sorted(rows.fieldnames or ()) != sorted(COLUMNS):
        raise OfficeError(f"{path}, line 1: the first line must be {_HEADER}.")
    for row in rows:
        cells = {name: (row[name] or "").strip() for name in COLUMNS}
        if None in row or None in row.values():
            raise OfficeError(f"{path}, line {rows.line_num}: it has not {len(COLUMNS)} cells.")
        wrong = next((words for is_wrong, words in _wrong(cells) if is_wrong), None)
        if wrong is not None:
            raise OfficeError(f"{path}, line {rows.line_num}: {wrong}.")
        yield Accepted(**cells | {"date": dt.date.fromisoformat(cells["date"])})  # type: ignore[arg-type]


def _wrong(cells: dict[str, str]) -> Iterator[tuple[bool, str]]:
    """What may be wrong with a row, and whether it is."""
    address = cells["address"]
    yield not cells["office_id"], "office_id is missing"
    yield not (address or cells["title"]), "it needs an address or the title of a link"
    yield (
        bool(address) and absolute(address, "") is None,
        f"“{address}” is no http or https address",
    )
    yield not cells["reason"], "it needs a reason, for whoever reads it in a year"
    yield not _is_date(cells["date"]), f"“{cells['date']}” is no date like 2026-01-31"


def _is_date(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True
