"""Look at a site: a short crawl of an unknown office, and what its pages offer.

The crawl is a sample run of an office that has no more than an address; its archive is in
`sample/` of the data directory, under an id made from the host.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crawler.addresses import host_of
from crawler.archive import Archive, Capture, PayloadError
from crawler.families import family_named
from crawler.links import Link, listing_links
from crawler.markup import ListingPage
from crawler.offices import Office, Politeness
from crawler.offices.keys import OFFICE_KEYS, OfficeError, home_of, office_of
from crawler.results import CrawlResult
from crawler.run import Listener, crawl

# What a first look asks for at most: enough to come from a home page over two columns to a list.
_BUDGET = 40
# Seconds for one answer: a person waits, and a site that is down is asked three times.
_PATIENCE = 20.0
_LISTINGS = ("channel", "listing")
_DOCUMENTS = ("report", "other")


@dataclass(frozen=True)
class LookedAt:
    """One page of links that was seen, with what a generic reading of it offers."""

    capture: Capture
    page: ListingPage
    links: tuple[Link, ...]

    @property
    def reports(self) -> tuple[Link, ...]:
        """The links that say that they lead to reports, as pages or as files."""
        return tuple(
            link
            for link in self.links
            if link.role == "report" or (link.role == "attachment" and link.report_year)
        )


@dataclass(frozen=True)
class Look:
    """What was seen of a site.

    office: the office that was crawled, with an address and hardly more. result: how that went.
    listings: the pages of links; reports: the captures of the pages that may be reports.
    markups: every page that was seen, as text.
    elsewhere: addresses of columns that may lead to reports, on hosts that were not asked.
    """

    office: Office
    result: CrawlResult
    listings: tuple[LookedAt, ...]
    reports: tuple[Capture, ...]
    markups: tuple[str, ...]
    elsewhere: tuple[str, ...] = ()

    def payload(self, capture: Capture) -> tuple[bytes, dict[str, str]]:
        """The bytes of a capture, and its header fields.

        Raises:
            ArchiveError: they cannot be read.
        """
        with Archive(self.result.data_dir) as archive:
            return archive.payload(capture), dict(archive.headers(capture))


def look_at(
    url: str,
    *,
    data_dir: str | Path,
    office: Office | None = None,
    sample: int = 3,
    listener: Listener | None = None,
) -> Look:
    """Crawl a sample of the site of `url`, the address of a home page, a column or a list.

    office: a row to be tried, in the place of one that only knows `url`; what was seen of the same
        site today is taken from the archive.
    sample: how many reports are fetched.

    Raises:
        OfficeError: `url` is no address. Busy: another run is at work in `data_dir`.
    """
    tried = _unknown_office(url)
    if office is not None:
        hosts = tuple(dict.fromkeys((*office.hosts, *tried.hosts)))
        tried = replace(office, id=tried.id, hosts=hosts)
    seen: list[str] = []

    def note(event: dict[str, Any]) -> None:
        if event["event"] == "visit":
            seen.append(event["url"])
        if listener is not None:
            listener(event)

    result = crawl([tried], data_dir=data_dir, sample=sample, listener=note)
    family = family_named(tried.family)
    entries = {family.entry(url) for url in tried.entry_urls}
    listings, reports, markups = [], [], []
    with Archive(result.data_dir) as archive:
        for capture in _of_this_run(archive, tried.id, seen):
            if capture.kind == "robots":
                continue
            try:
                body = archive.payload(capture)
            except PayloadError:
                continue
            is_entry = capture.url in entries
            page = ListingPage(body, capture.url, is_entry=is_entry, is_column=True)
            markups.append(page.text)
            if capture.kind in _DOCUMENTS:
                reports.append(capture)
            elif capture.kind in _LISTINGS:
                links = listing_links(page, family)
                listings.append(LookedAt(capture, page, tuple(links)))
    columns = (link.url for page in listings for link in page.links if link.role == "column")
    elsewhere = dict.fromkeys(url for url in columns if host_of(url) not in tried.hosts)
    return Look(
        tried, result, tuple(listings), tuple(reports), tuple(markups), tuple(elsewhere)[:3]
    )


def _unknown_office(url: str) -> Office:
    wrong = OFFICE_KEYS["home_url"].wrong(url)
    if wrong is not None:
        raise OfficeError(f"{wrong}; give the address of the office's site.")
    host = re.sub(r"[^a-z0-9]+", "-", host_of(url)).strip("-")
    home = home_of(url)
    entries = () if url.rstrip("/") == home.rstrip("/") else (url,)
    values = {"id": f"look-{host}"[:63], "name": host, "home_url": home, "entry_urls": entries}
    usual = office_of(values, {}, {})
    manners: Politeness = replace(usual.politeness, max_requests=_BUDGET, timeout_seconds=_PATIENCE)
    return replace(usual, politeness=manners)


def _of_this_run(archive: Archive, office_id: str, seen: Iterable[str]) -> list[Capture]:
    """The last good capture of each address that this run met, in the order of meeting them.

    An earlier look at the same host may have been at another office of it.
    """
    latest = {one.url: one for one in archive.captures(office_id) if one.is_ok}
    return [latest[url] for url in dict.fromkeys(seen) if url in latest]
