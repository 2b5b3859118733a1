"""The archive as Scrapy's HTTP cache: the documented seams for storage and policy.

Every response that comes over the network is stored, whatever its status; what is young
enough is taken from the archive instead (`crawler.freshness` decides). It never writes in a replay.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING, cast

from scrapy.extensions.httpcache import RFC2616Policy
from scrapy.http import Headers, Request, Response
from scrapy.http.request import NO_CALLBACK
from scrapy.responsetypes import responsetypes
from scrapy.settings import BaseSettings
from scrapy.spiders import Spider

from crawler.archive import PAGES_OF_LINKS, ArchiveError, Capture, Kind, PayloadError
from crawler.archive.payloads import decode_body, header_lines, media_type, status_of
from crawler.arguments import CrawlArguments
from crawler.failures import RefusedRequest
from crawler.freshness import GONE, is_fresh
from crawler.guards import recognise_guard
from crawler.journal import Outcome
from crawler.links import listing_links, names_a_report
from crawler.markup import ListingPage
from crawler.meta import (
    CAPTURE,
    CAPTURE_BEFORE,
    FAILURE,
    HEADER_BLOCK,
    KIND,
    LINK_TEXT,
    REQUEST_BLOCK,
    TRAIT,
    UNLINKED,
    VIA,
    YEAR,
)

if TYPE_CHECKING:
    from crawler.spiders.annual_reports import AnnualReportsSpider

logger = logging.getLogger(__name__)

# A busy or failing server says nothing about the page; 404 and 410 do (absence is data).
_NEVER_SERVED = frozenset({408, 429})
# The links of a page that leads to reports.
_TOWARDS = ("report", "column")


class ArchivePolicy(RFC2616Policy):
    """Store everything; serve what is young enough; ask again with validators."""

    def __init__(self, settings: BaseSettings):
        super().__init__(settings)
        self.arguments: CrawlArguments = settings["GONGKAI_ARGUMENTS"]

    def should_cache_request(self, request: Request) -> bool:
        """Only GET: the archive knows a page by its address."""
        return request.method == "GET" and super().should_cache_request(request)

    def should_cache_response(self, response: Response, request: Request) -> bool:
        """Everything but a bare 304, which is stored as the page it confirms."""
        return response.status != 304

    def is_cached_response_fresh(self, cachedresponse: Response, request: Request) -> bool:
        """Whether the capture is young enough; else the validators are put on the request."""
        meta = request.meta
        if is_fresh(
            meta[CAPTURE],
            meta[CAPTURE_BEFORE],
            kind=kind_of(request),
            year=meta.get(YEAR),
            link_text=meta.get(LINK_TEXT),
            via=meta.get(VIA),
            is_linked=not meta.get(UNLINKED),
            arguments=self.arguments,
            now=dt.datetime.now(dt.UTC),
        ):
            return True
        if cachedresponse.status == 200:
            self._set_conditional_validators(request, cachedresponse)
        return False

    def is_cached_response_valid(
        self, cachedresponse: Response, response: Response, request: Request
    ) -> bool:
        """Only a 304 confirms the capture; an error is an error, whatever the archive has."""
        return response.status == 304


class ArchiveStorage:
    """Scrapy's cache storage over the archive of the spider's office."""

    def __init__(self, settings: BaseSettings):
        self.arguments: CrawlArguments = settings["GONGKAI_ARGUMENTS"]
        self.payload_limit = settings.getint("DOWNLOAD_MAXSIZE")

    def open_spider(self, spider: Spider) -> None:
        """Use the archive that the spider has open."""
        self.spider = cast("AnnualReportsSpider", spider)

    def close_spider(self, spider: Spider) -> None:
        """The spider closes its archive when the last failure is written."""

    def retrieve_response(self, spider: Spider, request: Request) -> Response | None:
        """The last good capture of the request's address as a response; None when there is none."""
        # A redirected request brings the validators of the page it came from.
        for name in ("If-None-Match", "If-Modified-Since"):
            request.headers.pop(name, None)
        replay = self.arguments.mode == "replay"
        known = self.spider.ledger.captures_of(request.url, any_origin=replay)
        usable = [capture for capture in known if _may_serve(capture) or replay]
        usable = [capture for capture in usable if not _is_passing(capture.http_status)]
        if not usable:
            return None
        checked = usable[0]
        source = next((c for c in usable if c.http_status != 304), None)
        if source is None or source.capture_id != checked.capture_id:
            return None
        try:
            header, body = self.spider.archive.message(source)
        except PayloadError as error:
            logger.warning("%s; the page is fetched again", error)
            return None
        request.meta[CAPTURE] = checked
        request.meta[CAPTURE_BEFORE] = usable[1] if len(usable) > 1 else None
        headers = Headers()
        for name, value in header_lines(header):
            if name.lower() != "transfer-encoding":
                headers.appendlist(name, value.encode("latin-1"))
        cls = responsetypes.from_args(headers=headers, url=request.url, body=body)
        return cls(url=request.url, status=status_of(header) or 200, headers=headers, body=body)

    def store_response(self, spider: Spider, request: Request, response: Response) -> None:
        """Store what came over the network, and note what it means for the run."""
        if self.arguments.mode == "replay":
            raise RefusedRequest("not_archived", "a replay stores nothing")
        try:
            if "cached" in response.flags:
                capture = self._store_not_modified(request, response)
                outcome: Outcome = "unchanged"
            else:
                capture, outcome = self._store(request, response)
        except ArchiveError as error:
            self.spider.stop("archive_unwritable", str(error))
            raise
        reason = request.meta.get(FAILURE) or request.meta.get(TRAIT, "")
        self.spider.ledger.note(
            request, outcome, status=capture.http_status, kind=capture.kind, reason=reason
        )

    def _store_not_modified(self, request: Request, response: Response) -> Capture:
        # What the page was taken for when it was captured does not stick: a list that a redirect
        # once gave in the place of a report is a list.
        kind, _ = self._judge(request, response.status, _fields(response), response.body)
        return self.spider.writer.write_not_modified(
            request.url,
            request.meta[CAPTURE],
            fetched_at=dt.datetime.now(dt.UTC),
            header_block=request.meta[HEADER_BLOCK],
            kind=kind,
            request_block=request.meta[REQUEST_BLOCK],
            link_text=request.meta.get(LINK_TEXT),
            via=request.meta.get(VIA),
        )

    def _store(self, request: Request, response: Response) -> tuple[Capture, Outcome]:
        header: bytes = request.meta[HEADER_BLOCK]
        kind, trait = self._judge(request, status_of(header), header_lines(header), response.body)
        request.meta[TRAIT] = trait
        before = self.spider.ledger.captures_of(request.url)
        capture = self.spider.writer.write_response(
            request.url,
            fetched_at=dt.datetime.now(dt.UTC),
            header_block=header,
            body=response.body,
            kind=kind,
            request_block=request.meta[REQUEST_BLOCK],
            link_text=request.meta.get(LINK_TEXT),
            via=request.meta.get(VIA),
            ip_address=str(response.ip_address) if response.ip_address else None,
        )
        is_list = leads_on(request)
        return capture, _outcome(capture, before, is_failure=bool(trait), is_list=is_list)

    def _judge(
        self, request: Request, status: int, fields: list[tuple[str, str]], body: bytes
    ) -> tuple[Kind, str]:
        """What the response is, and the trait by which it is not the page asked for."""
        expected = kind_of(request)
        if 300 <= status < 400:
            return "other", ""
        stored_fields = [(k, v) for k, v in fields if k.lower() != "transfer-encoding"]
        try:
            payload = decode_body(body, stored_fields, limit=self.payload_limit)
        except PayloadError as error:
            return "error", str(error)
        guard = recognise_guard(
            status=status, content_type=media_type(fields), body=payload, expected=expected
        )
        if guard is not None and expected == "robots":
            # No robots.txt is an answer too; a server that fails gives none.
            return "robots", guard.trait if _is_passing(status) else ""
        if guard is not None and guard.kind == "attachment":
            return "attachment", ""
        if guard is None and expected == "report" and self._is_list_in_its_place(request, payload):
            return "listing", ""
        return (guard.kind, guard.trait) if guard is not None else (expected, "")

    def _is_list_in_its_place(self, request: Request, body: bytes) -> bool:
        """Whether a redirect of a report led to a page that only links towards reports."""
        if not request.meta.get("redirect_urls"):
            return False
        page = ListingPage(body, request.url)
        links = listing_links(page, self.spider.family)
        return any(link.role in _TOWARDS for link in links) and not names_a_report(page, None)


def _outcome(
    capture: Capture, before: list[Capture], *, is_failure: bool, is_list: bool
) -> Outcome:
    """What `capture` means beside the captures `before` it, the latest of which comes first.

    A document that is gone is told once. An entry page or a list that is gone hides what it would
    lead to, so it is a failure at every run.
    """
    if is_failure:
        known_gone = bool(before) and before[0].http_status == capture.http_status
        is_known = known_gone and capture.http_status in GONE and not is_list
        return "unchanged" if is_known else "failed"
    good = next(
        (c for c in before if c.http_status < 400 and c.kind not in ("challenge", "error")), None
    )
    if good is None:
        return "new"
    return "unchanged" if good.capture_id == capture.capture_id else "changed"


def _fields(response: Response) -> list[tuple[str, str]]:
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in response.headers.items()
        for value in values
    ]


def kind_of(request: Request) -> Kind:
    """What the page of `request` is taken for, by the link that led to it."""
    if request.callback is NO_CALLBACK:  # so Scrapy marks its request for robots.txt
        return "robots"
    return cast(Kind, request.meta.get(KIND, "other"))


def leads_on(request: Request) -> bool:
    """Whether the page of `request` is one that the run needs, to find what else there is."""
    return kind_of(request) in PAGES_OF_LINKS and not request.meta.get(UNLINKED)


def _may_serve(capture: Capture) -> bool:
    return capture.kind != "challenge" and not _is_passing(capture.http_status)


def _is_passing(status: int) -> bool:
    return status in _NEVER_SERVED or status >= 500
