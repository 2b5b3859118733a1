"""Filling the archive from the Internet Archive, against a stand-in that speaks its wire format.

The stand-in answers as the service does: `/cdx/search/cdx` with lines of seven fields, a blank
line and a resume key, and `/web/<14 digits>id_/<address>` with `Memento-Datetime`, `Link` and
`x-archive-orig-…` header fields.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from crawler.archive import Archive
from crawler.archive.verification import verify
from crawler.archive.writing import ArchiveWriter
from crawler.wayback import fill_from_wayback


class Service:
    """What the stand-in has: captures by address, each with its time and body."""

    def __init__(self, site):
        self.site = site
        self.captures: dict[str, list[tuple[str, bytes]]] = {}

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
