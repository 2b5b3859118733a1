"""What the descriptions say of the files beside them: names, sizes, digests, counts, versions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.dataset as ds
import pyarrow.parquet as pq

from datasets.registry import tables

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class TableFile:
    """One file of a table. path: relative to the folder, with forward slashes."""

    table: str
    path: str
    bytes: int
    sha256: str
    rows: int


def table_files(folder: Path, suffix: str = ".parquet") -> list[TableFile]:
    """The files of every table in `folder`, in the order of the registry."""
    return [
        TableFile(
            table=table,
            path=path.relative_to(folder).as_posix(),
            bytes=path.stat().st_size,
            sha256=_sha256(path),
            rows=_rows(path),
        )
        for table in tables()
        for path in _files(folder, table, suffix)
    ]


def _files(folder: Path, table: str, suffix: str) -> Iterator[Path]:
    single = folder / f"{table}{suffix}"
    if single.is_file():
        yield single
    yield from sorted((folder / table).rglob(f"*{suffix}"))


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _rows(path: Path) -> int:
    if path.suffix == ".parquet":
        return int(pq.read_metadata(path).num_rows)
    return int(ds.dataset(path, format="csv").count_rows())


def newest_capture(folder: Path) -> str | None:
    """The day of the newest capture in the dataset: its date, since a build has none of its own."""
    newest = None
    for path in _files(folder, "captures", ".parquet"):
        for batch in pq.ParquetFile(path).iter_batches(columns=["fetched_at"]):
            times = [time for time in batch.column(0).to_pylist() if time is not None]
            newest = max([*times, newest] if newest else times, default=None)
    return newest.date().isoformat() if newest is not None else None
