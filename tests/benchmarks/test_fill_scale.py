"""The document of scale is filled from results, the same at every time, and never by halves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.fill_scale import (
    DOCUMENT,
    NAMES,
    RESULTS,
    MissingResults,
    costs_of,
    country_words,
    fill,
    filled,
    read_results,
)

BLOCKS = {"measured": "a table", "country": "another"}


def test_the_document_says_what_the_results_say() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert filled(text, RESULTS) == text


def test_filling_again_changes_nothing_and_keeps_what_stands_around() -> None:
    text = "before\n" + "".join(f"<!-- {b}: begin -->\nold\n<!-- {b}: end -->\nx\n" for b in BLOCKS)
    once = fill(text, BLOCKS)
    assert fill(once, BLOCKS) == once
    assert "old" not in once
    assert once.startswith("before\n")
    assert once.count("\nx\n") == 2


@pytest.mark.parametrize("text", ["", "<!-- measured: begin -->\n", "<!-- measured: end -->"])
def test_a_document_without_the_markers_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="measured: begin"):
        fill(text, {"measured": "words"})


@pytest.mark.parametrize("missing", NAMES)
def test_a_benchmark_that_was_not_run_is_named(tmp_path: Path, missing: str) -> None:
    for name in NAMES:
        if name != missing:
            for ending in ("json", "md"):
                (tmp_path / f"{name}.{ending}").write_text("{}", "utf-8")
    with pytest.raises(MissingResults, match=f"python -m benchmarks.{missing}"):
        read_results(tmp_path)


def test_a_country_costs_what_its_reports_cost(tmp_path: Path) -> None:
    size = {
        "reports": 1000, "pages": 1500, "bytes": 45_000_000,
        "archive_bytes": 10_000_000, "dataset_bytes": 1_000_000,
        "rebuild_seconds": 2.0, "figures": 100_000,
        "builds": [{"reports_per_second_per_worker": 100.0, "largest_process_mb": 300.0},
                   {"reports_per_second_per_worker": 80.0, "largest_process_mb": 400.0}],
    }  # fmt: skip
    results = {
        "build_country": {"sizes": [size | {"reports": 10, "builds": []}, size]},
        "crawl_country": {"run": {"crawls": [{"cpu_ms_per_request": 10.0, "at_once": 100}]}},
        "query_country": {},
    }
    for name, figures in results.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(figures), "utf-8")
        (tmp_path / f"{name}.md").write_text("", "utf-8")
    words = country_words(costs_of(read_results(tmp_path)))
    assert "2,040,000" in words  # 120 000 offices × 17 years
    assert "7.1 core hours" in words  # 2.04 million at 80 a second
    assert "20 GB" in words  # 10 kB each
    assert "400 MB" in words
    assert "8.5 core hours" in words  # 3.06 million requests of 10 ms
