"""What a crawl and its archive survive: kills, full disks, damage, and hostile servers."""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import os
import random
import resource
import signal
import socket
import struct
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import brotli
import pytest
from backports import zstd

from crawler.archive import Archive, PayloadError
from crawler.archive.payloads import decode_body
from crawler.archive.records import Gap, scan
from crawler.archive.verification import verify
from crawler.archive.writing import ArchiveWriter

pytestmark = pytest.mark.faults

YEARS = range(2001, 2024)
NOW = dt.datetime(2024, 3, 1, 8, 30, tzinfo=dt.UTC)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
CRAWL = "import sys; from gongkai.app import main; sys.argv[0] = 'gongkai'; main()"


def _command(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", CRAWL, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        **options,
    )


def _what_is_archived(runs) -> dict[str, tuple[str, str]]:
    return {path: (capture.kind, capture.capture_id) for path, capture in runs.latest().items()}


def _assert_sound(runs) -> None:
    with Archive(runs.data) as archive:
        assert verify(archive, runs.site.OFFICE_ID).problems == ()


def test_a_crawl_killed_at_twenty_random_moments_ends_like_an_undisturbed_one(runs, tmp_path):
    runs.site.fill(YEARS)
    for answer in runs.site.pages.values():
        answer.pause = 0.02
    runs.crawl()
    undisturbed = _what_is_archived(runs)
    runs.data = tmp_path / "killed"
    offices = runs.site.office_file(tmp_path / "office.toml")
    chance = random.Random(20240301)
    begun = 0
    for _ in range(20):
        process = _command("crawl", "--offices", offices, "--data", runs.data)
        time.sleep(chance.uniform(0.5, 1.6))
        begun += process.poll() is None
        with contextlib.suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        if (runs.data / "archive").exists():
            assert set(_what_is_archived(runs).items()) <= set(undisturbed.items())
    assert begun >= 5
    assert runs.crawl().verdict == "ok"
    assert _what_is_archived(runs) == undisturbed
    _assert_sound(runs)
    # Nothing that was archived before a kill was asked for again (robots.txt is kept, too).
    with Archive(runs.data) as archive:
        stored = [capture.url for capture in archive.captures(runs.site.OFFICE_ID)]
    assert len(stored) == len(set(stored))


def test_when_the_parent_is_killed_the_crawl_ends_and_frees_the_lock(runs, tmp_path):
    for answer in runs.site.pages.values():
        answer.pause = 0.3
    offices = runs.site.office_file(tmp_path / "office.toml")
    process = _command("crawl", "--offices", offices, "--data", runs.data)
    while not runs.site.requests:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    for _ in range(100):
        result = runs.crawl()
        if result.verdict != "busy":
            break
        time.sleep(0.1)
    assert result.verdict == "ok"


@pytest.mark.parametrize("seed", range(20))
def test_a_file_cut_at_any_byte_by_a_kill_loses_only_the_record_being_written(tmp_path, seed):
    names = "abcdefgh"
    with ArchiveWriter(tmp_path / "archive", "cn-990000-test") as writer:
        for name in names:
            writer.write_response(
                f"http://a/{name}", fetched_at=NOW, header_block=HEAD,
                body=random.Random(name).randbytes(500), kind="report",
            )  # fmt: skip
    [path] = (tmp_path / "archive").glob("*/*.warc.gz")
    size = path.stat().st_size
    cut = random.Random(seed).randrange(1, size)
    os.truncate(path, cut)
    path.with_name(path.name + ".open").touch()  # as a killed writer leaves it
    ends = [item.offset + item.length for item in scan(path) if not isinstance(item, Gap)]
    whole = sum(1 for end in ends[1:] if end <= cut)
    with ArchiveWriter(tmp_path / "archive", "cn-990000-test") as writer:
        writer.write_response(
            "http://a/new", fetched_at=NOW, header_block=HEAD, body=b"new", kind="report"
        )
    with Archive(tmp_path) as archive:
        captures = list(archive.captures("cn-990000-test"))
        assert [c.url for c in captures] == [f"http://a/{n}" for n in names[:whole]] + [
            "http://a/new"
        ]
        assert verify(archive, "cn-990000-test").problems == ()


@pytest.mark.parametrize("room", [20_000, 60_000, 200_000, 500_000])
def test_a_full_disk_is_said_and_what_was_archived_stays_whole(runs, tmp_path, room):
    runs.site.fill(YEARS)
    for year in YEARS:  # pages that do not compress
        noise = random.Random(year).randbytes(30_000).hex()
        runs.site.pages[f"/gk/{year}.html"].body += f"<!-- {noise} -->"
    runs.crawl()
    undisturbed = _what_is_archived(runs)
    runs.data = tmp_path / "full"
    offices = runs.site.office_file(tmp_path / "office.toml")

    def small_disk() -> None:
        # No file can grow beyond this: WARC, index and log meet it at different moments.
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    process = _command("crawl", "--offices", offices, "--data", runs.data, preexec_fn=small_disk)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "cannot be written" in errors.decode()
    assert "make room and run the same command again" in errors.decode()
    assert len(errors.decode().strip().splitlines()) == 1
    _assert_sound(runs)
    before = _what_is_archived(runs)
    assert before.items() <= undisturbed.items()
    assert len(before) < len(undisturbed)
    assert runs.crawl().verdict == "ok"
    assert _what_is_archived(runs) == undisturbed
    _assert_sound(runs)


def _overwrite(path: Path, at: int, data: bytes) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:at] + data + content[at + len(data) :])


DAMAGES = {
    "garbage": lambda path, at: _overwrite(path, at, b"\xa5" * 60),
    "zeros": lambda path, at: _overwrite(path, at, bytes(200)),
    "one bit": lambda path, at: _overwrite(path, at, bytes([path.read_bytes()[at] ^ 4])),
    "bytes put in": lambda path, at: path.write_bytes(
        path.read_bytes()[:at] + b"\x1f\x8b\x08garbage" * 9 + path.read_bytes()[at:]
    ),
    "bytes taken out": lambda path, at: path.write_bytes(
        path.read_bytes()[:at] + path.read_bytes()[at + 40 :]
    ),
    "truncated": lambda path, at: os.truncate(path, at),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("has_index", [True, False])
def test_a_damaged_file_is_read_around_the_damage_and_the_loss_is_named(
    tmp_path, damage, has_index
):
    written = []
    with ArchiveWriter(tmp_path / "archive", "cn-990000-test") as writer:
        for name in "abcde":
            body = random.Random(name).randbytes(800)
            written.append(
                writer.write_response(
                    f"http://a/{name}", fetched_at=NOW, header_block=HEAD, body=body, kind="report"
                )
            )
    [path] = (tmp_path / "archive").glob("*/*.warc.gz")
    if not has_index:
        (path.parent / "index.sqlite").unlink()
    DAMAGES[damage](path, written[2].warc_offset + 300)
    with Archive(tmp_path) as archive:
        if not has_index or damage in ("truncated", "bytes taken out", "bytes put in"):
            archive.close()
            (path.parent / "index.sqlite").unlink(missing_ok=True)
        readable = set()
        for capture in archive.captures("cn-990000-test"):
            with contextlib.suppress(PayloadError):
                archive.payload(capture)
                readable.add(capture.url[-1])
        expected = set("ab") if damage == "truncated" else set("abde")
        assert readable == expected
        problems = verify(archive, "cn-990000-test").problems
        assert any(
            problem.warc_file == written[2].warc_file and problem.offset == written[2].warc_offset
            for problem in problems
        )


def test_a_page_whose_record_is_damaged_is_fetched_again(runs):
    runs.crawl()
    capture = runs.latest()["/gk/2021.html"]
    _overwrite(runs.data / "archive" / capture.warc_file, capture.warc_offset + 100, b"\xa5" * 60)
    assert runs.crawl().verdict == "ok"
    assert runs.site.asked()["/gk/2021.html"] == 2
    assert runs.payload("/gk/2021.html").decode() == runs.site.report(2021)


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _half_then(connection: socket.socket, end) -> None:
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5000\r\n\r\n<p>"
    )
    end(connection)


def _stall(connection: socket.socket) -> None:
    connection.settimeout(8)
    try:
        connection.recv(1)
    except OSError:
        return


HOSTILE = {
    "stalls at once": ({"act": _stall}, "timeout"),
    "stalls in the middle": ({"act": lambda c: _half_then(c, _stall)}, "timeout"),
    "resets": ({"act": _reset}, "reset"),
    "resets in the middle": ({"act": lambda c: _half_then(c, _reset)}, "reset|incomplete"),
    "closes before the stated length": ({"act": lambda c: _half_then(c, bool)}, "incomplete"),
    "says nothing and closes": ({"act": lambda c: None}, "reset"),
    "is no HTTP": ({"raw": b"220 ftp ready\r\n\r\n"}, "reset|other"),
    "redirects for ever": (
        {"status": 302, "headers": [("Location", "/gk/2021.html")]},
        "redirects",
    ),
    "redirects to itself with other words": (
        {"status": 302, "headers": [("Location", "/gk/2021.html?again")]},
        "redirects",
    ),
    "states more than the office allows": (
        {"raw": b"HTTP/1.1 200 OK\r\nContent-Length: 99000000\r\n\r\n"},
        "too_large",
    ),
    "sends more than the office allows": (
        {"raw": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 1_500_000},
        "too_large",
    ),
}


@pytest.mark.parametrize("manner", HOSTILE)
def test_a_hostile_page_is_a_failure_with_a_reason_and_the_others_are_fetched(runs, manner):
    answer, reasons = HOSTILE[manner]
    page = runs.site.Answer(**answer)
    runs.site.pages |= {"/gk/2021.html": page, "/gk/2021.html?again": page}
    result = runs.crawl(runs.site.office(timeout_seconds=1.0, max_megabytes=1))
    assert result.verdict == "partial"
    assert "/gk/2021.html" in result.messages[0]
    [failed] = {visit["reason"] for visit in result.offices[0].failed}
    assert failed in reasons.split("|")
    latest = runs.latest()
    assert {latest[f"/gk/{year}.html"].kind for year in (2019, 2020, 2022)} == {"report"}
    assert {failure.reason for failure in runs.failures()} == {failed}
    _assert_sound(runs)


BOMBS = {"gzip": gzip.compress, "br": brotli.compress, "zstd": zstd.compress}


@pytest.mark.parametrize("coding", BOMBS)
def test_a_bomb_grows_no_further_than_the_limit(coding):
    bomb = BOMBS[coding](bytes(400_000_000))
    assert len(bomb) < 500_000
    tracemalloc.start()
    with pytest.raises(PayloadError, match="grows beyond 2000000 bytes"):
        decode_body(bomb, [("Content-Encoding", coding)], limit=2_000_000)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("coding", BOMBS)
@pytest.mark.parametrize("body", [b"", b"short", random.Random(7).randbytes(3_000_000)])
def test_what_is_packed_is_unpacked(coding, body):
    fields = [("Content-Encoding", coding)]
    packed = BOMBS[coding](body)
    assert decode_body(packed, fields) == body
    assert decode_body(b"<p>not packed</p>", fields) == b"<p>not packed</p>"


@pytest.mark.parametrize("coding", BOMBS)
def test_a_bomb_is_kept_packed_and_never_taken_for_a_report(runs, coding):
    bomb = BOMBS[coding](bytes(30_000_000))
    runs.site.pages["/gk/2021.html"] = runs.site.Answer(
        bomb, headers=[("Content-Encoding", coding)]
    )
    result = runs.crawl(runs.site.office(max_megabytes=2))
    assert result.verdict == "partial"
    capture = runs.latest()["/gk/2021.html"]
    assert capture.kind == "error"
    assert {path.stat().st_size < 200_000 for path in runs.warc_files()} == {True}


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("file:///etc/passwd", "redirects"),
        ("//{other}/secret.html", "outside"),
        ("http://{other}/secret.html", "outside"),
        ("http://169.254.169.254/latest/meta-data/", "outside"),
        ("http://[::1]:9/", "outside"),
        ("gopher://127.0.0.1/", "redirects"),
        ("data:text/html,<p>x", "redirects"),
    ],
)
def test_a_redirect_leads_nowhere_outside(runs, other_site, location, reason):
    other_site.pages["/secret.html"] = other_site.Answer("<p>secret</p>")
    location = location.format(other=other_site.host)
    runs.site.pages["/gk/2021.html"] = runs.site.Answer(
        "", status=302, headers=[("Location", location)]
    )
    result = runs.crawl()
    assert result.verdict == "partial"
    assert [visit["reason"] for visit in result.offices[0].failed] == [reason]
    assert other_site.requests == []
    with Archive(runs.data) as archive:
        for capture in archive.captures(runs.site.OFFICE_ID):
            assert capture.url.startswith(f"{runs.site.url}/")
            assert b"root:" not in archive.payload(capture)


def test_links_lead_nowhere_outside(runs, other_site):
    links = [
        (f"http://{other_site.host}/1.html", runs.site.TITLE.format(year=2018)),
        ("file:///etc/passwd", runs.site.TITLE.format(year=2017)),
        ("http://127.0.0.1:1/gk/2016.html", runs.site.TITLE.format(year=2016)),
        (f"http://{runs.site.host}@{other_site.host}/", runs.site.TITLE.format(year=2015)),
    ]
    runs.site.pages["/nb/"] = runs.site.Answer(runs.site.listing(links))
    result = runs.crawl()
    assert other_site.requests == []
    assert runs.site.asked().keys() == {"/robots.txt", "/", "/nb/"}
    # A report on a host that nobody named is a failure with the way out, at every run.
    assert result.verdict == "partial"
    assert f"http://{other_site.host}/1.html" in {one["url"] for one in result.offices[0].failed}
    reasons = {one["link_text"][6:10]: one["reason"] for one in result.offices[0].failed}
    assert reasons == {
        "2018": "outside", "2017": "no_address", "2016": "outside", "2015": "outside"
    }  # fmt: skip
    assert "add it to `hosts` in the office's row" in result.messages[0]
    assert {one.kind for one in runs.failures()} == {"report"}


def test_a_server_that_sends_other_bytes_each_time_is_asked_once_a_run(runs):
    runs.site.pages["/gk/2021.html"] = [
        runs.site.Answer(runs.site.report(2021, f"<p>访问量：{count}</p>")) for count in range(4)
    ]
    for _ in range(3):
        assert runs.crawl(max_age_hours=0).verdict == "ok"
    captures = [c for c in runs.captures() if c.url.endswith("/gk/2021.html")]
    assert len({capture.capture_id for capture in captures}) == 3
    assert runs.site.asked()["/gk/2021.html"] == 3


def test_a_clock_that_went_back_makes_the_crawl_ask_again(runs):
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=400)
    with ArchiveWriter(runs.data / "archive", runs.site.OFFICE_ID) as writer:
        writer.write_response(
            f"{runs.site.url}/nb/", fetched_at=later, header_block=HEAD, body=b"<p>old</p>",
            kind="channel",
        )  # fmt: skip
    result = runs.crawl()
    assert result.verdict == "ok"
    assert result.offices[0].report_years == [2019, 2020, 2021, 2022]
    assert runs.latest()["/nb/"].fetched_at < later
    assert runs.crawl().count("archived") == 6


def test_a_crawl_stays_within_its_office_and_its_budget(runs, other_site):
    site = runs.site
    noise = [(f"/zwdt/{n}.html", f"工作动态第{n}期") for n in range(3000)]
    noise += [(f"{other_site.url}/{n}.html", site.TITLE.format(year=2020)) for n in range(500)]
    columns = [(f"/xxgk/{n}/", "政府信息公开") for n in range(500)]
    reports = [(f"/gk/{year}.html", site.TITLE.format(year=year)) for year in range(2019, 2023)]
    site.pages["/"] = site.Answer(site.listing(noise + columns, "测试局"))
    site.pages["/nb/"] = site.Answer(site.listing(noise + reports + columns))
    for href, _ in columns:
        site.pages[href] = site.Answer(site.listing(columns + noise[:50], "公开"))
    result = runs.crawl(site.office(max_requests=30))
    assert result.verdict == "partial"
    assert "the budget of 30 requests was used up" in result.messages[0]
    assert not result.offices[0].is_complete
    assert result.offices[0].report_years == [2019, 2020, 2021, 2022]
    assert len(site.requests) == 30  # robots.txt among them
    # What is in the archive costs nothing, so that the same command goes on.
    site.pages["/"] = site.Answer(site.listing(columns[:40], "测试局"))
    site.pages["/nb/"] = site.Answer(site.listing(reports))
    for href, _ in columns:
        site.pages[href] = site.Answer(site.listing([]))
    runs.age(days=0)
    results = [runs.crawl(site.office(max_requests=30)) for _ in range(3)]
    assert results[-1].verdict in ("ok", "partial")
    assert other_site.requests == []
    assert not [path for path in site.asked() if path.startswith("/zwdt/")]


def test_two_runs_at_once_do_not_overlap(runs, tmp_path):
    for answer in runs.site.pages.values():
        answer.pause = 0.1
    offices = runs.site.office_file(tmp_path / "office.toml")
    processes = [_command("crawl", "--offices", offices, "--data", runs.data) for _ in range(3)]
    codes = []
    for process in processes:
        process.communicate(timeout=60)
        codes.append(process.returncode)
    assert sorted(codes) == [0, 6, 6]
    assert max(runs.site.asked().values()) == 1
    _assert_sound(runs)
