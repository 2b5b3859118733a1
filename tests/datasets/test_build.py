"""From an archive to the tables: the sample site, changed sites, broken archives."""

import csv
import datetime as dt
import errno
import hashlib
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import gongkai
from crawler.offices import load_offices
from crawler.sample_site import CHANNEL, PAGES, REPORTS, TRUTH
from datasets import writing
from datasets.build import BuildBusy, NothingToBuild, build
from datasets.registry import tables
from datasets.schemas import arrow_schema
from datasets.tables import NoDataset, read_rows
from datasets.validation import violations
from datasets.writing import recover
from gongkai.app import app
from gongkai.exit_codes import ExitCode

LATER = dt.datetime(2024, 4, 1, tzinfo=dt.UTC)
OFFICE = "cn-371500-wsb"


def digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob("*.parquet"))
    }


def test_every_table_is_there_and_keeps_what_the_registry_says(sample_data: Path):
    assert set(digests(sample_data / "dataset")) == {f"{table}.parquet" for table in tables()}
    assert violations(sample_data) == []


def test_the_reports_are_those_that_were_read_by_hand(sample_data: Path):
    with REPORTS.open(encoding="utf-8") as file:
        expected = {int(row["report_year"]): row for row in csv.DictReader(file)}
    rows = {row["report_year"]: row for row in read_rows(sample_data, "reports")}
    assert sorted(rows) == sorted(expected) == [2014, *range(2017, 2024)]
    for year, truth in expected.items():
        row = rows[year]
        assert row["layout"] == truth["layout"]
        assert row["n_sections"] == int(truth["sections"])
        assert str(row["published_on"] or "") == truth["published_on"]
        assert str(row["period_start"]) == truth["period_start"]
        assert str(row["period_end"]) == truth["period_end"]


def test_the_figures_are_those_that_were_read_by_hand(sample_data: Path):
    with TRUTH.open(encoding="utf-8") as file:
        expected = {
            (int(one["report_year"]), one["indicator"], one["applicant"] or None, one["source"]): (
                float(one["value"]) if one["value"] else None,
                one["status"],
            )
            for one in csv.DictReader(file)
        }
    read = {
        (row["report_year"], row["indicator"], row["applicant"], row["source"]): (
            row["value"],
            row["status"],
        )
        for row in read_rows(sample_data, "observations")
    }
    assert {key: read.get(key) for key in expected} == expected


def test_the_report_that_stands_twice_is_one_with_every_copy_told(sample_data: Path):
    documents = [row for row in read_rows(sample_data, "documents") if row["report_year"] == 2022]
    assert len({row["url"] for row in documents}) == 3
    assert sum(row["is_chosen"] for row in documents) == 1
    own = [row for row in documents if not row["url"].endswith(CHANNEL)]
    assert len({row["capture_id"] for row in own}) == 2
    (chosen,) = (row for row in documents if row["is_chosen"])
    assert chosen in own


def test_coverage_of_the_sample_site(sample_data: Path):
    covered = {row["report_year"]: row for row in read_rows(sample_data, "coverage")}
    assert sorted(covered) == list(range(2014, 2024))
    missing = {year for year, row in covered.items() if row["status"] != "parsed"}
    assert missing == {2015, 2016}
    for year in missing:
        assert covered[year]["status"] == "empty_page"
        assert "8 documents titled 政府信息公开工作年度报告" in covered[year]["evidence"]
        assert "between the reports of 2017 and 2014" in covered[year]["evidence"]


def test_zero_and_missing_stay_apart_in_the_panel(sample_data: Path):
    panel = gongkai.load("panel", data=sample_data).set_index("report_year")
    received = panel["applications_received"]
    assert received.loc[[2014, 2017, 2018, 2019, 2020, 2021, 2022, 2023]].tolist() == [
        0, 1, 1, 2, 1, 0, 0, 3,
    ]  # fmt: skip
    assert panel.loc[2019, "applications_granted__status"] == "blank"
    assert panel["applications_granted"].isna().loc[2019]
    assert panel.loc[2021, "applications_granted"] == 0
    assert panel.loc[2021, "normative_documents_made__vs_previous"] == "redefined"
    assert str(received.dtype) == "Float64"


def test_the_same_archive_gives_the_same_bytes(tmp_path: Path, sample_data: Path):
    shutil.copytree(sample_data / "archive", tmp_path / "archive")
    shutil.rmtree(tmp_path / "dataset", ignore_errors=True)
    build(tmp_path, load_offices())
    assert digests(tmp_path / "dataset") == digests(sample_data / "dataset")
    build(tmp_path, load_offices())
    assert digests(tmp_path / "dataset") == digests(sample_data / "dataset")


def test_descriptions_units_and_versions_ride_in_the_files(sample_data: Path):
    schema = pq.read_schema(sample_data / "dataset" / "observations.parquet")
    assert b"how exactly" in schema.field("qualifier").metadata[b"description"]
    assert schema.metadata[b"schema_version"]
    assert schema.metadata[b"code_version"]
    frame = gongkai.load("panel", data=sample_data)
    assert frame.attrs["columns"]["applications_received"]["unit"] == "count"


def changed(site: Path, old: str, new: str, only: str) -> int:
    count = 0
    for path in site.rglob(only):
        text = path.read_text("utf-8")
        if old in text:
            path.write_text(text.replace(old, new), "utf-8")
            count += 1
    return count


def test_one_changed_figure_is_one_revision(
    tmp_path: Path, site: Path, archive_site: Callable[..., None]
):
    archive_site(tmp_path, site)
    own = sorted(
        path for path in site.rglob("doc_*.html") if "2018年政府信息公开" in path.read_text("utf-8")
    )
    assert changed(site, "收到", "收 到", own[0].name) == 1  # other bytes, the same words
    archive_site(tmp_path, site, LATER, own[0].name)
    build(tmp_path, load_offices())
    assert read_rows(tmp_path, "revisions") == []
    table = next(one for one in site.rglob("doc_*.html") if ">2023年政府" in one.read_text("utf-8"))
    page = table.read_text("utf-8")
    place = page.index("（一）予以公开")
    start = page.index(">2<", place)
    table.write_text(page[:start] + ">5<" + page[start + 3 :], "utf-8")
    archive_site(tmp_path, site, LATER, table.name)
    build(tmp_path, load_offices())
    (revision,) = read_rows(tmp_path, "revisions")
    assert revision["report_year"] == 2023
    assert revision["indicator"] == "applications.granted"
    assert (revision["old_value"], revision["new_value"]) == (2.0, 5.0)
    rules = {row["rule"] for row in read_rows(tmp_path, "findings") if row["report_year"] == 2023}
    assert "copies-disagree" in rules  # the channel page still says 2


def test_expectations_that_fail_keep_the_dataset_in_place(tmp_path: Path, sample_data: Path):
    shutil.copytree(sample_data, tmp_path, dirs_exist_ok=True)
    office = load_offices()[OFFICE]
    strict = replace(office, expected=replace(office.expected, required_years=(2015,)))
    before = digests(tmp_path / "dataset")
    # What the dataset in place fails too is no reason to keep it.
    summary = build(tmp_path, {OFFICE: strict})
    assert summary.published
    assert [one for one in summary.failed_expectations if "2015" in one]
    (path,) = (tmp_path / "archive" / OFFICE).glob("*.warc.gz")
    path.write_bytes(path.read_bytes()[:20_000])
    (tmp_path / "archive" / OFFICE / "index.sqlite").unlink()
    summary = build(tmp_path, load_offices())
    assert not summary.published
    assert summary.failed_expectations
    assert digests(tmp_path / "dataset") == before
    assert summary.folder.name == "dataset-rejected"
    assert build(tmp_path, load_offices(), publish_anyway=True).published
    assert digests(tmp_path / "dataset") != before


def test_a_first_build_is_published_with_its_failed_expectations(
    tmp_path: Path, site: Path, archive_site: Callable[..., None]
):
    archive_site(tmp_path, site, only="doc_65ad*.html")
    summary = build(tmp_path, load_offices())
    assert summary.published
    assert any("2014 is required" in one for one in summary.failed_expectations)
    assert [row["report_year"] for row in read_rows(tmp_path, "reports")] == [2023]


def test_an_office_without_a_file_is_built_with_the_default_years(
    tmp_path: Path, archive_site: Callable[..., None]
):
    archive_site(tmp_path, PAGES, office="cn-000000-nobody")
    build(tmp_path, {})
    covered = read_rows(tmp_path, "coverage")
    assert [row["report_year"] for row in covered] == list(range(2014, 2024))


def test_an_empty_archive_is_one_sentence(tmp_path: Path):
    with pytest.raises(NothingToBuild, match="run `gongkai crawl"):
        build(tmp_path, load_offices())
    assert not (tmp_path / "dataset").exists()


def test_reading_before_a_build_is_one_sentence(tmp_path: Path):
    with pytest.raises(NoDataset, match="gongkai build"):
        gongkai.load("panel", data=tmp_path)
    with pytest.raises(NoDataset, match="there are reports, sections"):
        gongkai.load("panels", data=tmp_path)


_BUILD = """
import sys, time
from pathlib import Path
from crawler.offices import load_offices
from datasets.build import build
def told(office):
    print("building", flush=True)
    time.sleep(float(sys.argv[2]))
build(Path(sys.argv[1]), load_offices(), on_office=told)
"""


def started_build(data_dir: Path, pause: float) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", _BUILD, str(data_dir), str(pause)], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"building\n"
    return process


def folders(data_dir: Path) -> list[str]:
    return sorted(path.name for path in data_dir.iterdir() if path.is_dir())


def forget(data_dir: Path) -> None:
    """Make the next build read every page again."""
    shutil.rmtree(data_dir / ".build", ignore_errors=True)


@pytest.mark.faults
def test_a_second_build_waits_for_nobody_and_says_so(tmp_path: Path, sample_data: Path):
    shutil.copytree(sample_data, tmp_path, dirs_exist_ok=True)
    forget(tmp_path)
    before = digests(tmp_path / "dataset")
    with started_build(tmp_path, 60) as process:
        with pytest.raises(BuildBusy, match="Another build is writing into"):
            build(tmp_path, load_offices())
        process.kill()
    assert digests(tmp_path / "dataset") == before
    build(tmp_path, load_offices())
    assert digests(tmp_path / "dataset") == before
    assert folders(tmp_path) == [".build", "archive", "dataset"]


@pytest.mark.faults
def test_builds_killed_at_random_moments_leave_the_old_dataset_or_the_new_one(
    tmp_path: Path, sample_data: Path, site: Path, archive_site: Callable[..., None]
):
    data_dir = tmp_path / "data"
    shutil.copytree(sample_data, data_dir)
    old = digests(data_dir / "dataset")
    archive_site(data_dir, site, LATER, only="doc_65ad*.html")  # so that captures differ
    shutil.copytree(data_dir, tmp_path / "undisturbed")
    build(tmp_path / "undisturbed", load_offices())
    new = digests(tmp_path / "undisturbed" / "dataset")
    assert new != old
    chance = random.Random(20)
    for _ in range(20):
        forget(data_dir)
        with started_build(data_dir, 0) as process:
            time.sleep(chance.uniform(0, 0.5))
            process.kill()
        assert digests(data_dir / "dataset") in (old, new)
    build(data_dir, load_offices())
    assert digests(data_dir / "dataset") == new
    assert folders(data_dir) == [".build", "archive", "dataset"]


@pytest.mark.faults
def test_a_full_disk_leaves_the_dataset_in_place(
    tmp_path: Path, sample_data: Path, monkeypatch: pytest.MonkeyPatch
):
    shutil.copytree(sample_data, tmp_path, dirs_exist_ok=True)
    before = digests(tmp_path / "dataset")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("datasets.build.write_descriptions", full)
    done = CliRunner().invoke(app, ["build", "--data", str(tmp_path)])
    assert done.exit_code == ExitCode.PARTIAL
    assert "No space left on device" in done.output
    assert digests(tmp_path / "dataset") == before
    assert folders(tmp_path) == [".build", "archive", "dataset"]


@pytest.mark.parametrize("rows_per_group", [7, 100, 32_768])
@pytest.mark.parametrize("at_once", [1, 13, 1000])
def test_row_groups_do_not_depend_on_how_rows_arrive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows_per_group: int, at_once: int
):
    monkeypatch.setattr(writing, "ROWS_PER_GROUP", rows_per_group)
    schema = arrow_schema("findings")
    rows = [
        dict.fromkeys(schema.names)
        | {"office_id": f"cn-{number:04}", "rule": "r", "severity": "note", "message": "words"}
        for number in range(250)
    ]
    tables_in_turn = (
        pa.Table.from_pylist(rows[start : start + at_once], schema=schema)
        for start in range(0, len(rows), at_once)
    )
    assert writing.write_parquet(tmp_path / "findings.parquet", schema, tables_in_turn) == 250
    written = pq.ParquetFile(tmp_path / "findings.parquet")
    assert written.read().to_pylist() == rows
    sizes = [written.metadata.row_group(n).num_rows for n in range(written.num_row_groups)]
    assert sizes[:-1] == [rows_per_group] * (len(sizes) - 1)


def test_a_dataset_that_was_only_moved_aside_comes_back(tmp_path: Path, sample_data: Path):
    shutil.copytree(sample_data / "dataset", tmp_path / ".dataset-replaced")
    recover(tmp_path)
    assert digests(tmp_path / "dataset") == digests(sample_data / "dataset")
