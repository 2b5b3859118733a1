"""Every command that reads or writes says in one sentence what cannot be read or written."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import gongkai
from datasets.tables import NoDataset, NoSuchColumn
from gongkai.app import app
from gongkai.exit_codes import ExitCode

# Every command over a built dataset, as a person types it; {out} is a place to write to.
READING = [
    "show 2023",
    "compare",
    "compare 2019 2023 --all",
    "compare --figure applications_received",
    "coverage",
    "coverage --by province",
    "check",
    "explore --out {out}/x.html",
    "export csv {out}/csv",
    "export duckdb {out}/x.duckdb",
    "spot-check --export {out}/x.html",
    "spot-check --rate",
]

# Every option or argument that names a file to write.
WRITING = [
    "codebook --write {path}",
    "spot-check --export {path}",
    "explore --out {path}",
    "export csv {path}",
    "export duckdb {path}",
]


def run(line: str, data: Path | None = None) -> tuple[int, str]:
    arguments = line.split() + (["--data", str(data)] if data else [])
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, arguments, input="q\n")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def _no_file(path: Path) -> None:
    path.unlink()


def _no_parquet(path: Path) -> None:
    path.write_bytes(b"no parquet" * 100)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _cut_off(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def _pages_overwritten(path: Path) -> None:
    data = path.read_bytes()
    span = min(400, len(data) // 3)
    path.write_bytes(data[:4] + b"\xff" * span + data[4 + span :])


def _other_schema(path: Path) -> None:
    table = pq.read_table(path)
    said = dict(table.schema.metadata) | {b"schema_version": b"0.9.0"}
    dropped = [name for name in table.column_names if name not in _KEPT][:3]
    pq.write_table(table.drop_columns(dropped).replace_schema_metadata(said), path)


_KEPT = {"office_id", "report_year", "indicator", "rule", "severity", "message", "applicant"}


@pytest.mark.parametrize("line", READING)
@pytest.mark.parametrize(
    "damage", [_no_file, _no_parquet, _empty, _cut_off, _pages_overwritten, _other_schema]
)
def test_what_cannot_be_read_is_said_in_one_sentence(
    tmp_path: Path, sample_data: Path, damage: Callable[[Path], None], line: str
):
    shutil.copytree(sample_data / "dataset", tmp_path / "dataset")
    for path in (tmp_path / "dataset").glob("*.parquet"):
        damage(path)
    code, output = run(line.format(out=tmp_path), tmp_path)
    if damage is _other_schema and line == "check":  # it is there to say what departs
        assert (code, "is missing" in output) == (ExitCode.PARTIAL, True)
        return
    assert code == ExitCode.NOTHING_FOUND, output
    assert output.count("\n") == 1
    assert "gongkai build --data" in output


@pytest.mark.parametrize("damage", [_no_parquet, _other_schema])
def test_the_other_dataset_of_a_diff_is_named_when_it_cannot_be_read(
    tmp_path: Path, sample_data: Path, damage: Callable[[Path], None]
):
    shutil.copytree(sample_data / "dataset", tmp_path / "dataset")
    for path in (tmp_path / "dataset").glob("*.parquet"):
        damage(path)
    for line in (f"diff {sample_data} {tmp_path}", f"diff {tmp_path} {sample_data}"):
        code, output = run(line)
        assert (code, output.count("\n")) == (ExitCode.NOTHING_FOUND, 1)
        assert str(tmp_path) in output


def test_a_table_of_an_older_schema_says_so(tmp_path: Path, sample_data: Path):
    shutil.copytree(sample_data / "dataset", tmp_path / "dataset")
    _other_schema(tmp_path / "dataset" / "panel.parquet")
    code, output = run("compare", tmp_path)
    assert code == ExitCode.NOTHING_FOUND
    assert "panel.parquet has no column office_name and 2 more: it was built with schema" in output
    assert "0.9.0" in output
    # What is asked for by name and is there can still be had.
    columns = ["report_year", "applications_received"]
    assert len(gongkai.load("panel", columns=columns, data=tmp_path)) == 8
    with pytest.raises(NoDataset, match=r"schema 0\.9\.0"):
        gongkai.load("panel", columns=["office_name"], data=tmp_path)


def test_a_misspelt_column_is_no_damaged_file(sample_data: Path):
    with pytest.raises(NoSuchColumn, match="no column office_nam; it has office_name"):
        gongkai.load("panel", columns=["office_nam"], data=sample_data)


@pytest.mark.parametrize("line", WRITING)
@pytest.mark.parametrize("place", ["missing/x", "file/x", "folder"])
def test_what_cannot_be_written_is_said_in_one_sentence(
    tmp_path: Path, sample_data: Path, line: str, place: str
):
    (tmp_path / "file").write_text("a file, not a folder")
    (tmp_path / "folder").mkdir()
    path = tmp_path / place
    code, output = run(line.format(path=path), None if "codebook" in line else sample_data)
    # Some make the folders that are missing; a folder is where CSV files go.
    if code == ExitCode.OK:
        assert path.exists()
        return
    assert (code, output.count("\n")) == (ExitCode.USAGE, 1), output
    assert f"{path} cannot be written: " in output
