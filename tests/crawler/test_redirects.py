"""Where redirects lead: to the page asked for, to another in its place, to one known already."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.offices import Expected
from crawler.redirects import leads_away
from datasets.build import build
from datasets.tables import read_rows
from tests.crawler.test_refusals import REPORT


def _redirect(runs, path, target, status=302):
    runs.site.pages[path] = runs.site.Answer("", status=status, headers=[("Location", target)])


def _coverage(runs, year) -> dict[str, object]:
    office = replace(runs.site.office(), expected=Expected(2022, 2023))
    build(runs.data, {office.id: office})
    [row] = [row for row in read_rows(runs.data, "coverage") if row["report_year"] == year]
    return row


@pytest.mark.parametrize(
    ("asked", "kind", "target", "taken_for", "away"),
    [
        ("/gk/1.html", "report", "/", None, True),
        ("/gk/1.html", "attachment", "/index.html", None, True),
        ("/gk/1.html", "report", "/nb/", "channel", True),
        ("/gk/1.html", "other", "/xxgk/", "listing", True),
        ("/gk/1.html", "report", "/gk/404.html", None, True),
        ("/gk/1.html", "report", "/error/", None, True),
        ("/gk/1.html", "report", "/gk/2.html", None, False),
        ("/gk/1.html", "report", "/gk/2.html", "report", False),
        ("/gk/1.html", "report", "/gk/4041.html", None, False),
        ("/gk/1.html", "report", "/terror.html", None, False),
        ("/nb/", "channel", "/", "listing", True),
        ("/nb/", "channel", "/404.html", None, True),
        ("/nb/", "channel", "/xxgk/nb/", None, False),
        ("/index.html", "channel", "/", "listing", False),
        ("/", "listing", "/nb/", "channel", False),
        ("/xxgk/", "listing", "/error.jsp", None, True),
    ],
)
def test_what_takes_the_place_of_a_page(asked, kind, target, taken_for, away):
    host = "http://a.example"
    assert leads_away(host + asked, kind, host + target, taken_for) is away


@pytest.mark.parametrize("target", ["/", "/nb/", "/404.html", "/xxgk/"])
def test_a_report_that_vanished_by_a_redirect_is_removed_and_its_data_are_kept(runs, target):
    site = runs.site
    site.fill([2022, 2023])
    site.pages["/gk/2023.html"] = site.Answer(REPORT)
    site.pages["/404.html"] = site.Answer("<title>404</title>")
    site.pages["/xxgk/"] = site.Answer(site.listing([("/nb/", "政府信息公开年报")]))
    runs.crawl()
    assert _coverage(runs, 2023)["status"] == "parsed"
    _redirect(runs, "/gk/2023.html", target)
    result = runs.crawl(max_age_hours=0)
    assert result.verdict == "partial"
    assert "/gk/2023.html failed: it redirects to a page that" in result.messages[0]
    assert [one.reason for one in runs.failures()] == ["redirected_away"]
    # From the archive, and asked for again, it is known.
    for options in ({}, {"max_age_hours": 0}):
        again = runs.crawl(**options)
        assert (again.verdict, len(runs.failures())) == ("ok", 1)
        assert again.offices[0].missing == [f"{site.url}/gk/2023.html"]
    kinds = {c.kind for c in runs.captures() if c.url.endswith(target)}
    assert "report" not in kinds
    row = _coverage(runs, 2023)
    assert (row["status"], "302" in row["evidence"]) == ("removed", True)
    assert [r for r in read_rows(runs.data, "observations") if r["report_year"] == 2023]


def test_two_reports_that_lead_to_one_unknown_list_are_both_gone(runs):
    site = runs.site
    site.pages["/xxgk/"] = site.Answer(site.listing([("/nb/", "政府信息公开年报")]))
    runs.crawl()
    for year in (2021, 2022):
        _redirect(runs, f"/gk/{year}.html", "/xxgk/")
    runs.crawl(max_age_hours=0)
    assert {one.url[-9:]: one.reason for one in runs.failures()} == {
        "2021.html": "redirected_away",
        "2022.html": "redirected_away",
    }
    assert {c.kind for c in runs.captures() if c.url.endswith("/xxgk/")} == {"listing"}


def test_a_report_that_moved_and_links_its_list_is_the_report(runs):
    site = runs.site
    runs.crawl()
    _redirect(runs, "/gk/2022.html", "/new/2022.html", status=301)
    links = site.listing([("/nb/", "政府信息公开年报"), ("/gk/2021.html", "2021年年度报告")])
    site.pages["/new/2022.html"] = site.Answer(site.report(2022) + links)
    assert runs.crawl(max_age_hours=0).verdict == "ok"
    assert runs.latest()["/new/2022.html"].kind == "report"


def test_a_report_that_moved_is_the_report_where_it_is_now(runs):
    site = runs.site
    site.fill([2022, 2023])
    site.pages["/gk/2023.html"] = site.Answer(REPORT)
    runs.crawl()
    _redirect(runs, "/gk/2023.html", "/new/2023.html", status=301)
    site.pages["/new/2023.html"] = site.Answer(REPORT)
    result = runs.crawl(max_age_hours=0)
    assert result.verdict == "ok"
    assert result.offices[0].missing == []
    assert runs.latest()["/new/2023.html"].kind == "report"
    assert _coverage(runs, 2023)["status"] == "parsed"


def test_a_redirect_to_a_page_that_is_asked_for_anyway_asks_once(runs):
    _redirect(runs, "/gk/2021.html", "/gk/2022.html", status=301)
    assert runs.crawl().verdict == "ok"
    assert runs.site.asked()["/gk/2022.html"] == 1


def test_an_entry_page_that_leads_home_is_said_at_every_run(runs):
    _redirect(runs, "/nb/", "/")
    for _ in range(2):
        result = runs.crawl(max_age_hours=0)
        assert result.verdict == "partial"
        assert "/nb/ failed: it redirects to a page that does not take" in result.messages[0]


def test_a_slash_at_the_end_is_no_other_page(runs):
    _redirect(runs, "/nb", "/nb/", status=301)
    office = replace(runs.site.office(), entry_urls=(f"{runs.site.url}/nb",))
    result = runs.crawl(office)
    assert (result.verdict, result.offices[0].report_years[-1]) == ("ok", 2022)
    assert runs.latest()["/nb/"].kind == "channel"


def test_what_a_page_was_taken_for_once_does_not_stick(runs):
    """A list that a redirect gave in the place of a report is read as a list when it is linked."""
    site = runs.site
    site.pages["/xxgk/"] = site.Answer(
        site.listing([("/gk/2018.html", site.TITLE.format(year=2018))]), has_etag=True
    )
    site.pages["/gk/2018.html"] = site.Answer(site.report(2018))
    _redirect(runs, "/gk/2021.html", "/xxgk/")
    runs.crawl()
    links = [("/xxgk/", "政府信息公开"), ("/gk/2021.html", site.TITLE.format(year=2021))]
    site.pages["/nb/"] = site.Answer(site.listing(links))
    result = runs.crawl(max_age_hours=0)
    assert 2018 in result.offices[0].report_years
    assert runs.latest()["/xxgk/"].kind == "listing"
