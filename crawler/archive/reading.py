"""Read the archive: offices, captures, payloads, failures.

The one door for whoever reads what was fetched; it never writes to a WARC file (an index that is
missing or behind is made).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from crawler.addresses import redirected
from crawler.archive import records
from crawler.archive.captures import ORIGINS, Capture, Damage, Failure, Origin, PayloadError
from crawler.archive.index import Index
from crawler.archive.payloads import decode_body, field, header_lines, split_block
from crawler.archive.writing import OFFICE_ID


class Archive:
    """The archive in the data directory `data_dir`; an archive that is not there yet is empty."""

    def __init__(self, data_dir: str | Path):
        self.root = Path(data_dir) / "archive"
        self._indexes: dict[str, Index] = {}

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the indexes."""
        for index in self._indexes.values():
            index.close()
        self._indexes.clear()

    def offices(self) -> list[str]:
        """The ids of the offices that have WARC files, sorted."""
        if not self.root.is_dir():
            return []
        return sorted(
            folder.name
            for folder in self.root.iterdir()
            if OFFICE_ID.fullmatch(folder.name) and any(folder.glob("*.warc.gz"))
        )

    def captures(self, office_id: str) -> Iterator[Capture]:
        """The captures of one office in the order of arrival: by file, then by offset.

        That order does not depend on the clock. A page found unchanged appears again, with the
        time it was asked for, http_status 304 or `revisit_of` set, and the same capture_id.
        """
        index = self._index(office_id)
        if index is not None:
            yield from index.captures()

    def failures(self, office_id: str) -> Iterator[Failure]:
        """The attempts that gave no response, in the order of arrival."""
        index = self._index(office_id)
        if index is not None:
            yield from index.failures()

    def damages(self, office_id: str) -> list[Damage]:
        """The stretches of the office's WARC files that gave no record."""
        index = self._index(office_id)
        return list(index.damages()) if index is not None else []

    def places(self, office_id: str) -> set[tuple[str, int]]:
        """Name of the WARC file and offset of every record that the index has a row of."""
        index = self._index(office_id)
        return index.places() if index is not None else set()

    def count_unresolved(self, office_id: str) -> int:
        """How many revisits of other tools repeat a record that is not in the archive."""
        index = self._index(office_id)
        return index.count_unresolved() if index is not None else 0

    def latest(
        self, office_id: str, url: str, origins: tuple[Origin, ...] = ORIGINS
    ) -> list[Capture]:
        """The captures of `url` from `origins`, the one that tells most of it today first.

        Live ones, the latest to arrive first; then what came from elsewhere, by its own time.
        """
        index = self._index(office_id)
        return index.latest(url, origins) if index is not None else []

    def payload(self, capture: Capture) -> bytes:
        """The body of `capture` with transfer and content encodings undone.

        Raises:
            PayloadError: the record cannot be read any more, or the body cannot be decoded.
        """
        header, body = self._parts(self._record(capture, holding_payload=True))
        try:
            return decode_body(body, header_lines(header))
        except PayloadError as error:
            raise PayloadError(f"{capture.url} ({capture.warc_file}): {error}") from error

    def response(self, capture: Capture) -> tuple[list[tuple[str, str]], bytes]:
        """`headers` and `payload` of `capture`, for which its record is read only once.

        Raises:
            PayloadError: as `payload` does.
        """
        if capture.revisit_of is not None:
            return self.headers(capture), self.payload(capture)
        header, body = self._parts(self._record(capture, holding_payload=True))
        fields = header_lines(header)
        try:
            return fields, decode_body(body, fields)
        except PayloadError as error:
            raise PayloadError(f"{capture.url} ({capture.warc_file}): {error}") from error

    def headers(self, capture: Capture) -> list[tuple[str, str]]:
        """The HTTP header fields as received, in order, values as Latin-1.

        A file saved by hand has its Content-Type alone.
        """
        header, _ = self._parts(self._record(capture, holding_payload=False))
        return header_lines(header)

    def leads_to(self, capture: Capture) -> str | None:
        """The address that `capture`, a redirect, leads to; None when it is none, or is lost."""
        if not capture.is_redirect:
            return None
        try:
            location = field(self.headers(capture), "location")
        except PayloadError:
            return None
        return redirected(capture.url, location) if location else None

    def message(self, capture: Capture) -> tuple[bytes, bytes]:
        """The header block as received, and the body before any content encoding is undone.

        Raises:
            PayloadError: a record cannot be read any more.
        """
        header, body = self._parts(self._record(capture, holding_payload=False))
        if capture.revisit_of is not None:
            _, body = self._parts(self._record(capture, holding_payload=True))
        return header, body

    @staticmethod
    def _parts(record: records.WarcRecord) -> tuple[bytes, bytes]:
        if record.type == "resource":
            content_type = record.get("Content-Type") or "application/octet-stream"
            return f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n\r\n".encode(), record.block
        return split_block(record.block)

    def _record(self, capture: Capture, *, holding_payload: bool) -> records.WarcRecord:
        folder = self.root / capture.office_id
        places = [(Path(capture.warc_file).name, capture.warc_offset)]
        if holding_payload and capture.revisit_of is not None:
            index = self._index(capture.office_id)
            places = index.payload_sources(capture.capture_id) if index is not None else []
            if not places:
                raise PayloadError(
                    f"{capture.url}: the record {capture.revisit_of} that holds its payload is not"
                    f" in {folder}; a WARC file of this office is missing."
                )
        for name, offset in places:
            try:
                return records.read_record(folder / name, offset)
            except (OSError, records.RecordDamaged) as error:
                lost = f"{folder / name} cannot be read at byte {offset}: {error}"
        raise PayloadError(f"{capture.url}: {lost}")

    def _index(self, office_id: str) -> Index | None:
        if not OFFICE_ID.fullmatch(office_id):
            return None
        folder = self.root / office_id
        index = self._indexes.get(office_id)
        if index is not None:
            index.catch_up()
            return index
        if not folder.is_dir():
            return None
        return self._indexes.setdefault(office_id, Index(folder))
