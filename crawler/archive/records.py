"""Read WARC files record by record, and go on after damage.

The store keeps one gzip member a record, so a record is read by its offset, and what follows a
damaged stretch is found again by the next member's magic. It never changes a file.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

_MAGIC = b"\x1f\x8b\x08"
_PIECE = 64 * 1024
# Beyond any record this store writes (bodies are limited while downloading); a larger one is a
# damaged length or a bomb.
_RECORD_LIMIT = 512 * 1024 * 1024


class RecordDamaged(Exception):
    """There is no whole record at this offset; `end_of_file` tells a cut from garbage."""

    def __init__(self, message: str, *, end_of_file: bool = False):
        super().__init__(message)
        self.end_of_file = end_of_file


@dataclass(frozen=True, slots=True)
class WarcRecord:
    """One record: where it stands, its WARC header fields, and its block as stored."""

    offset: int
    length: int
    fields: tuple[tuple[str, str], ...]
    block: bytes

    def get(self, name: str) -> str | None:
        """The value of the WARC header field `name`, in any case."""
        name = name.lower()
        return next((value for key, value in self.fields if key.lower() == name), None)

    @property
    def type(self) -> str:
        """`response`, `revisit`, `request`, `metadata`, `warcinfo` and the like."""
        return self.get("WARC-Type") or ""


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without a whole record."""

    offset: int
    until: int
    message: str
    end_of_file: bool


def read_record(path: Path, offset: int) -> WarcRecord:
    """The record that starts at byte `offset`.

    Raises:
        RecordDamaged: there is none.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        return _read_at(file, offset)


def scan(path: Path, start: int = 0) -> Iterator[WarcRecord | Gap]:
    """Every record from byte `start` on, in order, and a `Gap` for each unreadable stretch."""
    size = path.stat().st_size
    with path.open("rb") as file:
        at = start
        while at < size:
            try:
                record = _read_at(file, at)
            except RecordDamaged as damaged:
                after = _next_member(file, at + 1)
                cut = damaged.end_of_file and after is None
                yield Gap(at, after or size, str(damaged), end_of_file=cut)
                at = after or size
            else:
                yield record
                at += record.length


def _read_at(file: BinaryIO, offset: int) -> WarcRecord:
    raw, length = _read_member(file, offset)
    try:
        inside = iter(ArchiveIterator(io.BytesIO(raw), no_record_parse=True))
        record = next(inside)
        block: bytes = record.raw_stream.read()
        if next(inside, None) is not None:
            raise RecordDamaged("several records in one gzip member")
    except (ArchiveLoadFailed, StopIteration, EOFError, ValueError) as error:
        raise RecordDamaged(f"no WARC record in the gzip member: {error}") from error
    fields = tuple((str(name), str(value)) for name, value in record.rec_headers.headers)
    stated = record.rec_headers.get_header("Content-Length")
    if stated != str(len(block)):
        raise RecordDamaged(f"the record states {stated} bytes and has {len(block)}")
    return WarcRecord(offset, length, fields, block)


def _read_member(file: BinaryIO, offset: int) -> tuple[bytes, int]:
    file.seek(offset)
    stream = zlib.decompressobj(zlib.MAX_WBITS + 16)
    out: list[bytes] = []
    grown = taken = 0
    while not stream.eof:
        piece = file.read(_PIECE)
        if not piece:
            raise RecordDamaged("the record is cut off", end_of_file=True)
        taken += len(piece)
        try:
            while piece and not stream.eof:
                inflated = stream.decompress(piece, _PIECE * 16)
                out.append(inflated)
                grown += len(inflated)
                piece = stream.unconsumed_tail
                if grown > _RECORD_LIMIT:
                    raise RecordDamaged(f"the record grows beyond {_RECORD_LIMIT} bytes")
        except zlib.error as error:
            raise RecordDamaged(f"no gzip member can be read here ({error})") from error
    return b"".join(out), taken - len(stream.unused_data)


def _next_member(file: BinaryIO, start: int) -> int | None:
    """The offset of the next gzip member that begins like a WARC record."""
    at = start
    keep = b""
    while True:
        file.seek(at)
        piece = file.read(_PIECE)
        if not piece:
            return None
        window, base = keep + piece, at - len(keep)
        found = window.find(_MAGIC)
        while found >= 0:
            if _begins_like_warc(file, base + found):
                return base + found
            found = window.find(_MAGIC, found + 1)
        keep = window[-(len(_MAGIC) - 1) :]
        at += len(piece)


def _begins_like_warc(file: BinaryIO, offset: int) -> bool:
    file.seek(offset)
    try:
        begin = zlib.decompressobj(zlib.MAX_WBITS + 16).decompress(file.read(4096), 64)
    except zlib.error:
        return False
    return begin.startswith(b"WARC/1.")
