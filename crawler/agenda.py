"""What a run asks for: which links become requests, in which order, and within which limits.

It keeps what was asked for and what a limit left out; what became of a request is not its business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from scrapy import Request

from crawler.addresses import absolute, host_of
from crawler.archive import PAGES_OF_LINKS, Kind
from crawler.arguments import CrawlArguments
from crawler.families import family_named
from crawler.journal import Journal, Visit
from crawler.links import Link, names_reports
from crawler.meta import KIND, LINK_TEXT, LISTING_DEPTH, PAGES_BEFORE, RECORDS_BEFORE, VIA, YEAR
from crawler.offices import Office

# How far a crawl goes from the entry pages to find the column that lists the reports, how many
# pages of links it opens, and how many of one listing: thirty pages list more than twenty years.
_DEPTH = 3
_LISTING_LIMIT = 60
_PAGES_OF_A_LISTING = 30
# How many addresses a run keeps in mind for each request of its budget.
_WAITING = 10
# Reports first, the newest of them first; then what may lead to more. The further pages of a
# listing wait for the first pages of others.
_PRIORITY = {"report": 3000, "attachment": 2500, "channel": 2000, "listing": 1000, "other": 0}


class Agenda:
    """The requests of one run to one office.

    asked: what each address is asked for as. led_to: where redirects led, and as what.
    cuts: the limits that left something out, with the number and the address where it was met.
    """

    def __init__(
        self,
        office: Office,
        arguments: CrawlArguments,
        journal: Journal,
        callbacks: Mapping[Kind, Callable[..., Any]],
        errback: Callable[..., Any],
    ):
        self.office = office
        self.arguments = arguments
        self.family = family_named(office.family)
        self.asked: dict[str, Kind] = {}
        self.led_to: dict[str, Kind] = {}
        self.cuts: dict[str, tuple[int, str]] = {}
        self._journal = journal
        self._callbacks = callbacks
        self._errback = errback
        # The address of each page with which a crawl begins, entry pages before the home page.
        self._begin: dict[str, Kind] = dict.fromkeys(map(self._entry, office.entry_urls), "channel")
        self._begin.setdefault(self._entry(office.home_url), "listing")
        self._entries = {url.rstrip("/"): kind for url, kind in reversed(self._begin.items())}
        self._listings = 0
        self._reports = self._documents = 0  # as far as a sample counts them

    def begin(self) -> Iterator[Request]:
        """The requests with which a crawl begins: the entry pages, then the home page."""
        for url, kind in self._begin.items():
            self.asked[url] = kind
            yield self.request(Link(url, "column", ""), kind, via=None)

    def is_home_beside_entries(self, url: str) -> bool:
        """Whether `url` is the home page of an office whose entry pages are named."""
        return bool(self.office.entry_urls) and self._begin.get(url) == "listing"

    def taken_for(self, url: str) -> Kind | None:
        """What the run asks for `url` as, by itself; None when it does not."""
        return self._entries.get(url.rstrip("/")) or self.asked.get(url)

    def hoped_for(self, visit: Visit) -> Kind:
        """What the address of `visit` was asked for as; the answer itself may be an error."""
        return self.asked.get(visit.url) or self.led_to.get(visit.url) or visit.kind

    def is_within(self, url: str) -> bool:
        """Whether `url` is on a host of the office."""
        return host_of(url) in self.office.hosts

    def budget_is_spent(self, url: str) -> bool:
        """Whether there is no request left for `url`; that is then known as a limit of the run."""
        budget = self.office.politeness.max_requests
        if self._journal.requests < budget:
            return False
        self.cut("budget", budget, url)
        return True

    def cut(self, limit: str, number: int, url: str) -> None:
        """Keep in mind that a limit (of `crawler.limits`) left `url` out, or what follows there."""
        self.cuts.setdefault(limit, (number, url))

    def report(self, link: Link, *, via: str) -> Iterator[Request]:
        """Ask for a report, or the file that is one."""
        sample = self.arguments.sample
        if sample is not None and self._reports >= sample:
            return self.cut("sample", sample, link.url)
        kind: Kind = "attachment" if link.role == "attachment" else "report"
        for request in self.follow(link, kind, via=via):
            self._reports += 1
            yield request

    def document(self, link: Link, *, via: str) -> Iterator[Request]:
        """Ask for a document of an entry page, whatever it is."""
        sample = self.arguments.sample
        if sample is not None and self._documents >= sample:
            return self.cut("sample", sample, link.url)
        for request in self.follow(link, "other", via=via):
            self._documents += 1
            yield request

    def column(self, link: Link, *, via: str, depth: int) -> Iterator[Request]:
        """Ask for a column that lies `depth` steps from the entry pages."""
        if depth <= _DEPTH:
            yield from self.listing(link, "listing", via=via, depth=depth)
        elif names_reports(link.text) and self.is_within(link.url) and not self._knows(link.url):
            # Every page of a portal links columns; one that is called after the reports is meant.
            self.cut("depth", _DEPTH, link.url)

    def listing(
        self,
        link: Link,
        kind: Kind,
        *,
        via: str,
        depth: int,
        pages_before: int = 0,
        records_before: int = 0,
    ) -> Iterator[Request]:
        """Ask for a page of links, after so many pages and records of the same listing."""
        if self.is_within(link.url) and link.url not in self.asked:
            if pages_before >= _PAGES_OF_A_LISTING:
                return self.cut("pages", _PAGES_OF_A_LISTING, via)
            if self._listings >= _LISTING_LIMIT:
                return self.cut("listings", _LISTING_LIMIT, link.url)
            self._listings += 1
        state = {
            LISTING_DEPTH: depth,
            PAGES_BEFORE: pages_before,
            RECORDS_BEFORE: records_before,
        }
        for request in self.follow(link, kind, via=via):
            yield request.replace(
                meta=request.meta | state, priority=request.priority - 10 * pages_before
            )

    def follow(self, link: Link, kind: Kind, *, via: str | None) -> Iterator[Request]:
        """Ask for `link`, unless it was asked for, or lies outside."""
        if not self.is_within(link.url) or link.url in self.asked:
            return
        led = self.led_to.get(link.url)
        if led is not None and (led in PAGES_OF_LINKS) == (kind in PAGES_OF_LINKS):
            return
        budget = self.office.politeness.max_requests
        if len(self.asked) >= budget * _WAITING:
            return self.cut("budget", budget, link.url)
        if link.url.rstrip("/") in self._entries:
            return
        self.asked[link.url] = kind
        yield self.request(link, kind, via=via)

    def request(self, link: Link, kind: Kind, *, via: str | None) -> Request:
        """The request for `link`, whether or not it will be made."""
        meta = {
            KIND: kind,
            YEAR: link.report_year,
            LINK_TEXT: link.text or None,
            VIA: via,
            LISTING_DEPTH: 0,
            PAGES_BEFORE: 0,
            RECORDS_BEFORE: 0,
        }
        return Request(
            link.url,
            callback=self._callbacks[kind],
            errback=self._errback,
            meta=meta,
            priority=_PRIORITY[kind] + (link.report_year or 0) % 1000,
            dont_filter=True,
        )

    def _knows(self, url: str) -> bool:
        return self.taken_for(url) is not None or url in self.led_to

    def _entry(self, url: str) -> str:
        """The address that is asked for when `url` is where a crawl begins."""
        address = self.family.entry(url)
        return absolute(address, "") or address
