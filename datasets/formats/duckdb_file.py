"""The dataset as a DuckDB file: its tables, or views over its files, and views over these.

The rows of a partitioned dataset stay where they are and the file says where that is; those of a
dataset of one file a table are copied.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datasets.coverage import WITH_FIGURES
from datasets.national import redefined_pairs
from datasets.registry import LAYOUTS, columns, panel_columns, partition_column, tables
from datasets.tables import dataset_folder, open_with, table_path, unreadable

_HEADLINES = tuple(panel_columns())
# A share cannot be added up.
_SUMMED = tuple(name for name, one in panel_columns().items() if one.kind != "rate")
# What is said of each office beside its rows.
_PLACE = "name, kind, level, division_code, province, city, county, family"


def _sums(name: str) -> str:
    """What is said of a figure over several offices; no sum where it means different things."""
    mixed = " OR ".join(
        f"(bool_or({name} IS NOT NULL AND {name}__form = '{older}')"
        f" AND bool_or({name} IS NOT NULL AND {name}__form = '{newer}'))"
        for older, newer in redefined_pairs(name)
    )
    total = f"CASE WHEN {mixed} THEN NULL ELSE sum({name}) END" if mixed else f"sum({name})"
    stated = f"FILTER (WHERE {name} IS NOT NULL"
    return (
        f"{total} AS {name}, count({name}) AS {name}__offices, "
        f"count(*) {stated} AND {name}__qualifier <> 'exact') AS {name}__inexact, "
        f"array_to_string(list_sort(list(DISTINCT {name}__form) {stated})), ' ') AS {name}__forms"
    )


_SUMS = ", ".join(map(_sums, _SUMMED))

# As the form of the report prints it; of a report that mixes forms, as another form does.
_COLUMNS = [f"label_zh_{layout.replace('-', '_')}" for layout in LAYOUTS]
_LABEL = (
    "coalesce(CASE r.layout "
    + " ".join(
        f"WHEN '{layout}' THEN c.{column}" for layout, column in zip(LAYOUTS, _COLUMNS, strict=True)
    )
    + f" END, {', '.join(f'c.{column}' for column in reversed(_COLUMNS))})"
)

# Views over the tables, for questions that researchers ask first: what they are, and the query.
_VIEWS = {
    "headline": (
        "The headline figures of every report without their companions.",
        f"SELECT office_id, report_year, layout, {', '.join(_HEADLINES)} FROM panel "
        "ORDER BY office_id, report_year",
    ),
    "breaks": (
        "Where series are renamed or redefined from one form to another, and why.",
        "SELECT * FROM comparability WHERE comparability IN ('renamed', 'redefined')",
    ),
    "missing_years": (
        "The office years without a report that was read, and why.",
        "SELECT office_id, report_year, status, evidence FROM coverage "
        f"WHERE status NOT IN {WITH_FIGURES}",
    ),
    "figures": (
        "Every figure with what it means, the form of its report and the address it was read from.",
        f"SELECT o.*, c.definition, {_LABEL} AS label_zh, r.layout, r.source_url "
        "FROM observations o LEFT JOIN codebook c USING (indicator) "
        "LEFT JOIN reports r USING (office_id, report_year)",
    ),
    "panel_offices": (
        "The panel with the name, the level and the division of each office.",
        f"SELECT p.*, {_PLACE} FROM panel p LEFT JOIN offices USING (office_id)",
    ),
    "coverage_offices": (
        "The coverage with the name, the level and the division of each office.",
        f"SELECT c.*, {_PLACE} FROM coverage c LEFT JOIN offices USING (office_id)",
    ),
}
for _by in ("level", "province"):
    _VIEWS[f"coverage_by_{_by}"] = (
        f"How many offices of each {_by} have which status in each year.",
        f"SELECT {_by}, report_year, status, count(*) AS offices FROM coverage_offices "
        f"GROUP BY ALL ORDER BY {_by}, report_year, status",
    )
    _VIEWS[f"totals_by_{_by}"] = (
        f"Sums of the headline figures over the offices of each {_by}; __offices, how many state "
        "each; __inexact, how many of them only as at least, at most or about; __forms, as which "
        "forms, and no sum where these mean different things. By kind: the report of a government "
        "may cover all its bureaus (and, of another level, other governments), so that governments "
        "and organs are never to be added up together.",
        f"SELECT {_by}, kind, report_year, count(*) AS reports, {_SUMS} FROM panel_offices "
        f"GROUP BY {_by}, kind, report_year ORDER BY {_by}, kind, report_year",
    )


class ExportError(Exception):
    """The export cannot be made; the message says what is missing."""


def export_duckdb(data_dir: Path, path: Path, *, copy: bool = False) -> Path:
    """Write a DuckDB file with every table, its column comments, and views.

    copy: copy the rows of a partitioned dataset too, so that the file needs nothing else.

    Raises:
        ExportError: DuckDB is not installed, or cannot write there.
        datasets.tables.NoDataset: nothing was built yet, or a table cannot be read.
    """
    if importlib.util.find_spec("duckdb") is None:
        raise ExportError("DuckDB is not installed: pip install 'gongkai[formats]'.")
    import duckdb

    for table in tables():
        open_with(data_dir, table)  # DuckDB would name a missing column without saying why
    sources = {table: table_path(data_dir.absolute(), table) for table in tables()}
    path.parent.mkdir(parents=True, exist_ok=True)
    staging = path.with_name(path.name + ".part")
    staging.unlink(missing_ok=True)
    try:
        database = duckdb.connect(str(staging))
    except duckdb.Error as error:
        raise ExportError(f"{path} cannot be written: {' '.join(str(error).split())}.") from error
    try:
        with database as connection:
            _fill(connection, sources, copy)
    except duckdb.Error as error:
        staging.unlink(missing_ok=True)
        raise unreadable(data_dir, dataset_folder(data_dir), error) from error
    return staging.replace(path)


def _fill(connection: Any, sources: Mapping[str, Path], copy: bool) -> None:
    """Make the tables, with their comments, and the views over them."""
    # Times are stored in UTC; shown in another zone they would not match the Parquet files.
    connection.execute("SET TimeZone = 'UTC'")
    for table, source in sources.items():
        kind = "TABLE" if copy or source.is_file() else "VIEW"
        rows = _rows(table, source)
        connection.execute(f"CREATE {kind} {table} AS {rows}")
        connection.execute(f"COMMENT ON {kind} {table} IS {_quoted(tables()[table])}")
        for column in columns(table):
            unit = f" [{column.unit}]" if column.unit else ""
            words = _quoted(column.description + unit)
            connection.execute(f'COMMENT ON COLUMN {table}."{column.name}" IS {words}')
    for name, (words, query) in _VIEWS.items():
        connection.execute(f"CREATE VIEW {name} AS {query}")
        connection.execute(f"COMMENT ON VIEW {name} IS {_quoted(words)}")


def _rows(table: str, source: Path) -> str:
    """The query that gives the rows of `table` from its file or files."""
    if source.is_file():
        return f"SELECT * FROM read_parquet({_quoted(str(source))})"
    names = ", ".join(column.name for column in columns(table))
    files = _quoted(f"{source}/**/*.parquet")
    partition = partition_column(table)
    if partition is None:
        return f"SELECT {names} FROM read_parquet({files})"
    # Left to itself DuckDB would take the year in the folder's name for a large number.
    typed = f"hive_partitioning = true, hive_types = {{'{partition}': SMALLINT}}"
    return f"SELECT {names} FROM read_parquet({files}, {typed})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
