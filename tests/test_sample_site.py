"""The sample site holds together: links resolve, one text in two places, truth equals reading."""

import csv
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import lxml.html
import pytest

from crawler import sample_site
from parsers import Document, Report, parse_page

CHANNEL = sample_site.PAGES / sample_site.CHANNEL.removeprefix("/")
DETAIL_PAGES = sorted(CHANNEL.glob("doc_*.html"))
EMPTY_PAGES = 8


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with sample_site.serve() as url:
        yield url


def fetched(url: str) -> tuple[int, str, bytes]:
    with urllib.request.urlopen(url) as response:
        return response.status, response.headers["Content-Type"], response.read()


def test_every_link_from_the_home_page_resolves(base: str) -> None:
    waiting, seen = [f"{base}/"], set()
    while waiting:
        url = waiting.pop()
        if url in seen or urlsplit(url).netloc != urlsplit(base).netloc:
            continue
        seen.add(url)
        status, content_type, body = fetched(url)
        assert status == 200, url
        if content_type.startswith("text/html"):
            page = lxml.html.fromstring(body.decode("utf-8"))
            waiting += [urljoin(url, one) for one in page.xpath("//@href | //@src")]
    documents = {url for url in seen if "/doc_" in url}
    assert len(documents) == len(DETAIL_PAGES) == 18


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/robots.txt", "text/plain; charset=utf-8"),
        (sample_site.CHANNEL, "text/html; charset=utf-8"),
        ("/css/site.css", "text/css; charset=utf-8"),
        ("/images/qr.png", "image/png"),
    ],
)
def test_served_with_its_type(base: str, path: str, content_type: str) -> None:
    assert fetched(base + path)[:2] == (200, content_type)


@pytest.mark.parametrize("path", ["/no-such-page.html", "/css/", "/admin/"])
def test_missing_pages_are_missing(base: str, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        fetched(base + path)
    assert caught.value.code == 404


def test_only_the_loopback_address_is_served(base: str) -> None:
    assert urlsplit(base).hostname == "127.0.0.1"


def inline_articles(path: Path) -> list[str]:
    page = lxml.html.fromstring(path.read_text("utf-8"))
    return [
        re.sub(r"\s", "", article.text_content())
        for article in page.xpath('//div[@class="info-content"]')
    ]


def test_the_channel_page_holds_the_documents_of_the_detail_pages() -> None:
    page = lxml.html.fromstring((CHANNEL / "index.html").read_text("utf-8"))
    listed = page.xpath('//ul[@class="info-list"]//a/@href')
    inline = inline_articles(CHANNEL / "index.html")
    assert len(listed) == len(inline) == len(DETAIL_PAGES)
    for href, text in zip(listed, inline, strict=True):
        assert inline_articles(CHANNEL / href.rsplit("/", 1)[1]) == [text]
    assert inline.count("") == EMPTY_PAGES


def reports_of(path: Path) -> list[Report]:
    documents: list[Document] = parse_page(path.read_bytes(), url=f"http://sample.test/{path.name}")
    return [one.report for one in documents if one.report is not None]


def figures(report: Report) -> set[tuple[object, ...]]:
    year = report.report_year
    return {
        (year, one.indicator, one.applicant, one.value, one.status, one.qualifier, one.source)
        for one in report.observations
    }


def truth() -> set[tuple[object, ...]]:
    rows = set()
    with sample_site.TRUTH.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            value = float(row["value"]) if row["value"] else None
            qualifier = row["qualifier"] or "exact"
            figure = (row["indicator"], row["applicant"] or None, value, row["status"], qualifier)
            rows.add((int(row["report_year"]), *figure, row["source"]))
    return rows


def report_facts(report: Report) -> tuple[str, ...]:
    return tuple(
        "" if fact is None else str(fact)
        for fact in (
            report.report_year,
            report.layout,
            report.published_on,
            report.period_start,
            report.period_end,
            report.n_sections,
            report.declared_parts,
        )
    )


def report_truth() -> dict[tuple[str, ...], int]:
    """The facts of each report -> how many copies of it the site holds."""
    names = ("report_year", "layout", "published_on", "period_start", "period_end")
    with sample_site.REPORTS.open(encoding="utf-8", newline="") as file:
        return {
            tuple(row[name] for name in (*names, "sections", "declared_parts")): int(row["copies"])
            for row in csv.DictReader(file)
        }


@pytest.mark.parametrize("pages", [[CHANNEL / "index.html"], DETAIL_PAGES], ids=["channel", "each"])
def test_what_is_read_is_what_the_pages_state(pages: list[Path]) -> None:
    reports = [report for path in pages for report in reports_of(path)]
    full = [report for report in reports if report.status == "parsed"]
    assert set().union(*map(figures, full)) == truth()
    found = [report_facts(report) for report in full]
    # What one page prints twice is read once there; 2022 has two pages of its own.
    stated = report_truth() if len(pages) > 1 else dict.fromkeys(report_truth(), 1)
    assert {facts: found.count(facts) for facts in found} == stated


def test_documents_without_content_are_seen_between_the_others() -> None:
    reports = reports_of(CHANNEL / "index.html")
    assert sum(report.status == "empty_page" for report in reports) == EMPTY_PAGES
