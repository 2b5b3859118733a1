"""Judged figures become page tests: from a terminal session to `pytest --pages`."""

import csv
import datetime as dt
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pexpect
import pytest
from typer.testing import CliRunner

from crawler.archive.writing import ArchiveWriter
from crawler.offices import load_offices
from datasets.build import build
from datasets.goldens import COLUMNS, GoldenError, departures, read_golden, save_goldens
from datasets.tables import read_rows
from datasets.verdicts import Stated, save_verdict
from gongkai.app import app
from parsers import Document, Observation, Report

NOW = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
OFFICE = "cn-371500-wsb"
GONGKAI = Path(sys.executable).with_name("gongkai")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def data_dir(tmp_path: Path, sample_data: Path) -> Path:
    return Path(shutil.copytree(sample_data, tmp_path / "data"))


def figure(data_dir: Path, year: int, indicator: str, applicant: str | None = None) -> dict:
    (found,) = [
        row
        for row in read_rows(data_dir, "observations")
        if (row["report_year"], row["indicator"], row["applicant"]) == (year, indicator, applicant)
        and row["source"] == "table"
    ]
    return found


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0"]
    return subprocess.run(
        [*command, "--pages", str(folder)], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_a_session_at_a_terminal_ends_as_a_test_of_the_parser(data_dir: Path, tmp_path: Path):
    goldens = tmp_path / "goldens"
    arguments = ["spot-check", "--n", "6", "--seed", "4", "--data", str(data_dir)]
    environment = os.environ | {"COLUMNS": "100", "TERM": "xterm", "PYTHONUTF8": "1"}
    session = pexpect.spawn(str(GONGKAI), arguments, env=environment, encoding="utf-8", timeout=60)
    for _ in range(4):
        session.expect("uit")
        session.sendline("r")
    session.expect("uit")
    session.sendline("w")
    session.expect("What does the page state")
    session.sendline("a dozen")
    session.expect("is no figure")
    session.expect("What does the page state")
    session.sendline("987654")
    session.expect("A note")
    session.sendline("typed for this test")
    session.expect("uit")
    session.sendline("q")
    session.expect("4 right, 1 wrong, 0 unsure")
    session.expect(pexpect.EOF)
    session.close()
    assert session.exitstatus == 0

    done = CliRunner().invoke(
        app, ["spot-check", "--save-golden", str(goldens), "--data", str(data_dir)]
    )
    assert done.exit_code == 0, done.output
    assert "with 5 verified figures" in done.output
    assert "should be 987654 and is" in done.output

    checked = check(goldens)
    assert checked.returncode == 1, checked.stdout
    assert "should be 987654 and is" in checked.stdout
    assert checked.stdout.count("FAILED") == 1

    for path in goldens.glob("*.partial.csv"):
        lines = path.read_text("utf-8").splitlines()
        kept = [line for line in lines if ",987654," not in line]
        path.write_text("\n".join(kept) + "\n" if len(kept) > 1 else "", "utf-8")
        if len(kept) == 1:
            path.unlink()
    checked = check(goldens)
    assert checked.returncode == 0, checked.stdout


def test_the_page_is_saved_as_it_was_captured_and_read_so(data_dir: Path, tmp_path: Path):
    one = figure(data_dir, 2023, "applications.granted", "natural_person")
    save_verdict(data_dir, one, "right", NOW)
    saved = save_goldens(data_dir, tmp_path / "goldens")
    (page,) = saved.pages
    assert saved == type(saved)((page,), 1, (), ())
    assert page.name == f"{OFFICE}-{one['capture_id'][:12]}.html"
    assert one["capture_id"] == sha256(page)
    headers = page.with_suffix(".headers").read_text("latin-1")
    assert headers.startswith("Content-Type: text/html; charset=utf-8\nContent-Location: http")
    assert read_golden(page.with_name(page.stem + ".partial.csv")) == [
        dict(zip(COLUMNS, ["2023", "applications.granted", "natural_person", "table", "2",
                           "reported", "exact"], strict=True))
    ]  # fmt: skip


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("verdict", "right", "change", "words"),
    [
        ("unsure", None, {}, "the person was unsure"),
        ("wrong", None, {}, "nobody said what the page states"),
        ("right", None, {"correction": "said elsewhere"}, "a correction stands"),
        ("right", None, {"capture_id": "0" * 64}, "the archive has no such capture"),
        ("right", None, {"office_id": "cn-000000-gone"}, "the archive has no such capture"),
    ],
)
def test_what_gives_no_golden_is_named(data_dir, tmp_path, verdict, right, change, words):
    one = figure(data_dir, 2022, "applications.received", "total")
    save_verdict(data_dir, one | change, verdict, NOW, right=right)
    saved = save_goldens(data_dir, tmp_path / "goldens")
    assert (saved.pages, saved.figures) == ((), 0)
    (sentence,) = saved.left_out
    assert words in sentence
    done = CliRunner().invoke(
        app, ["spot-check", "--save-golden", str(tmp_path / "goldens"), "--data", str(data_dir)]
    )
    assert done.exit_code == 3
    assert words in done.output


def test_the_last_verdict_counts_and_a_golden_keeps_its_other_rows(data_dir, tmp_path):
    folder = tmp_path / "goldens"
    one = figure(data_dir, 2022, "applications.received", "total")
    other = figure(data_dir, 2022, "applications.concluded", "total")
    save_verdict(data_dir, one, "wrong", NOW, right=Stated(7.0, "reported"))
    assert len(save_goldens(data_dir, folder).to_fix) == 1
    save_verdict(data_dir, one, "right", NOW)
    assert save_goldens(data_dir, folder).to_fix == ()
    (data_dir / "spot-checks.csv").unlink()
    save_verdict(data_dir, other, "right", NOW)
    assert save_goldens(data_dir, folder).figures == 2
    assert save_goldens(data_dir, tmp_path / "none", offices=["cn-000000-none"]).pages == ()


def test_a_verdict_outlives_the_reading_it_was_given_on(data_dir, tmp_path):
    """What was judged right and is read otherwise by now is what a golden is for."""
    one = figure(data_dir, 2022, "applications.received", "total")
    save_verdict(data_dir, one | {"value": 3.0, "qualifier": "at_least"}, "right", NOW)
    saved = save_goldens(data_dir, tmp_path / "goldens")
    (sentence,) = saved.to_fix
    assert sentence.endswith("2022 applications.received total table should be at least 3 and is 0")


def test_a_year_that_only_the_link_tells_is_left_open(tmp_path: Path, sample_data: Path):
    page = (ROOT / "tests" / "pages" / "style01-clean-form-2021.html").read_bytes()
    undated = re.sub(rb"20[12]\d(?:\xe5\xb9\xb4)?(?=\D)", b"", page)  # with 年 where it follows
    with ArchiveWriter(tmp_path / "archive", OFFICE) as writer:
        writer.write_response(
            "http://127.0.0.1/report",
            fetched_at=NOW,
            header_block=b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n",
            body=undated,
            kind="report",
            link_text="2022年政府信息公开工作年度报告",
        )
    build(tmp_path, load_offices())
    one = figure(tmp_path, 2022, "regulations.in_force")
    assert "year-from-link" in {row["rule"] for row in read_rows(tmp_path, "findings")}
    save_verdict(tmp_path, one, "right", NOW)
    saved = save_goldens(tmp_path, tmp_path / "goldens")
    assert (saved.figures, saved.to_fix) == (1, ())
    with next((tmp_path / "goldens").glob("*.partial.csv")).open(newline="") as file:
        assert [row["report_year"] for row in csv.DictReader(file)] == [""]
    checked = check(tmp_path / "goldens")
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, []),
        ({"value": "0"}, ["2022 disclosure.items_published narrative should be at least 0 and is "
                          "at least 600"]),
        ({"qualifier": ""}, ["should be 600 and is at least 600"]),
        ({"status": "blank", "value": "", "qualifier": ""}, ["should be blank and is"]),
        ({"status": "absent", "value": "", "qualifier": ""}, ["should be absent and is"]),
        ({"status": "absent", "value": "", "qualifier": "", "source": "table"}, []),
        ({"report_year": "2021"}, ["should be at least 600 and is not read"]),
    ],
)  # fmt: skip
def test_a_golden_names_what_is_read_otherwise(
    observation: Callable[..., Observation], report: Callable[..., Report], change, words
):
    read = observation(
        "disclosure.items_published", 600.0, source="narrative", qualifier="at_least"
    )
    documents = [Document("report", "it has a title", None, None, report(2022, read))]
    row = dict(zip(COLUMNS, ["2022", read.indicator, "", "narrative", "600", "reported",
                             "at_least"], strict=True))  # fmt: skip
    found = departures([row | change], documents)
    assert len(found) == len(words)
    for sentence, part in zip(found, words, strict=True):
        assert part in sentence


def test_of_two_documents_of_a_year_one_has_to_read_it_so(observation, report):
    read = observation("applications.received", 3.0)
    documents = [
        Document("report", "", None, None, report(2022, replace(read, value=value)))
        for value in (3.0, 4.0)
    ]
    row = dict(zip(COLUMNS, ["2022", read.indicator, "total", "table", "3", "reported", ""],
                   strict=True))  # fmt: skip
    assert departures([row], documents) == []
    (sentence,) = departures([row | {"value": "5"}], documents)
    assert sentence.endswith("is 3 and 4")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no row"),
        (",".join(COLUMNS) + "\n", "has no row"),
        ("year,value\n1,2\n", "columns"),
    ],
)
def test_a_golden_that_cannot_be_used_is_named(data_dir, tmp_path, text, words):
    one = figure(data_dir, 2022, "applications.received", "total")
    save_verdict(data_dir, one, "right", NOW)
    path = tmp_path / f"{OFFICE}-{one['capture_id'][:12]}.partial.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(GoldenError, match=words):
        read_golden(path)
    done = CliRunner().invoke(
        app, ["spot-check", "--save-golden", str(tmp_path), "--data", str(data_dir)]
    )
    assert done.exit_code == 2
    assert path.name in done.output


def test_without_a_verdict_there_is_nothing_to_save(data_dir: Path, tmp_path: Path):
    arguments = ["spot-check", "--save-golden", str(tmp_path / "x"), "--data", str(data_dir)]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 3
    assert "holds no verdict yet" in done.output
    assert not (tmp_path / "x").exists()
