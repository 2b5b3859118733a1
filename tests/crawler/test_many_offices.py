"""One run over many offices: a window of them at a time, the others on disk, each host spared."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.archive import Archive
from crawler.arguments import CrawlArguments
from crawler.frontier import Frontier
from crawler.locks import Busy, NotWritable, run_lock
from crawler.offices import Office
from crawler.partitions import Partition, sites_of
from crawler.results import Totals
from crawler.run import crawl
from tests.crawler.conftest import Site

COMMAND = "import sys; from gongkai.app import main; sys.argv[0] = 'gongkai'; main()"
YEARS = (2021, 2022)


@pytest.fixture
def sites() -> Iterator[Callable[[int], list[Site]]]:
    """As many sites as asked for, each at an address of its own on this machine."""
    made: list[Site] = []

    def make(count: int) -> list[Site]:
        for number in range(count):
            site = Site(f"127.0.{1 + number // 250}.{1 + number % 250}", f"cn-99{number:04}-test")
            site.fill(YEARS)
            made.append(site)
        return made

    yield make
    for site in made:
        site.close()


def _files(sites: list[Site], folder: Path) -> Path:
    folder.mkdir()
    for site in sites:
        site.office_file(folder / f"{site.office_id}.toml")
    return folder


def _with_sites(offices: list[Office]) -> list[tuple[Office, str]]:
    sites = sites_of(offices)
    return [(office, sites[office.id]) for office in offices]


def _command(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, "crawl", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _slow_down(sites: list[Site], seconds: float) -> None:
    for site in sites:
        for answer in site.pages.values():
            answer.pause = seconds


def test_a_window_of_offices_is_at_work_and_each_host_answers_one_request_at_a_time(
    sites, tmp_path, monkeypatch
):
    monkeypatch.setenv("GONGKAI_OFFICES_AT_ONCE", "5")
    many = sites(30)
    _slow_down(many, 0.02)
    open_hosts: list[int] = []
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.002):
            open_hosts.append(sum(site.is_asked for site in many))

    watcher = threading.Thread(target=watch)
    watcher.start()
    events: list[dict] = []
    result = crawl([site.office() for site in many], data_dir=tmp_path, listener=events.append)
    stop.set()
    watcher.join()

    assert result.verdict == "ok"
    assert [one.office_id for one in result.offices] == [site.office_id for site in many]
    assert {tuple(one.report_years) for one in result.offices} == {YEARS}
    assert {site.most_open for site in many} == {1}
    assert 2 <= max(open_hosts) <= 5
    ended = [event for event in events if event["event"] == "office"]
    assert [event["ended"] for event in ended] == list(range(1, 31))
    assert {event["count"] for event in ended} == {30}
    manifest = json.loads((tmp_path / "crawl.json").read_text("utf-8"))
    assert len(manifest["offices"]) == 30
    assert not list(tmp_path.glob(".*frontier*"))


def test_offices_of_one_host_take_turns_and_do_not_fill_the_window(sites, tmp_path, monkeypatch):
    monkeypatch.setenv("GONGKAI_OFFICES_AT_ONCE", "2")
    shared, other = sites(2)
    _slow_down([shared], 0.05)
    of_one_host = [replace(shared.office(), id=f"cn-98{n:04}-test") for n in range(4)]
    result = crawl([*of_one_host, other.office()], data_dir=tmp_path)
    assert result.verdict == "ok"
    assert shared.most_open == 1
    # The last office given is of another host, and waited for none of the four.
    assert other.requests[-1][0] < shared.requests[-1][0]
    with Archive(tmp_path) as archive:
        assert len(archive.offices()) == 5


def test_one_host_that_is_down_makes_the_run_partial_and_is_named(sites, tmp_path):
    many = sites(3)
    many[1].close()
    result = crawl([site.office() for site in many], data_dir=tmp_path)
    assert [one.verdict for one in result.offices] == ["ok", "unreachable", "ok"]
    assert result.verdict == "partial"
    assert [many[1].url in message for message in result.messages] == [True]


@pytest.mark.faults
def test_a_killed_run_goes_on_with_the_offices_that_are_left(sites, tmp_path, monkeypatch):
    monkeypatch.setenv("GONGKAI_OFFICES_AT_ONCE", "3")
    many = sites(12)
    _slow_down(many, 0.05)
    files, data = _files(many, tmp_path / "offices"), tmp_path / "data"
    process = _command("--offices", files, "--data", data)
    while sum("/gk/2021.html" in site.asked() for site in many) < 5:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()

    with closing(Frontier(data / ".crawl.frontier")) as frontier:
        ended = {office_id for office_id, result in frontier.results() if result is not None}
    assert 1 <= len(ended) < 12
    asked = {site.office_id: len(site.requests) for site in many}
    process = _command("--offices", files, "--data", data)
    _, error = process.communicate()
    assert (process.returncode, error) == (0, "")
    for site in many:
        if site.office_id in ended:
            assert len(site.requests) == asked[site.office_id]
    manifest = json.loads((data / "crawl.json").read_text("utf-8"))
    assert {tuple(office["report_years"]) for office in manifest["offices"]} == {YEARS}
    assert len(manifest["offices"]) == 12
    with Archive(data) as archive:
        for site in many:
            urls = [capture.url for capture in archive.captures(site.office_id)]
            assert len(urls) == len(set(urls)) == 5
    assert not list(data.glob(".*frontier*"))


@pytest.mark.faults
def test_an_interrupted_run_begins_nothing_more_and_goes_on_later(sites, tmp_path, monkeypatch):
    monkeypatch.setenv("GONGKAI_OFFICES_AT_ONCE", "2")
    many = sites(8)
    _slow_down(many, 0.05)
    files, data = _files(many, tmp_path / "offices"), tmp_path / "data"
    process = _command("--offices", files, "--data", data)
    while sum(bool(site.requests) for site in many) < 4:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    _, error = process.communicate()
    assert process.returncode == 1
    assert "The run ends with the answers that are under way" in error
    assert "before this office's turn; run it again to go on" in error
    assert sum(bool(site.requests) for site in many) < 8
    manifest = json.loads((data / "crawl.json").read_text("utf-8"))
    assert (manifest["verdict"], len(manifest["offices"])) == ("partial", 8)

    process = _command("--offices", files, "--data", data)
    assert process.communicate()[1] == ""
    assert process.returncode == 0
    assert all(site.requests for site in many)


@pytest.mark.faults
def test_an_interrupted_run_asks_nobody_again(sites, tmp_path):
    (site,) = sites(1)
    files, data = _files([site], tmp_path / "offices"), tmp_path / "data"
    asked, told = threading.Event(), threading.Event()

    def break_off(connection: socket.socket) -> None:
        asked.set()
        told.wait(60)
        connection.shutdown(socket.SHUT_RDWR)

    site.pages["/robots.txt"].act = break_off
    process = _command("--offices", files, "--data", data)
    asked.wait(60)
    os.killpg(process.pid, signal.SIGINT)
    assert process.stderr is not None
    assert "The run ends with the answers that are under way" in process.stderr.readline()
    while "Received SIGINT" not in (data / "crawl.log").read_text("utf-8"):
        time.sleep(0.01)
    told.set()
    process.communicate(timeout=60)
    # Without the signal it would have been asked three times.
    assert site.asked() == {"/robots.txt": 1}


def test_partitions_run_at_the_same_time_and_no_host_is_asked_by_two(sites, tmp_path):
    many = sites(20)
    _slow_down(many, 0.02)
    files, data = _files(many, tmp_path / "offices"), tmp_path / "data"
    parts = [
        _command("--offices", files, "--data", data, "--partition", f"{n}/3") for n in (1, 2, 3)
    ]
    assert [part.wait() for part in parts] == [0, 0, 0]
    crawled = [
        {office["office_id"] for office in json.loads(path.read_text("utf-8"))["offices"]}
        for path in sorted(data.glob("crawl-*-of-3.json"))
    ]
    assert all(crawled)
    assert sorted(id for part in crawled for id in part) == [site.office_id for site in many]
    for part in parts:
        part.communicate()
    for site in many:
        agents = [path for _, path, _ in site.requests if path == "/robots.txt"]
        assert len(agents) == 1
        assert site.most_open == 1


def test_a_partition_has_a_lock_of_its_own(sites, tmp_path):
    (site,) = sites(1)
    number = next(
        n for n in (1, 2) if crawl([site.office()], data_dir=tmp_path, partition=f"{n}/2").offices
    )
    with (
        run_lock(tmp_path, f"{number}-of-2"),
        pytest.raises(Busy, match=f"partition {number}-of-2"),
    ):
        crawl([site.office()], data_dir=tmp_path, partition=f"{number}/2")
    other = 3 - number
    files = _files([site], tmp_path / "offices")
    part = _command("--data", tmp_path, "--offices", files, "--partition", f"{other}/2")
    assert "None of the offices is in this part." in part.communicate()[0]
    assert part.returncode == 0
    assert crawl([site.office()], data_dir=tmp_path, partition=f"{other}/2").totals == Totals()


# A run that is at work, another that is started beside it, and how that one ends.
@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ((), (), 6),
        ((), ("--partition", "1/1"), 6),
        ((), ("--sample", "1"), 6),
        ((), ("--from-wayback",), 6),
        (("--partition", "1/1"), (), 6),
        (("--partition", "1/1"), ("--from-wayback",), 6),
        (("--partition", "1/1"), ("--partition", "1/1"), 6),
        (("--partition", "1/1"), ("--partition", "1/2"), 6),
        (("--partition", "HERE/2"), ("--partition", "THERE/2"), 0),
        (("--partition", "HERE/2"), ("--partition", "1/3"), 6),
    ],
)
def test_no_two_runs_that_may_meet_at_a_host_are_at_work(sites, tmp_path, first, second, code):
    (site,) = sites(1)
    files, data = _files([site], tmp_path / "offices"), tmp_path / "data"
    here = next(
        n for n in (1, 2) if Partition(n, 2).holds(sites_of([site.office()])[site.office_id])
    )
    parts = {"HERE": str(here), "THERE": str(3 - here)}

    def start(arguments):
        words = [re.sub("HERE|THERE", lambda name: parts[name[0]], word) for word in arguments]
        return _command("--offices", files, "--data", data, *words)

    held = threading.Event()
    site.pages["/nb/"].act = lambda connection: held.wait(60)
    one = start(first)
    try:
        while "/nb/" not in site.asked():
            time.sleep(0.01)
        other = start(second)
        _, said = other.communicate(timeout=60)
        assert other.returncode == code, said
        if code == 6:
            assert f"process {one.pid} on " in said
    finally:
        held.set()
        one.communicate()


def test_the_lock_of_a_run_that_died_holds_nobody(sites, tmp_path):
    (site,) = sites(1)
    files, data = _files([site], tmp_path / "offices"), tmp_path / "data"
    site.pages["/nb/"].pause = 1.0
    one = _command("--offices", files, "--data", data, "--partition", "1/1")
    while "/nb/" not in site.asked():
        time.sleep(0.01)
    os.killpg(one.pid, signal.SIGKILL)
    one.communicate()
    other = _command("--offices", files, "--data", data)
    assert other.communicate()[1] == ""
    assert other.returncode == 0


def test_a_lock_that_is_held_for_days_is_doubted(tmp_path):
    lock = run_lock(tmp_path)
    with pytest.raises(Busy, match=r"UTC \(process \d+ on .*\); wait for it to end\."):
        run_lock(tmp_path)
    path = tmp_path / ".run.lock"
    holder = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(holder | {"since": "2026-01-01T00:00:00+00:00"}), "utf-8")
    with pytest.raises(Busy, match=r"since 2026-01-01 00:00 UTC .* days it may hang"):
        run_lock(tmp_path)
    path.write_text("", "utf-8")
    with pytest.raises(Busy, match="wait for it to end"):
        run_lock(tmp_path)
    lock.release()
    run_lock(tmp_path).release()


@pytest.mark.parametrize(
    ("change", "goes_on"),
    [("nothing", True), ("arguments", False), ("offices", False), ("day", False), ("file", False)],
)
def test_a_frontier_is_taken_up_by_the_same_run_of_the_same_day(site, tmp_path, change, goes_on):
    path = tmp_path / ".crawl.frontier"
    offices = [replace(site.office(), id=f"cn-98000{n}-test") for n in range(3)]
    job = CrawlArguments.read(mode="update").to_json()
    with Frontier.of(path, _with_sites(offices), job) as frontier:
        taken = frontier.take()
        assert taken is not None
        frontier.end(taken[0].id, {"office_id": taken[0].id}, again=False)
        second = frontier.take()
        assert second is not None
        assert second[0] == offices[1]
        assert frontier.take({site.host}) is None  # its host is at work
    match change:
        case "arguments":
            job |= {"sample": 3}
        case "offices":
            offices.append(replace(site.office(), id="cn-980009-test"))
        case "day":
            with closing(Frontier(path)) as frontier, frontier._db:
                frontier._db.execute("UPDATE run SET begun_at = '2024-01-01T00:00:00+00:00'")
        case "file":
            path.write_bytes(b"no database")
        case "nothing":
            pass
    with Frontier.of(path, _with_sites(offices), job) as frontier:
        assert frontier.counts() == (int(goes_on), len(offices))
        taken = frontier.take()
        assert taken is not None
        # What was begun and not ended is crawled again.
        assert taken[0].id == offices[1 if goes_on else 0].id


def test_a_frontier_that_cannot_be_written_is_named(tmp_path):
    folder = tmp_path / "full"
    folder.mkdir()
    (folder / ".crawl.frontier.new").mkdir()
    with pytest.raises(NotWritable, match=r"The frontier .* cannot be written"):
        Frontier.of(folder / ".crawl.frontier", [], {})
