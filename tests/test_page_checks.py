"""The checks of pages themselves: what `pytest --pages DIR` accepts, refuses and writes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    done = check(tmp_path / "nowhere")
    assert done.returncode == 4
    assert "there is no such folder" in done.stderr
