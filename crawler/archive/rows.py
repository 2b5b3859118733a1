"""From a WARC record to its row in the index, and the fields a record carries for that.

Besides the standard fields a record of this store has `X-Gongkai-…` fields (the standard lets
software ignore fields it does not know), so that one record alone gives its whole row. Records of
other tools have none: what can be computed is, the rest is left open.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Any
from urllib.parse import quote, unquote

from crawler.archive.captures import KINDS, ORIGINS, Kind, Origin, PayloadError
from crawler.archive.digests import canonical
from crawler.archive.payloads import (
    decode_body,
    header_lines,
    media_type,
    split_block,
    status_of,
)
from crawler.archive.records import WarcRecord

CAPTURE_FIELD = "X-Gongkai-Capture"
BYTES_FIELD = "X-Gongkai-Payload-Length"
KIND_FIELD = "X-Gongkai-Kind"
ORIGIN_FIELD = "X-Gongkai-Origin"
LINK_TEXT_FIELD = "X-Gongkai-Link-Text"
VIA_FIELD = "X-Gongkai-Via"
FAILURE_FIELD = "X-Gongkai-Failure"
CONTENT_TYPE_FIELD = "X-Gongkai-Content-Type"
# The types of blocks by types of record.
_HTTP_TYPES = {
    "response": "application/http; msgtype=response",
    "revisit": "application/http; msgtype=response",
    "request": "application/http; msgtype=request",
}


@dataclass(frozen=True, slots=True)
class Original:
    """The record that a revisit refers to."""

    record_id: str
    capture_id: str
    bytes: int
    kind: str
    content_type: str | None


@dataclass(frozen=True, slots=True)
class Reference:
    """What a revisit says of the record that it repeats; what it leaves out is None.

    record_id, payload_digest (as `crawler.archive.digests` writes it), url and date of that
    record; before: the date of the revisit itself. Dates as `Row.fetched_at`.
    """

    record_id: str | None
    payload_digest: str | None
    url: str
    date: str | None
    before: str


FindOriginal = Callable[[Reference], Original | None]


@dataclass(frozen=True, slots=True)
class Row:
    """A capture as the index keeps it, without the file's name."""

    offset: int
    length: int
    record_id: str
    url: str
    fetched_at: str
    http_status: int
    content_type: str | None
    bytes: int
    capture_id: str
    payload_digest: str | None
    kind: str
    origin: str
    revisit_of: str | None
    link_text: str | None
    via: str | None

    def values(self) -> tuple[Any, ...]:
        """The values in the order of the columns."""
        return astuple(self)


@dataclass(frozen=True, slots=True)
class FailureRow:
    """A failure as the index keeps it, without the file's name."""

    offset: int
    url: str
    failed_at: str
    reason: str
    message: str
    kind: str
    origin: str
    link_text: str | None
    via: str | None

    def values(self) -> tuple[Any, ...]:
        """The values in the order of the columns."""
        return astuple(self)


@dataclass(frozen=True, slots=True)
class UnresolvedRow:
    """A revisit of a record that is not in the archive, or not yet: it has no content."""

    offset: int
    record_id: str
    url: str

    def values(self) -> tuple[Any, ...]:
        """The values in the order of the columns."""
        return astuple(self)


IndexRow = Row | FailureRow | UnresolvedRow


def row_of_record(record: WarcRecord, find_original: FindOriginal) -> IndexRow | None:
    """The row of `record`; None for a record that is no capture (requests, warcinfo, …)."""
    if record.type in ("response", "resource"):
        return _stored(record)
    if record.type == "revisit":
        return _repeated(record, find_original)
    if record.type == "metadata" and record.get(FAILURE_FIELD):
        return _failed(record)
    return None


def content_type_of(record: WarcRecord) -> str:
    """The type of the block of `record`, as stated, or as the block tells where a tool left it out.

    What another protocol gave (dns:, ftp:) is a response too, and no HTTP message.
    """
    stated = record.get("Content-Type")
    told = _HTTP_TYPES.get(record.type)
    if stated is None and record.type == "response" and status_of(record.block) == 0:
        told = None
    return stated or told or "application/octet-stream"


def _stored(record: WarcRecord) -> Row | None:
    media = content_type_of(record).split(";")[0].strip().lower()
    if record.type == "response":
        if media != "application/http":  # dns: and ftp: records of other tools
            return None
        header, body = split_block(record.block)
        fields = header_lines(header)
        status, content_type = status_of(header), media_type(fields)
    else:
        fields, body, status, content_type = [], record.block, 200, media or None
    capture_id, size = record.get(CAPTURE_FIELD), record.get(BYTES_FIELD)
    if capture_id is None or size is None:
        with contextlib.suppress(PayloadError):
            body = decode_body(body, fields)
        capture_id, size = hashlib.sha256(body).hexdigest(), str(len(body))
    return _row(record, status, content_type, int(size), capture_id, None, "other")


def reference_of(record: WarcRecord) -> Reference:
    """What the revisit `record` says of the record that it repeats."""
    date = record.get("WARC-Refers-To-Date")
    return Reference(
        record.get("WARC-Refers-To"),
        canonical(record.get("WARC-Payload-Digest")),
        _uri(record, "WARC-Refers-To-Target-URI") or _uri(record),
        _moment(date).isoformat() if date else None,
        warc_date(record).isoformat(),
    )


def _repeated(record: WarcRecord, find_original: FindOriginal) -> Row | UnresolvedRow:
    header, _ = split_block(record.block)
    original = find_original(reference_of(record))
    capture_id, size = record.get(CAPTURE_FIELD), record.get(BYTES_FIELD)
    if capture_id is None or size is None:
        if original is None:
            return UnresolvedRow(record.offset, record.get("WARC-Record-ID") or "", _uri(record))
        capture_id, size = original.capture_id, str(original.bytes)
    content_type = media_type(header_lines(header)) or record.get(CONTENT_TYPE_FIELD)
    if content_type is None and original is not None:
        content_type = original.content_type
    refers_to = record.get("WARC-Refers-To") or (original.record_id if original else "")
    kind = original.kind if original else "other"
    return _row(
        record, status_of(header) or 200, content_type, int(size), capture_id, refers_to, kind
    )


def _row(
    record: WarcRecord,
    status: int,
    content_type: str | None,
    size: int,
    capture_id: str,
    revisit_of: str | None,
    kind: str,
) -> Row:
    stated = record.get(KIND_FIELD)
    if stated not in KINDS:
        stated = "error" if status >= 400 else kind
    origin = record.get(ORIGIN_FIELD)
    return Row(
        record.offset,
        record.length,
        record.get("WARC-Record-ID") or "",
        _uri(record),
        warc_date(record).isoformat(),
        status,
        content_type,
        size,
        capture_id,
        canonical(record.get("WARC-Payload-Digest")),
        stated,
        origin if origin in ORIGINS else "import",
        revisit_of,
        link_text_of(record),
        record.get(VIA_FIELD),
    )


def _failed(record: WarcRecord) -> FailureRow:
    kind, origin = record.get(KIND_FIELD), record.get(ORIGIN_FIELD)
    return FailureRow(
        record.offset,
        _uri(record),
        warc_date(record).isoformat(),
        record.get(FAILURE_FIELD) or "unknown",
        warc_fields_value(record.block, "message"),
        kind if kind in KINDS else "other",
        origin if origin in ORIGINS else "import",
        link_text_of(record),
        record.get(VIA_FIELD),
    )


def capture_fields(
    *, kind: Kind | None, origin: Origin, link_text: str | None, via: str | None
) -> dict[str, str]:
    """The `X-Gongkai-…` fields of a record, but for those of its payload."""
    fields: dict[str, str] = {ORIGIN_FIELD: origin}
    if kind is not None:
        fields[KIND_FIELD] = kind
    if link_text:
        fields[LINK_TEXT_FIELD] = quote(link_text[:300])
    if via:
        fields[VIA_FIELD] = via
    return fields


def link_text_of(record: WarcRecord) -> str | None:
    """The words of the link that led to the page of `record`, as this store keeps them."""
    stated = record.get(LINK_TEXT_FIELD)
    return unquote(stated) if stated else None


def warc_date(record: WarcRecord) -> dt.datetime:
    """WARC-Date as UTC; the epoch when the record states none that can be read."""
    return _moment(record.get("WARC-Date") or "")


def _moment(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return moment.replace(tzinfo=moment.tzinfo or dt.UTC).astimezone(dt.UTC)


def warc_fields_value(block: bytes, name: str) -> str:
    """The value of `name` in a block of type application/warc-fields; "" when missing."""
    for line in block.decode("utf-8", "replace").splitlines():
        key, colon, value = line.partition(":")
        if colon and key.strip().lower() == name:
            return value.strip()
    return ""


def _uri(record: WarcRecord, field: str = "WARC-Target-URI") -> str:
    # WARC/1.0 files of some tools have the URI in angle brackets.
    return (record.get(field) or "").strip("<>")
