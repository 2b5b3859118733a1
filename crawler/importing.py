"""Bring pages into the archive that this crawler did not fetch.

A page saved by hand, or the WARC and WACZ files of other tools: what stands behind a challenge, or
is gone from the site, can join. Each record keeps its origin, and what is there already is not
added twice. Nothing is fetched here.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from parsel import Selector
from warcio.exceptions import ArchiveLoadFailed

from crawler.archive import Capture, Kind, PayloadError
from crawler.archive.payloads import decode_body, header_lines, media_type, split_block, status_of
from crawler.archive.records import WarcRecord
from crawler.archive.rows import Row
from crawler.archive.writing import ArchiveWriter
from crawler.foreign_files import foreign_records
from crawler.guards import recognise_guard
from crawler.identity import versions
from crawler.locks import office_lock
from crawler.markup import decode_markup
from crawler.offices import Office
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
        not the office's. lost: "" or what could not be read.
    """

    added: int = 0
    known: int = 0
    elsewhere: int = 0
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
    _check_host(url, office, path)
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
    added = known = elsewhere = 0
    lost = ""
    with _writing(office, data_dir) as writer:
        ids = writer.index.record_ids()
        try:
            for record in foreign_records(path):
                if record.type not in _CAPTURE_TYPES:
                    continue
                uri = (record.get("WARC-Target-URI") or "").strip("<>")
                if urlsplit(uri).netloc.lower() not in office.hosts:
                    elsewhere += 1
                elif record.get("WARC-Record-ID") in ids:
                    known += 1
                else:
                    kind, title = _kind_of_record(record)
                    row = writer.write_foreign(record, origin="import", kind=kind, link_text=title)
                    added += isinstance(row, Row)
        except (ArchiveLoadFailed, EOFError, zlib.error, ValueError) as error:
            lost = (
                f"the rest of {path} cannot be read: {str(error).strip() or type(error).__name__}"
            )
        except OSError as error:
            raise ImportFailed(f"{path} cannot be read: {error}.") from error
    if added + known + elsewhere == 0:
        detail = f" ({lost})" if lost else ""
        raise ImportFailed(f"There is no capture in {path}{detail}.")
    return ImportResult(added, known, elsewhere, lost)


@contextmanager
def _writing(office: Office, data_dir: Path) -> Iterator[ArchiveWriter]:
    lock = office_lock(data_dir, office.id)
    try:
        info = {"software": " ".join(f"{name}/{value}" for name, value in versions().items())}
        info["description"] = f"added by hand for {office.name}"
        with ArchiveWriter(data_dir / "archive", office.id, run=info) as writer:
            yield writer
    finally:
        lock.release()


def _kind_of_record(record: WarcRecord) -> tuple[Kind, str | None]:
    if record.type == "revisit":
        return "other", None
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


def _content_type(payload: bytes) -> str:
    return next((name for magic, name in _FILE_TYPES if payload.startswith(magic)), "text/html")


def _check_host(url: str, office: Office, path: Path) -> None:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise ImportFailed(f"{path}: “{url}” is no address ({error}).") from error
    if parts.scheme not in ("http", "https") or parts.netloc.lower() not in office.hosts:
        raise ImportFailed(
            f"{path}: {url} is not on a host of {office.id} ({', '.join(office.hosts)}); add the"
            f" host to {office.source or 'its office file'} if it is."
        )
