"""Copies of the dataset in other formats: CSV files with their descriptor, and a DuckDB file."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from datasets.formats.citation import citation_file
from datasets.formats.datapackage import datapackage
from datasets.formats.files import fingerprint, newest_capture, table_files
from datasets.registry import columns, panel_columns, tables
from datasets.tables import dataset_folder, open_table, table_path


class ExportError(Exception):
    """The export cannot be made; the message says what is missing."""


def export_csv(data_dir: Path, folder: Path) -> list[Path]:
    """Write every table as CSV (UTF-8, RFC 4180) into `folder`, with a datapackage.json.

    Nulls are empty and unquoted; texts are quoted. Streams, so any size goes.

    Raises:
        datasets.tables.NoDataset: nothing was built yet.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for table in tables():
        path = folder / f"{table}.csv"
        data = open_table(data_dir, table)
        with pa_csv.CSVWriter(path, _csv_schema(data.schema)) as writer:
            for batch in data.to_batches():
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


# Views over the tables, for questions that researchers ask first.
_VIEWS = {
    "headline": "SELECT office_id, report_year, layout, "
    + ", ".join(panel_columns())
    + " FROM panel ORDER BY office_id, report_year",
    "breaks": "SELECT * FROM comparability WHERE comparability IN ('renamed', 'redefined')",
    "missing_years": "SELECT office_id, report_year, status, evidence FROM coverage "
    "WHERE status <> 'parsed'",
    "figures": "SELECT o.*, c.definition, c.label_zh_tables_2021 AS label_zh, r.layout, "
    "r.source_url FROM observations o LEFT JOIN codebook c USING (indicator) "
    "LEFT JOIN reports r USING (office_id, report_year)",
}


def export_duckdb(data_dir: Path, path: Path) -> Path:
    """Write a DuckDB file with every table, its column comments, and a few views.

    Raises:
        ExportError: DuckDB is not installed.
        datasets.tables.NoDataset: nothing was built yet.
    """
    if importlib.util.find_spec("duckdb") is None:
        raise ExportError("DuckDB is not installed: pip install 'gongkai[formats]'.")
    import duckdb

    sources = {table: table_path(data_dir, table) for table in tables()}
    path.parent.mkdir(parents=True, exist_ok=True)
    staging = path.with_name(path.name + ".part")
    staging.unlink(missing_ok=True)
    with duckdb.connect(str(staging)) as connection:
        # Times are stored in UTC; shown in another zone they would not match the Parquet files.
        connection.execute("SET TimeZone = 'UTC'")
        for table, source in sources.items():
            place = str(source) if source.is_file() else f"{source}/**/*.parquet"
            connection.execute(f"CREATE TABLE {table} AS SELECT * FROM read_parquet(?)", [place])
            connection.execute(f"COMMENT ON TABLE {table} IS {_quoted(tables()[table])}")
            for column in columns(table):
                unit = f" [{column.unit}]" if column.unit else ""
                words = _quoted(column.description + unit)
                connection.execute(f'COMMENT ON COLUMN {table}."{column.name}" IS {words}')
        for name, query in _VIEWS.items():
            connection.execute(f"CREATE VIEW {name} AS {query}")
    return staging.replace(path)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
