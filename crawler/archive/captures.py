"""The rows of the archive: captures and failures, and what can go wrong with them.

Plain frozen dataclasses and error classes; this module reads and writes nothing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal[
    "report",  # the page of one annual report, or taken for it by the link that leads to it
    "channel",  # an entry page of an office, as its office file names it
    "listing",  # a page of links: a home page, a column, its further pages
    "attachment",  # a PDF, Word or similar file of a report
    "challenge",  # what a guard put in the place of the page: a bot check, a login
    "error",  # an HTTP error, a soft 404, a page of the wrong type
    "robots",  # robots.txt
    "other",  # a redirect, and what none of the others fits
]
Origin = Literal["live", "wayback", "import"]
# What lists reports, against what holds one.
PAGES_OF_LINKS: frozenset[Kind] = frozenset({"channel", "listing"})
KINDS: tuple[Kind, ...] = get_args(Kind)
ORIGINS: tuple[Origin, ...] = get_args(Origin)


class ArchiveError(Exception):
    """The archive cannot do what was asked; the message names the file and the way out."""


class PayloadError(ArchiveError):
    """The payload of one capture cannot be given: its record is lost, or cannot be decoded."""


@dataclass(frozen=True, slots=True)
class Capture:
    """One response, or one import, in the archive: a 404 and a challenge page are captures too.

    fetched_at: UTC, as the clock said; the clock may have gone back, the order of
        `Archive.captures` is the order of arrival.
    http_status: as received. 304 says that the page was asked for again and had not changed:
        the payload is then that of the capture it refers to.
    content_type: the media type in lower case without parameters; None when not stated.
    bytes: the length of the payload after transfer and content encodings are undone.
    capture_id: SHA-256 of that payload, in hexadecimal; equal for equal payloads.
    warc_file: relative to the archive folder, `<office_id>/<name>.warc.gz`.
    revisit_of: the WARC-Record-ID of the record that holds the payload, when this one does not.
    link_text: the words of the link that led here; via: the URL of the page with that link.
    """

    office_id: str
    url: str
    fetched_at: dt.datetime
    http_status: int
    content_type: str | None
    bytes: int
    capture_id: str
    kind: Kind
    origin: Origin
    warc_file: str
    warc_offset: int
    revisit_of: str | None = None
    link_text: str | None = None
    via: str | None = None

    @property
    def is_ok(self) -> bool:
        """Whether the server gave the page: 2xx, or 304 for a page given before."""
        return 200 <= self.http_status < 300 or self.http_status == 304

    @property
    def is_redirect(self) -> bool:
        """Whether the server named another address in the place of the page."""
        return 300 <= self.http_status < 400 and self.http_status != 304


@dataclass(frozen=True, slots=True)
class Failure:
    """One attempt that gave no response.

    reason: a short code such as `refused`, `dns`, `timeout`, `robots` (see
        `crawler.reasons`); message: in words.
    kind: what the page would have been.
    """

    office_id: str
    url: str
    failed_at: dt.datetime
    reason: str
    message: str
    kind: Kind
    origin: Origin
    warc_file: str
    warc_offset: int
    link_text: str | None = None
    via: str | None = None


@dataclass(frozen=True, slots=True)
class Damage:
    """A stretch of a WARC file that cannot be read: bytes `offset` to `until`."""

    warc_file: str
    offset: int
    until: int
    message: str
