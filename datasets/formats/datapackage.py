"""`datapackage.json`: the tables described after the Frictionless Data Package specification."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from datasets.formats.citation import CREATOR, LICENCE, LICENCE_TITLE, LICENCE_URL, RIGHTS
from datasets.formats.files import TableFile, fingerprint
from datasets.registry import Column, columns, tables
from datasets.schemas import SCHEMA_VERSION, code_version, key_columns
from datasets.sources import source_digest
from parsers.records import PARSER_VERSION

TITLE = "Annual reports on open government information in China (政府信息公开工作年度报告)"
DESCRIPTION = (
    "Figures and text of the annual reports that Chinese administrative organs publish on their "
    "open-government-information work, read from archived pages: every figure with its status, "
    "its words on the page and the capture it was read from."
)
SOURCE = (
    "政府信息公开工作年度报告 as the organs publish them on their sites; tables captures and "
    "reports have the address of each"
)
_FORMATS = {".parquet": ("parquet", "application/vnd.apache.parquet"), ".csv": ("csv", "text/csv")}
_TYPES = {
    "string": "string",
    "int16": "integer",
    "int32": "integer",
    "int64": "integer",
    "float64": "number",
    "bool": "boolean",
    "date32": "date",
    "timestamp": "datetime",
}


def datapackage(files: Iterable[TableFile], date: str | None) -> str:
    """The descriptor as JSON text.

    files: of the tables, Parquet or CSV. date: of the newest capture.
    """
    files = list(files)
    described: dict[str, Any] = {
        "name": "gongkai",
        "title": TITLE,
        "description": DESCRIPTION,
        "version": SCHEMA_VERSION,
        "profile": "data-package",
        "licenses": [{"name": LICENCE, "title": LICENCE_TITLE, "path": LICENCE_URL}],
        "rights": RIGHTS,
        "contributors": [{"title": CREATOR, "role": "author"}],
        "sources": [{"title": SOURCE}],
        "code_version": code_version(),
        "code_digest": f"sha256:{source_digest()}",
        "parser_version": PARSER_VERSION,
        "newest_capture": date,
        "fingerprint": f"sha256:{fingerprint(files)}",
        "fingerprint_of": "the lines `sha256  path` of all data files, in the order of paths",
        "resources": [_resource(file) for file in files],
    }
    return json.dumps(described, ensure_ascii=False, indent=1) + "\n"


def schema_files(files: Iterable[TableFile]) -> dict[str, str]:
    """The schemas that the descriptor refers to instead of repeating them: path -> JSON text.

    They are those of tables in several files.
    """
    listed = sorted({file.table for file in files if not file.is_whole})
    return {
        _schema_path(table): json.dumps(_schema(table), ensure_ascii=False, indent=1) + "\n"
        for table in listed
    }


def _schema_path(table: str) -> str:
    return f"schemas/{table}.json"


def _resource(file: TableFile) -> dict[str, Any]:
    suffix = file.path[file.path.rindex(".") :]
    kind, media_type = _FORMATS[suffix]
    name = file.path.removesuffix(suffix).replace("/", "-").replace("=", "-").lower()
    resource: dict[str, Any] = {
        "name": name,
        # Frictionless reads CSV cell by cell, but gives integers with gaps in Parquet as NaN;
        # so Parquet is a file to it, whose size and digest it checks, with the schema to read.
        "type": "table" if kind == "csv" else "file",
        "path": file.path,
        "title": file.table,
        "description": tables()[file.table],
        "format": kind,
        "mediatype": media_type,
        "encoding": "utf-8",
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
        # `rows` is checked by Frictionless, which counts those of tables only.
        "rows" if kind == "csv" else "row_count": file.rows,
        "schema": _schema(file.table) if file.is_whole else _schema_path(file.table),
    }
    if file.partition is not None:
        resource["partition"] = dict([file.partition])
    return resource


def _schema(table: str) -> dict[str, Any]:
    described = columns(table)
    schema: dict[str, Any] = {"fields": [_field(column) for column in described]}
    key = key_columns(table)
    # A primary key may not hold nulls; the others are said in the description.
    if key and all(not column.nullable for column in described if column.key):
        schema["primaryKey"] = list(key)
    return schema


def _field(column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": column.name,
        "type": _TYPES[column.type],
        "description": column.description,
    }
    if column.type == "timestamp":
        # As Arrow writes it: 2024-03-01 00:00:00Z, with fractions where there are any.
        field["format"] = "any"
    if column.unit:
        field["unit"] = column.unit
    constraints: dict[str, Any] = {}
    # In CSV an empty text and a missing one look alike, so a text is never said to be required.
    if not column.nullable and (column.type != "string" or column.key or column.values):
        constraints["required"] = True
    if column.values:
        constraints["enum"] = list(column.values)
    if constraints:
        field["constraints"] = constraints
    return field
