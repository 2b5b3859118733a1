"""The dataset as CSV files with their descriptor."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from datasets.formats.citation import citation_file
from datasets.formats.datapackage import datapackage
from datasets.formats.files import fingerprint, newest_capture, table_files
from datasets.registry import tables
from datasets.tables import dataset_folder, open_with, read_batches


def export_csv(data_dir: Path, folder: Path) -> list[Path]:
    """Write every table as CSV (UTF-8, RFC 4180) into `folder`, with a datapackage.json.

    Nulls are empty and unquoted; texts are quoted. Streams, so any size goes.

    Raises:
        datasets.tables.NoDataset: nothing was built yet, or a table cannot be read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for table in tables():
        path = folder / f"{table}.csv"
        schema = open_with(data_dir, table).schema
        with pa_csv.CSVWriter(path, _csv_schema(schema)) as writer:
            for batch in read_batches(data_dir, table):
                writer.write_batch(_as_text(batch))
        written.append(path)
    date = newest_capture(dataset_folder(data_dir))
    files = table_files(folder, ".csv")
    described = datapackage(files, date)
    (folder / "datapackage.json").write_text(described, encoding="utf-8")
    (folder / "CITATION.cff").write_text(citation_file(date, fingerprint(files)), encoding="utf-8")
    return written


def _csv_schema(schema: pa.Schema) -> pa.Schema:
    return pa.schema(
        [
            pa.field(field.name, pa.string() if pa.types.is_timestamp(field.type) else field.type)
            for field in schema
        ]
    )


def _as_text(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Times as ISO 8601 in UTC, which every reader of CSV knows."""
    arrays = [
        pc.strftime(array, format="%Y-%m-%dT%H:%M:%SZ")
        if pa.types.is_timestamp(array.type)
        else array
        for array in batch.columns
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=_csv_schema(batch.schema))
