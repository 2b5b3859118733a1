"""What follows a crawl: the build, what differs, what is new among the findings."""

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.offices import load_offices
from datasets.build import build
from gongkai.exit_codes import ExitCode
from gongkai.update_steps import build_compare_check

LATER = dt.datetime(2024, 4, 1, tzinfo=dt.UTC)


@pytest.fixture
def data_dir(tmp_path: Path, sample_data: Path) -> Path:
    return Path(shutil.copytree(sample_data, tmp_path / "data"))


def test_nothing_new_is_nothing_to_say(data_dir: Path, capsys: pytest.CaptureFixture[str]):
    assert build_compare_check(data_dir) == ExitCode.OK
    printed = capsys.readouterr().out
    assert "No figure, report or coverage differs." in printed
    assert "new warning" not in printed


def test_a_broken_figure_is_told_with_its_new_error(
    data_dir: Path,
    site: Path,
    archive_site: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
):
    own = next(one for one in site.rglob("doc_65ad*.html"))
    page = own.read_text("utf-8")
    start = page.index(">2<", page.index("（一）予以公开"))
    own.write_text(page[:start] + ">5<" + page[start + 3 :], "utf-8")
    archive_site(data_dir, site, LATER, own.name)
    assert build_compare_check(data_dir) == ExitCode.PARTIAL
    printed = " ".join(capsys.readouterr().out.split())
    assert "applications.granted natural_person" in printed
    assert "new error" in printed
    # The error is known now; the page still says it, and the next update does not fail for it.
    assert build_compare_check(data_dir) == ExitCode.OK


def test_a_build_compares_with_the_dataset_before_it(
    data_dir: Path, site: Path, archive_site: Callable[..., None]
):
    (own,) = site.rglob("doc_5c9c*.html")
    page = own.read_text("utf-8")
    start = page.index(">1<", page.index("收到政府信息公开申请"))
    own.write_text(page[:start] + ">4<" + page[start + 3 :], "utf-8")
    archive_site(data_dir, site, LATER, own.name)
    summary = build(data_dir, load_offices(), compare=True)
    assert summary.difference is not None
    changed = {one.indicator for one in summary.difference.figures}
    assert "applications.received" in changed
    assert {one.report_year for one in summary.difference.figures} == {2018}


def test_a_first_build_has_nothing_to_compare_with(tmp_path: Path, sample_data: Path):
    shutil.copytree(sample_data / "archive", tmp_path / "archive")
    assert build(tmp_path, load_offices(), compare=True).difference is None


def test_a_dataset_of_another_time_that_cannot_be_compared_does_not_stop_a_build(data_dir: Path):
    (data_dir / "dataset" / "coverage.parquet").unlink()
    summary = build(data_dir, load_offices(), compare=True)
    assert summary.published
    assert summary.difference is None
