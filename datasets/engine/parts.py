"""The files of the dataset: which there are, what each is put together from, and the writing of it.

A dataset is a file a table, or, when it is large, files of bounded size by report year. Where a
file ends depends on the rows alone and moves little when some change, so that one changed office
changes a few files, and a build from nothing gives the same bytes as one after another.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from datasets.engine.batches import ends_here, segments_path
from datasets.engine.segments import BatchIndex, Segment, read_segments
from datasets.formats.files import TableFile, file_digest
from datasets.registry import files_of, partition_column, tables
from datasets.schemas import arrow_schema
from datasets.writing import write_parquet

Arrangement = Literal["single", "partitioned"]

# Tables that take so many bytes in memory together are partitioned: a year of a large city.
_SINGLE_AT_MOST = 512 * 2**20
# Bytes in memory of the rows of one file. As Parquet they are a tenth to a fiftieth of that: a
# file of some megabytes, which is put together in a second.
_PART_LEAST, _PART_MOST = 96 * 2**20, 384 * 2**20
# A file ends after one of so many batches once it is large enough.
_ENDS = 64


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the dataset that is put together from segments.

    path: relative to the dataset's folder. segments: (name of the batch, segment), in the order
    of offices. key: the digest of all that its bytes depend on.
    """

    table: str
    path: str
    partitioned: bool
    segments: tuple[tuple[str, Segment], ...]
    key: str

    def __str__(self) -> str:
        return self.path

    @property
    def bytes(self) -> int:
        """Of its rows in memory."""
        return sum(segment.bytes for _, segment in self.segments)


def usual_arrangement(indexes: Iterable[BatchIndex]) -> Arrangement:
    """How the files of these segments are arranged when nobody says how."""
    size = sum(segment.bytes for index in indexes for segment in index.segments)
    return "partitioned" if size > _SINGLE_AT_MOST else "single"


def plan_parts(
    indexes: Iterable[tuple[str, BatchIndex]], arrangement: Arrangement, code: str
) -> list[Part]:
    """Every file of the dataset that offices fill.

    indexes: (name of the batch, its index), in the order of offices. code: `table_code`.
    """
    found: dict[str, dict[int | None, list[tuple[str, Segment]]]] = {}
    for name, index in indexes:
        for segment in index.segments:
            here = found.setdefault(segment.table, {})
            value = segment.value if arrangement == "partitioned" else None
            here.setdefault(value, []).append((name, segment))
    parts = []
    for table in tables():
        way = files_of(table)
        if way == "registry":
            continue
        here = found.get(table, {})
        # A table without rows is a file too, so that whoever reads it finds its columns.
        if arrangement == "single" or way == "one" or not here:
            run = [one for value in _sorted(here) for one in here[value]]
            parts.append(_part(table, f"{table}.parquet", False, run, code))
            continue
        for value in _sorted(here):
            folder = table if value is None else f"{table}/{partition_column(table)}={value}"
            for run in _runs(here[value]):
                path = f"{folder}/part-{run[0][0]}.parquet"
                parts.append(_part(table, path, value is not None, run, code))
    return parts


def _sorted(values: Iterable[int | None]) -> list[int | None]:
    return sorted(values, key=lambda value: (value is not None, value or 0))


def _runs(found: Iterable[tuple[str, Segment]]) -> Iterator[list[tuple[str, Segment]]]:
    """The segments of one table and year, cut into those of one file each."""
    runs: list[list[tuple[str, Segment]]] = [[]]
    size = 0
    for name, segment in found:
        runs[-1].append((name, segment))
        size += segment.bytes
        if size >= _PART_MOST or (size >= _PART_LEAST and ends_here(name, _ENDS)):
            runs.append([])
            size = 0
    # What is left over goes to the file before it, as long as it is little.
    if len(runs) > 1 and size < _PART_LEAST // 4:
        left = runs.pop()
        runs[-1] += left
    yield from runs


def _part(
    table: str, path: str, partitioned: bool, run: list[tuple[str, Segment]], code: str
) -> Part:
    told = [code, table, partitioned, [segment.digest for _, segment in run]]
    key = hashlib.sha256(json.dumps(told).encode()).hexdigest()
    return Part(table, path, partitioned, tuple(run), key)


def write_part(data_dir: Path, folder: Path, part: Part) -> TableFile:
    """Write the file of `part` into `folder`, a segment at a time.

    Raises:
        datasets.engine.segments.SegmentsDamaged: a file of segments is gone or damaged.
    """
    path = folder / part.path
    path.parent.mkdir(parents=True, exist_ok=True)
    schema = arrow_schema(part.table)
    if part.partitioned:
        # Its value is in the path, and readers of partitions stumble over a second one.
        schema = schema.remove(schema.get_field_index(str(partition_column(part.table))))
    rows = write_parquet(path, schema, _rows(data_dir, part, schema.names))
    return TableFile(part.table, part.path, path.stat().st_size, file_digest(path), rows)


def _rows(data_dir: Path, part: Part, names: list[str]) -> Iterator[pa.Table]:
    for batch, run in groupby(part.segments, key=lambda one: one[0]):
        segments = [segment for _, segment in run]
        held = list(read_segments(segments_path(data_dir, batch), segments))
        if len(held) > 1:
            # In one file the years of an office stand together. The sort is stable.
            joined = pa.concat_tables(held).combine_chunks()
            held = [joined.take(pc.sort_indices(joined["office_id"]))]
        for one in held:
            yield one.select(names)
