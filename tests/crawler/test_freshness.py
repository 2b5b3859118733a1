"""What a crawl and an update ask a site for again, and when."""

from __future__ import annotations

import datetime as dt

import pytest

from crawler.archive import Capture
from crawler.arguments import CrawlArguments
from crawler.freshness import is_fresh

NOW = dt.datetime(2026, 3, 1, 3, 0, tzinfo=dt.UTC)
TITLE = "平湖市测试局2015年政府信息公开工作年度报告"


def _capture(fetched_at: dt.datetime, status: int = 200, kind: str = "report") -> Capture:
    return Capture(
        "cn-990000-test", "http://a/1.html", fetched_at, status, "text/html", 9, "0" * 64,
        kind, "live", "cn-990000-test/a.warc.gz", 0, None, TITLE, "http://a/",
    )  # fmt: skip


def _ago(**time: float) -> dt.datetime:
    return NOW - dt.timedelta(**time)


FIRST_OF_FEBRUARY = dt.datetime(2026, 2, 1, 3, 5, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("mode", "fetched_at", "changed", "fresh"),
    [
        ("update", _ago(days=1), {}, True),
        ("update", _ago(days=20), {}, True),
        ("update", _ago(days=32), {}, False),
        # February is short, and the last run began five minutes later than this one.
        ("update", FIRST_OF_FEBRUARY, {}, False),
        ("update", _ago(days=1), {"year": 2025}, False),
        ("update", _ago(days=1), {"year": 2024}, True),
        ("update", _ago(days=1), {"year": None}, True),
        ("update", _ago(days=1), {"kind": "attachment"}, True),
        ("update", _ago(minutes=1), {"kind": "channel", "year": None}, False),
        ("update", _ago(minutes=1), {"kind": "listing", "year": None}, False),
        ("update", _ago(minutes=1), {"kind": "robots", "year": None}, False),
        ("update", _ago(days=1), {"kind": "listing"}, True),  # linked as 2015年
        ("update", _ago(days=1), {"kind": "other", "year": None, "is_linked": False}, True),
        ("update", _ago(days=1), {"kind": "attachment", "is_linked": False}, False),
        ("update", _ago(days=1), {"is_linked": False}, False),
        ("update", _ago(days=1), {"link_text": f"{TITLE}（更正）"}, False),
        ("update", _ago(days=1), {"link_text": f"{TITLE}（更正）", "via": "http://a/2"}, True),
        ("crawl", _ago(hours=2), {"kind": "channel", "year": None}, True),
        ("crawl", _ago(hours=2), {"year": 2025}, True),
        ("crawl", _ago(hours=25), {"kind": "channel", "year": None}, False),
        ("crawl", _ago(hours=25), {"year": 2025}, False),
        ("crawl", _ago(hours=25), {}, True),
        ("crawl", _ago(days=32), {}, False),
        ("replay", _ago(days=900), {"kind": "channel"}, True),
        # A clock that went back.
        ("update", NOW + dt.timedelta(days=400), {}, False),
        ("crawl", NOW + dt.timedelta(seconds=1), {"kind": "channel", "year": None}, False),
    ],
)
def test_a_capture_stands_for_its_page_while_it_is_young_enough(mode, fetched_at, changed, fresh):
    about = {"kind": "report", "year": 2015, "link_text": TITLE, "via": "http://a/"}
    about |= {"is_linked": True} | changed
    arguments = CrawlArguments(mode=mode)
    assert (
        is_fresh(_capture(fetched_at), None, arguments=arguments, now=NOW, **about)  # type: ignore[arg-type]
        is fresh
    )


@pytest.mark.parametrize(
    ("last", "before", "is_linked", "fresh"),
    [
        ((404, "error"), None, True, False),
        ((404, "error"), (200, "report"), True, False),
        ((404, "error"), (404, "error"), True, True),
        ((404, "error"), (410, "error"), True, True),
        ((404, "error"), (404, "error"), False, True),
        ((200, "error"), (200, "report"), True, False),  # 404 told with status 200
        ((200, "error"), (404, "error"), True, True),
        ((301, "other"), (200, "report"), False, False),  # a page that moved
        ((301, "other"), (301, "other"), False, True),
    ],
)
def test_a_page_that_is_gone_is_asked_for_once_more_before_it_is_believed(
    last, before, is_linked, fresh
):
    captures = [
        _capture(_ago(days=n), *pair) if pair else None for n, pair in enumerate((last, before))
    ]
    assert captures[0] is not None
    assert (
        is_fresh(
            captures[0],
            captures[1],
            kind="report",
            year=2015,
            link_text=TITLE,
            via="http://a/",
            is_linked=is_linked,
            arguments=CrawlArguments(mode="update"),
            now=NOW,
        )
        is fresh
    )


@pytest.mark.parametrize(
    ("hours", "age", "fresh"), [(0.0, 0, False), (1.0, 2, False), (9.0, 2, True)]
)
def test_an_age_that_is_given_goes_before_every_rule(hours, age, fresh):
    assert (
        is_fresh(
            _capture(_ago(hours=age)),
            None,
            kind="channel",
            year=2025,
            link_text=TITLE,
            via="http://a/",
            is_linked=True,
            arguments=CrawlArguments(mode="update", max_age_hours=hours),
            now=NOW,
        )
        is fresh
    )


def _asked_by(runs, **options) -> set[str]:
    before = len(runs.site.requests)
    runs.crawl(**options)
    return {path for _, path, _ in runs.site.requests[before:]}


LISTINGS = {"/robots.txt", "/", "/nb/"}
REPORTS = {f"/gk/{year}.html" for year in range(2019, 2023)}


def test_closed_years_are_asked_for_again_in_another_month(runs):
    runs.crawl()
    assert _asked_by(runs, mode="update") == LISTINGS
    runs.age(days=32)
    assert _asked_by(runs, mode="update") == LISTINGS | REPORTS
    assert _asked_by(runs, mode="update") == LISTINGS
    assert runs.latest()["/gk/2020.html"].http_status == 304


def test_a_new_entry_is_fetched_by_the_next_update(runs):
    runs.crawl()
    runs.site.fill([2018, *range(2019, 2023)])
    assert _asked_by(runs, mode="update") == {*LISTINGS, "/gk/2018.html"}
    assert runs.manifest()["offices"][0]["new"] == [f"{runs.site.url}/gk/2018.html"]


def test_a_report_under_a_new_title_is_asked_for_once(runs):
    runs.crawl()
    links = [(f"/gk/{year}.html", runs.site.TITLE.format(year=year)) for year in range(2019, 2023)]
    links[1] = (links[1][0], links[1][1] + "（更正）")
    runs.site.pages["/nb/"] = runs.site.Answer(runs.site.listing(links))
    assert _asked_by(runs, mode="update") == {*LISTINGS, "/gk/2020.html"}
    assert _asked_by(runs, mode="update") == LISTINGS


def test_a_report_that_is_linked_no_more_is_asked_for_until_it_is_gone(runs):
    runs.crawl()
    runs.site.fill(range(2019, 2022))  # the page of 2022 is still there
    unlinked = {*LISTINGS, "/gk/2022.html"}
    for _ in range(2):
        assert _asked_by(runs, mode="update") == unlinked
        assert runs.manifest()["verdict"] == "ok"
        assert runs.manifest()["offices"][0]["report_years"] == [2019, 2020, 2021]
        assert runs.manifest()["offices"][0]["missing"] == [f"{runs.site.url}/gk/2022.html"]
    del runs.site.pages["/gk/2022.html"]
    assert _asked_by(runs, mode="update") == unlinked
    assert runs.manifest()["verdict"] == "partial"
    assert _asked_by(runs, mode="update") == unlinked  # once more, before it is believed
    assert runs.manifest()["verdict"] == "ok"
    assert _asked_by(runs, mode="update") == LISTINGS
    assert runs.manifest()["offices"][0]["missing"] == [f"{runs.site.url}/gk/2022.html"]


@pytest.mark.parametrize(
    ("broken", "options"),
    [
        ({"/nb/": 503}, {}),  # who cannot read the list cannot say what is missing from it
        ({"/robots.txt": 503}, {}),
        ({}, {"from_year": 2020}),
    ],
)
def test_an_update_that_did_not_see_every_link_looks_for_no_lost_report(runs, broken, options):
    runs.crawl()
    runs.site.fill(range(2020, 2022))
    for path, status in broken.items():
        runs.site.pages[path].status = status
    asked = _asked_by(runs, mode="update", **options)
    assert not asked & {"/gk/2019.html", "/gk/2022.html"}


@pytest.mark.parametrize("path", ["/nb/", "/"])
@pytest.mark.parametrize("options", [{"mode": "update"}, {}])
def test_a_page_of_links_that_is_gone_is_said_at_every_run(runs, path, options):
    """What it would lead to is not known; that it is known to be gone is no comfort."""
    runs.crawl()
    for answer in ({"status": 404, "body": "no"}, {"body": "<title>404</title>"}):
        runs.site.pages[path] = runs.site.Answer(**answer)
        runs.age(days=2)
        for _ in range(3):
            result = runs.crawl(**options)
            assert result.verdict == "partial"
            assert f"{runs.site.url}{path} failed: " in result.messages[0]
            assert result.offices[0].missing == []


def _entry(runs, links):
    runs.site.pages["/nb/"] = runs.site.Answer(runs.site.listing(links))
    for href, text in links:
        runs.site.pages.setdefault(href, runs.site.Answer(runs.site.page(text, "<p>正文</p>" * 90)))


DOCUMENTS = [
    ("/nb/doc_1.html", "平湖市测试局公开指南"),  # a document of the entry page
    ("/nb/2018/", "2018年"),  # a list, or a report
    ("/f/2017.pdf", "平湖市测试局2017年政府信息公开工作年度报告"),
]


def test_what_can_hold_a_report_is_watched_whatever_its_kind(runs):
    runs.site.pages["/f/2017.pdf"] = runs.site.Answer(b"%PDF-1.4", content_type="application/pdf")
    _entry(runs, DOCUMENTS)
    runs.crawl()
    kinds = {path: capture.kind for path, capture in runs.latest().items()}
    assert [kinds[path] for path, _ in DOCUMENTS] == ["other", "listing", "attachment"]
    assert _asked_by(runs, mode="update") == LISTINGS
    named = {"/nb/2018/", "/f/2017.pdf"}
    _entry(runs, [("/gk/2022.html", runs.site.TITLE.format(year=2022))])
    assert _asked_by(runs, mode="update") == LISTINGS | named | {"/gk/2022.html"}
    missing = {f"{runs.site.url}{path}" for path in named}
    assert set(runs.manifest()["offices"][0]["missing"]) == missing
    for path, _ in DOCUMENTS:
        del runs.site.pages[path]
    runs.age(days=40)
    everything = {path for path, _ in DOCUMENTS}
    assert _asked_by(runs, mode="update") == LISTINGS | {"/gk/2022.html"} | everything
    runs.crawl(mode="update")
    gone = {f"{runs.site.url}{path}" for path in everything}
    assert set(runs.manifest()["offices"][0]["missing"]) == gone
    assert _asked_by(runs, mode="update") == LISTINGS


def test_a_site_that_moved_is_not_asked_at_its_old_addresses_for_ever(runs):
    site = runs.site
    runs.crawl()
    years = range(2019, 2023)
    for year in years:
        moved = [("Location", f"/new/{year}.html")]
        site.pages[f"/new/{year}.html"] = site.pages[f"/gk/{year}.html"]
        site.pages[f"/gk/{year}.html"] = site.Answer("", status=301, headers=moved)
    links = [(f"/new/{year}.html", site.TITLE.format(year=year)) for year in years]
    site.pages["/nb/"] = site.Answer(site.listing(links))
    new = {path for path, _ in links}
    assert _asked_by(runs, mode="update") == LISTINGS | new | REPORTS
    assert runs.manifest()["offices"][0]["missing"] == []
    assert _asked_by(runs, mode="update") == LISTINGS
    office = runs.manifest()["offices"][0]
    assert (office["missing"], office["verdict"]) == ([], "ok")
    assert office["report_years"] == [2019, 2020, 2021, 2022]
