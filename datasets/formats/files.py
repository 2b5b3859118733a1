"""What the descriptions say of the files beside them: names, sizes, digests, counts, versions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

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

    @property
    def is_whole(self) -> bool:
        """Whether it holds its whole table."""
        return "/" not in self.path

    @property
    def partition(self) -> tuple[str, int] | None:
        """The column whose value is in the path, and the value; None without one."""
        for name in self.path.split("/")[:-1]:
            column, sign, value = name.partition("=")
            if sign:
                return column, int(value)
        return None


def table_files(folder: Path, suffix: str = ".parquet") -> list[TableFile]:
    """The files of every table in `folder`, in the order of the registry."""
    return [
        TableFile(
            table=table,
            path=path.relative_to(folder).as_posix(),
            bytes=path.stat().st_size,
            sha256=file_digest(path),
            rows=_rows(path),
        )
        for table in tables()
        for path in _files(folder, table, suffix)
    ]


def sorted_files(files: Iterable[TableFile]) -> list[TableFile]:
    """The files in the order of the registry, those of one table by path."""
    order = {table: place for place, table in enumerate(tables())}
    return sorted(files, key=lambda file: (order[file.table], file.path))


def fingerprint(files: Iterable[TableFile]) -> str:
    """What names these very figures: the sha256 of the list of files with theirs.

    The list is as `sha256sum` prints it, in the order of paths.
    """
    listed = sorted(files, key=lambda file: file.path)
    lines = "".join(f"{file.sha256}  {file.path}\n" for file in listed)
    return hashlib.sha256(lines.encode()).hexdigest()


def _files(folder: Path, table: str, suffix: str) -> Iterator[Path]:
    single = folder / f"{table}{suffix}"
    if single.is_file():
        yield single
    yield from sorted((folder / table).rglob(f"*{suffix}"))


def file_digest(path: Path) -> str:
    """The sha256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _rows(path: Path) -> int:
    if path.suffix == ".parquet":
        return int(pq.read_metadata(path).num_rows)
    return _records(path) - 1


def _records(path: Path) -> int:
    """The records of a CSV file, its head among them, in bounded memory.

    A text has lines of its own, inside quotes, and may be longer than any block or field that the
    readers of Arrow and Python take: only the lines outside quotes are counted.
    """
    count, is_quoted = 0, True
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            is_quoted = not is_quoted
            for part in chunk.split(b'"'):
                count += 0 if is_quoted else part.count(b"\n")
                is_quoted = not is_quoted
    return count


def newest_capture(folder: Path) -> str | None:
    """The day of the newest capture in the dataset: its date, since a build has none of its own."""
    newest = []
    for path in _files(folder, "captures", ".parquet"):
        file = pq.read_metadata(path)
        (column,) = (at for at in range(file.num_columns) if file.schema.names[at] == "fetched_at")
        for group in range(file.num_row_groups):
            said = file.row_group(group).column(column).statistics
            if said is not None and said.has_min_max:
                newest.append(said.max)
    return max(newest).date().isoformat() if newest else None
