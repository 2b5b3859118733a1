"""Bring pages into the archive that this crawler did not fetch.

A page saved by hand, or the WARC and WACZ files of other tools: what stands behind a challenge, or
is gone from the site, can join. Each record keeps its origin, and what is there already is not
added twice. Nothing is fetched here.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from parsel import Selector
from warcio.exceptions import ArchiveLoadFailed

from crawler.addresses import absolute, host_of
from crawler.archive import KINDS, Capture, Kind, PayloadError
from crawler.archive.payloads import decode_body, header_lines, media_type, split_block, status_of
from crawler.archive.records import WarcRecord
from crawler.archive.rows import (
    FAILURE_FIELD,
    KIND_FIELD,
    VIA_FIELD,
    FailureRow,
    Row,
    UnresolvedRow,
    link_text_of,
    reference_of,
    row_of_record,
)
from crawler.archive.writing import ArchiveWriter
from crawler.foreign_files import foreign_records
from crawler.guards import recognise_guard
from crawler.locks import office_lock
from crawler.markup import decode_markup
from crawler.offices import Office
from crawler.run_info import run_info
from parsers.titles import recognise_title

_CAPTURE_TYPES = ("response", "resource", "revisit")
_FILE_TYPES = (
    (b"%PDF", "application/pdf"),
    (b"\xd0\xcf\x11\xe0", "application/msword"),
    (b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)


class ImportFailed(Exception):
    """A file cannot be added; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What came into the archive from one file.

    added: captures. known: records that were there already. elsewhere: records of hosts that are
        not the office's. unresolved: records that repeat one that is not in the archive; they are
        kept, and become captures when it is added. undecoded: captures, among those added, whose
        content encoding cannot be undone here. lost: "" or what could not be read or used.
    """

    added: int = 0
    known: int = 0
    elsewhere: int = 0
    unresolved: int = 0
    undecoded: int = 0
    lost: str = ""


def add_saved_page(
    path: Path, office: Office, data_dir: Path, *, url: str, fetched_at: dt.datetime
) -> Capture:
    """Add the page or document in the file `path`, which was at `url` at the time `fetched_at`.

    Raises:
        ImportFailed: the file is empty or cannot be read, or `url` is not of the office.
        Busy: a run holds the archive of the office.
    """
    try:
        payload = path.read_bytes()
    except OSError as error:
        raise ImportFailed(f"{path} cannot be read: {error.strerror}.") from error
    if not payload:
        raise ImportFailed(f"{path} is empty; there is nothing to add.")
    url = _address_of(url, office, path)
    content_type = _content_type(payload)
    kind, title = _kind_and_title(200, content_type, payload)
    if kind == "challenge":
        raise ImportFailed(
            f"{path} is not the page but a check or login that stood in its place; open the page in"
            " a browser until it shows, and save it again."
        )
    with _writing(office, data_dir) as writer:
        for capture in writer.index.latest(url, ("import",)):
            same = hashlib.sha256(payload).hexdigest() == capture.capture_id
            if same and capture.fetched_at == fetched_at:
                return capture
        return writer.write_resource(
            url,
            fetched_at=fetched_at,
            payload=payload,
            content_type=content_type,
            kind=kind,
            link_text=title,
        )


def add_web_archive(path: Path, office: Office, data_dir: Path) -> ImportResult:
    """Add the captures of the office's hosts in a WARC or WACZ file of another tool.

    Raises:
        ImportFailed: the file is neither, or nothing in it can be read.
        Busy: a run holds the archive of the office.
    """
    lost: list[str] = []
    with _writing(office, data_dir) as writer:
        joining = _Joining(office, writer)
        try:
            for record in foreign_records(path):
                joining.take(record)
        except (ArchiveLoadFailed, EOFError, zlib.error, ValueError) as error:
            lost.append(
                f"the rest of {path} cannot be read: {str(error).strip() or type(error).__name__}"
            )
        except OSError as error:
            raise ImportFailed(f"{path} cannot be read: {error}.") from error
        # What repeats a record may stand before it, or have come by an earlier file.
        joining.resolved(writer.index.resolve())
    if joining.unusable:
        lost.append(
            f"records that cannot be used in {path}: {len(joining.unusable)}, the first of them"
            f" {joining.unusable[0]}"
        )
    nothing = ImportResult(lost="; ".join(lost))
    result = replace(
        nothing,
        added=joining.added,
        known=joining.known,
        elsewhere=joining.elsewhere,
        unresolved=len(joining.waiting),
        undecoded=joining.undecoded,
    )
    if result == nothing:
        detail = f" ({nothing.lost})" if lost else ""
        raise ImportFailed(f"There is no capture in {path}{detail}.")
    return result


class _Joining:
    """The records of a file of another tool, one after the other, joining an archive."""

    def __init__(self, office: Office, writer: ArchiveWriter):
        self._office = office
        self._writer = writer
        self._ids = writer.index.record_ids()
        self._failures = {(f.url, f.failed_at, f.reason) for f in writer.index.failures()}
        self._last_added: str | None = None
        self._request: WarcRecord | None = None  # one that stands before its response
        self.added = self.known = self.elsewhere = self.undecoded = 0
        self.unusable: list[str] = []  # address and fault of each
        self.waiting: set[str] = set()  # the ids of revisits whose original is not there

    def resolved(self, record_ids: Collection[str]) -> None:
        """Count revisits, of this file or an earlier one, whose original is there by now."""
        self.added += len(record_ids)
        self.waiting.difference_update(record_ids)

    def take(self, record: WarcRecord) -> None:
        """Take a record, if it is the office's and not there yet; one that is faulty is noted."""
        try:
            self._take(record)
        except ValueError as error:  # such as http://[, which is no address
            self.unusable.append(f"{_uri(record)} ({error})")

    def _take(self, record: WarcRecord) -> None:
        is_failure = record.type == "metadata" and record.get(FAILURE_FIELD) is not None
        if record.type == "request":
            self._take_request(record)
        elif record.type not in _CAPTURE_TYPES and not is_failure:
            return
        elif host_of(_uri(record)) not in self._office.hosts:
            self.elsewhere += 1
        elif is_failure:
            self._take_failure(record)
        elif record.get("WARC-Record-ID") in self._ids:
            self.known += 1
        else:
            self._take_capture(record)

    def _take_capture(self, record: WarcRecord) -> None:
        kind, link_text, via = self._told_by(record)
        row = self._writer.write_foreign(
            record, origin="import", kind=kind, link_text=link_text, via=via
        )
        self.added += isinstance(row, Row)
        self.undecoded += record.type == "response" and not _can_be_decoded(record)
        if isinstance(row, UnresolvedRow):
            self.waiting.add(row.record_id)
        self._last_added = record.get("WARC-Record-ID")
        if self._last_added is not None and self._request is not None:
            self._take_request(self._request)

    def _told_by(self, record: WarcRecord) -> tuple[Kind | None, str | None, str | None]:
        """What a record is, and the words of the link to it and the page with that link.

        An archive of this project says by which link a page was found. What a guard put in the
        place of the page stays that, whatever a file says of it: of a revisit, the record that it
        repeats tells, and when that is not there the kind is left open.
        """
        if record.type == "revisit":
            original = self._writer.index.find_original(reference_of(record))
            kind, title = (cast(Kind, original.kind) if original else None), None
        else:
            kind, title = _kind_of_record(record)
        stated = record.get(KIND_FIELD)
        if stated not in KINDS:
            return (None if record.type == "revisit" else kind), title, None
        if kind not in ("challenge", "error", None):
            kind = stated
        return kind, link_text_of(record), record.get(VIA_FIELD)

    def _take_request(self, record: WarcRecord) -> None:
        """Keep the request of a capture that was just added; others wait for the next one."""
        if self._last_added is not None and record.get("WARC-Concurrent-To") == self._last_added:
            self._writer.write_foreign(record, origin="import", kind="other")
            self._request = None
        else:
            self._request = record

    def _take_failure(self, record: WarcRecord) -> None:
        row = row_of_record(record, lambda _: None)
        assert isinstance(row, FailureRow)
        failed_at = dt.datetime.fromisoformat(row.failed_at)
        if (row.url, failed_at, row.reason) in self._failures:
            return
        self._writer.write_failure(
            row.url,
            failed_at=failed_at,
            reason=row.reason,
            message=row.message,
            kind=cast(Kind, row.kind),
            origin="import",
            link_text=row.link_text,
            via=row.via,
        )


@contextmanager
def _writing(office: Office, data_dir: Path) -> Iterator[ArchiveWriter]:
    lock = office_lock(data_dir, office.id)
    try:
        info = run_info(f"added by hand for {office.name}")
        with ArchiveWriter(data_dir / "archive", office.id, run=info) as writer:
            yield writer
    finally:
        lock.release()


def _kind_of_record(record: WarcRecord) -> tuple[Kind, str | None]:
    header, body = split_block(record.block)
    if record.type == "resource":
        content_type = (record.get("Content-Type") or "").split(";")[0].strip().lower() or None
        return _kind_and_title(200, content_type, record.block)
    fields = header_lines(header)
    try:
        body = decode_body(body, fields)
    except PayloadError:
        return "error", None
    return _kind_and_title(status_of(header), media_type(fields), body)


def _can_be_decoded(record: WarcRecord) -> bool:
    header, body = split_block(record.block)
    try:
        decode_body(body, header_lines(header))
    except PayloadError:
        return False
    return True


def _kind_and_title(status: int, content_type: str | None, body: bytes) -> tuple[Kind, str | None]:
    if any(body.startswith(magic) for magic, _ in _FILE_TYPES):
        return "attachment", None
    guard = recognise_guard(status=status, content_type=content_type, body=body, expected="other")
    if guard is not None:
        return guard.kind, None
    text = Selector(text=decode_markup(body[:200_000]) or " ")
    for words in text.xpath("//title//text() | //h1//text()").getall():
        title = recognise_title(words)
        if title is not None and title.kind == "report":
            return "report", title.text
        if title is not None and title.kind == "column":
            return "listing", title.text
    return "other", None


def _uri(record: WarcRecord) -> str:
    return (record.get("WARC-Target-URI") or "").strip("<>")


def _content_type(payload: bytes) -> str:
    return next((name for magic, name in _FILE_TYPES if payload.startswith(magic)), "text/html")


def _address_of(url: str, office: Office, path: Path) -> str:
    """`url` as the archive spells it, which is on a host of `office`."""
    address = absolute(url, "")
    if address is None:
        raise ImportFailed(f"{path}: “{url}” is no http or https address.")
    if host_of(address) not in office.hosts:
        raise ImportFailed(
            f"{path}: {url} is not on a host of {office.id} ({', '.join(office.hosts)}); add the"
            f" host to {office.source or 'its office file'} if it is."
        )
    return address
