"""Write the tables of a dataset as Parquet, and publish them together or not at all.

Rows arrive in the order in which they are to stand; row groups have a fixed number of rows, so the
same rows give the same bytes however they arrive. This module knows no rule of the dataset.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

# Rows of a row group: some ten megabytes of figures in memory, and small enough to be skipped.
ROWS_PER_GROUP = 32_768
STAGING = ".dataset-building"
_PREVIOUS = ".dataset-replaced"
REJECTED = "dataset-rejected"
_RENAME_EXCHANGE = 2
_AT_FDCWD = -100


class Staging:
    """A folder beside the published dataset, in which the next one is put together.

    Use it as a context manager; without `publish` the published dataset stays as it was. A folder
    left behind by a killed build is removed by the next one.
    """

    def __init__(self, data_dir: Path):
        self.published = data_dir / "dataset"
        self.folder = data_dir / STAGING
        data_dir.mkdir(parents=True, exist_ok=True)
        recover(data_dir)
        self.folder.mkdir()

    def __enter__(self) -> Staging:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def take_over(self, path: str) -> None:
        """Give the published file `path`, which is to stay as it is, a name in the folder too."""
        old, new = self.published / path, self.folder / path
        new.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(old, new)
        except OSError:
            # A file system without hard links, or one that has too many of this file.
            shutil.copy2(old, new)

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


def write_parquet(path: Path, schema: pa.Schema, rows: Iterable[pa.Table]) -> int:
    """Write `rows`, in the order given, to the Parquet file `path`; returns how many there are.

    No more than a row group and one of the given tables is held.
    """
    count = 0
    with pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        # Older readers (R's arrow, Spark) read these; the newest pages gain nothing here.
        version="2.6",
        data_page_version="1.0",
    ) as file:
        for group in _groups(rows):
            file.write_table(group, row_group_size=ROWS_PER_GROUP)
            count += group.num_rows
    return count


def _groups(rows: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The rows in tables of a row group each, the last with what is left."""
    waiting: list[pa.Table] = []
    count = 0
    for more in rows:
        waiting.append(more)
        count += more.num_rows
        while count >= ROWS_PER_GROUP:
            held = pa.concat_tables(waiting)
            # One chunk, so that the bytes do not depend on how the rows arrived.
            yield held.slice(0, ROWS_PER_GROUP).combine_chunks()
            waiting = [held.slice(ROWS_PER_GROUP)]
            count -= ROWS_PER_GROUP
    if count:
        yield pa.concat_tables(waiting).combine_chunks()


def recover(data_dir: Path) -> None:
    """Remove what a killed build left behind, and put back a dataset it had just moved aside."""
    published, previous = data_dir / "dataset", data_dir / _PREVIOUS
    if previous.exists() and not published.exists():
        previous.rename(published)
    shutil.rmtree(previous, ignore_errors=True)
    shutil.rmtree(data_dir / STAGING, ignore_errors=True)


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
