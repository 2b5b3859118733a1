"""The one spider: fetch the annual reports of one office into the archive.

It begins at the office's entry pages, follows columns and further pages as the family of the site
has them, fetches the pages whose links say that they are reports, and the files attached to those.
What a report says is not its business.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from filelock import FileLock
from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from scrapy.utils.defer import deferred_from_coro
from twisted.python.failure import Failure

from crawler.accepted import Accepted, read_accepted
from crawler.agenda import Agenda
from crawler.archive import PAGES_OF_LINKS, Archive
from crawler.archive.writing import ArchiveWriter
from crawler.arguments import ArgumentError, CrawlArguments
from crawler.failures import LeftOut
from crawler.families import family_named
from crawler.identity import user_agent
from crawler.journal import Visit
from crawler.known_reports import KnownDocument, known_documents
from crawler.ledger import Ledger
from crawler.links import (
    Link,
    listing_links,
    names_reports,
    report_attachments,
    titles_without_address,
)
from crawler.locks import office_lock
from crawler.manifest import write_manifest
from crawler.markup import ListingPage
from crawler.meta import (
    KIND,
    LINK_TEXT,
    LISTING_DEPTH,
    PAGES_BEFORE,
    RECORDS_BEFORE,
    UNLINKED,
    YEAR,
)
from crawler.offices import Office, select_offices
from crawler.pagers import pages_stated
from crawler.readers import count_of_records
from crawler.reasons import in_words
from crawler.results import OfficeResult, result_of
from crawler.run_info import crawl_info
from crawler.storage import kind_of

logger = logging.getLogger(__name__)

# The roles of links that lead to reports and their files.
_OF_REPORTS = ("report", "attachment", "document")


class AnnualReportsSpider(Spider):
    """Arguments (`-a name=value`): office, from_year, until_year, sample, mode, max_age_hours."""

    name = "annual_reports"

    def __init__(
        self,
        office: Office,
        arguments: CrawlArguments,
        data_dir: Path,
        accepted: Iterable[Accepted] = (),
    ):
        super().__init__(self.name)
        self._accepted = tuple(row for row in accepted if row.office_id == office.id)
        self.office = office
        self.family = family_named(office.family)
        self.arguments = arguments
        self.data_dir = data_dir
        self.stopped: tuple[str, str] | None = None  # reason and words
        self.result: OfficeResult | None = None
        self.archive = Archive(data_dir)
        self._lock: FileLock | None = None
        self._writer: ArchiveWriter | None = None
        self.unlinked: set[str] = set()  # archived reports that no page links any more
        self.pages_read = 0  # entry pages and listings that were what they should be
        self._has_met_reports = False  # of whatever year
        # The home page, until it is known whether the entry pages lead to reports.
        self._home: Response | None = None
        if arguments.mode != "replay":
            self._lock = office_lock(data_dir, office.id)
            self._writer = ArchiveWriter(
                data_dir / "archive", office.id, run=crawl_info(office, arguments)
            )
        self.ledger = Ledger(
            office.id,
            self.archive,
            self._writer,
            on_full=lambda words: self.stop("archive_unwritable", words),
        )
        self.journal = self.ledger.journal
        self.agenda = Agenda(
            office,
            arguments,
            self.journal,
            {
                "channel": self.parse_listing,
                "listing": self.parse_listing,
                "report": self.parse_report,
                "attachment": self.parse_file,
                "other": self.parse_report,
            },
            self.failed,
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
        accepted = read_accepted(data_dir)
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
        spider = cls(office, arguments, data_dir, accepted)
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
                    for request in self._again(known):
                        yield request
            return
        for request in self.agenda.begin():
            yield request

    def parse_listing(self, response: Response) -> Iterator[Request]:
        """Follow what a page of links offers."""
        if not self.ledger.is_page(response):
            return
        self.pages_read += 1
        if self.agenda.is_home_beside_entries(response.url):
            # The home page of a portal leads to the reports of all its offices.
            self._home = None if self._has_met_reports else response
            return
        yield from self._follow_links(response)

    def _follow_links(self, response: Response) -> Iterator[Request]:
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
        self._has_met_reports |= any(link.role in _OF_REPORTS or link.report_year for link in links)
        # The newest reports first, so that a sample and a short budget have them.
        is_of_reports = self._lists_reports(page, meta)
        for link in titles_without_address(page) if is_of_reports else ():
            if self.arguments.wants_year(link.report_year):
                self._refuse(link, "no_address", via=url)
        for link in sorted(links, key=lambda link: -(link.report_year or 0)):
            if not self.arguments.wants_year(link.report_year):
                continue
            if link.role in ("report", "attachment") and not self.agenda.is_within(link.url):
                if is_of_reports:
                    self._refuse(link, "outside", via=url)
            elif link.role in ("report", "attachment"):
                yield from self.agenda.report(link, via=url)
            elif link.role == "document":
                yield from self.agenda.document(link, via=url)
            elif link.role == "next_page":
                yield from self.agenda.listing(link, kind, via=url, depth=depth, **following)
            elif link.role == "column":
                yield from self.agenda.column(link, via=url, depth=depth + 1)

    def _check_pager(self, page: ListingPage, links: list[Link], meta: dict[str, Any]) -> None:
        """Say so when a list of reports states further pages and none of them was found."""
        goes_on = any(link.role == "next_page" for link in links)
        if meta[PAGES_BEFORE] == 0 and not goes_on and self._lists_reports(page, meta):
            count = pages_stated(page)
            if count > 1:
                self.agenda.cut("pager", count, page.url)

    def _lists_reports(self, page: ListingPage, meta: dict[str, Any]) -> bool:
        """Whether the reports on `page` are the office's: by the office's row, or by its name."""
        return page.is_entry or names_reports(meta[LINK_TEXT] or "")

    def _refuse(self, link: Link, reason: str, *, via: str) -> None:
        """Record that a report is linked where no crawl can go."""
        if link.url not in self.journal.visits:
            request = self.agenda.request(link, "report", via=via)
            hosts = ", ".join(self.office.hosts)
            self.ledger.refuse(request, reason, f"{link.url}; the hosts of the office are {hosts}")

    def parse_report(self, response: Response) -> Iterator[Request]:
        """Fetch the files that belong to a report."""
        if (
            not self.ledger.is_page(response)
            or self.journal.visits[response.url].kind == "attachment"
        ):
            return
        for link in report_attachments(response.body, response.url):
            year = response.meta.get(YEAR)
            link = Link(link.url, link.role, link.text, year)
            yield from self.agenda.follow(link, "attachment", via=response.url)

    def parse_file(self, response: Response) -> None:
        """Nothing: a file is in the archive by now."""
        self.ledger.is_page(response)

    def failed(self, failure: Failure) -> None:
        """Note a failure that no response tells of; the archive has its record."""
        request = failure.request  # type: ignore[attr-defined]
        if isinstance(failure.value, LeftOut):
            return
        error = failure.value or RuntimeError("the request failed")
        visit = self.journal.visits.get(request.url)
        if visit is None or visit.outcome != "failed":
            # Given up after a response that is in the archive: too many redirects, a bomb.
            self.ledger.fail(request, kind_of(request), error)
        words = in_words(self.ledger.reason_for(request, error), error)
        logger.warning("%s: %s", request.url, words)

    def stumbled(self, failure: Failure, response: Response | Failure | None) -> None:
        """Note an error of this crawler's own: what the page leads to is not known."""
        request = getattr(response, "request", None)
        if request is None:
            self.stopped = ("error", f"the crawler stumbled ({failure.value!r}); see crawl.log.")
            return
        self.ledger.note(request, "failed", kind=kind_of(request), reason="stumbled")

    def links_followed(self) -> None:
        """Follow the home page, where the entry pages lead to no report, and ask, in an update, for
        the reports that no page links any more: they may be gone.

        Raises:
            DontCloseSpider: there is something to ask for, and the crawl goes on.
        """
        home, self._home = self._home, None
        asked = False
        if home is not None and not self._has_met_reports:
            for request in self._follow_links(home):
                self.crawler.engine.crawl(request)
                asked = True
        if asked:
            raise DontCloseSpider
        if not self._has_seen_all_links():
            return
        seen = {*self.agenda.asked, *self.journal.visits}
        for url, known in known_documents(self.archive, self.office.id).items():
            if url in seen or known.has_moved(self.archive, self.journal.visits):
                continue
            for request in self._again(known):
                request.meta[UNLINKED] = True
                self.unlinked.add(url)
                self.crawler.engine.crawl(request)
                asked = True
        if asked:
            raise DontCloseSpider

    def _again(self, known: KnownDocument) -> Iterator[Request]:
        return self.agenda.follow(known.link, known.good.kind, via=known.good.via)

    def closed(self, reason: str) -> None:
        """Finish the archive and say what the run did."""
        try:
            if self._writer is not None:
                self._writer.close()
            if reason == "finished":
                reason = next(iter(self.ledger.closed_hosts.values()), reason)
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

    def acceptance_of(self, visit: Visit) -> Accepted | None:
        """The row by which a person accepts that `visit` failed; None when there is none.

        What leads to other pages is not accepted: nobody knows what is lost with it.
        """
        if self.agenda.hoped_for(visit) in (*PAGES_OF_LINKS, "robots"):
            return None
        rows = (row for row in self._accepted if row.covers(visit.url, visit.link_text))
        return next(rows, None)

    def _has_seen_all_links(self) -> bool:
        """Whether what no page links is linked no more: nothing was left out, no page failed."""
        arguments = self.arguments
        if arguments.mode != "update" or not arguments.is_whole:
            return False
        failed = {self.agenda.hoped_for(visit) for visit in self.journal.of("failed")}
        return not (self.agenda.cuts or self.stopped or failed & {*PAGES_OF_LINKS, "robots"})
