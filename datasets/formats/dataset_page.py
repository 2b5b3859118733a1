"""`DATASET.md`: what a person finds in the folder, generated beside the files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from datasets.formats.citation import RIGHTS, citation_text
from datasets.formats.files import TableFile, fingerprint
from datasets.registry import LAYOUT_PAIRS, comparability, panel_columns, tables
from datasets.schemas import SCHEMA_VERSION, code_version
from datasets.sources import source_digest
from datasets.tables import NoDataset, open_table, read_rows
from parsers.records import PARSER_VERSION

# A grid of more offices than this helps nobody on a page; they are counted instead.
_OFFICES_IN_GRID = 60


def dataset_page(folder: Path, files: list[TableFile], date: str | None) -> str:
    """The page as Markdown.

    folder: that holds the Parquet files. date: of the newest capture.
    """
    return "\n".join(_lines(folder, files, date)) + "\n"


def _lines(folder: Path, files: list[TableFile], date: str | None) -> Iterator[str]:
    yield "# The dataset in this folder"
    yield ""
    yield "Annual reports on open government information (政府信息公开工作年度报告), one row a"
    yield "report, a section, a figure; every figure with the words it was read from."
    yield ""
    yield f"Schema {SCHEMA_VERSION}, code {code_version()} (sha256 {source_digest()}),"
    yield f"parser {PARSER_VERSION};"
    yield f"newest capture {date or 'none'}. The same archive and code give the same bytes, and so"
    yield f"the same fingerprint: `{fingerprint(files)}`."
    yield ""
    yield "| file | rows | what it holds |"
    yield "|---|---:|---|"
    for table, group in groupby(files, key=lambda file: file.table):
        some = list(group)
        path = some[0].path if some[0].is_whole else f"{table}/"
        count = f" ({len(some)} file{'s' * (len(some) != 1)})" if not some[0].is_whole else ""
        yield f"| `{path}`{count} | {sum(file.rows for file in some)} | {tables()[table]} |"
    yield ""
    yield from _coverage(folder)
    yield ""
    yield "## Before comparing years"
    yield ""
    yield "- A zero is a zero that the report states. A blank cell, an unreadable one and a figure"
    yield "  that the form does not ask are null; `__status` beside each column says which."
    yield "- Three forms follow each other: prose until 2018, the national tables of 2019 and of"
    yield "  2021. `__vs_previous` says where a series is renamed or redefined. Redefined are:"
    for name, column in panel_columns().items():
        for pair in LAYOUT_PAIRS:
            found = comparability(name, *pair)
            if found.comparability == "redefined":
                yield f"  - `{name}` ({column.label_en}), {pair[0]} to {pair[1]}: {found.reason}."
    yield ""
    yield "## Reading it"
    yield ""
    yield "```python"
    yield "import pandas as pd"
    yield f'panel = pd.read_parquet("{_panel(files)}")'
    yield 'panel[["report_year", "applications_received", "applications_received__status"]]'
    yield "```"
    yield ""
    yield "`gongkai check` tells whether the files are still those that are described here."
    yield ""
    yield "Descriptions, units and labels of all columns are in the Parquet field metadata, in"
    yield "`datapackage.json` (Frictionless) and in `croissant.json` (Croissant 1.0)."
    yield ""
    yield RIGHTS
    yield ""
    yield f"Cite as: {citation_text(date, fingerprint(files))}"


def _panel(files: list[TableFile]) -> str:
    return next((file.path for file in files if file.table == "panel" and file.is_whole), "panel/")


def _coverage(folder: Path) -> Iterator[str]:
    try:
        coverage = open_table(folder, "coverage")
    except NoDataset:
        return
    counted: Counter[str] = Counter()
    offices: set[str] = set()
    years: set[int] = set()
    for batch in coverage.to_batches(columns=["office_id", "report_year", "status"]):
        offices.update(batch["office_id"].unique().to_pylist())
        years.update(batch["report_year"].unique().to_pylist())
        for one in batch["status"].value_counts().to_pylist():
            counted[one["values"]] += one["counts"]
    if not counted:
        return
    yield "## Coverage"
    yield ""
    if len(offices) > _OFFICES_IN_GRID:
        told = ", ".join(f"{count} {status}" for status, count in sorted(counted.items()))
        yield f"{len(offices)} offices, {min(years)} to {max(years)}: {told}."
        return
    rows = read_rows(folder, "coverage", columns=["office_id", "report_year", "status", "evidence"])
    rows.sort(key=lambda row: (row["office_id"], row["report_year"]))
    status = {(row["office_id"], row["report_year"]): row["status"] for row in rows}
    yield "| office | " + " | ".join(map(str, sorted(years))) + " |"
    yield "|---|" + "---|" * len(years)
    for office in sorted(offices):
        cells = (status.get((office, year), "").replace("_", " ") for year in sorted(years))
        yield f"| {office} | " + " | ".join(cells) + " |"
    missing = [row for row in rows if row["status"] != "parsed"]
    if missing:
        yield ""
    for row in missing:
        words = row["evidence"].replace("|", "\\|")
        yield f"- {row['office_id']} {row['report_year']}: {words}."
