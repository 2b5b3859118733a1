"""The one spider: fetch the annual reports of one office into the archive.

It begins at the office's entry pages, follows columns and further pages as the family of the site
has them, fetches the pages whose links say that they are reports, and the files attached to those.
What a report says is not its business.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from filelock import FileLock
from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from scrapy.utils.defer import deferred_from_coro
from twisted.python.failure import Failure

from crawler.addresses import absolute, host_of
from crawler.archive import PAGES_OF_LINKS, Archive, ArchiveError, Capture, Kind
from crawler.archive.writing import ArchiveWriter
from crawler.arguments import ArgumentError, CrawlArguments
from crawler.failures import BudgetSpent, RefusedRequest, reason_of
from crawler.families import family_named
from crawler.identity import user_agent
from crawler.journal import Journal, Outcome, Visit
from crawler.known_reports import known_documents
from crawler.links import (
    Link,
    listing_links,
    names_reports,
    report_attachments,
    titles_without_address,
)
from crawler.locks import office_lock
from crawler.markup import ListingPage
from crawler.meta import (
    CAPTURE,
    KIND,
    LED,
    LINK_TEXT,
    LISTING_DEPTH,
    PAGES_BEFORE,
    RECORDS_BEFORE,
    UNLINKED,
    VIA,
    YEAR,
)
from crawler.offices import Office, select_offices
from crawler.pagers import pages_stated
from crawler.readers import count_of_records
from crawler.reasons import REASONS, in_words
from crawler.redirects import AWAY, SETTLED
from crawler.results import OfficeResult, result_of, write_manifest
from crawler.run_info import crawl_info
from crawler.storage import leads_on

logger = logging.getLogger(__name__)

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


class AnnualReportsSpider(Spider):
    """Arguments (`-a name=value`): office, from_year, until_year, sample, mode, max_age_hours."""

    name = "annual_reports"

    def __init__(self, office: Office, arguments: CrawlArguments, data_dir: Path):
        super().__init__(self.name)
        self.office = office
        self.family = family_named(office.family)
        self.arguments = arguments
        self.data_dir = data_dir
        self.journal = Journal()
        self.stopped: tuple[str, str] | None = None  # reason and words
        self.result: OfficeResult | None = None
        self.archive = Archive(data_dir)
        self._lock: FileLock | None = None
        self._writer: ArchiveWriter | None = None
        self._entry_urls = {self._entry(url) for url in office.entry_urls}
        self._entries: dict[str, Kind] = {self._entry(office.home_url).rstrip("/"): "listing"}
        self._entries |= dict.fromkeys((url.rstrip("/") for url in self._entry_urls), "channel")
        self._scheduled: dict[str, Kind] = {}
        self.led_to: dict[str, Kind] = {}  # where redirects led, and what it was taken for
        self.unlinked: set[str] = set()  # archived reports that no page links any more
        self.hosts_without_robots: set[str] = set()  # neither had now nor lately
        self.closed_hosts: dict[str, str] = {}  # asked for nothing more in this run, and why
        self._listings = 0
        self._reports = self._documents = 0  # asked for, as far as a sample counts them
        # The limits that left something out: which number, and where it was met first.
        self.cuts: dict[str, tuple[int, str]] = {}
        self.pages_read = 0  # entry pages and listings that were what they should be
        if arguments.mode != "replay":
            self._lock = office_lock(data_dir, office.id)
            self._writer = ArchiveWriter(
                data_dir / "archive", office.id, run=crawl_info(office, arguments)
            )

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> AnnualReportsSpider:
        """Validate the arguments, choose the office, and set what depends on it.

        Raises:
            ArgumentError, OfficeError: an argument or an office file is wrong.
            Busy: another run holds the archive of the office.
        """
        settings = crawler.settings
        office = kwargs.pop("office", None)
        if not isinstance(office, Office):
            office = select_offices(
                [office] if office else [],
                settings["GONGKAI_OFFICES"],
                data_dir=settings["GONGKAI_DATA"],
            )[0]
        unknown = kwargs.keys() - {field.name for field in fields(CrawlArguments)}
        if unknown:
            raise ArgumentError(f"there is no argument {', '.join(sorted(unknown))}.")
        arguments = CrawlArguments.read(**kwargs)
        data_dir = Path(settings["GONGKAI_DATA"])
        if arguments.sample is not None:
            data_dir = data_dir / "sample"
        politeness = office.politeness
        for name, value in {
            "GONGKAI_ARGUMENTS": arguments,
            "GONGKAI_DELAY": politeness.delay_seconds,
            "USER_AGENT": user_agent(politeness.contact),
            "ROBOTSTXT_OBEY": not politeness.robots_override_reason,
            "DOWNLOAD_TIMEOUT": politeness.timeout_seconds,
            "DOWNLOAD_MAXSIZE": politeness.max_megabytes * 1024 * 1024,
            "HTTPCACHE_IGNORE_MISSING": arguments.mode == "replay",
        }.items():
            settings.set(name, value, priority="spider")
        spider = cls(office, arguments, data_dir)
        spider._set_crawler(crawler)
        crawler.signals.connect(spider.links_followed, signal=signals.spider_idle)
        crawler.signals.connect(spider.stumbled, signal=signals.spider_error)
        spider.journal.listener = settings.get("GONGKAI_LISTENER") or spider.journal.listener
        return spider

    @property
    def writer(self) -> ArchiveWriter:
        """The archive of the office, for writing."""
        if self._writer is None:
            raise RuntimeError("a replay writes nothing")
        return self._writer

    def captures_of(self, url: str, *, any_origin: bool = False) -> list[Capture]:
        """What the archive has of `url`, the latest first; only live captures, unless told."""
        if any_origin:
            return self.archive.latest(self.office.id, url)
        return self.archive.latest(self.office.id, url, ("live",))

    def _entry(self, url: str) -> str:
        """The address that is asked for when `url` is where a crawl begins."""
        address = self.family.entry(url)
        return absolute(address, "") or address

    def taken_for(self, url: str) -> Kind | None:
        """What the run asks for `url` as, by itself; None when it does not."""
        return self._entries.get(url.rstrip("/")) or self._scheduled.get(url)

    def note(
        self,
        request: Request,
        outcome: Outcome,
        *,
        kind: Kind,
        status: int | None = None,
        reason: str = "",
    ) -> None:
        """Keep what happened to the address of `request`."""
        meta = request.meta
        visit = Visit(
            request.url, kind, outcome, status, reason, meta.get(LINK_TEXT), meta.get(YEAR)
        )
        self.journal.note(visit)
        fields = {"office_id": self.office.id, **asdict(visit)}
        said = f" ({in_words(reason) if reason in REASONS else reason})" if reason else ""
        logger.info("%s %s%s", outcome, request.url, said, extra={"fields": fields})

    def reason_for(self, request: Request, error: BaseException) -> str:
        """The code in `crawler.reasons` for why `request` gave no page."""
        reason = reason_of(error)
        if reason == "robots" and host_of(request.url) in self.hosts_without_robots:
            return "robots_unknown"  # nobody forbade it: nobody could be asked
        return reason

    def record_failure(self, request: Request, kind: Kind, error: BaseException) -> None:
        """Write to the archive that `request` gave no page, and why."""
        if self.arguments.mode == "replay" or isinstance(error, ArchiveError):
            return
        reason = self.reason_for(request, error)
        try:
            self.writer.write_failure(
                request.url,
                failed_at=dt.datetime.now(dt.UTC),
                reason=reason,
                message=f"{in_words(reason, error)} ({type(error).__name__}: {error})",
                kind=kind,
                link_text=request.meta.get(LINK_TEXT),
                via=request.meta.get(VIA),
            )
        except ArchiveError as full:
            self.stop("archive_unwritable", str(full))

    def stop(self, reason: str, words: str) -> None:
        """End the crawl as soon as possible: going on would lose what is fetched."""
        if self.stopped is None:
            self.stopped = (reason, words)
            logger.error("%s", words)
            self._stopping = deferred_from_coro(
                self.crawler.engine.close_spider_async(reason=reason)
            )

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the entry pages of the office, or for the reports named in the arguments."""
        if self.arguments.again:
            for url, known in known_documents(self.archive, self.office.id).items():
                if url in self.arguments.again:
                    for request in self._follow(known.link, known.good.kind, via=known.good.via):
                        yield request
            return
        for url in dict.fromkeys(map(self._entry, self.office.urls)):
            kind: Kind = "channel" if url in self._entry_urls else "listing"
            self._scheduled[url] = kind
            yield self._request(Link(url, "column", ""), kind, depth=0, via=None)

    def parse_listing(self, response: Response) -> Iterator[Request]:
        """Follow what a page of links offers."""
        if not self._is_page(response):
            return
        self.pages_read += 1
        meta = response.meta
        url, kind, depth = response.url, meta[KIND], meta[LISTING_DEPTH]
        page = ListingPage(
            response.body,
            url,
            is_entry=kind == "channel",
            is_column=depth > 0,
            records_before=meta[RECORDS_BEFORE],
        )
        links = listing_links(page, self.family)
        self._check_pager(page, links, meta)
        following = {
            PAGES_BEFORE: meta[PAGES_BEFORE] + 1,
            RECORDS_BEFORE: page.records_before + count_of_records(page),
        }
        # The newest reports first, so that a sample and a short budget have them.
        is_of_reports = self._lists_reports(page, meta)
        for link in titles_without_address(page) if is_of_reports else ():
            if self.arguments.wants_year(link.report_year):
                self._refuse(link, "no_address", via=url)
        for link in sorted(links, key=lambda link: -(link.report_year or 0)):
            if not self.arguments.wants_year(link.report_year):
                continue
            if link.role in ("report", "attachment") and not self._is_within(link.url):
                if is_of_reports:
                    self._refuse(link, "outside", via=url)
            elif link.role in ("report", "attachment"):
                yield from self._report(link, url)
            elif link.role == "document":
                yield from self._document(link, url)
            elif link.role == "next_page":
                yield from self._listing(link, kind, via=url, depth=depth, **following)
            elif link.role == "column":
                yield from self._column(link, via=url, depth=depth + 1)

    def _check_pager(self, page: ListingPage, links: list[Link], meta: dict[str, Any]) -> None:
        """Say so when a list of reports states further pages and none of them was found."""
        goes_on = any(link.role == "next_page" for link in links)
        if meta[PAGES_BEFORE] == 0 and not goes_on and self._lists_reports(page, meta):
            count = pages_stated(page)
            if count > 1:
                self._cut("pager", count, page.url)

    def _lists_reports(self, page: ListingPage, meta: dict[str, Any]) -> bool:
        """Whether the reports on `page` are the office's: by the office's row, or by its name."""
        return page.is_entry or names_reports(meta[LINK_TEXT] or "")

    def _refuse(self, link: Link, reason: str, *, via: str) -> None:
        """Record that a report is linked where no crawl can go."""
        if link.url in self.journal.visits:
            return
        request = self._request(link, "report", depth=0, via=via)
        hosts = ", ".join(self.office.hosts)
        self._fail(request, reason, f"{link.url}; the hosts of the office are {hosts}")

    def _fail(self, request: Request, reason: str, words: str) -> None:
        """Note and record that `request` gave no page, for a reason that is no exception."""
        kind: Kind = request.meta[KIND]
        self.note(request, "failed", kind=kind, reason=reason)
        self.record_failure(request, kind, RefusedRequest(reason, words))

    def parse_report(self, response: Response) -> Iterator[Request]:
        """Fetch the files that belong to a report."""
        if not self._is_page(response) or self.journal.visits[response.url].kind == "attachment":
            return
        for link in report_attachments(response.body, response.url):
            year = response.meta.get(YEAR)
            link = Link(link.url, link.role, link.text, year)
            yield from self._follow(link, "attachment", via=response.url)

    def parse_file(self, response: Response) -> None:
        """Nothing: a file is in the archive by now."""
        self._is_page(response)

    def failed(self, failure: Failure) -> None:
        """Note a failure that no response tells of; the archive has its record."""
        request = failure.request  # type: ignore[attr-defined]
        if isinstance(failure.value, BudgetSpent):
            return
        error = failure.value or RuntimeError("the request failed")
        reason = self.reason_for(request, error)
        kind: Kind = request.meta.get(KIND, "other")
        visit = self.journal.visits.get(request.url)
        if visit is None or visit.outcome != "failed":
            # Given up after a response that is in the archive: too many redirects, a bomb.
            self.note(request, "failed", kind=kind, reason=reason)
            self.record_failure(request, kind, error)
        logger.warning("%s: %s", request.url, in_words(reason, error))

    def stumbled(self, failure: Failure, response: Response | Failure | None) -> None:
        """Note an error of this crawler's own: what the page leads to is not known."""
        request = getattr(response, "request", None)
        if request is None:
            self.stopped = ("error", f"the crawler stumbled ({failure.value!r}); see crawl.log.")
            return
        self.note(request, "failed", kind=request.meta.get(KIND, "other"), reason="stumbled")

    def links_followed(self) -> None:
        """Ask, in an update, for the reports that no page links any more: they may be gone.

        Raises:
            DontCloseSpider: there are such reports, and the crawl goes on.
        """
        if not self._has_seen_all_links():
            return
        asked = False
        seen = {*self._scheduled, *self.journal.visits}
        for url, known in known_documents(self.archive, self.office.id).items():
            if url in seen or known.has_moved(self.archive, self.journal.visits):
                continue
            for request in self._follow(known.link, known.good.kind, via=known.good.via):
                request.meta[UNLINKED] = True
                self.unlinked.add(url)
                self.crawler.engine.crawl(request)
                asked = True
        if asked:
            raise DontCloseSpider

    def closed(self, reason: str) -> None:
        """Finish the archive and say what the run did."""
        try:
            if self._writer is not None:
                self._writer.close()
            reason = next(iter(self.closed_hosts.values()), reason)
            self.result = result_of(self, self.stopped[0] if self.stopped else reason)
        except Exception as error:  # whatever it is, it is told, and the lock is released
            logger.exception("the crawl of %s could not be concluded", self.office.id)
            words = (
                f"{self.office.id}: the crawl could not be concluded ({error!r}); see crawl.log."
            )
            self.result = OfficeResult(self.office.id, "partial", words, finish_reason="error")
        finally:
            self.archive.close()
            if self._lock is not None:
                self._lock.release()
        if self.crawler.settings.getbool("GONGKAI_MANIFEST", True):
            write_manifest(self.data_dir, [self.result], self.arguments)

    def _has_seen_all_links(self) -> bool:
        """Whether what no page links is linked no more: nothing was left out, no page failed."""
        arguments = self.arguments
        if arguments.mode != "update" or not arguments.is_whole:
            return False
        # What was not scheduled is robots.txt.
        asked = self.led_to | self._scheduled
        failed = {asked.get(visit.url) for visit in self.journal.of("failed")}
        return not (self.cuts or self.stopped or failed & {"channel", "listing", None})

    def _is_page(self, response: Response) -> bool:
        """Whether `response` is the page asked for, and not what stands in its place."""
        request = response.request
        assert request is not None
        visit = self.journal.visits.get(request.url)
        if visit is None:  # taken from the archive
            capture: Capture | None = request.meta.get(CAPTURE)
            if capture is None:  # a 304 that no condition asked for, which is not stored
                self._fail(request, "unasked", f"status {response.status}")
                return False
            reason = f"HTTP status {response.status}" if response.status >= 400 else ""
            is_dead = capture.kind == "error" and leads_on(request)
            self.note(
                request,
                "failed" if is_dead else "archived",
                kind=capture.kind,
                status=response.status,
                reason=reason or ("an error told as a page" if is_dead else ""),
            )
            visit = self.journal.visits[request.url]
        led = request.meta.get(LED)
        if led == SETTLED:
            return False
        if led == AWAY or 300 <= response.status < 400:
            self._lead_nowhere(request, response.status, led or "redirects", visit.outcome)
            return False
        return visit.kind not in ("challenge", "error") and response.status < 300

    def _lead_nowhere(self, request: Request, status: int, reason: str, outcome: Outcome) -> None:
        """Note that the address that a link names redirects to no page in its place.

        outcome: of the last redirect. Of a document it is a failure once, and then known.
        """
        kind: Kind = request.meta[KIND]
        if leads_on(request) or not (outcome == "archived" or self._has_led_before(request)):
            outcome = "failed"
        linked = request.replace(url=request.meta.get("redirect_urls", [request.url])[0])
        self.note(linked, outcome, kind="error", status=status, reason=reason)
        if outcome == "failed":
            self.record_failure(linked, kind, RefusedRequest(reason, f"status {status}"))

    def _has_led_before(self, request: Request) -> bool:
        last, *before = self.captures_of(request.url)[:2]
        return any(
            one.is_redirect if last.is_redirect else one.capture_id == last.capture_id
            for one in before
        )

    def _report(self, link: Link, via: str) -> Iterator[Request]:
        sample = self.arguments.sample
        if sample is not None and self._reports >= sample:
            return self._cut("sample", sample, link.url)
        kind: Kind = "attachment" if link.role == "attachment" else "report"
        for request in self._follow(link, kind, via=via):
            self._reports += 1
            yield request

    def _document(self, link: Link, via: str) -> Iterator[Request]:
        sample = self.arguments.sample
        if sample is not None and self._documents >= sample:
            return self._cut("sample", sample, link.url)
        for request in self._follow(link, "other", via=via):
            self._documents += 1
            yield request

    def _column(self, link: Link, *, via: str, depth: int) -> Iterator[Request]:
        if depth <= _DEPTH:
            yield from self._listing(link, "listing", via=via, depth=depth)
        elif names_reports(link.text) and self._is_within(link.url) and not self._knows(link.url):
            # Every page of a portal links columns; one that is called after the reports is meant.
            self._cut("depth", _DEPTH, link.url)

    def _knows(self, url: str) -> bool:
        return self.taken_for(url) is not None or url in self.led_to

    def _listing(
        self,
        link: Link,
        kind: Kind,
        *,
        via: str,
        depth: int,
        pages_before: int = 0,
        records_before: int = 0,
    ) -> Iterator[Request]:
        if self._is_within(link.url) and link.url not in self._scheduled:
            if pages_before >= _PAGES_OF_A_LISTING:
                return self._cut("pages", _PAGES_OF_A_LISTING, via)
            if self._listings >= _LISTING_LIMIT:
                return self._cut("listings", _LISTING_LIMIT, link.url)
            self._listings += 1
        state = {
            LISTING_DEPTH: depth,
            PAGES_BEFORE: pages_before,
            RECORDS_BEFORE: records_before,
        }
        for request in self._follow(link, kind, via=via):
            yield request.replace(
                meta=request.meta | state, priority=request.priority - 10 * pages_before
            )

    def _follow(self, link: Link, kind: Kind, *, via: str | None) -> Iterator[Request]:
        if not self._is_within(link.url) or link.url in self._scheduled:
            return
        led = self.led_to.get(link.url)
        if led is not None and (led in PAGES_OF_LINKS) == (kind in PAGES_OF_LINKS):
            return
        budget = self.office.politeness.max_requests
        if len(self._scheduled) >= budget * _WAITING:
            return self._cut("budget", budget, link.url)
        if link.url.rstrip("/") in self._entries:
            return
        self._scheduled[link.url] = kind
        yield self._request(link, kind, depth=0, via=via)

    def budget_is_spent(self, url: str) -> bool:
        """Whether there is no request left for `url`; that is then known as a limit of the run."""
        budget = self.office.politeness.max_requests
        if self.journal.requests < budget:
            return False
        self._cut("budget", budget, url)
        return True

    def _cut(self, limit: str, number: int, url: str) -> None:
        self.cuts.setdefault(limit, (number, url))

    def _is_within(self, url: str) -> bool:
        return host_of(url) in self.office.hosts

    def _request(self, link: Link, kind: Kind, *, depth: int, via: str | None) -> Request:
        callbacks = {
            "channel": self.parse_listing,
            "listing": self.parse_listing,
            "report": self.parse_report,
            "attachment": self.parse_file,
            "other": self.parse_report,
        }
        meta = {
            KIND: kind,
            YEAR: link.report_year,
            LINK_TEXT: link.text or None,
            VIA: via,
            LISTING_DEPTH: depth,
            PAGES_BEFORE: 0,
            RECORDS_BEFORE: 0,
        }
        return Request(
            link.url,
            callback=callbacks[kind],
            errback=self.failed,
            meta=meta,
            priority=_PRIORITY[kind] + (link.report_year or 0) % 1000,
            dont_filter=True,
        )
