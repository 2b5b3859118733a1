"""The snippets of docs/reading.md print what stands under them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from datasets.formats.csv_files import export_csv

PAGE = Path(__file__).parents[2] / "docs" / "reading.md"
SNIPPET = re.compile(r"```(python|r)\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)
SNIPPETS = SNIPPET.findall(PAGE.read_text("utf-8"))
PYTHON = [(code, output) for language, code, output in SNIPPETS if language == "python"]
R = [(code, output) for language, code, output in SNIPPETS if language == "r"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, sample_data: Path) -> Path:
    made = tmp_path_factory.mktemp("reader")
    shutil.copytree(sample_data / "dataset", made / "data" / "dataset")
    export_csv(sample_data, made / "csv")
    return made


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip("\n").splitlines()]


def test_every_snippet_of_the_page_is_found():
    text = PAGE.read_text("utf-8")
    assert len(PYTHON) == text.count("```python") >= 8
    assert len(R) == text.count("```r\n") == 2


@pytest.mark.parametrize(("code", "output"), PYTHON, ids=range(len(PYTHON)))
def test_a_python_snippet_prints_what_stands_under_it(folder: Path, code: str, output: str):
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False,
        env={"PYTHONUTF8": "1", "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert lines(done.stdout) == lines(output)


@pytest.mark.parametrize(("code", "output"), R, ids=range(len(R)))
def test_the_r_snippet_prints_what_stands_under_it(folder: Path, code: str, output: str):
    assert shutil.which("Rscript"), "this test needs R: tests/run.sh installs it on Debian"
    done = subprocess.run(
        ["Rscript", "--vanilla", "-e", code],
        cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert lines(done.stdout) == lines(output)
