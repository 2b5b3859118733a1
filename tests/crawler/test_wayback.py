"""Filling the archive from the Internet Archive, against a stand-in that speaks its wire format.

The stand-in answers as the service does: `/cdx/search/cdx` with lines of seven fields, a blank
line and a resume key, and `/web/<14 digits>id_/<address>` with `Memento-Datetime`, `Link` and
`x-archive-orig-…` header fields.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from crawler.archive import Archive, ArchiveError
from crawler.archive.verification import verify
from crawler.archive.writing import ArchiveWriter
from crawler.wayback import fill_from_wayback


class Service:
    """What the stand-in has: captures by address, each with its time and body."""

    def __init__(self, site):
        self.site = site
        self.captures: dict[str, list[tuple[str, bytes]]] = {}
        # Answers that come first, in the place of mementos.
        self.instead: list = []
        self.asked: list[str] = []

    def has(self, url: str, stamp: str, body: str) -> None:
        self.captures.setdefault(url, []).append((stamp, body.encode("gb18030")))

    def publish(self) -> None:
        """Give every answer that the client may ask for a place on the site."""
        self.site.resolve = self.answer

    def answer(self, target: str):
        parts = urlsplit(target)
        if parts.path == "/cdx/search/cdx":
            return self._search(parse_qs(parts.query))
        stamp, _, url = parts.path.removeprefix("/web/").partition("id_/")
        self.asked.append(stamp)
        if self.instead:
            return self.instead.pop(0)
        url += f"?{parts.query}" if parts.query else ""
        return self._memento(stamp, unquote(url))

    def _search(self, query: dict[str, list[str]]):
        assert query["matchType"] == ["exact"]
        assert query["filter"] == ["statuscode:200"]
        lines = []
        for stamp, body in self.captures.get(query["url"][0], []):
            digest = base64.b32encode(hashlib.sha1(body).digest()).decode()
            key = f"test,example)/{len(lines)}"
            url = query["url"][0]
            lines.append(f"{key} {stamp} {url} text/html 200 {digest} {len(body)}")
        # One result a page, so that the client has to come again with the key.
        at = int(query.get("resumeKey", ["0"])[0])
        page = lines[at : at + 1]
        if at + 1 < len(lines):
            page += ["", str(at + 1)]
        return self.site.Answer("".join(f"{line}\n" for line in page), content_type="text/plain")

    def _memento(self, stamp: str, url: str):
        body = dict(self.captures.get(url, [])).get(stamp)
        if body is None:
            return self.site.Answer("not in archive", status=404)
        moment = datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        return self.site.Answer(
            body,
            content_type="text/html; charset=gb2312",
            headers=[
                ("Memento-Datetime", format_datetime(moment, usegmt=True)),
                ("Link", f'<{url}>; rel="original"'),
                ("x-archive-orig-server", "Apache"),
                ("x-archive-orig-content-length", str(len(body))),
                ("x-archive-src", "crawl/x.warc.gz"),
            ],
        )


@pytest.fixture
def service(other_site, monkeypatch):
    made = Service(other_site)
    made.publish()
    monkeypatch.setenv("GONGKAI_WAYBACK", other_site.url)
    return made


def _fill(runs, **options):
    return fill_from_wayback([runs.site.office()], data_dir=runs.data, **options)


def _from_wayback(runs):
    return [c for c in runs.captures() if c.origin == "wayback"]


def test_a_year_that_the_site_lost_comes_from_the_service(runs, service):
    site = runs.site
    site.pages["/gk/2019.html"] = site.Answer("gone", status=404)
    runs.crawl()
    service.has(f"{site.url}/gk/2019.html", "20200401080000", site.report(2019))
    service.has(f"{site.url}/gk/2020.html", "20210401080000", site.report(2020))
    asked = len(site.requests)
    result = _fill(runs)
    assert (result.verdict, result.offices[0].report_years) == ("ok", [2019])
    [capture] = _from_wayback(runs)
    assert (capture.url, capture.kind) == (f"{site.url}/gk/2019.html", "report")
    assert capture.fetched_at == datetime(2020, 4, 1, 8, tzinfo=UTC)
    assert capture.link_text == site.TITLE.format(year=2019)
    with Archive(runs.data) as archive:
        assert archive.payload(capture).decode("gb18030") == site.report(2019)
        fields = dict(archive.headers(capture))
        assert verify(archive, site.OFFICE_ID).problems == ()
    assert fields["server"] == "Apache"
    assert fields["content-type"] == "text/html; charset=gb2312"
    assert "x-archive-src" not in fields
    assert len(site.requests) == asked  # the office's own site was left alone


def test_old_states_of_the_entry_page_lead_to_reports_nobody_links_any_more(runs, service):
    site = runs.site
    runs.crawl()
    links = [(f"/old/{year}.html", site.TITLE.format(year=year)) for year in (2012, 2013, 2020)]
    service.has(f"{site.url}/nb/", "20140101000000", site.listing(links[:1]))
    service.has(f"{site.url}/nb/", "20150101000000", site.listing(links))
    for year in (2012, 2013, 2020):
        service.has(f"{site.url}/old/{year}.html", f"{year + 1}0301000000", site.report(year))
    result = _fill(runs)
    assert result.offices[0].report_years == [2012, 2013]  # 2020 is there already
    reports = [c.url.rsplit("/", 1)[1] for c in _from_wayback(runs) if c.kind == "report"]
    assert sorted(reports) == ["2012.html", "2013.html"]
    assert sum(c.kind == "channel" for c in _from_wayback(runs)) == 2


def test_the_second_time_fetches_no_capture(runs, service):
    site = runs.site
    service.has(f"{site.url}/nb/", "20140101000000", site.listing([]))
    assert _fill(runs).count("new") == 1
    again = _fill(runs)
    assert (again.count("new"), again.count("archived")) == (0, 1)
    assert len(_from_wayback(runs)) == 1


def test_equal_states_are_fetched_once_and_years_are_kept_to(runs, service):
    site = runs.site
    links = [(f"/old/{year}.html", site.TITLE.format(year=year)) for year in (2012, 2013)]
    for stamp in ("20140101000000", "20140201000000"):
        service.has(f"{site.url}/nb/", stamp, site.listing(links))
    for year in (2012, 2013):
        service.has(f"{site.url}/old/{year}.html", "20140301000000", site.report(year))
    result = _fill(runs, from_year=2013)
    assert result.offices[0].report_years == [2013]
    assert len(_from_wayback(runs)) == 2


def test_a_live_capture_is_the_latest_for_a_crawl_whatever_came_from_elsewhere(runs, service):
    site = runs.site
    runs.crawl()
    service.has(f"{site.url}/nb/", "20140101000000", site.listing([]))
    _fill(runs)
    result = runs.crawl()
    assert result.offices[0].report_years == [2019, 2020, 2021, 2022]
    assert result.offices[0].requests == 0


def test_a_capture_the_service_cannot_play_is_a_failure(runs, service):
    site = runs.site
    service.has(f"{site.url}/nb/", "20140101000000", site.listing([]))
    service._memento = lambda stamp, url: site.Answer("broken", status=404)
    result = _fill(runs)
    assert result.verdict == "partial"
    [failure] = runs.failures()
    assert (failure.reason, failure.origin) == ("wayback", "wayback")


def test_a_service_that_does_not_answer_is_one_sentence(runs, other_site, monkeypatch):
    with ArchiveWriter(runs.data / "archive", runs.site.OFFICE_ID):
        pass
    monkeypatch.setenv("GONGKAI_WAYBACK", other_site.url)
    other_site.resolve = lambda target: other_site.Answer("down", status=503)
    result = _fill(runs)
    assert result.verdict == "unreachable"
    assert f"{other_site.url} cannot be asked" in result.messages[0]


SOFT_404 = "<title>404</title><p>页面不存在</p>"


def _lost_report(runs, service) -> str:
    """The address of a report that a list links and the site has no more."""
    site = runs.site
    site.pages["/gk/2019.html"] = site.Answer("gone", status=404)
    runs.crawl()
    return f"{site.url}/gk/2019.html"


@pytest.mark.parametrize("later", ["soft 404", "home page"])
def test_what_came_into_the_place_of_a_report_is_passed_over(runs, service, later):
    site = runs.site
    url = _lost_report(runs, service)
    links = [(f"/gk/{year}.html", site.TITLE.format(year=year)) for year in range(2016, 2023)]
    home = site.listing(links, "测试局", "<p>本局介绍和最新的工作动态。</p>" * 40)
    body = {"soft 404": SOFT_404, "home page": home}[later]
    service.has(url, "20200401080000", site.report(2019))
    for month in range(1, 7):
        service.has(url, f"2023{month:02}01000000", body.replace("<p>", f"<p>{month} ", 1))
    result = _fill(runs)
    assert (result.verdict, result.offices[0].report_years) == ("ok", [2019])
    assert datetime(2020, 4, 1, 8, tzinfo=UTC) in {c.fetched_at for c in _from_wayback(runs)}
    asked = len(service.asked)
    assert asked == 7
    assert _fill(runs).count("new") == 0
    assert len(service.asked) == asked


def test_not_every_state_of_a_page_is_looked_at_for_one(runs, service):
    url = _lost_report(runs, service)
    for day in range(1, 29):
        service.has(url, f"202301{day:02}000000", f"{SOFT_404}{day}")
    assert _fill(runs).verdict == "ok"
    assert len(service.asked) == 12


def _broken_off(site):
    head = "HTTP/1.1 200 OK\r\nMemento-Datetime: Wed, 01 Apr 2020 08:00:00 GMT\r\n"
    return site.Answer(raw=(head + "Transfer-Encoding: chunked\r\n\r\n5\r\nabc").encode())


def _reset(site):
    return site.Answer(act=lambda connection: connection.close())


@pytest.mark.faults
@pytest.mark.parametrize("fault", [_broken_off, _reset])
@pytest.mark.parametrize("times", [1, 9])
def test_an_answer_that_breaks_off_is_asked_for_again_and_then_told(runs, service, fault, times):
    url = _lost_report(runs, service)
    service.has(url, "20200401080000", runs.site.report(2019))
    service.instead = [fault(runs.site) for _ in range(times)]
    result = _fill(runs)
    manifest = json.loads((runs.data / "wayback.json").read_text("utf-8"))
    assert manifest["verdict"] == result.verdict
    if times == 1:
        assert (result.verdict, result.offices[0].report_years) == ("ok", [2019])
    else:
        assert len(service.asked) == 3
        # A capture that breaks off says nothing of the others; a service that hangs up does.
        kind = {"_broken_off": "partial", "_reset": "unreachable"}[fault.__name__]
        assert result.verdict == kind
        assert len(result.messages) == 1


@pytest.mark.faults
def test_a_full_disk_ends_the_filling_with_a_sentence(runs, service, monkeypatch):
    url = _lost_report(runs, service)
    service.has(url, "20200401080000", runs.site.report(2019))

    def full(*_):
        raise ArchiveError("x.warc.gz cannot be written: no space left")

    monkeypatch.setattr(ArchiveWriter, "_write", full)
    result = _fill(runs)
    assert (result.verdict, result.offices[0].finish_reason) == ("partial", "archive_unwritable")
    assert result.messages == [f"{runs.site.OFFICE_ID}: x.warc.gz cannot be written: no space left"]
    assert (runs.data / "wayback.json").exists()


def _busy(site, seconds: int):
    return site.Answer("slow down", status=429, headers=[("Retry-After", str(seconds))])


@pytest.mark.faults
def test_a_service_that_asks_to_wait_is_waited_for(runs, service):
    url = _lost_report(runs, service)
    service.has(url, "20200401080000", runs.site.report(2019))
    service.instead = [_busy(runs.site, 1)]
    begun = time.monotonic()
    result = _fill(runs)
    assert (result.verdict, result.offices[0].report_years) == ("ok", [2019])
    assert time.monotonic() - begun >= 1
    assert result.offices[0].statuses["429"] == 1


@pytest.mark.faults
def test_a_service_that_asks_to_stay_away_is_left_alone_by_all_offices(runs, service):
    url = _lost_report(runs, service)
    for day in (1, 2, 3):
        service.has(url, f"2020040{day}080000", runs.site.report(2019) + str(day))
    service.instead = [_busy(runs.site, 4000)] * 9
    other = replace(runs.site.office(), id="cn-990001-test")
    result = fill_from_wayback([runs.site.office(), other], data_dir=runs.data)
    assert result.verdict == "partial"
    assert [one.finish_reason for one in result.offices] == ["retry_later", "retry_later"]
    assert "asks to stay away" in result.messages[0]
    assert "not asked for" in result.messages[1]
    assert len(service.asked) == 1
    service.instead = []
    assert _fill(runs).offices[0].report_years == [2019]


def test_old_lists_lead_to_files_and_further_pages(runs, service):
    site = runs.site
    runs.crawl()
    more = '<a href="index_2.html">下一页</a>'
    titles = {year: site.TITLE.format(year=year) for year in range(2010, 2014)}
    first = site.listing(
        [("/old/2013.html", titles[2013]), ("/old/2012.pdf", titles[2012])], more=more
    )
    service.has(f"{site.url}/nb/", "20140101000000", first)
    service.has(
        f"{site.url}/nb/index_2.html",
        "20140101000000",
        site.listing([("/old/2011.html", titles[2011])]),
    )
    attached = site.report(2013, '<a href="/old/table.xls">附件</a>')
    service.has(f"{site.url}/old/2013.html", "20140301000000", attached)
    service.has(f"{site.url}/old/2011.html", "20120301000000", site.report(2011))
    for name in ("2012.pdf", "table.xls"):
        service.has(f"{site.url}/old/{name}", "20140301000000", f"%PDF-1.4 {name}")
    result = _fill(runs)
    assert result.offices[0].report_years == [2011, 2012, 2013]
    kinds = {c.url.removeprefix(site.url): c.kind for c in _from_wayback(runs)}
    assert kinds == {
        "/nb/": "channel",
        "/nb/index_2.html": "channel",
        "/old/2013.html": "report",
        "/old/2012.pdf": "attachment",
        "/old/table.xls": "attachment",
        "/old/2011.html": "report",
    }


def test_what_a_budget_cut_off_the_next_run_goes_on_with(runs, service):
    site = runs.site
    runs.crawl()
    service.has(
        f"{site.url}/nb/",
        "20140101000000",
        site.listing([("/old/2013.html", site.TITLE.format(year=2013))]),
    )
    service.has(f"{site.url}/old/2013.html", "20140301000000", site.report(2013))
    office = site.office(max_requests=3)
    results = [fill_from_wayback([office], data_dir=runs.data) for _ in range(2)]
    assert results[0].verdict == "partial"
    assert "the budget of 3 requests" in results[0].messages[0]
    assert _fill(runs).offices[0].report_years == [2013]


def test_the_manifest_says_what_was_asked(runs, service):
    site = runs.site
    for stamp in ("20140101000000", "20150101000000"):
        service.has(f"{site.url}/nb/", stamp, site.listing([], stamp))
    _fill(runs)
    manifest = json.loads((runs.data / "wayback.json").read_text("utf-8"))
    assert manifest["arguments"]["mode"] == "wayback"
    [office] = manifest["offices"]
    assert office["new"] == [f"{site.url}/nb/"]
    assert office["outcomes"] == {"new": 2}
    assert manifest["statuses"] == office["statuses"] == {"200": office["requests"]}
    assert "mode wayback" in (runs.data / "wayback.md").read_text("utf-8")


def test_an_old_state_from_elsewhere_does_not_stand_in_the_place_of_todays(runs, service):
    site = runs.site
    runs.crawl()
    old = site.listing([("/gk/2019.html", site.TITLE.format(year=2019))])
    service.has(f"{site.url}/nb/", "20140101000000", old)
    _fill(runs)
    replayed = runs.crawl(mode="replay").offices[0]
    assert (replayed.verdict, replayed.report_years) == ("ok", [2019, 2020, 2021, 2022])


def test_the_latest_state_of_a_lost_page_serves_a_replay(runs, service):
    site = runs.site
    url = _lost_report(runs, service)
    for year in (2022, 2020):
        service.has(url, f"{year}0401080000", site.report(2019, f"<p>{year}</p>"))
    _fill(runs)
    assert runs.crawl(mode="replay").verdict == "ok"
    with Archive(runs.data) as archive:
        first = archive.latest(site.OFFICE_ID, url)[0]
    assert (first.origin, first.fetched_at.year) == ("wayback", 2022)
