"""Sites that cannot be reached, that refuse, and that ask for patience."""

from __future__ import annotations

import datetime as dt
import itertools
import socket
from dataclasses import replace
from email.utils import format_datetime

import pytest

from crawler.offices import Expected
from crawler.sample_site import CHANNEL, PAGES
from datasets.build import build
from datasets.tables import read_rows


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.mark.parametrize(
    ("host", "reason", "words"),
    [
        ("127.0.0.1:{port}", "refused", "cannot be reached: the connection was refused."),
        ("gongkai.invalid", "dns", "cannot be reached: the name of the host cannot be resolved."),
    ],
)
def test_an_unreachable_host_is_one_sentence(runs, host, reason, words):
    host = host.format(port=_free_port())
    office = replace(runs.site.office(), home_url=f"http://{host}/", entry_urls=(), hosts=(host,))
    result = runs.crawl(office)
    assert result.verdict == "unreachable"
    assert result.messages == [f"{office.id}: http://{host}/ {words}"]
    assert {failure.reason for failure in runs.failures()} == {reason, "robots_unknown"}
    assert runs.manifest()["verdict"] == "unreachable"


@pytest.mark.parametrize(
    ("page", "words", "kind"),
    [
        ({"status": 404, "body": "no"}, "cannot be fetched: HTTP status 404.", "error"),
        (
            {"status": 412, "body": "<script>var $_ts=window['$_ts'];</script>"},
            "refuses the crawler: HTTP status 412",
            "challenge",
        ),
        (
            {"body": "<script>document.cookie='a=1';location.reload()</script>"},
            "refuses the crawler: script sets a cookie",
            "challenge",
        ),
        (
            {"body": '<title>用户登录</title><input type="password" name="p">'},
            "refuses the crawler: login form",
            "challenge",
        ),
        (
            {"body": "<title>提示</title><p>您访问的页面不存在</p>"},
            "cannot be fetched: page not found, told with status 200",
            "error",
        ),
        (
            {"body": b"%PDF-1.4", "content_type": "application/pdf"},
            "cannot be fetched: a PDF file in the place of a page",
            "error",
        ),
    ],
)
def test_what_stands_in_the_place_of_the_entry_page_is_said(runs, page, words, kind):
    answer = runs.site.Answer(**page)
    runs.site.pages |= {"/": answer, "/nb/": answer}
    result = runs.crawl()
    assert result.verdict == "unreachable"
    assert words in result.messages[0]
    assert f"{runs.site.url}/nb/" in result.messages[0]
    assert runs.latest()["/nb/"].kind == kind


def test_robots_txt_is_obeyed_and_the_refusal_recorded(runs):
    runs.site.pages["/robots.txt"] = runs.site.Answer("User-agent: *\nDisallow: /gk/2020")
    result = runs.crawl()
    assert result.verdict == "partial"
    assert "2020.html failed: robots.txt forbids it" in result.messages[0]
    assert "/gk/2020.html" not in runs.site.asked()
    [failure] = runs.failures()
    assert (failure.reason, failure.kind) == ("robots", "report")
    assert failure.link_text == runs.site.TITLE.format(year=2020)


def test_an_office_may_give_a_reason_not_to_obey_robots_txt(runs):
    runs.site.pages["/robots.txt"] = runs.site.Answer("User-agent: *\nDisallow: /")
    office = runs.site.office(robots_override_reason="written permission of 2024-03-01")
    assert runs.crawl(office).verdict == "ok"
    assert "/robots.txt" not in runs.site.asked()


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (404, "User-agent: *\nDisallow: /", "ok"),  # no robots.txt allows everything
        (503, "User-agent: *\nAllow: /", "unreachable"),  # a failing one allows nothing
    ],
)
def test_an_error_in_the_place_of_robots_txt_means_what_the_standard_says(
    runs, status, body, verdict
):
    runs.site.pages["/robots.txt"] = runs.site.Answer(body, status=status)
    assert runs.crawl().verdict == verdict


@pytest.mark.faults
@pytest.mark.parametrize("trouble", [{"act": lambda connection: None}, {"status": 503}])
def test_a_robots_txt_that_cannot_be_had_allows_nothing(runs, trouble):
    runs.site.pages["/robots.txt"] = runs.site.Answer(**trouble)
    result = runs.crawl()
    assert result.verdict == "unreachable"
    assert set(runs.site.asked()) == {"/robots.txt"}


@pytest.mark.faults
@pytest.mark.parametrize(("days", "verdict"), [(2, "partial"), (40, "unreachable")])
def test_a_robots_txt_that_cannot_be_had_is_what_it_was_lately(runs, days, verdict):
    robots = "User-agent: *\nDisallow: /gk/2020"
    runs.site.pages["/robots.txt"] = runs.site.Answer(robots, content_type="text/plain")
    runs.crawl()
    runs.age(days=days)
    runs.site.pages["/robots.txt"] = runs.site.Answer(act=lambda connection: None)
    before = len(runs.site.requests)
    result = runs.crawl(max_age_hours=0)
    asked = {path for _, path, _ in runs.site.requests[before:]}
    assert result.verdict == verdict
    assert "/gk/2020.html" not in asked
    assert ("/gk/2021.html" in asked) == (verdict == "partial")
    if verdict == "partial":
        assert "/robots.txt and 1 more failed: the connection broke" in result.messages[0]


def test_requests_come_one_at_a_time_with_the_pause_of_the_office(runs):
    for answer in runs.site.pages.values():
        answer.pause = 0.05
    runs.crawl(runs.site.office(delay_seconds=0.2))
    assert runs.site.most_open == 1
    times = [moment for moment, _, _ in runs.site.requests]
    assert min(b - a for a, b in itertools.pairwise(times)) >= 0.2


def test_crawl_delay_is_applied(runs):
    runs.site.pages["/robots.txt"] = runs.site.Answer("User-agent: *\nCrawl-delay: 0.3")
    runs.crawl()
    times = [moment for moment, _, _ in runs.site.requests]
    assert min(b - a for a, b in itertools.pairwise(times)) >= 0.3


@pytest.mark.faults
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_obeyed(runs, form):
    pages, refused = runs.site.pages, []

    def answer(path):
        if path != "/gk/2021.html" or refused:
            return pages.get(path, runs.site.Answer("<p>没有</p>", status=404))
        # Made when it is asked for: on a busy machine the crawl may come to it late.
        moment = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=3)
        refused.append("2" if form == "seconds" else format_datetime(moment, usegmt=True))
        return runs.site.Answer("later", status=429, headers=[("Retry-After", refused[0])])

    runs.site.resolve = answer
    assert runs.crawl().verdict == "ok"
    moments = [moment for moment, path, _ in runs.site.requests if path == "/gk/2021.html"]
    later = [moment for moment, _, _ in runs.site.requests if moment > moments[0]]
    assert len(moments) == 2
    # Nothing at all is asked of the host before the time is over (a date is whole seconds).
    assert min(later) - moments[0] >= 1.9


@pytest.mark.faults
def test_a_site_that_asks_to_stay_away_for_long_is_not_asked_again(runs):
    busy = runs.site.Answer("later", status=429, headers=[("Retry-After", "86400")])
    runs.site.pages["/gk/2021.html"] = busy
    result = runs.crawl()
    assert result.verdict == "partial"
    assert "asks to stay away" in result.messages[0]
    assert runs.site.asked()["/gk/2021.html"] == 1


@pytest.mark.faults
def test_a_host_that_asks_to_stay_away_for_long_is_left_alone_at_once(runs):
    busy = runs.site.Answer("later", status=429, headers=[("Retry-After", "86400")])
    runs.site.pages["/gk/2022.html"] = busy  # the newest report is asked for first
    result = runs.crawl()
    [office] = result.offices
    assert (result.verdict, office.finish_reason) == ("partial", "retry_later")
    assert "is asked for nothing more in this run: the site asks to stay away" in office.message
    assert runs.site.requests[-1][1] == "/gk/2022.html"
    assert {one["reason"] for one in office.failed} == {"retry_later"}


@pytest.mark.faults
@pytest.mark.parametrize("manner", ["closes", "stalls"])
def test_a_host_that_gives_no_answer_again_and_again_is_left_alone(runs, manner):
    def answer(connection):
        if manner == "stalls":
            connection.settimeout(3)
            connection.recv(1)

    for year in range(2019, 2023):
        runs.site.pages[f"/gk/{year}.html"] = runs.site.Answer(act=answer)
    result = runs.crawl(runs.site.office(timeout_seconds=0.5))
    [office] = result.offices
    assert (result.verdict, office.finish_reason) == ("partial", "silent")
    assert "its host gave no answer several times in a row" in office.message
    asked = runs.site.asked()
    assert sum(asked[f"/gk/{year}.html"] for year in range(2019, 2023)) in (
        6,
        7,
    )  # a kept connection
    assert len(office.failed) >= 4


@pytest.mark.faults
def test_a_server_error_is_tried_again_and_never_taken_from_the_archive(runs):
    bad = runs.site.Answer("sorry", status=503)
    runs.site.pages["/gk/2021.html"] = [bad, bad, runs.site.pages["/gk/2021.html"]]
    assert runs.crawl().verdict == "ok"
    statuses = [c.http_status for c in runs.captures() if c.url.endswith("/gk/2021.html")]
    assert statuses == [503, 503, 200]
    runs.site.pages["/gk/2020.html"] = bad
    assert runs.crawl(max_age_hours=0).verdict == "partial"
    asked = runs.site.asked()["/gk/2020.html"]
    runs.site.pages["/gk/2020.html"] = runs.site.Answer(runs.site.report(2020))
    assert runs.crawl(max_age_hours=0).verdict == "ok"
    assert runs.site.asked()["/gk/2020.html"] == asked + 1


def test_the_user_agent_names_the_project_and_a_contact(runs, monkeypatch):
    monkeypatch.setenv("GONGKAI_CONTACT", "archivist@example.org")
    runs.crawl()
    agents = {asked["user-agent"] for _, _, asked in runs.site.requests}
    [agent] = agents
    assert agent.startswith("gongkai/")
    assert "archivist@example.org" in agent
    assert not any("cookie" in asked for _, _, asked in runs.site.requests)


def test_a_second_run_at_the_same_time_is_busy(runs):
    from crawler.locks import Busy, office_lock, run_lock

    lock = run_lock(runs.data)
    with pytest.raises(Busy, match="Another run is at work on the data directory"):
        runs.crawl()
    lock.release()
    lock = office_lock(runs.data, runs.site.OFFICE_ID)
    result = runs.crawl()
    assert result.verdict == "busy"
    assert "Another run is at work on the archive of" in result.messages[0]
    lock.release()
    assert runs.crawl().verdict == "ok"


# A page that holds a whole report, for what a guard or an error puts round it.
REPORT = next((PAGES / CHANNEL.strip("/")).glob("doc_65ad*.html")).read_text("utf-8")
SCRIPT = "<script>document.cookie='a=1;path=/';location.reload()</script>"


@pytest.mark.parametrize(
    ("answer", "kind", "status"),
    [
        ({"status": 412, "body": REPORT}, "challenge", "blocked"),
        ({"status": 521, "body": SCRIPT}, "challenge", "blocked"),
        ({"body": SCRIPT}, "challenge", "blocked"),
        ({"body": '<title>登录</title><input type="password">'}, "challenge", "blocked"),
        ({"status": 403, "body": REPORT}, "error", "blocked"),
        ({"status": 404, "body": REPORT}, "error", "http_error"),
        ({"status": 410, "body": REPORT}, "error", "http_error"),
        ({"body": "<title>提示</title><p>您访问的页面不存在</p>"}, "error", "http_error"),
        (
            {"body": b"%PDF-1.4 2023", "content_type": "application/pdf"},
            "attachment",
            "attachment_only",
        ),
        ({"body": b"\xd0\xcf\x11\xe0", "content_type": None}, "attachment", "attachment_only"),
        ({"body": b"GIF89a", "content_type": "image/gif"}, "error", "http_error"),
        ({"body": REPORT, "content_type": "image/png"}, "report", "parsed"),  # it is a page
        ({"body": REPORT}, "report", "parsed"),
    ],
)
def test_what_stands_in_the_place_of_a_report_is_recorded_and_never_read(
    runs, answer, kind, status
):
    runs.site.fill([2022, 2023])
    runs.site.pages["/gk/2023.html"] = runs.site.Answer(**answer)
    runs.crawl()
    assert runs.latest()["/gk/2023.html"].kind == kind
    office = replace(runs.site.office(), expected=Expected(2022, 2023))
    build(runs.data, {office.id: office})
    [row] = [row for row in read_rows(runs.data, "coverage") if row["report_year"] == 2023]
    assert row["status"] == status
    figures = [row for row in read_rows(runs.data, "observations") if row["report_year"] == 2023]
    assert bool(figures) is (status == "parsed")
