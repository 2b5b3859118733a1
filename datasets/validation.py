"""Does a built dataset keep what the registry says: columns, types, nulls, values, keys, units?

Looks at the published files alone, so it can be run on a copy from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from datasets.registry import columns, indicators, tables
from datasets.schemas import arrow_schema, key_columns
from datasets.tables import NoDataset, read_arrow, table_path


def violations(data_dir: Path) -> list[str]:
    """One sentence for everything in which the dataset departs from the registry.

    Raises:
        datasets.tables.NoDataset: there is no dataset.
    """
    table_path(data_dir, "reports")
    found = []
    for table in tables():
        try:
            data = read_arrow(data_dir, table)
        except NoDataset as error:
            found.append(str(error))
            continue
        found += [f"{table}: {sentence}" for sentence in _violations(table, data)]
        found += [f"{table}: {sentence}" for sentence in _undescribed(data_dir, table)]
    return found


def _violations(table: str, data: pa.Table) -> Iterator[str]:
    expected = arrow_schema(table)
    for name in data.column_names:
        if name not in expected.names:
            yield f"column {name} is not in the registry"
    for column in columns(table):
        if column.name not in data.column_names:
            yield f"column {column.name} is missing"
            continue
        values = data.column(column.name)
        if values.type != expected.field(column.name).type:
            yield f"column {column.name} is {values.type}, not {column.type}"
            continue
        if values.null_count and not column.nullable:
            yield f"column {column.name} is null in {values.null_count} rows"
        if column.values:
            odd = set(pc.unique(values).to_pylist()) - {*column.values, None}
            if odd:
                yield f"column {column.name} holds {', '.join(sorted(odd))}"
    key = list(key_columns(table))
    if key and set(key) <= set(data.column_names):
        distinct = data.group_by(key).aggregate([]).num_rows
        if distinct != data.num_rows:
            yield f"{data.num_rows - distinct} rows repeat the key {', '.join(key)}"
    if table == "observations":
        yield from _figures(data)


def _figures(data: pa.Table) -> Iterator[str]:
    """Status and value agree, and every figure is of a known indicator in its unit."""
    has_value = pc.is_valid(data["value"])
    for status, has in (
        ("reported", True),
        ("reported_none", True),
        ("blank", False),
        ("unreadable", False),
    ):
        wrong = pc.and_(pc.equal(data["status"], status), pc.not_equal(has_value, has))
        count = pc.sum(pc.cast(wrong, pa.int64())).as_py() or 0
        if count:
            yield f"{count} rows of status {status} {'lack' if has else 'have'} a value"
    pairs = data.group_by(["indicator", "unit"]).aggregate([]).to_pylist()
    for pair in sorted(pairs, key=lambda pair: (pair["indicator"], pair["unit"])):
        known = indicators().get(pair["indicator"])
        if known is None:
            yield f"indicator {pair['indicator']} is not in the registry"
        elif known.unit != pair["unit"]:
            yield f"indicator {known.name} is in {pair['unit']}, not in {known.unit}"


def _undescribed(data_dir: Path, table: str) -> Iterator[str]:
    path = table_path(data_dir, table)
    first = path if path.is_file() else next(iter(sorted(path.rglob("*.parquet"))), None)
    if first is None:
        return
    schema = pq.read_schema(first)
    for field in schema:
        if b"description" not in (field.metadata or {}):
            yield f"column {field.name} carries no description"
