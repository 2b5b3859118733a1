"""Write the tables of a dataset as Parquet, streaming, and publish them together or not at all.

Rows arrive office by office in the order in which they are to stand; row groups have a fixed
number of rows, so the same rows give the same bytes however they arrive. This module knows no
rule of the dataset.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from datasets.registry import tables
from datasets.schemas import arrow_schema

# Rows of a row group: some ten megabytes of figures in memory, and small enough to be skipped.
ROWS_PER_GROUP = 32_768
# Rows are held as Arrow as soon as there are so many: as dictionaries they weigh ten times more.
_ROWS_PER_BATCH = 1_000
_STAGING = ".dataset-building"
_PREVIOUS = ".dataset-replaced"
REJECTED = "dataset-rejected"
_RENAME_EXCHANGE = 2
_AT_FDCWD = -100


class DatasetWriter:
    """Writes every table of the registry into a folder beside the published one.

    Use it as a context manager; without `publish` the published dataset stays as it was. A folder
    left behind by a killed build is removed by the next one.
    """

    def __init__(self, data_dir: Path):
        self.published = data_dir / "dataset"
        self.folder = data_dir / _STAGING
        data_dir.mkdir(parents=True, exist_ok=True)
        recover(data_dir)
        self.folder.mkdir()
        self._files: dict[str, pq.ParquetWriter] = {}
        self._waiting: dict[str, _Waiting] = {table: _Waiting(table) for table in tables()}
        self.counts: dict[str, int] = dict.fromkeys(tables(), 0)

    def __enter__(self) -> DatasetWriter:
        for table in tables():
            self._files[table] = pq.ParquetWriter(
                self.folder / f"{table}.parquet",
                arrow_schema(table),
                compression="zstd",
                # Older readers (R's arrow, Spark) read these; the newest pages gain nothing here.
                version="2.6",
                data_page_version="1.0",
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file in self._files.values():
            file.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def add(self, rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
        """Append rows (column -> value) to each named table, in the order given."""
        for table, more in rows.items():
            for group in self._waiting[table].add(more):
                self._write(table, group)

    def finish(self) -> Path:
        """Write what waits and close the files: the folder is a dataset, not yet published."""
        for table, waiting in self._waiting.items():
            for group in waiting.rest():
                self._write(table, group)
            self._files.pop(table).close()
        return self.folder

    def publish(self) -> Path:
        """Put the finished folder in the place of the published one, in one step.

        Returns the published folder.
        """
        replace_folder(self.folder, self.published)
        return self.published

    def set_aside(self) -> Path:
        """Put the finished folder beside the published one, which stays; returns where it is."""
        rejected = self.published.parent / REJECTED
        shutil.rmtree(rejected, ignore_errors=True)
        self.folder.rename(rejected)
        return rejected

    def _write(self, table: str, group: pa.Table) -> None:
        self._files[table].write_table(group, row_group_size=ROWS_PER_GROUP)
        self.counts[table] += group.num_rows


class _Waiting:
    """The rows of one table that do not fill a row group yet."""

    def __init__(self, table: str):
        self._schema = arrow_schema(table)
        self._rows: list[Mapping[str, Any]] = []
        self._batches: list[pa.Table] = []
        self._count = 0

    def add(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[pa.Table]:
        """Take rows; gives each row group that is full."""
        for row in rows:
            self._rows.append(row)
            if len(self._rows) >= _ROWS_PER_BATCH:
                self._convert()
        while self._count >= ROWS_PER_GROUP:
            held = pa.concat_tables(self._batches)
            # One chunk, so that the bytes do not depend on how the rows arrived.
            yield held.slice(0, ROWS_PER_GROUP).combine_chunks()
            self._batches = [held.slice(ROWS_PER_GROUP)]
            self._count -= ROWS_PER_GROUP

    def rest(self) -> Iterator[pa.Table]:
        """What is left, as at most one row group."""
        self._convert()
        if self._count:
            yield pa.concat_tables(self._batches).combine_chunks()
            self._batches, self._count = [], 0

    def _convert(self) -> None:
        if self._rows:
            self._batches.append(pa.Table.from_pylist(self._rows, schema=self._schema))
            self._count += len(self._rows)
            self._rows = []


def recover(data_dir: Path) -> None:
    """Remove what a killed build left behind, and put back a dataset it had just moved aside."""
    published, previous = data_dir / "dataset", data_dir / _PREVIOUS
    if previous.exists() and not published.exists():
        previous.rename(published)
    shutil.rmtree(previous, ignore_errors=True)
    shutil.rmtree(data_dir / _STAGING, ignore_errors=True)


def replace_folder(new: Path, published: Path) -> None:
    """Move the folder `new` to `published`, whose present content, if any, is removed.

    On Linux the two are exchanged by one system call, so that a reader sees the old folder or the
    new one and nothing else. Elsewhere the old one is first moved aside; `recover` puts it back
    when the process dies between the two moves.
    """
    if not published.exists():
        new.rename(published)
        return
    if _exchange(new, published):
        shutil.rmtree(new)
        return
    previous = published.parent / _PREVIOUS
    published.rename(previous)
    new.rename(published)
    shutil.rmtree(previous)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two names by renameat2; False where the system or file system has no such call."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    names = (os.fsencode(one), os.fsencode(other))
    if rename(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP):
        return False
    raise OSError(code, os.strerror(code), str(other))
