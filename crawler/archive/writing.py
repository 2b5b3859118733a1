"""Write captures and failures of one office into its WARC files.

Append-only: each writer begins a file of its own, each record is one gzip member written in one
piece, and the index is told after the file has it. A file that is being written has an empty
marker `<name>.open` beside it; what a killed writer left half written is cut off by the next one
(it never was a record). It never touches a file without that marker.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import re
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crawler.archive import records
from crawler.archive.captures import ArchiveError, Capture, Failure, Kind, Origin, PayloadError
from crawler.archive.index import Index
from crawler.archive.members import (
    date_field,
    member,
    new_record_id,
    refers_to,
    sha1,
    standard_name,
    target_uri,
)
from crawler.archive.payloads import decode_body, header_lines, split_block
from crawler.archive.records import WarcRecord
from crawler.archive.rows import (
    BYTES_FIELD,
    CAPTURE_FIELD,
    CONTENT_TYPE_FIELD,
    FAILURE_FIELD,
    FailureRow,
    IndexRow,
    Row,
    capture_fields,
    content_type_of,
    row_of_record,
)

OFFICE_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_WAY_OUT = "make room and run the same command again."
# Other tools are at ease with files of about this size.
_FILE_LIMIT = 1024 * 1024 * 1024
_SERIAL = re.compile(r"-(\d{6})-\d{14}\.warc\.gz$")
_NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
_IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"


class ArchiveWriter:
    """Writes to the archive of one office; one writer at a time (the caller holds the lock).

    `run` describes the run for the warcinfo record at the head of each file: software, arguments,
    whether it is a sample.
    """

    def __init__(self, root: Path, office_id: str, *, run: Mapping[str, str] | None = None):
        if not OFFICE_ID.fullmatch(office_id):
            raise ArchiveError(
                f"“{office_id}” cannot name a folder of the archive; an office id has lower-case"
                " letters, digits and hyphens, such as cn-371500-wsb."
            )
        self.office_id = office_id
        self.folder = root / office_id
        self._run = dict(run or {})
        self._file: Any = None
        self._path: Path | None = None
        self._end = 0
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            cut_unfinished(self.folder)
            self.index = Index(self.folder)
        except (OSError, sqlite3.OperationalError) as error:
            raise ArchiveError(f"{self.folder} cannot be written: {error}; {_WAY_OUT}") from error

    def __enter__(self) -> ArchiveWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Finish the file: what was written is on the disk, and the marker is gone."""
        self._finish_file()
        with contextlib.suppress(sqlite3.OperationalError):  # no room: the next writer does it
            self.index.resolve()
        self.index.close()

    def write_response(
        self,
        url: str,
        *,
        fetched_at: dt.datetime,
        header_block: bytes,
        body: bytes,
        kind: Kind,
        origin: Origin = "live",
        request_block: bytes | None = None,
        link_text: str | None = None,
        via: str | None = None,
        ip_address: str | None = None,
    ) -> Capture:
        """Store a response as received and give its capture.

        header_block: the status line and the header lines with the empty line that closes them.
        body: after transfer encoding, before content encoding is undone.
        A payload that the office's archive already holds is stored as a `revisit` record.

        Raises:
            ArchiveError: the file cannot be written (disk full, no permission); nothing of this
                record stays in it.
        """
        fields = header_lines(header_block)
        try:
            payload = decode_body(body, [(k, v) for k, v in fields if k.lower() != _CHUNKED])
        except PayloadError:
            payload = body  # kept as it came; whoever reads it is told
        capture_id = hashlib.sha256(payload).hexdigest()
        digest = sha1(body)
        warc_fields = date_field(fetched_at) | capture_fields(
            kind=kind, origin=origin, link_text=link_text, via=via
        )
        warc_fields |= {
            CAPTURE_FIELD: capture_id,
            BYTES_FIELD: str(len(payload)),
            "WARC-Payload-Digest": digest,
        }
        if ip_address:
            warc_fields["WARC-IP-Address"] = ip_address
        original = self._original(capture_id, digest) if body else None
        if original is None:
            block, record_type = header_block + body, "response"
        else:
            block, record_type = header_block, "revisit"
            warc_fields |= {"WARC-Profile": _IDENTICAL} | refers_to(*original)
        record_id = new_record_id()
        row = self._append(
            record_type, url, {"WARC-Record-ID": record_id} | warc_fields, block,
            "application/http; msgtype=response", request_block=request_block,
        )  # fmt: skip
        return self._capture(row)

    def _original(self, capture_id: str, payload_digest: str) -> tuple[str, str, str] | None:
        """Record id, URL and date of a record with this payload, which can still be read.

        A record that was damaged since must not be leant on: then the payload is stored anew.
        """
        for *original, name, offset in self.index.originals(capture_id, payload_digest):
            try:
                records.read_record(self.folder / name, offset)
            except (OSError, records.RecordDamaged):
                continue
            record_id, url, fetched_at = original
            return record_id, url, fetched_at
        return None

    def write_not_modified(
        self,
        url: str,
        earlier: Capture,
        *,
        fetched_at: dt.datetime,
        header_block: bytes,
        kind: Kind | None = None,
        request_block: bytes | None = None,
        link_text: str | None = None,
        via: str | None = None,
    ) -> Capture:
        """Store a 304 answer: `earlier` was asked for again and had not changed.

        kind: what the page is now taken for; without one, what `earlier` was.
        link_text, via: the link that leads there now; without one, that of `earlier`.
        """
        if link_text is None and via is None:
            link_text, via = earlier.link_text, earlier.via
        record_id, source_url, source_date, payload_digest = self.index.record_of(earlier)
        warc_fields = date_field(fetched_at) | capture_fields(
            kind=kind or earlier.kind, origin="live", link_text=link_text, via=via
        )
        warc_fields |= {
            CAPTURE_FIELD: earlier.capture_id,
            BYTES_FIELD: str(earlier.bytes),
            "WARC-Profile": _NOT_MODIFIED,
        } | refers_to(record_id, source_url, source_date)
        if payload_digest:
            warc_fields["WARC-Payload-Digest"] = payload_digest
        if earlier.content_type:
            warc_fields[CONTENT_TYPE_FIELD] = earlier.content_type
        row = self._append(
            "revisit", url, {"WARC-Record-ID": new_record_id()} | warc_fields, header_block,
            "application/http; msgtype=response", request_block=request_block,
        )  # fmt: skip
        return self._capture(row)

    def write_resource(
        self,
        url: str,
        *,
        fetched_at: dt.datetime,
        payload: bytes,
        content_type: str,
        kind: Kind,
        origin: Origin = "import",
        link_text: str | None = None,
    ) -> Capture:
        """Store a file that came without HTTP header lines, such as a page saved by hand."""
        warc_fields = date_field(fetched_at) | capture_fields(
            kind=kind, origin=origin, link_text=link_text, via=None
        )
        warc_fields |= {
            CAPTURE_FIELD: hashlib.sha256(payload).hexdigest(),
            BYTES_FIELD: str(len(payload)),
            "WARC-Payload-Digest": sha1(payload),
        }
        row = self._append(
            "resource",
            url,
            {"WARC-Record-ID": new_record_id()} | warc_fields,
            payload,
            content_type,
        )
        return self._capture(row)

    def write_failure(
        self,
        url: str,
        *,
        failed_at: dt.datetime,
        reason: str,
        message: str,
        kind: Kind,
        origin: Origin = "live",
        link_text: str | None = None,
        via: str | None = None,
    ) -> Failure:
        """Store that an attempt gave no response, and why, as a `metadata` record."""
        message = " ".join(message.split())[:2000]
        warc_fields = date_field(failed_at) | capture_fields(
            kind=kind, origin=origin, link_text=link_text, via=via
        )
        warc_fields |= {"WARC-Record-ID": new_record_id(), FAILURE_FIELD: reason}
        block = f"failure: {reason}\r\nmessage: {message}\r\n".encode()
        row = self._append("metadata", url, warc_fields, block, "application/warc-fields")
        if not isinstance(row, FailureRow):
            raise ArchiveError(f"the failure record of {url} cannot be read back")
        return Failure(
            self.office_id, url, failed_at, reason, message, kind, origin, self._warc_file(),
            row.offset, link_text, via,
        )  # fmt: skip

    def write_foreign(
        self,
        record: WarcRecord,
        *,
        origin: Origin,
        kind: Kind | None,
        link_text: str | None = None,
        via: str | None = None,
    ) -> IndexRow | None:
        """Store a record of another tool: its own fields and block, with ours added.

        kind: None for a revisit that is what the record it repeats is.
        """
        fields = {
            standard_name(name): value
            for name, value in reversed(record.fields)  # of several, the first counts
            if not name.lower().startswith("x-gongkai-")
            and name.lower() not in ("content-length", "warc-block-digest")
        }
        content_type = fields.pop("Content-Type", "") or content_type_of(record)
        url = fields.pop("WARC-Target-URI", "").strip("<>")
        fields |= capture_fields(kind=kind, origin=origin, link_text=link_text, via=via)
        fields.setdefault("WARC-Record-ID", new_record_id())
        payloads = {"response": split_block(record.block)[1], "resource": record.block}
        if record.type in payloads:
            fields.setdefault("WARC-Payload-Digest", sha1(payloads[record.type]))
        fields.pop("WARC-Type", None)
        return self._append(record.type, url, fields, record.block, content_type)

    def _capture(self, row: IndexRow | None) -> Capture:
        if not isinstance(row, Row):
            raise ArchiveError("a response record that was just written cannot be read back")
        return Capture(
            self.office_id, row.url, dt.datetime.fromisoformat(row.fetched_at), row.http_status,
            row.content_type, row.bytes, row.capture_id, row.kind, row.origin,  # type: ignore[arg-type]
            self._warc_file(), row.offset, row.revisit_of, row.link_text, row.via,
        )  # fmt: skip

    def _warc_file(self) -> str:
        if self._path is None:
            raise ArchiveError("nothing has been written yet")
        return f"{self.office_id}/{self._path.name}"

    def _append(
        self,
        record_type: str,
        url: str,
        warc_fields: dict[str, str],
        block: bytes,
        content_type: str,
        *,
        request_block: bytes | None = None,
    ) -> IndexRow | None:
        url = target_uri(url)
        made = member(record_type, url, warc_fields, block, content_type)
        together = made
        if request_block is not None:
            together += member(
                "request", url,
                {
                    "WARC-Record-ID": new_record_id(),
                    "WARC-Date": warc_fields["WARC-Date"],
                    "WARC-Concurrent-To": warc_fields["WARC-Record-ID"],
                },
                request_block, "application/http; msgtype=request",
            )  # fmt: skip
        path = self._open_file()
        offset = self._end
        self._write(together)
        fields = tuple({"WARC-Type": record_type, "WARC-Target-URI": url}.items())
        fields += (*warc_fields.items(), ("Content-Type", content_type))
        row = row_of_record(WarcRecord(offset, len(made), fields, block), self.index.find_original)
        if row is not None:
            try:
                self.index.add(path.name, row, self._end)
            except sqlite3.OperationalError as error:
                raise ArchiveError(
                    f"the index of {self.folder} cannot be written: {error}. The page itself is in"
                    f" {path.name}; {_WAY_OUT}"
                ) from error
        return row

    def _open_file(self) -> Path:
        if self._path is not None and self._end < _FILE_LIMIT:
            return self._path
        self._finish_file()
        now = dt.datetime.now(dt.UTC)
        serials = [_SERIAL.search(path.name) for path in self.folder.glob("*.warc.gz")]
        serial = max((int(match.group(1)) for match in serials if match), default=0) + 1
        path = self.folder / f"{self.office_id}-{serial:06d}-{now:%Y%m%d%H%M%S}.warc.gz"
        try:
            _marker(path).touch()
            self._file = path.open("xb", buffering=0)
        except OSError as error:
            raise ArchiveError(f"{path} cannot be written: {error}") from error
        self._path, self._end = path, 0
        info = "".join(f"{name}: {value}\r\n" for name, value in self._run.items())
        block = f"format: WARC File Format 1.1\r\n{info}".encode()
        fields = {"WARC-Record-ID": new_record_id(), "WARC-Filename": path.name} | date_field(now)
        self._write(member("warcinfo", "", fields, block, "application/warc-fields"))
        return path

    def _finish_file(self) -> None:
        if self._file is None or self._path is None:
            return
        os.fsync(self._file.fileno())
        self._file.close()
        self._file = None
        if self._end == 0:
            self._path.unlink()
        _marker(self._path).unlink(missing_ok=True)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[self._file.write(view) :]
        except OSError as error:
            # Nothing of a record that did not fit may stay: the file must end with a whole one.
            self._file.truncate(self._end)
            self._file.seek(self._end)
            raise ArchiveError(
                f"{self._path} cannot be written: {error}. What was archived before is whole;"
                f" {_WAY_OUT}"
            ) from error
        self._end += len(data)


_CHUNKED = "transfer-encoding"  # undone by the HTTP client before the body comes here


def cut_unfinished(folder: Path) -> list[tuple[str, int]]:
    """End the files that a killed writer left open; gives (file name, bytes cut off) of each."""
    cuts: list[tuple[str, int]] = []
    for marker in sorted(folder.glob("*.warc.gz.open")):
        path = marker.with_suffix("")
        if path.exists():
            end = 0
            for item in records.scan(path):
                end = item.offset if _is_cut(item) else _end_of(item)
            size = path.stat().st_size
            if end == 0:
                path.unlink()
            elif end < size:
                with path.open("r+b") as file:
                    file.truncate(end)
                    os.fsync(file.fileno())
            cuts.append((path.name, size - end))
        marker.unlink()
    return cuts


def _is_cut(item: WarcRecord | records.Gap) -> bool:
    return isinstance(item, records.Gap) and item.end_of_file


def _end_of(item: WarcRecord | records.Gap) -> int:
    return item.until if isinstance(item, records.Gap) else item.offset + item.length


def _marker(path: Path) -> Path:
    return path.with_name(path.name + ".open")
