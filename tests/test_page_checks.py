"""The checks of pages themselves: what `pytest --pages DIR` accepts, refuses and writes."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.archive.writing import ArchiveWriter

OFFICE = "cn-990000-test"
ROOT = Path(__file__).parents[1]
PAGE = ROOT / "tests" / "pages" / "style01-clean-form-2021.html"


def check(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, "--pages", str(folder), *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(PAGE, tmp_path / "page.html")
    return tmp_path


def test_pages_without_goldens_are_checked_and_left_without(folder: Path) -> None:
    done = check(folder)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout
    assert [path.name for path in folder.iterdir()] == ["page.html"]


def test_goldens_are_written_on_request_and_the_run_fails_for_review(folder: Path) -> None:
    done = check(folder, "--write-goldens")
    assert done.returncode == 1
    assert "review it against the page" in done.stdout
    assert check(folder).returncode == 0


def test_a_golden_that_differs_shows_the_figure(folder: Path) -> None:
    check(folder, "--write-goldens")
    page = folder / "page.html"
    page.write_bytes(page.read_bytes().replace("规章".encode(), "规 章 附".encode(), 1))
    done = check(folder)
    assert done.returncode == 1
    assert "regulations." in done.stdout


@pytest.mark.parametrize(("value", "code"), [("1", 0), ("2", 1)])
def test_a_partial_golden_compares_only_its_figures(folder: Path, value: str, code: int) -> None:
    (folder / "page.partial.csv").write_text(
        "report_year,indicator,applicant,source,value,status,qualifier\n"
        f"2022,regulations.in_force,,table,{value},reported,exact\n"
    )
    assert check(folder).returncode == code


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with an archive: a page, a revisit of it, a page in GBK, a PDF."""
    gbk = PAGE.read_text("utf-8").replace('charset="utf-8"', "").encode("gb18030")
    bodies = [
        ("1.html", PAGE.read_bytes(), "text/html; charset=utf-8"),
        ("again.html", PAGE.read_bytes(), "text/html; charset=utf-8"),
        ("2.html", gbk, "text/html; charset=GBK"),
        ("3.pdf", b"%PDF-1.7 ...", "application/pdf"),
    ]
    with ArchiveWriter(tmp_path / "archive", OFFICE, run={"software": "test"}) as writer:
        for name, body, content_type in bodies:
            writer.write_response(
                f"http://a.example/{name}",
                fetched_at=dt.datetime(2024, 3, 1, tzinfo=dt.UTC),
                header_block=f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n\r\n".encode(),
                body=body,
                kind="report",
            )
    return tmp_path


def test_every_payload_of_an_archive_is_checked_once_and_nothing_is_written(data: Path) -> None:
    before = sorted(path for path in data.rglob("*") if path.is_file())
    done = check(data, "-vv")
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout
    assert done.stdout.count(f"holds_together[{OFFICE}/") == 3
    assert sorted(path for path in data.rglob("*") if path.is_file()) == before


def test_a_capture_that_cannot_be_read_fails_by_name_and_the_others_are_checked(data: Path) -> None:
    (warc,) = (data / "archive" / OFFICE).glob("*.warc.gz")
    content = warc.read_bytes()
    middle = len(content) // 3
    warc.write_bytes(content[:middle] + bytes(64) + content[middle + 64 :])
    done = check(data)
    assert done.returncode == 1
    assert "1 failed, 2 passed" in done.stdout
    # pytest takes the folder of --pages for its root directory, and names the test from there.
    (failed,) = (line for line in done.stdout.splitlines() if line.startswith("FAILED "))
    assert f"tests/pages/test_pages.py::test_what_is_read_holds_together[{OFFICE}/" in failed


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    done = check(tmp_path / "nowhere")
    assert done.returncode == 4
    assert "there is no such folder" in done.stderr
