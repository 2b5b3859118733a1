"""Check that the WARC files hold what they say, and that the index says what they hold.

Every record is read and its digests are computed again. It changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from crawler.archive import records
from crawler.archive.captures import Capture, PayloadError
from crawler.archive.digests import is_of
from crawler.archive.payloads import decode_body, header_lines, split_block
from crawler.archive.reading import Archive
from crawler.archive.rows import BYTES_FIELD, CAPTURE_FIELD, row_of_record


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not as it should be, and the byte of the WARC file where."""

    warc_file: str
    offset: int
    message: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What was checked of one office's archive, and what is wrong.

    unresolved: revisits of other tools that repeat a record that is not here; nothing is lost.
    """

    office_id: str
    files: int
    records: int
    captures: int
    unresolved: int
    problems: tuple[Problem, ...]


def verify(archive: Archive, office_id: str) -> Verification:
    """Read every record of the office's files and compare its digests, and the index with them."""
    folder = archive.root / office_id
    problems: list[Problem] = []
    found: set[tuple[str, int]] = set()
    indexed = archive.places(office_id)
    files = sorted(folder.glob("*.warc.gz"))
    count = 0
    for path in files:
        name = f"{office_id}/{path.name}"
        for item in records.scan(path):
            if isinstance(item, records.Gap):
                size = item.until - item.offset
                problems.append(
                    Problem(name, item.offset, f"{size} bytes are lost: {item.message}")
                )
                continue
            count += 1
            found.add((name, item.offset))
            problems += [Problem(name, item.offset, message) for message in _wrong(item)]
            if (path.name, item.offset) not in indexed and row_of_record(item, lambda _: None):
                message = f"the index does not have {item.get('WARC-Target-URI')}; make it again"
                problems.append(Problem(name, item.offset, message))
    captures = list(archive.captures(office_id))
    for capture in captures:
        if (capture.warc_file, capture.warc_offset) not in found:
            message = f"the index has {capture.url} here, and there is no record"
            problems.append(Problem(capture.warc_file, capture.warc_offset, message))
            continue
        if capture.revisit_of is not None:
            problems += _unsourced(archive, capture)
    unresolved = archive.count_unresolved(office_id)
    return Verification(office_id, len(files), count, len(captures), unresolved, tuple(problems))


def _unsourced(archive: Archive, capture: Capture) -> Iterator[Problem]:
    try:
        archive.payload(capture)
    except PayloadError as error:
        yield Problem(capture.warc_file, capture.warc_offset, str(error))


def _wrong(record: records.WarcRecord) -> Iterator[str]:
    url = record.get("WARC-Target-URI") or record.type
    header, body = split_block(record.block)
    is_http = record.type in ("response", "request")
    checks = [("WARC-Block-Digest", [record.block])]
    if record.type != "revisit":
        payloads = [body, _unframed(header, body)] if is_http else [record.block]
        checks.append(("WARC-Payload-Digest", payloads))
    for name, readings in checks:
        stated = record.get(name)
        if stated and not any(is_of(stated, data) for data in readings):
            yield f"{url}: the bytes are not those of the {name}"
    capture_id = record.get(CAPTURE_FIELD)
    if capture_id and record.type in ("response", "resource") and record.get(BYTES_FIELD):
        payload = record.block
        if record.type == "response":
            fields = [f for f in header_lines(header) if f[0].lower() != "transfer-encoding"]
            try:
                payload = decode_body(body, fields)
            except PayloadError:
                payload = body
        if hashlib.sha256(payload).hexdigest() != capture_id:
            yield f"{url}: the payload is not the one of the capture id"


def _unframed(header: bytes, body: bytes) -> bytes:
    # The standard counts the payload after transfer encodings; some tools count it as it came.
    fields = [f for f in header_lines(header) if f[0].lower() == "transfer-encoding"]
    try:
        return decode_body(body, fields)
    except PayloadError:
        return body
