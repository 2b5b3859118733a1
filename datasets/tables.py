"""Read the published tables: as Arrow, filtered before they are in memory, or as pandas.

The one door for whoever reads a built dataset; it never reads the archive and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from datasets.registry import columns, partition_column, tables
from datasets.schemas import arrow_schema

# pandas' nullable types, so that a missing count is <NA> and a whole number stays one.
_PANDAS_TYPES: dict[pa.DataType, Any] = {
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.float64(): pd.Float64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
    pa.string(): pd.StringDtype(),
}


class NoDataset(Exception):
    """There is no built dataset where one was looked for, or no such table."""


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
            place = [one.name for one in columns(table)].index(column)
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
    except (pa.ArrowInvalid, OSError, IndexError) as error:
        raise _unreadable(data_dir, path, error) from error


def _unreadable(data_dir: Path, path: Path, error: Exception) -> NoDataset:
    return NoDataset(
        f"{path} cannot be read ({error}): build the dataset again with "
        f"`gongkai build --data {data_dir}`."
    )


def read_arrow(
    data_dir: Path,
    table: str,
    *,
    where: ds.Expression | None = None,
    columns: Sequence[str] | None = None,
) -> pa.Table:
    """`table` as Arrow, only the rows `where` holds and the named columns.

    Raises:
        NoDataset: nothing was built yet, or a file of it is no Parquet.
    """
    data = open_table(data_dir, table)
    try:
        return data.to_table(filter=where, columns=list(columns) if columns else None)
    except (pa.ArrowInvalid, OSError) as error:
        raise _unreadable(data_dir, table_path(data_dir, table), error) from error


def read_batches(
    data_dir: Path,
    table: str,
    *,
    where: ds.Expression | None = None,
    columns: Sequence[str] | None = None,
) -> Iterator[pa.RecordBatch]:
    """`table` batch by batch in its order, a row group in memory at a time.

    Raises:
        NoDataset: nothing was built yet, or a file of it is no Parquet.
    """
    data = open_table(data_dir, table)
    names = list(columns) if columns else None
    try:
        # A scanner of the whole would read on while a batch is looked at, and hold what it read.
        for fragment in data.get_fragments(filter=where):
            for group in fragment.split_by_row_group(filter=where, schema=data.schema):
                found = group.to_table(schema=data.schema, filter=where, columns=names)
                yield from found.to_batches()
    except (pa.ArrowInvalid, OSError) as error:
        raise _unreadable(data_dir, table_path(data_dir, table), error) from error


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
    """`table` as a list of dictionaries; for the rows of one office or one report."""
    found = read_arrow(data_dir, table, where=where, columns=columns)
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
