"""The WARC archive: append-only captures of pages per office, and the index over them.

`Archive(data_dir)` reads; `crawler.archive.writing.ArchiveWriter` writes. It knows nothing of
Scrapy and never reads what a page says.
"""

from __future__ import annotations

from crawler.archive.captures import (
    KINDS,
    ORIGINS,
    PAGES_OF_LINKS,
    ArchiveError,
    Capture,
    Damage,
    Failure,
    Kind,
    Origin,
    PayloadError,
)
from crawler.archive.reading import Archive
from crawler.archive.states import OfficeState, office_state, office_states

__all__ = [
    "KINDS",
    "ORIGINS",
    "PAGES_OF_LINKS",
    "Archive",
    "ArchiveError",
    "Capture",
    "Damage",
    "Failure",
    "Kind",
    "OfficeState",
    "Origin",
    "PayloadError",
    "office_state",
    "office_states",
]
