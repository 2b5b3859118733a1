"""Arrow schemas of the dataset's tables, made from the registry.

Every field carries its description, unit and allowed values as metadata, every schema the versions
it was made with, so that a Parquet file explains itself without this project.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

import pyarrow as pa

from datasets.registry import Column, columns, indicators, panel_columns, tables
from datasets.sources import source_digest
from parsers.records import PARSER_VERSION

# Semantic: the first number changes when a name is renamed or redefined, the second when a table
# or column joins, the third when only words change.
SCHEMA_VERSION = "1.3.0"

ARROW_TYPES: dict[str, pa.DataType] = {
    "string": pa.string(),
    "int16": pa.int16(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
    "date32": pa.date32(),
    # Whole seconds are what WARC dates have; microseconds are what every reader understands.
    "timestamp": pa.timestamp("us", tz="UTC"),
}


def code_version() -> str:
    """The version of the project whose code wrote a table; `source_digest` tells states apart."""
    return version("gongkai")


def _field_metadata(column: Column) -> dict[str, str]:
    said = {"description": column.description}
    if column.unit:
        said["unit"] = column.unit
    if column.values:
        said["values"] = " ".join(column.values)
    if column.key:
        said["key"] = "true"
    harmonised = panel_columns().get(column.name) if column.table == "panel" else None
    if harmonised is not None:
        said["label_zh"] = harmonised.label_zh
        said["label_en"] = harmonised.label_en
        said["kind"] = harmonised.kind
        said["layouts"] = " ".join(harmonised.expressions)
        for layout, expression in harmonised.expressions.items():
            said[f"expression {layout}"] = expression
            indicator = indicators().get(expression)
            if indicator is not None:
                said[f"label {layout}"] = indicator.labels.get(layout, "")
    return said


@cache
def arrow_schema(table: str) -> pa.Schema:
    """The Arrow schema of `table`, with descriptions and versions as metadata.

    Raises:
        KeyError: the registry has no such table.
    """
    fields = [
        pa.field(
            column.name,
            ARROW_TYPES[column.type],
            nullable=column.nullable,
            metadata=_field_metadata(column),
        )
        for column in columns(table)
    ]
    return pa.schema(
        fields,
        metadata={
            "table": table,
            "description": tables()[table],
            "key": " ".join(column.name for column in columns(table) if column.key),
            "schema_version": SCHEMA_VERSION,
            "code_version": code_version(),
            "code_digest": f"sha256:{source_digest()}",
            "parser_version": PARSER_VERSION,
        },
    )


def key_columns(table: str) -> tuple[str, ...]:
    """The columns that together name one row of `table`; empty when rows have no key."""
    return tuple(column.name for column in columns(table) if column.key)
