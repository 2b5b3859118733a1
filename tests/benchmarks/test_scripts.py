"""The benchmarks as they are run, on the smallest country that shows something."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from benchmarks import build_country, crawl_country, crawl_memory, query_country
from tests.benchmarks.conftest import free_port

Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a script with arguments and give its exit code and its figures."""

    def run_script(script: ModuleType, *arguments: str) -> tuple[int, dict[str, Any]]:
        name = script.__name__.rpartition(".")[2]
        monkeypatch.setattr(sys, "argv", [name, *arguments, "--out", str(tmp_path / "out")])
        code = script.main()
        figures = tmp_path / "out" / f"{name}.json"
        assert (tmp_path / "out" / f"{name}.md").read_text("utf-8")
        return code, json.loads(figures.read_text("utf-8"))

    return run_script


def test_build_is_measured_and_its_truth_is_held_against_it(run: Run, tmp_path: Path) -> None:
    work = tmp_path / "work"
    _, figures = run(build_country, "--sizes", "25", "--workers", "1", "--work", str(work))
    (one,) = figures["sizes"]
    assert one["asked"] == 25 <= one["reports"] <= one["pages_read"] <= one["pages"]
    assert one["silent"] == 0 < one["right"]
    assert one["builds"][0]["largest_process_mb"] > 50
    assert figures["bare_loops"].keys() == build_country.LOOPS.keys()
    # The page that is archived once more is gone again, so that a second run measures the same.
    assert len(list((work / "25" / "archive").rglob("*.warc.gz"))) == one["offices"]


def size(reports: int, seconds: dict[int, float], **changed: Any) -> dict[str, Any]:
    """What is found of one size, built in these times with these numbers of workers."""
    builds = [
        {
            "workers": workers, "seconds": taken, "cpu_ms_per_report": 1000 * taken / reports,
            "largest_process_mb": 400.0, "digest": "same",
        }
        for workers, taken in seconds.items()
    ]  # fmt: skip
    return {"reports": reports, "builds": builds, "rebuild_seconds": 3.0, "silent": 0} | changed


GOOD = size(10_000, {1: 100.0, 2: 55.0})
CONCLUSIONS = {
    "all is reached": ([GOOD, size(100_000, {1: 1050.0, 2: 560.0})], []),
    "pages get dearer": ([GOOD, size(100_000, {1: 1300.0, 2: 700.0})], ["cost per page flat"]),
    "two workers gain little": ([size(10_000, {1: 100.0, 2: 80.0})], ["two workers"]),
    "one worker alone": ([size(10_000, {1: 100.0})], ["two workers"]),
    "a slow rebuild": ([GOOD | {"rebuild_seconds": 40.0}], ["rebuild in seconds"]),
    "a silent error": ([GOOD | {"silent": 1}], ["no figure read wrongly in silence"]),
}


@pytest.mark.parametrize(("sizes", "missed"), CONCLUSIONS.values(), ids=CONCLUSIONS.keys())
def test_conclusions_name_what_is_missed(sizes: list[dict[str, Any]], missed: list[str]) -> None:
    reached = build_country.conclusions(sizes)["reached"]
    assert [name for name, ok in reached.items() if not ok] == missed


def test_other_bytes_with_another_number_of_workers_are_missed() -> None:
    found = size(10_000, {1: 100.0, 2: 55.0})
    found["builds"][1]["digest"] = "other"
    assert not build_country.conclusions([found])["reached"]["the same bytes"]


def test_the_memory_of_a_crawl_is_measured(run: Run) -> None:
    arguments = ["--hosts", "2", "4", "--delay", "0.01", "--latency", "0.01", "--at-once", "2"]
    code, figures = run(crawl_memory, *arguments, "--port", str(free_port()))
    assert code == 0
    assert [one["hosts"] for one in figures["crawls"]] == [2, 4]
    for one in figures["crawls"]:
        for name in ("parent", "crawl"):
            assert 20 < figures["idle"][name] <= one[f"{name}_mb"] * 1.1 < 500
        assert one["crawl_end_mb"] <= one["crawl_mb"]
    found = [{"hosts": hosts, "parent_mb": 70.0, "crawl_mb": 90.0 + hosts} for hosts in (5, 50, 90)]
    told = crawl_memory.conclusions(found, 40)
    assert told["growth_mb"] == {"parent": 0.0, "crawl": 40.0}
    assert told["reached"] == {"flat": False}


def test_crawl_is_measured_from_the_servers_side(run: Run, tmp_path: Path) -> None:
    arguments = ["--hosts", "4", "--delay", "0.05", "--latency", "0.01", "--at-once", "2"]
    code, figures = run(crawl_country, *arguments, "--port", str(free_port()))
    found = figures["run"]
    assert code == 0
    (crawl,) = found["crawls"]
    assert (crawl["at_once"], crawl["hosts"], crawl["most_open"]) == (2, 4, 1)
    assert crawl["shortest_pause"] >= 0.05
    assert found["bare"]["requests"] == crawl["requests"]


def test_all_ways_of_asking_give_the_same_answers(run: Run, built: Path) -> None:
    arguments = ["--data", str(built), "--panel-rows", "600", "--observation-rows", "30000"]
    arguments += ["--rounds", "1"]
    code, figures = run(query_country, *arguments)
    assert code == 0
    assert figures["same_answers"]
    assert len(figures["answers"]) == len(query_country.QUESTIONS) * len(query_country.ENGINES)
    assert all(one["rows"] for one in figures["answers"])


def test_a_dataset_without_rows_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["query_country", "--data", str(tmp_path)])
    assert query_country.main() == 1
    assert "has no rows in panel: build it first" in capsys.readouterr().err
