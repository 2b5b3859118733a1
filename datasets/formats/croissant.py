"""`croissant.json`: the tables described in Croissant 1.0, the metadata of machine learning."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from datasets.formats.citation import CREATOR, LICENCE_URL, RIGHTS, citation_text
from datasets.formats.datapackage import DESCRIPTION, TITLE
from datasets.formats.files import TableFile, fingerprint
from datasets.registry import Column, columns, tables
from datasets.schemas import SCHEMA_VERSION

# The context that the specification prints, as it is.
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_TYPES = {
    "string": "sc:Text",
    "int16": "sc:Integer",
    "int32": "sc:Integer",
    "int64": "sc:Integer",
    "float64": "sc:Float",
    "bool": "sc:Boolean",
    "date32": "sc:Date",
    "timestamp": "sc:DateTime",
}


def croissant(files: Iterable[TableFile], date: str | None) -> str:
    """The description as JSON-LD text.

    files: the Parquet files of the tables. date: of the newest capture.
    """
    files = list(files)
    by_table: dict[str, list[TableFile]] = {}
    for file in files:
        by_table.setdefault(file.table, []).append(file)
    described: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": "gongkai",
        "alternateName": TITLE,
        "description": DESCRIPTION,
        "version": SCHEMA_VERSION,
        "license": LICENCE_URL,
        "usageInfo": RIGHTS,
        "creator": {"@type": "sc:Organization", "name": CREATOR},
        "citeAs": citation_text(date, fingerprint(files)),
        "distribution": [
            one for table, some in by_table.items() for one in _distribution(table, some)
        ],
        "recordSet": [_record_set(table, some) for table, some in by_table.items()],
    }
    if date is not None:
        described["datePublished"] = date
    return json.dumps(described, ensure_ascii=False, indent=1) + "\n"


def _distribution(table: str, files: list[TableFile]) -> Iterator[dict[str, Any]]:
    """The file of a table, or all its files as one set."""
    if files[0].is_whole:
        (file,) = files
        yield {
            "@type": "cr:FileObject",
            "@id": file.path,
            "name": file.path,
            "description": tables()[table],
            "contentUrl": file.path,
            "contentSize": f"{file.bytes} B",
            "encodingFormat": "application/x-parquet",
            "sha256": file.sha256,
        }
        return
    folders = "*/" if files[0].partition is not None else ""
    yield {
        "@type": "cr:FileSet",
        "@id": f"{table}-files",
        "name": f"{table}-files",
        "description": tables()[table],
        "encodingFormat": "application/x-parquet",
        "includes": f"{table}/{folders}*.parquet",
    }


def _record_set(table: str, files: list[TableFile]) -> dict[str, Any]:
    described = columns(table)
    record_set: dict[str, Any] = {
        "@type": "cr:RecordSet",
        "@id": table,
        "name": table,
        "description": tables()[table],
        "field": [_field(files[0], column) for column in described],
    }
    keys = [{"@id": f"{table}/{column.name}"} for column in described if column.key]
    if keys:
        record_set["key"] = keys
    return record_set


def _field(file: TableFile, column: Column) -> dict[str, Any]:
    unit = f" Unit: {column.unit}." if column.unit else ""
    source: dict[str, Any] = {
        "fileObject" if file.is_whole else "fileSet": {
            "@id": file.path if file.is_whole else f"{file.table}-files"
        },
        "extract": {"column": column.name},
    }
    if file.partition is not None and file.partition[0] == column.name:
        source["extract"] = {"fileProperty": "fullpath"}
        source["transform"] = {"regex": rf".*{column.name}=(\d+)/.*"}
    return {
        "@type": "cr:Field",
        "@id": f"{file.table}/{column.name}",
        "name": f"{file.table}/{column.name}",
        "description": f"{column.description}.{unit}",
        "dataType": _TYPES[column.type],
        "source": source,
    }
