"""The tables of a batch of offices, kept as segments in one file.

A segment holds the rows of one table and report year (or of one table that is not partitioned by
year) as an Arrow record batch. Any file of the dataset is put together from segments without
reading a page again. A file of segments is written in one piece, or not at all.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow as pa

from datasets.registry import partition_column
from datasets.schemas import arrow_schema

_MAGIC = b"gongkai segments 1\n"
_LENGTH = 8  # bytes of the number that says how long the index at the end of the file is
_COMPRESSION = "zstd"
# Rows are held as Arrow as soon as there are so many: as dictionaries they weigh ten times more.
_ROWS_AT_ONCE = 20_000

Rows = Mapping[str, Iterable[Mapping[str, Any]]]


class SegmentsDamaged(Exception):
    """A file of segments does not hold what it says; the message names it and the way out.

    path: the file. It may be removed: a build makes it anew.
    """

    def __init__(self, path: Path, what: str):
        super().__init__(path, what)
        self.path, self.what = path, what

    def __str__(self) -> str:
        return f"{self.path} {self.what}: remove it, and build again."


@dataclass(frozen=True, slots=True)
class Segment:
    """Where a segment is, and what it holds.

    value: of the partition column, None when the table has none.
    bytes: of the rows in memory. length: in the file. digest: sha256 of those.
    """

    table: str
    value: int | None
    rows: int
    bytes: int
    offset: int
    length: int
    digest: str


@dataclass(frozen=True, slots=True)
class BatchIndex:
    """What a file of segments holds.

    key: what the rows were made from, as a digest. facts: what else is to be known of the batch.
    """

    path: Path
    key: str
    facts: dict[str, Any]
    segments: tuple[Segment, ...]


class SegmentWriter:
    """Gathers the rows of a batch, office by office, and writes them as one file."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, int | None], list[Mapping[str, Any]]] = {}
        self._batches: dict[tuple[str, int | None], list[pa.Table]] = {}
        self._count = 0

    def add(self, rows: Rows) -> None:
        """Take the rows of one office, by table, in the order in which they are to stand."""
        for table, more in rows.items():
            column = partition_column(table)
            for value, run in groupby(more, itemgetter(column) if column else lambda _: None):
                held = self._rows.setdefault((table, value), [])
                self._count -= len(held)
                held.extend(run)
                self._count += len(held)
        if self._count >= _ROWS_AT_ONCE:
            self._convert()

    def _convert(self) -> None:
        for (table, value), rows in self._rows.items():
            schema = _plain_schema(table)
            cells = [list(map(itemgetter(name), rows)) for name in schema.names]
            self._batches.setdefault((table, value), []).append(pa.table(cells, schema=schema))
        self._rows, self._count = {}, 0

    def write(self, path: Path, key: str, facts: dict[str, Any]) -> BatchIndex:
        """Write the file of segments `path`, and give what it holds."""
        self._convert()
        path.parent.mkdir(parents=True, exist_ok=True)
        staging = path.with_name(f"{path.name}.{os.getpid()}.part")
        segments = []
        with staging.open("wb") as file:
            file.write(_MAGIC)
            for table, value in sorted(self._batches, key=_order):
                held = pa.concat_tables(self._batches.pop((table, value))).combine_chunks()
                (batch,) = held.to_batches()
                plain = batch.serialize()
                data = pa.compress(plain, codec=_COMPRESSION, asbytes=True)
                digest = hashlib.sha256(data).hexdigest()
                segments.append(
                    Segment(
                        table, value, batch.num_rows, plain.size, file.tell(), len(data), digest
                    )
                )
                file.write(data)
            index = {"key": key, "facts": facts, "segments": [asdict(one) for one in segments]}
            told = json.dumps(index, ensure_ascii=False).encode()
            file.write(told)
            file.write(len(told).to_bytes(_LENGTH, "big"))
            file.flush()
            # A machine that goes down must not leave a file with the name and without the content.
            os.fsync(file.fileno())
        staging.replace(path)
        return BatchIndex(path, key, facts, tuple(segments))


def _order(key: tuple[str, int | None]) -> tuple[str, int]:
    return key[0], key[1] or 0


@cache
def _plain_schema(table: str) -> pa.Schema:
    """The schema without the descriptions, which would outweigh the rows."""
    schema = arrow_schema(table)
    return pa.schema([pa.field(one.name, one.type, nullable=one.nullable) for one in schema])


def read_index(path: Path) -> BatchIndex | None:
    """What the file of segments `path` holds; None when it is not there or not whole."""
    try:
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                return None
            end = file.seek(-_LENGTH, os.SEEK_END)
            length = int.from_bytes(file.read(_LENGTH), "big")
            if length > end - len(_MAGIC):
                return None
            file.seek(end - length)
            told = json.loads(file.read(length))
        segments = tuple(Segment(**one) for one in told["segments"])
        return BatchIndex(path, told["key"], told["facts"], segments)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def read_segments(path: Path, segments: Iterable[Segment]) -> Iterator[pa.Table]:
    """The rows of each of `segments` of the file `path`, with the descriptions of the registry.

    Raises:
        SegmentsDamaged: the file does not hold them.
    """
    try:
        with path.open("rb") as file:
            for segment in segments:
                file.seek(segment.offset)
                data = file.read(segment.length)
                if hashlib.sha256(data).hexdigest() != segment.digest:
                    raise SegmentsDamaged(path, f"is damaged at byte {segment.offset}")
                plain = pa.decompress(data, decompressed_size=segment.bytes, codec=_COMPRESSION)
                batch = pa.ipc.read_record_batch(plain, _plain_schema(segment.table))
                yield pa.Table.from_batches([batch]).cast(arrow_schema(segment.table))
    except FileNotFoundError as error:
        raise SegmentsDamaged(path, "is gone") from error
