"""`gongkai demo` from end to end, and the commands that the README gives."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import gongkai
from crawler import sample_site
from gongkai.commands.demo import PORT

ROOT = Path(__file__).parents[1]
GONGKAI = Path(sys.executable).with_name("gongkai")
OFFICE = "cn-371500-wsb-sample"
YEARS = [2014, 2017, 2018, 2019, 2020, 2021, 2022, 2023]
# What may differ between two builds of the same pages: where and when they were fetched.
OF_THE_CAPTURE = ["source_url", "captured_at", "n_copies", "supplemented", "n_findings"]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([GONGKAI, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data directory made by the demonstration, and what it printed."""
    data = tmp_path_factory.mktemp("demo") / "data"
    done = run("demo", "--data", data)
    assert done.returncode == 0, done.stdout + done.stderr
    return data, done.stdout


def reports_of(data: Path) -> pd.DataFrame:
    return gongkai.load("reports", data=data).drop(columns=OF_THE_CAPTURE)


def figures_of(data: Path) -> pd.DataFrame:
    return gongkai.load("observations", data=data)


def test_demo_gives_the_eight_reports_and_says_why_two_are_missing(demo: tuple[Path, str]) -> None:
    data, _ = demo
    reports = gongkai.load("reports", data=data)
    assert list(reports["report_year"]) == YEARS
    assert set(reports["office_id"]) == {OFFICE}
    coverage = gongkai.load("coverage", data=data).set_index("report_year")["status"]
    assert list(coverage.index) == list(range(2014, 2024))
    assert coverage[coverage != "parsed"].to_dict() == {2015: "empty_page", 2016: "empty_page"}


def test_demo_reads_what_the_pages_state(demo: tuple[Path, str]) -> None:
    truth = pd.read_csv(sample_site.TRUTH)
    key = ["report_year", "indicator", "applicant", "source"]
    read = figures_of(demo[0])[[*key, "value", "status"]]
    compared = truth[[*key, "value", "status"]].merge(
        read, on=key, how="outer", suffixes=("_true", "_read")
    )
    different = compared[
        (compared["status_true"] != compared["status_read"])
        | (compared["value_true"].fillna(-1) != compared["value_read"].fillna(-1))
    ]
    assert different.empty, different.to_string()


def test_demo_prints_the_comparison_and_where_the_files_are(demo: tuple[Path, str]) -> None:
    data, printed = demo
    for year in range(2014, 2024):
        assert re.search(rf"\b{year}\b", printed)
    assert re.search(r"Applications\W.*\b3\b", printed)
    for path in re.findall(rf"{re.escape(str(data))}\S*", printed):
        assert Path(path.rstrip(":,;")).exists()


def test_demo_again_changes_no_report_and_no_figure(demo: tuple[Path, str]) -> None:
    data, _ = demo
    reports, figures = reports_of(data), figures_of(data)
    done = run("demo", "--data", data)
    assert done.returncode == 0, done.stdout + done.stderr
    pd.testing.assert_frame_equal(reports_of(data), reports)
    pd.testing.assert_frame_equal(figures_of(data), figures)


def test_demo_gives_way_when_its_port_is_taken(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            other.bind((sample_site.LOOPBACK, PORT))
            other.listen()
        except OSError:
            pass  # taken already, which is what this needs
        done = run("demo", "--data", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f":{PORT} " not in done.stdout
    assert len(reports_of(tmp_path)) == len(YEARS)


def test_demo_says_what_is_wrong_with_its_directory(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a directory")
    done = run("demo", "--data", in_the_way)
    assert done.returncode != 0
    assert str(in_the_way) in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("year", "code", "words"), [("2015", 3, "empty_page"), ("1999", 3, "1999"), ("2023", 0, "3")]
)
def test_a_year_is_shown_or_its_absence_is_explained(
    demo: tuple[Path, str], year: str, code: int, words: str
) -> None:
    done = run("show", year, "applications.received", "--data", demo[0])
    assert done.returncode == code
    assert words in done.stdout + done.stderr


def commands_of_the_readme() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    return [block.replace("\\\n", " ").strip() for block in blocks]


def test_the_readme_gives_a_command_to_run_and_one_to_test() -> None:
    first, second = commands_of_the_readme()[:2]
    assert first.endswith(".venv/bin/gongkai demo")
    assert "-c constraints.txt" in first
    # What runs on every change is what the README tells people to run.
    assert (ROOT / ".ci" / "run").read_text("utf-8").rstrip().endswith(f"exec {second}")


def test_the_python_of_the_readme_runs_on_the_demonstration(
    demo: tuple[Path, str], tmp_path: Path
) -> None:
    (block,) = re.findall(
        r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL
    )
    # Each bare expression of the block is printed, as a notebook would.
    lines = [
        f"print({line.split('  #')[0]})" if re.match(r"received\[|gongkai\.", line) else line
        for line in block.splitlines()
    ]
    (tmp_path / "data").symlink_to(demo[0])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(lines)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    values = [
        r"0\.0",
        "<NA>",
        "<NA>",
        r"1\.0",
        r"1\.0",
        r"2\.0",
        r"1\.0",
        r"0\.0",
        r"0\.0",
        r"3\.0",
    ]
    for year, value in zip(range(2014, 2024), values, strict=True):
        assert re.search(rf"^{year} +{value}$", done.stdout, re.MULTILINE)
    assert re.search(r"2015 +<NA> +the site lists 8", done.stdout)
    assert re.search(r"2019 +renamed +the older outline", done.stdout)
    assert "table 2, row 4, column total" in done.stdout


def test_every_file_the_documents_point_to_is_there() -> None:
    for document in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text("utf-8")):
            if not re.match(r"[a-z]+:", target):
                assert (document.parent / target).exists(), f"{document.name}: {target}"
