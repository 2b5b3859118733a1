"""What departs from the registry is found in the published files."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datasets.validation import violations


@pytest.fixture
def tampered(tmp_path: Path, sample_data: Path) -> Callable[..., list[str]]:
    """Change one table of a copy of the dataset and give what is found."""
    shutil.copytree(sample_data / "dataset", tmp_path / "dataset")

    def change(table: str, alter: Callable[[pa.Table], pa.Table]) -> list[str]:
        path = tmp_path / "dataset" / f"{table}.parquet"
        pq.write_table(alter(pq.read_table(path)), path)
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


def without_metadata(data: pa.Table) -> pa.Table:
    fields = [field.remove_metadata() if field.name == "unit" else field for field in data.schema]
    return data.cast(pa.schema(fields, metadata=data.schema.metadata))


@pytest.mark.parametrize(
    ("table", "alter", "words"),
    [
        ("reports", with_cell("layout_reason", None), "column layout_reason is null in 1 rows"),
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
