"""What a run holds in memory does not grow with its offices, and what it writes is not less."""

from __future__ import annotations

import datetime as dt
import errno
import gc
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from crawler.arguments import CrawlArguments
from crawler.frontier import Frontier
from crawler.identity import versions
from crawler.manifest import ended_run, write_manifest
from crawler.results import OfficeResult
from crawler.run import crawl
from crawler.spool import Spool
from gongkai.commands.crawl import show_result
from tests.crawler.conftest import Site

BEGUN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
ARGUMENTS = CrawlArguments.read(from_year=2019)
# Six hundred results that are held take seven times as much; what the garbage collector has not yet
# come to takes a third.
SLACK = 1_000_000


def result_of(number: int) -> OfficeResult:
    """A result of some ten kilobytes, well or not by its number."""
    verdict = ("ok", "partial", "unreachable")[number % 3]
    message = "" if verdict == "ok" else f"cn-{number}: a “sentence”\n of two lines."
    gone = {"kind": "report", "reason": "", "status": 404, "link_text": "<年报|"}
    pages = [f"http://o{number}.example.cn/nb/{page}.html" for page in range(120)]
    return OfficeResult(
        f"cn-{number:06}",
        verdict,
        message,
        finish_reason="finished" if number % 4 else "silent",
        is_complete=verdict == "ok",
        requests=130,
        statuses={"200": 120, "404": 2},
        outcomes={"new": 120, "failed": 2},
        kinds={"report": 12, "error": 2},
        report_years=[2019, 2020],
        new=pages,
        failed=[{"url": pages[0], **gone}],
    )


class Passing:
    """The results of so many offices, made when they are asked for."""

    def __init__(self, count: int):
        self.count = count

    def __iter__(self) -> Iterator[OfficeResult]:
        return map(result_of, range(self.count))


def growth(action: Callable[[int], object], count: int = 300) -> int:
    """How many bytes more `action` takes at its peak for three times as many."""
    action(3)  # what is made once
    peaks = []
    for size in (count, 3 * count):
        gc.collect()
        tracemalloc.start()
        action(size)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    return peaks[1] - peaks[0]


@pytest.mark.parametrize("count", [0, 1, 5])
def test_the_manifest_has_the_bytes_that_json_gives_it(tmp_path, count):
    result = write_manifest(tmp_path, Passing(count), ARGUMENTS, started_at=BEGUN, name="c")
    text = (tmp_path / "c.json").read_text("utf-8")
    manifest = json.loads(text)
    assert text == json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
    assert list(manifest) == [
        "arguments", "versions", "started_at", "finished_at", "verdict", "is_sample",
        "is_complete", "finish_reason", "outcomes", "statuses", "offices",
    ]  # fmt: skip
    assert manifest["offices"] == [asdict(one) for one in Passing(count)]
    assert manifest["versions"] == versions()
    assert manifest["finish_reason"] == ("silent" if count else "finished")
    assert manifest["outcomes"] == ({"failed": 2 * count, "new": 120 * count} if count else {})
    assert result.verdict == manifest["verdict"] == ("partial" if count > 1 else "ok")
    page = (tmp_path / "c.md").read_text("utf-8")
    assert page.startswith("# Crawl of 2026-01-01T00:00:00+00:00: ")
    assert page.count("\n| cn-") == count
    assert page.endswith(".\n")


def test_the_offices_of_a_result_are_read_from_its_manifest(tmp_path):
    result = write_manifest(tmp_path, Passing(7), ARGUMENTS, name="c")
    # A later run writes the same file anew.
    write_manifest(tmp_path, Passing(2), ARGUMENTS, name="c")
    assert len(result.offices) == 7
    assert list(result.offices) == list(Passing(7))
    assert result.offices[-1] == result_of(6)
    assert result.offices[2:4] == [result_of(2), result_of(3)]
    with pytest.raises(IndexError):
        result.offices[7]
    assert len(result.messages) == result.totals.sentences == 4
    assert result.count("new") == 7 * 120


def test_memory_does_not_grow_with_the_offices_of_a_manifest(tmp_path, capsys):
    def write_and_show(count: int) -> None:
        result = write_manifest(tmp_path, Passing(count), ARGUMENTS)
        show_result(result)
        assert sum(one.requests for one in result.offices) == 130 * count

    assert growth(write_and_show) < SLACK
    said = capsys.readouterr()
    assert "900 offices: 300 ok, 300 partial, 300 unreachable; 10800 report pages" in said.out
    assert "and 580 sentences more, in the manifest" in said.err


def test_a_manifest_without_room_is_told_and_the_results_are_there(tmp_path, capsys, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    result = ended_run(tmp_path, Passing(90), ARGUMENTS, started_at=BEGUN)
    assert list(tmp_path.iterdir()) == []
    assert list(result.offices) == list(Passing(90))
    assert (result.manifest, result.record, result.verdict) == (None, None, "partial")
    show_result(result)
    # Also when there are more sentences than are shown.
    assert "crawl.json cannot be written: No space left" in capsys.readouterr().err


def test_a_spool_gives_results_as_often_as_they_are_asked_for():
    with Spool(Passing(200)) as spool:
        assert list(spool) == list(Passing(200)) == list(spool)

    def spooled(count: int) -> None:
        with Spool(Passing(count)) as spool:
            assert sum(one.requests for one in spool) == 130 * count

    assert growth(spooled) < SLACK


def test_a_spool_without_room_keeps_what_comes():
    results = iter(Passing(9))
    with Spool(next(results) for _ in range(4)) as spool:
        spool._file.write = _full  # type: ignore[method-assign]
        for result in results:
            spool._add(result)
        assert list(spool) == list(Passing(9))


def _full(line: bytes) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_run_holds_no_result_of_an_office_that_has_ended(site: Site, tmp_path):
    site.fill((2022,))
    offices = [replace(site.office(), id=f"cn-98{number:04}-test") for number in range(6)]
    held: list[int] = []

    def count_results(event: dict) -> None:
        if event["event"] == "office":
            held.append(sum(isinstance(one, OfficeResult) for one in gc.get_objects()))

    before = sum(isinstance(one, OfficeResult) for one in gc.get_objects())
    result = crawl(offices, data_dir=tmp_path, listener=count_results)
    assert held == [before] * 6
    assert [one.office_id for one in result.offices] == [office.id for office in offices]
    gc.collect()
    assert sum(isinstance(one, OfficeResult) for one in gc.get_objects()) == before


# The process that fetches, which tells at the end of each office how many spiders there are.
_COUNTING = """
import gc, sys
from crawler import process
from crawler.spiders.annual_reports import AnnualReportsSpider
ended = process._Window._ended
def counted(self, *what):
    ended(self, *what)
    gc.collect()
    alive = sum(isinstance(one, AnnualReportsSpider) for one in gc.get_objects())
    print("alive", alive, file=sys.stderr, flush=True)
process._Window._ended = counted
process.main()
"""


def test_the_process_that_fetches_lets_go_of_offices_that_have_ended(site: Site, tmp_path):
    site.fill((2022,))
    offices = [replace(site.office(), id=f"cn-98{number:04}-test") for number in range(8)]
    job = ARGUMENTS.to_json()
    path = tmp_path / ".frontier"
    with Frontier.of(path, [(office, "one site") for office in offices], job) as frontier:
        settings = {"GONGKAI_DATA": str(tmp_path), "GONGKAI_MANIFEST": False}
        told = {"frontier": str(path), "arguments": job, "settings": settings}
        told["settings"] |= {"GONGKAI_LOG_FORMAT": "text"}
        with subprocess.Popen(
            [sys.executable, "-c", _COUNTING], stdin=subprocess.PIPE, stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL, text=True,
        ) as process:  # fmt: skip
            assert process.stdin is not None
            assert process.stderr is not None
            process.stdin.write(json.dumps(told) + "\n")
            process.stdin.flush()
            log = process.stderr.read()
        assert frontier.counts() == (8, 8)
    alive = [int(line.split()[1]) for line in log.splitlines() if line.startswith("alive ")]
    # The one that ends, and the one that begins in its place.
    assert len(alive) == 8
    assert max(alive) <= 2


# What a process of a crawl has no use for, and what it would cost each of them: 100 MB.
@pytest.mark.parametrize("module", ["gongkai.app", "crawler.process"])
def test_a_crawl_loads_no_library_for_tables(module):
    code = (
        f"import sys, {module}; "
        "print(*({'pandas', 'pyarrow', 'numpy', 'dask', 'duckdb', 'matplotlib'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
