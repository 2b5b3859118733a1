"""The descriptions beside the files and the copies in other formats."""

import csv
import hashlib
import json
import re
import shutil
from pathlib import Path

import duckdb
import mlcroissant
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from frictionless import Package, system

from crawler.offices import load_offices
from datasets.build import build
from datasets.formats.csv_files import export_csv
from datasets.formats.duckdb_file import export_duckdb
from datasets.formats.files import table_files
from datasets.registry import columns, tables
from datasets.sources import source_digest
from datasets.tables import read_rows


def errors(descriptor: Path) -> list[str]:
    report = Package(str(descriptor)).validate()
    return [error.message for task in report.tasks for error in task.errors] + [
        error.message for error in report.errors
    ]


def test_the_data_package_is_valid_by_its_own_validator(sample_data: Path):
    path = sample_data / "dataset" / "datapackage.json"
    assert errors(path) == []
    described = json.loads(path.read_text("utf-8"))
    assert [one["title"] for one in described["resources"]] == list(tables())
    for resource in described["resources"]:
        names = [field["name"] for field in resource["schema"]["fields"]]
        assert names == [column.name for column in columns(resource["title"])]


def test_a_damaged_file_is_found_by_the_data_package(tmp_path: Path, sample_data: Path):
    for path in (sample_data / "dataset").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    damaged = tmp_path / "panel.parquet"
    damaged.write_bytes(damaged.read_bytes() + b"x")
    assert len(errors(tmp_path / "datapackage.json")) >= 1


def test_every_cell_of_the_csv_export_is_valid(tmp_path: Path, sample_data: Path):
    written = export_csv(sample_data, tmp_path / "csv")
    assert [path.stem for path in written] == list(tables())
    with system.use_context(trusted=True):
        assert errors(tmp_path / "csv" / "datapackage.json") == []


def test_a_wrong_cell_of_the_csv_export_is_found(tmp_path: Path, sample_data: Path):
    export_csv(sample_data, tmp_path)
    path = tmp_path / "coverage.csv"
    path.write_text(path.read_text("utf-8").replace('"parsed"', '"read"', 1), "utf-8")
    assert any("enum" in message for message in errors(tmp_path / "datapackage.json"))


def test_a_table_of_texts_of_many_lines_is_exported_and_counted(tmp_path: Path, sample_data: Path):
    """Of a country the texts are longer than any block that a reader takes at once."""
    (tmp_path / "dataset").mkdir()
    for path in (sample_data / "dataset").iterdir():
        shutil.copy(path, tmp_path / "dataset")
    path = tmp_path / "dataset" / "sections.parquet"
    data = pq.read_table(path)
    rows = data.to_pylist()
    for number, row in enumerate(rows):
        row["text"] = '第一行\n他说"不"，\n' * (100_000 if number == 3 else number)
    pq.write_table(pa.Table.from_pylist(rows, schema=data.schema), path)
    export_csv(tmp_path, tmp_path / "csv")
    assert (tmp_path / "csv" / "sections.csv").stat().st_size > 2 << 20
    counted = {file.table: file.rows for file in table_files(tmp_path / "csv", ".csv")}
    assert counted["sections"] == len(rows)
    assert counted == {file.table: file.rows for file in table_files(tmp_path / "dataset")}


def test_csv_keeps_zero_and_missing_apart(tmp_path: Path, sample_data: Path):
    export_csv(sample_data, tmp_path)
    with (tmp_path / "observations.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    read = read_rows(sample_data, "observations")
    assert len(rows) == len(read)
    for row, one in zip(rows, read, strict=True):
        assert (float(row["value"]) if row["value"] else None) == one["value"]
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z",
        next(csv.DictReader((tmp_path / "captures.csv").open(encoding="utf-8")))["fetched_at"],
    )


@pytest.fixture(params=["single", "partitioned"])
def described(request: pytest.FixtureRequest, tmp_path: Path, sample_data: Path) -> Path:
    """A data directory whose dataset is one file a table, or files by year."""
    if request.param == "single":
        return sample_data
    shutil.copytree(sample_data / "archive", tmp_path / "archive")
    build(tmp_path, load_offices(), arrangement="partitioned")
    return tmp_path


# Of the libraries that the validator uses.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_croissant_is_valid_by_its_own_validator_and_gives_every_row(described: Path):
    path = described / "dataset" / "croissant.json"
    dataset = mlcroissant.Dataset(str(path))
    assert dataset.metadata.ctx.issues.errors == set()
    assert [one.id for one in dataset.metadata.record_sets] == list(tables())
    for table in tables():
        rows = list(dataset.records(table))
        assert len(rows) == len(read_rows(described, table))
        if rows:
            assert set(rows[0]) == {f"{table}/{column.name}" for column in columns(table)}
    years = [row["reports/report_year"] for row in dataset.records("reports")]
    assert sorted(years) == [2014, *range(2017, 2024)]


def test_croissant_has_the_digests_of_the_data_package(sample_data: Path):
    folder = sample_data / "dataset"
    described = json.loads((folder / "croissant.json").read_text("utf-8"))
    files = {one["@id"]: one for one in described["distribution"]}
    resources = json.loads((folder / "datapackage.json").read_text("utf-8"))["resources"]
    assert {one["path"] for one in resources} == set(files)
    for resource in resources:
        assert resource["hash"] == f"sha256:{files[resource['path']]['sha256']}"


def test_the_fingerprint_is_what_sha256sum_gives(described: Path):
    folder = described / "dataset"
    paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet"))
    lines = "".join(
        f"{hashlib.sha256((folder / path).read_bytes()).hexdigest()}  {path}\n" for path in paths
    )
    expected = hashlib.sha256(lines.encode()).hexdigest()
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    assert package["fingerprint"] == f"sha256:{expected}"
    for name in ("CITATION.cff", "DATASET.md"):
        assert expected in (folder / name).read_text("utf-8")
    assert expected[:16] in (folder / "croissant.json").read_text("utf-8")


def test_the_page_beside_the_files_tells_coverage_and_breaks(sample_data: Path):
    text = (sample_data / "dataset" / "DATASET.md").read_text("utf-8")
    assert "| cn-371500-wsb | parsed | empty page | empty page | parsed |" in text
    assert "newest capture 2024-03-01" in text
    assert "`normative_documents_in_force`" in text
    for table in tables():
        assert f"`{table}.parquet`" in text


def test_the_citation_names_version_and_day(sample_data: Path):
    text = (sample_data / "dataset" / "CITATION.cff").read_text("utf-8")
    assert text.startswith("cff-version: 1.2.0\n")
    assert "date-released: 2024-03-01" in text


def test_descriptions_are_the_same_for_the_same_archive(sample_data: Path):
    names = ["datapackage.json", "croissant.json", "DATASET.md", "CITATION.cff"]
    before = [(sample_data / "dataset" / name).read_bytes() for name in names]
    build(sample_data, load_offices())
    assert [(sample_data / "dataset" / name).read_bytes() for name in names] == before


def test_the_duckdb_file_has_every_table_with_comments_and_views(tmp_path: Path, sample_data: Path):
    path = export_duckdb(sample_data, tmp_path / "gongkai.duckdb")
    export_duckdb(sample_data, path)  # replaces it
    with duckdb.connect(str(path), read_only=True) as connection:
        for table in tables():
            (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
            assert count == len(read_rows(sample_data, table))
        (comment,) = connection.execute(
            "SELECT comment FROM duckdb_columns() WHERE table_name = 'observations' "
            "AND column_name = 'qualifier'"
        ).fetchone()
        assert "how exactly" in comment
        missing = connection.execute("SELECT report_year FROM missing_years ORDER BY 1").fetchall()
        assert missing == [(2015,), (2016,)]
        labels = connection.execute(
            "SELECT DISTINCT report_year, label_zh FROM figures WHERE source = 'table' AND "
            "indicator IN ('normative_documents.new_made', 'applications.other.other') ORDER BY ALL"
        ).fetchall()
        made = "第二十条第（一）项 / 规范性文件 / 本年新制作数量"
        other = "（六）其他处理 / 3.其他"
        assert labels == [
            (2019, made),
            (2020, made),
            *((year, other) for year in range(2021, 2024)),
        ]
        assert connection.execute("SELECT * FROM figures WHERE label_zh IS NULL").fetchall() == []
        for view in ("headline", "breaks", "figures"):
            (count,) = connection.execute(f"SELECT count(*) FROM {view}").fetchone()
            assert count > 0


@pytest.mark.parametrize("name", ["datapackage.json", "croissant.json", "DATASET.md"])
def test_descriptions_have_no_path_of_this_machine(sample_data: Path, name: str):
    text = (sample_data / "dataset" / name).read_text("utf-8")
    assert str(sample_data) not in text


def test_every_description_says_who_made_it_and_what_may_be_done(
    sample_data: Path, repository: Path
):
    """As the project's own citation says; of the reports themselves no licence is given."""
    folder = sample_data / "dataset"
    own = yaml.safe_load((repository / "CITATION.cff").read_text("utf-8"))
    cited = yaml.safe_load((folder / "CITATION.cff").read_text("utf-8"))
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    described = json.loads((folder / "croissant.json").read_text("utf-8"))
    (author,) = own["authors"]
    assert cited["authors"] == own["authors"]
    assert described["creator"]["name"] == author["name"]
    assert [one["title"] for one in package["contributors"]] == [author["name"]]
    assert cited["license"] == own["license"] == package["licenses"][0]["name"] == "MIT"
    assert described["license"] == package["licenses"][0]["path"]
    page = (folder / "DATASET.md").read_text("utf-8")
    for words in (described["usageInfo"], package["rights"], page):
        assert "nothing is licensed of them here" in words


def test_every_description_names_the_state_of_the_code(sample_data: Path):
    folder = sample_data / "dataset"
    digest = source_digest()
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    assert package["code_digest"] == f"sha256:{digest}"
    assert (
        pq.read_schema(folder / "panel.parquet").metadata[b"code_digest"].decode().endswith(digest)
    )
    for name in ("CITATION.cff", "DATASET.md"):
        assert digest[:12] in (folder / name).read_text("utf-8")
