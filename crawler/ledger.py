"""Keep what became of each request: in the journal of the run, the log, and the archive.

It judges an answer only as far as to say whether it is the page asked for; it asks for nothing.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import asdict

from scrapy import Request
from scrapy.http import Response

from crawler.addresses import host_of
from crawler.archive import Archive, ArchiveError, Capture, Kind
from crawler.archive.writing import ArchiveWriter
from crawler.failures import RefusedRequest, reason_of
from crawler.journal import Journal, Outcome, Visit
from crawler.meta import CAPTURE, KIND, LED, LINK_TEXT, VIA, YEAR
from crawler.reasons import REASONS, in_words
from crawler.redirects import AWAY, SETTLED
from crawler.storage import leads_on

logger = logging.getLogger(__name__)


class Ledger:
    """What became of the requests of one run to one office.

    writer: None in a replay, which writes nothing. on_full: called with the words of an archive
        that cannot be written.
    hosts_without_robots: hosts whose robots.txt could be had neither now nor lately.
    closed_hosts: hosts that are asked for nothing more in this run, and the reason.
    """

    def __init__(
        self,
        office_id: str,
        archive: Archive,
        writer: ArchiveWriter | None,
        on_full: Callable[[str], None],
    ):
        self.office_id = office_id
        self.archive = archive
        self.journal = Journal()
        self.hosts_without_robots: set[str] = set()
        self.closed_hosts: dict[str, str] = {}
        self._writer = writer
        self._on_full = on_full

    def captures_of(self, url: str, *, any_origin: bool = False) -> list[Capture]:
        """What the archive has of `url`, the latest first; only live captures, unless told."""
        if any_origin:
            return self.archive.latest(self.office_id, url)
        return self.archive.latest(self.office_id, url, ("live",))

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
        fields = {"office_id": self.office_id, **asdict(visit)}
        said = f" ({in_words(reason) if reason in REASONS else reason})" if reason else ""
        logger.info("%s %s%s", outcome, request.url, said, extra={"fields": fields})

    def fail(self, request: Request, kind: Kind, error: BaseException) -> None:
        """Note and record that `request` gave no page, and why."""
        self.note(request, "failed", kind=kind, reason=self.reason_for(request, error))
        self.record(request, kind, error)

    def refuse(self, request: Request, reason: str, words: str) -> None:
        """Note and record that `request` gave no page for a reason that is no exception."""
        self.fail(request, request.meta[KIND], RefusedRequest(reason, words))

    def reason_for(self, request: Request, error: BaseException) -> str:
        """The code in `crawler.reasons` for why `request` gave no page."""
        reason = reason_of(error)
        if reason == "robots" and host_of(request.url) in self.hosts_without_robots:
            return "robots_unknown"  # nobody forbade it: nobody could be asked
        return reason

    def record(self, request: Request, kind: Kind, error: BaseException) -> None:
        """Write to the archive that `request` gave no page, and why."""
        if self._writer is None or isinstance(error, ArchiveError):
            return
        reason = self.reason_for(request, error)
        try:
            self._writer.write_failure(
                request.url,
                failed_at=dt.datetime.now(dt.UTC),
                reason=reason,
                message=f"{in_words(reason, error)} ({type(error).__name__}: {error})",
                kind=kind,
                link_text=request.meta.get(LINK_TEXT),
                via=request.meta.get(VIA),
            )
        except ArchiveError as full:
            self._on_full(str(full))

    def is_page(self, response: Response) -> bool:
        """Whether `response` is the page asked for, and not what stands in its place."""
        request = response.request
        assert request is not None
        visit = self.journal.visits.get(request.url)
        if visit is None:
            if CAPTURE not in request.meta:  # a 304 that no condition asked for, not stored
                self.refuse(request, "unasked", f"status {response.status}")
                return False
            visit = self._note_archived(request, response.status)
        led = request.meta.get(LED)
        if led == SETTLED:
            return False
        if led == AWAY or 300 <= response.status < 400:
            self._lead_nowhere(request, response.status, led or "redirects", by=request.url)
            return False
        redirects = request.meta.get("redirect_urls")
        if redirects and visit.kind == "listing" and not leads_on(request):
            # Nothing spoke of this list, so that it had to be looked at.
            self._lead_nowhere(request, response.status, AWAY, by=redirects[-1])
            return False
        return visit.kind not in ("challenge", "error") and response.status < 300

    def _note_archived(self, request: Request, status: int) -> Visit:
        capture: Capture = request.meta[CAPTURE]
        reason = ""
        outcome: Outcome = "archived"
        if status >= 400:
            reason = f"HTTP status {status}"
        if capture.kind == "error" and leads_on(request):
            reason, outcome = reason or "an error told as a page", "failed"
        self.note(request, outcome, kind=capture.kind, status=status, reason=reason)
        return self.journal.visits[request.url]

    def _lead_nowhere(self, request: Request, status: int, reason: str, *, by: str) -> None:
        """Note that the address that a link names redirects to no page in its place.

        by: the address whose redirect was the last. Of a document it is a failure once, and then
        known.
        """
        visit = self.journal.visits.get(by)
        outcome = visit.outcome if visit is not None else "archived"
        if leads_on(request) or not (outcome == "archived" or self._has_led_before(by)):
            outcome = "failed"
        linked = request.replace(url=request.meta.get("redirect_urls", [request.url])[0])
        self.note(linked, outcome, kind="error", status=status, reason=reason)
        if outcome == "failed":
            self.record(linked, request.meta[KIND], RefusedRequest(reason, f"status {status}"))

    def _has_led_before(self, url: str) -> bool:
        last, *before = self.captures_of(url)[:2]
        return any(
            one.is_redirect if last.is_redirect else one.capture_id == last.capture_id
            for one in before
        )
