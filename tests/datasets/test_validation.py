"""What departs from the registry is found in the published files."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datasets.formats.datapackage import datapackage
from datasets.formats.files import table_files
from datasets.registry import Column, columns, tables
from datasets.validation import _violations, violations


def describe(data_dir: Path) -> None:
    """What was changed is what the descriptor lists: only the tables themselves are judged."""
    folder = data_dir / "dataset"
    (folder / "datapackage.json").write_text(datapackage(table_files(folder), None), "utf-8")


@pytest.fixture
def tampered(tmp_path: Path, sample_data: Path) -> Callable[..., list[str]]:
    """Change one table of a copy of the dataset and give what is found."""
    shutil.copytree(sample_data / "dataset", tmp_path / "dataset")

    def change(table: str, alter: Callable[[pa.Table], pa.Table]) -> list[str]:
        path = tmp_path / "dataset" / f"{table}.parquet"
        pq.write_table(alter(pq.read_table(path)), path)
        describe(tmp_path)
        return violations(tmp_path)

    return change


def with_cell(column: str, value: Any, row: int = 0) -> Callable[[pa.Table], pa.Table]:
    def alter(data: pa.Table) -> pa.Table:
        index = data.column_names.index(column)
        cells = data.column(column).to_pylist()
        cells[row] = value
        field = data.schema.field(column).with_nullable(True)
        return data.set_column(index, field, pa.array(cells, type=field.type))

    return alter


def without_a_reported_value(data: pa.Table) -> pa.Table:
    row = data.column("status").to_pylist().index("reported")
    return with_cell("value", None, row)(data)


def with_none_that_are_some(data: pa.Table) -> pa.Table:
    row = data.column("status").to_pylist().index("reported_none")
    return with_cell("value", 4.0, row)(data)


def without_metadata(data: pa.Table) -> pa.Table:
    fields = [field.remove_metadata() if field.name == "unit" else field for field in data.schema]
    return data.cast(pa.schema(fields, metadata=data.schema.metadata))


def with_other_unit(data: pa.Table) -> pa.Table:
    fields = [
        field.with_metadata({**field.metadata, b"unit": b"yuan"})
        if field.name == "value"
        else field
        for field in data.schema
    ]
    return data.cast(pa.schema(fields, metadata=data.schema.metadata))


def shuffled(data: pa.Table) -> pa.Table:
    return data.take([*range(40, data.num_rows), *range(40)])


@pytest.mark.parametrize(
    ("table", "alter", "words"),
    [
        ("reports", with_cell("layout_reason", None), "column layout_reason is null in 1 rows"),
        (
            "observations",
            with_none_that_are_some,
            "1 rows of status reported_none have another value than 0",
        ),
        ("reports", with_cell("status", "read"), "column status holds read"),
        ("coverage", with_cell("report_year", 2023), "1 rows repeat the key"),
        ("observations", with_cell("unit", "CNY_10k", 5), "is in CNY_10k, not in count"),
        ("observations", with_cell("indicator", "applications.grants"), "is not in the registry"),
        ("observations", without_a_reported_value, "1 rows of status reported lack a value"),
        ("observations", without_metadata, "column unit carries no description"),
        ("panel", lambda data: data.drop_columns(["granted_share"]), "granted_share is missing"),
        (
            "panel",
            lambda data: data.append_column("extra", pa.array([1] * data.num_rows)),
            "column extra is not in the registry",
        ),
        ("observations", with_other_unit, "column value carries no unit, or another than as unit"),
        ("coverage", with_cell("status", None, 4), "column status is null in 1 rows"),
        ("findings", with_cell("severity", "grave", 2), "column severity holds grave"),
        ("panel", with_cell("granted_share__status", "guessed"), "__status holds guessed"),
        (
            "panel",
            with_cell("applications_received", None, 3),
            "1 rows of applications_received__status",
        ),
        (
            "panel",
            with_cell("granted_share__status", "computed"),
            "1 rows of granted_share__status say",
        ),
        (
            "captures",
            lambda data: pa.concat_tables([data, data]),
            " rows repeat the key office_id, url",
        ),
        ("sections", shuffled, "rows stand out of the order of office_id and report_year"),
        (
            "panel",
            lambda data: data.set_column(
                1, "report_year", data.column("report_year").cast(pa.int64())
            ),
            "column report_year is int64, not int16",
        ),
    ],
)
def test_a_departure_is_named(tampered, table, alter, words):
    found = tampered(table, alter)
    assert any(one.startswith(f"{table}: ") and words in one for one in found), found


def test_an_untouched_copy_departs_in_nothing(tampered):
    assert tampered("panel", lambda data: data) == []


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("panel", "panel has 7 rows, and there are 8 reports"),
        ("observations", r"observations has \d+ rows, and the reports count \d+"),
    ],
)
def test_rows_that_are_not_there_are_missed(tampered, table: str, sentence: str):
    (found,) = tampered(table, lambda data: data.slice(1))
    assert re.fullmatch(sentence, found)


def test_keys_are_told_apart_over_row_groups(tmp_path: Path, country: Path):
    """A key that comes back in the next row group is found; sixty offices are not mixed up."""
    shutil.copytree(country / "dataset", tmp_path / "dataset")
    assert violations(tmp_path) == []
    path = tmp_path / "dataset" / "observations.parquet"
    whole = pq.read_table(path)
    twice = pa.concat_tables([whole.slice(0, 1040), whole.slice(1039, 2), whole.slice(1040)])
    pq.write_table(twice, path, row_group_size=1040)
    describe(tmp_path)
    assert violations(tmp_path) == [
        "observations: 2 rows repeat the key office_id, report_year, indicator, applicant, source"
    ]


def test_a_dataset_by_years_keeps_its_order_too(tmp_path: Path, country: Path):
    shutil.copytree(country / "dataset", tmp_path / "dataset")
    path = tmp_path / "dataset" / "reports.parquet"
    rows = pq.read_table(path).sort_by([("report_year", "ascending"), ("office_id", "ascending")])
    pq.write_table(rows, path)
    describe(tmp_path)
    assert violations(tmp_path) == []


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (
            lambda folder: (folder / "panel.parquet").write_bytes(
                (folder / "reports.parquet").read_bytes()
            ),
            "panel.parquet is not the file that datapackage.json describes",
        ),
        (
            lambda folder: (folder / "findings.parquet").unlink(),
            "findings.parquet is described in datapackage.json and is not there",
        ),
        (
            lambda folder: shutil.copy(folder / "panel.parquet", folder / "copy.parquet"),
            "copy.parquet is not described in datapackage.json",
        ),
        (
            lambda folder: (folder / "datapackage.json").unlink(),
            "datapackage.json does not describe the files (FileNotFoundError",
        ),
        (
            lambda folder: (folder / "datapackage.json").write_text("[]"),
            "datapackage.json does not describe the files (TypeError",
        ),
    ],
)
def test_files_that_are_not_those_described_are_named(
    tmp_path: Path, sample_data: Path, spoil: Callable[[Path], object], sentence: str
):
    shutil.copytree(sample_data / "dataset", tmp_path / "dataset")
    assert violations(tmp_path) == []
    spoil(tmp_path / "dataset")
    assert any(one.startswith(sentence) for one in violations(tmp_path))


MEASURED = """
import resource, sys
from pathlib import Path
from datasets.validation import violations
assert violations(Path(sys.argv[1])) == []
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_does_not_grow_with_the_rows(
    tmp_path: Path, sample_data: Path, make_country: Callable[..., None]
):
    peaks = []
    for offices in (60, 600):
        data_dir = tmp_path / str(offices)
        make_country(data_dir, sample_data, offices)
        command = [sys.executable, "-c", MEASURED, str(data_dir)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        peaks.append(int(done.stdout))
    rows = pq.read_metadata(tmp_path / "600" / "dataset" / "observations.parquet")
    assert rows.num_rows > 500_000
    # Read whole, the rows that joined take some 400 megabytes.
    assert peaks[1] - peaks[0] < 120_000, peaks


Alteration = Callable[[pa.Table], pa.Table]


def with_field(name: str, change: Callable[[pa.Field], pa.Field]) -> Alteration:
    def alter(data: pa.Table) -> pa.Table:
        fields = [change(field) if field.name == name else field for field in data.schema]
        return data.cast(pa.schema(fields, metadata=data.schema.metadata))

    return alter


def saying(key: bytes, text: bytes | None) -> Callable[[pa.Field], pa.Field]:
    """Changes what a field says of itself; None takes it away."""

    def change(field: pa.Field) -> pa.Field:
        said = {name: words for name, words in field.metadata.items() if name != key}
        return field.with_metadata(said | ({key: text} if text is not None else {}))

    return change


def departures_from(column: Column, rows: int) -> Iterator[tuple[str, Alteration]]:
    """Everything that can be wrong with a column, and what is wrong then."""
    name = column.name
    yield "column is missing", lambda data: data.drop_columns([name])
    yield "no description", with_field(name, saying(b"description", None))
    yield "another description", with_field(name, saying(b"description", b"something else"))
    if column.unit:
        yield "no unit", with_field(name, saying(b"unit", None))
        yield "another unit", with_field(name, saying(b"unit", b"bushels"))
    if column.values:
        yield "other values", with_field(name, saying(b"values", b"a b"))
    if not column.nullable:
        yield "says it may be null", with_field(name, lambda field: field.with_nullable(True))
        if rows:
            yield "a null", with_cell(name, None)
    if rows and column.values:
        yield "a value that is not listed", with_cell(name, "unlisted")
    if rows and column.type == "float64":
        yield "a number that is none", with_cell(name, float("nan"))


@pytest.mark.parametrize("table", tables())
def test_whatever_is_wrong_with_a_column_is_found(tmp_path: Path, sample_data: Path, table: str):
    folder = tmp_path / "dataset"
    shutil.copytree(sample_data / "dataset", folder)
    path = folder / f"{table}.parquet"
    whole = pq.read_table(path)
    assert list(_violations(tmp_path, table)) == []
    missed = []
    # Of the panel one harmonised column of each kind, with its companions, stands for the others.
    for column in columns(table)[:40]:
        for words, alter in departures_from(column, whole.num_rows):
            pq.write_table(alter(whole), path)
            if not list(_violations(tmp_path, table)):
                missed.append(f"{column.name}: {words}")
    pq.write_table(whole.append_column("extra", pa.array([1] * whole.num_rows)), path)
    if not list(_violations(tmp_path, table)):
        missed.append("a column that is not described")
    assert missed == []
