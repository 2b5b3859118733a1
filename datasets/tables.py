"""Read the published tables: as Arrow, filtered before they are in memory, or as pandas.

The one door for whoever reads a built dataset; it never reads the archive and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from datasets.registry import columns as columns_of
from datasets.registry import partition_column, tables
from datasets.schemas import SCHEMA_VERSION, arrow_schema

# pandas' nullable types, so that a missing count is <NA> and a whole number stays one.
_PANDAS_TYPES: dict[pa.DataType, Any] = {
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.float64(): pd.Float64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
    pa.string(): pd.StringDtype(),
}

# What Arrow raises of a file that is no Parquet, or a damaged one.
_UNREADABLE = (pa.ArrowException, OSError)


class NoDataset(Exception):
    """There is no built dataset where one was looked for, no such table, or it cannot be read."""


class NoSuchColumn(KeyError):
    """The registry has no such column of the table; the message names similar ones."""


def dataset_folder(data_dir: Path) -> Path:
    """Where the tables are: `dataset` in the data directory, or the folder of tables itself."""
    inside = data_dir / "dataset"
    holds_tables = (data_dir / "reports.parquet").exists() or (data_dir / "reports").exists()
    return data_dir if holds_tables and not inside.exists() else inside


def table_path(data_dir: Path, table: str) -> Path:
    """Where `table` is: a file, or a folder of files when the table is partitioned.

    data_dir: a data directory, or a copy of its `dataset` folder.

    Raises:
        NoDataset: there is no such table, or nothing was built yet.
    """
    if table not in tables():
        raise NoDataset(f"There is no table {table}; there are {', '.join(tables())}.")
    folder = dataset_folder(data_dir)
    for path in (folder / f"{table}.parquet", folder / table):
        if path.exists():
            return path
    raise NoDataset(
        f"{folder} holds no table {table}: run `gongkai build --data {data_dir}` first."
    )


def table_files(data_dir: Path, table: str) -> list[Path]:
    """The Parquet files of `table`: one, or those of its partitions, sorted by path.

    Raises:
        NoDataset: there is no such table, or nothing was built yet.
    """
    path = table_path(data_dir, table)
    return sorted(path.rglob("*.parquet")) if path.is_dir() else [path]


def open_table(data_dir: Path, table: str) -> ds.Dataset:
    """`table` with nothing of it read yet, in the same columns whether it is one file or many.

    Raises:
        NoDataset: nothing was built yet, or a file of it is no Parquet.
    """
    path = table_path(data_dir, table)
    try:
        if path.is_file():
            return ds.dataset(path, format="parquet")
        files = table_files(data_dir, table)
        schema, column = pq.read_schema(files[0]), partition_column(table)
        if column is not None and column not in schema.names:
            field = arrow_schema(table).field(column)
            place = [one.name for one in columns_of(table)].index(column)
            schema = schema.insert(place, field)
            by_path = ds.partitioning(pa.schema([field]), flavor="hive")
        else:
            by_path = None
        return ds.dataset(
            [str(one) for one in files],
            schema=schema,
            format="parquet",
            partitioning=by_path,
            partition_base_dir=str(path),
        )
    except (*_UNREADABLE, IndexError) as error:
        raise unreadable(data_dir, path, error) from error


def unreadable(data_dir: Path, path: Path, error: Exception) -> NoDataset:
    """What is said of a table that is no Parquet, or a damaged one."""
    words = " ".join(str(error).split()).rstrip(".")
    return NoDataset(
        f"{path} cannot be read ({words}): build the dataset again with "
        f"`gongkai build --data {data_dir}`."
    )


def open_with(data_dir: Path, table: str, wanted: Sequence[str] | None = None) -> ds.Dataset:
    """`table` with nothing of it read yet, of which the `wanted` columns are there.

    wanted: names of columns; by default all that the registry has.

    Raises:
        NoDataset: nothing was built yet, a file of it is no Parquet, or it was built when the
            table had other columns.
        NoSuchColumn: the registry does not know a wanted column either.
    """
    data = open_table(data_dir, table)
    known = [one.name for one in columns_of(table)]
    lacking = [name for name in wanted or known if name not in data.schema.names]
    for name in lacking:
        if name not in known:
            near = get_close_matches(name, known, n=3) or known[:3]
            raise NoSuchColumn(f"table {table} has no column {name}; it has {', '.join(near)} …")
    if lacking:
        said = (data.schema.metadata or {}).get(b"schema_version", b"not known").decode()
        more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
        raise NoDataset(
            f"{table_path(data_dir, table)} has no column {lacking[0]}{more}: it was built with "
            f"schema {said}, and this is {SCHEMA_VERSION}; build the dataset again with "
            f"`gongkai build --data {data_dir}`."
        )
    return data


def read_arrow(
    data_dir: Path,
    table: str,
    *,
    where: ds.Expression | None = None,
    columns: Sequence[str] | None = None,
) -> pa.Table:
    """`table` as Arrow, only the rows `where` holds and the named columns.

    columns: by default all that are there, be they those of this schema or not.

    Raises:
        NoDataset: nothing was built yet, a file of it is no Parquet or lacks a column.
        NoSuchColumn: there is no such column.
    """
    names = list(columns) if columns is not None else None
    data = open_table(data_dir, table) if names is None else open_with(data_dir, table, names)
    try:
        return data.to_table(filter=where, columns=names)
    except _UNREADABLE as error:
        raise unreadable(data_dir, table_path(data_dir, table), error) from error


def read_batches(
    data_dir: Path,
    table: str,
    *,
    where: ds.Expression | None = None,
    columns: Sequence[str] | None = None,
) -> Iterator[pa.RecordBatch]:
    """`table` batch by batch in its order, a row group in memory at a time.

    columns: by default all that the registry has.

    Raises:
        NoDataset: nothing was built yet, a file of it is no Parquet or lacks a column.
        NoSuchColumn: there is no such column.
    """
    names = list(columns) if columns is not None else None
    data = open_with(data_dir, table, names)
    try:
        # A scanner of the whole would read on while a batch is looked at, and hold what it read.
        for fragment in data.get_fragments(filter=where):
            for group in fragment.split_by_row_group(filter=where, schema=data.schema):
                found = group.to_table(schema=data.schema, filter=where, columns=names)
                yield from found.to_batches()
    except _UNREADABLE as error:
        raise unreadable(data_dir, table_path(data_dir, table), error) from error


def table_schema(data_dir: Path, table: str) -> pa.Schema:
    """The columns of `table` as its files have them.

    Raises:
        NoDataset: nothing was built yet, or a file of it is no Parquet.
    """
    return open_table(data_dir, table).schema


def read_rows(
    data_dir: Path,
    table: str,
    where: ds.Expression | None = None,
    columns: Sequence[str] | None = None,
) -> list[dict[str, Any]]:
    """`table` as a list of dictionaries; for the rows of one office or one report.

    columns: by default all that the registry has.

    Raises:
        NoDataset: nothing was built yet, a file of it is no Parquet or lacks a column.
    """
    names = [one.name for one in columns_of(table)] if columns is None else columns
    found = read_arrow(data_dir, table, where=where, columns=names)
    rows: list[dict[str, Any]] = found.to_pylist()
    return rows


def offices_built(data_dir: Path) -> list[str]:
    """The offices in the dataset, sorted.

    Raises:
        NoDataset: nothing was built yet.
    """
    found: set[str] = set()
    for batch in read_batches(data_dir, "coverage", columns=["office_id"]):
        found |= set(batch.column("office_id").unique().to_pylist())
    return sorted(found)


def read_frame(
    data_dir: Path,
    table: str,
    *,
    where: ds.Expression | None = None,
    columns: Sequence[str] | None = None,
) -> pd.DataFrame:
    """`table` as a pandas DataFrame with nullable types; descriptions are in `.attrs`.

    `.attrs["columns"]` maps each column to its description, unit and labels.
    """
    found = read_arrow(data_dir, table, where=where, columns=columns)
    frame: pd.DataFrame = found.to_pandas(types_mapper=_PANDAS_TYPES.get)
    frame.attrs["table"] = table
    frame.attrs["columns"] = {
        field.name: {key.decode(): text.decode() for key, text in (field.metadata or {}).items()}
        for field in found.schema
    }
    return frame
