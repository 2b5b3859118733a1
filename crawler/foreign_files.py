"""Read the WARC and WACZ files of other tools, record by record.

They may be packed record by record, as a whole, or not at all, and cut off anywhere. It judges no
record and writes nothing.
"""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from crawler.archive.records import WarcRecord


def is_web_archive(path: Path) -> bool:
    """Whether `path` looks like a WARC or WACZ file, by its beginning or what is in it."""
    try:
        with path.open("rb") as file:
            begin = file.read(512)
        if begin.startswith(b"WARC/"):
            return True
        if begin.startswith(b"\x1f\x8b"):
            with gzip.open(path) as inside:
                return inside.read(5) == b"WARC/"
        return zipfile.is_zipfile(path) and bool(_wacz_members(path))
    except (OSError, EOFError, zlib.error):
        return False


def foreign_records(path: Path) -> Iterator[WarcRecord]:
    """Every record of a WARC file (packed or not) or of the WARC files in a WACZ file.

    Raises:
        ArchiveLoadFailed, EOFError, zlib.error, ValueError: the rest cannot be read.
        OSError: the file cannot be.
    """
    members = _wacz_members(path) if zipfile.is_zipfile(path) else None
    if members is None:
        with path.open("rb") as file:
            yield from _records_of(file)
        return
    with zipfile.ZipFile(path) as wacz:
        for member in members:
            with wacz.open(member) as file:
                yield from _records_of(file)


def _wacz_members(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as wacz:
        names = wacz.namelist()
    return [n for n in names if re.search(r"^archive/[^/]+\.warc(\.gz)?$", n)]


def _records_of(file: IO[bytes]) -> Iterator[WarcRecord]:
    # Other tools may have compressed the file as a whole; unpacked, both kinds read alike.
    begin = file.read(2)
    file.seek(0)
    unpacked = _Unpacked(file) if begin == b"\x1f\x8b" else None
    for record in ArchiveIterator(unpacked or file, no_record_parse=True):
        block = record.raw_stream.read()
        stated = record.rec_headers.get_header("Content-Length")
        if not (stated or "").isdigit() or int(stated) != len(block):
            break
        fields = tuple((str(name), str(value)) for name, value in record.rec_headers.headers)
        yield WarcRecord(0, 0, fields, block)
    else:
        if unpacked is None or not unpacked.is_cut:
            return
    raise ArchiveLoadFailed("it is cut off or damaged there")


class _Unpacked(io.RawIOBase):
    """What a gzip file holds, up to where it is cut off or damaged."""

    def __init__(self, file: IO[bytes]):
        self._file = file
        self._stream = zlib.decompressobj(zlib.MAX_WBITS + 16)
        self._waiting = b""
        self.is_cut = False

    def read(self, size: int = -1) -> bytes:
        """At least one byte, unless the end is reached; at most about `size` for a size."""
        wanted = size if size > 0 else 1 << 20
        while not self.is_cut:
            if self._stream.eof:
                self._waiting = self._stream.unused_data or self._waiting
                self._stream = zlib.decompressobj(zlib.MAX_WBITS + 16)
            packed = self._waiting or self._file.read(1 << 16)
            if not packed:
                # The end; within a member, something is missing.
                self.is_cut = self._began
                return b""
            self._waiting = b""
            try:
                data = self._stream.decompress(packed, wanted)
            except zlib.error:
                self.is_cut = True
                return b""
            self._waiting = self._stream.unconsumed_tail
            self._began = not self._stream.eof
            if data:
                return data
        return b""

    _began = False
