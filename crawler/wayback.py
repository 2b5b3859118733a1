"""Fill the archive with captures that the Internet Archive has of an office's known pages.

For pages that the site no longer gives: reports that only a link or an older capture still tells
of, and old states of the entry pages with the links they had. The `wayback` package speaks with
the service (the optional extra `wayback`). The office's own site is not asked
for anything.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.addresses import host_of
from crawler.archive import Archive, ArchiveError, Capture, Failure, Kind, PayloadError
from crawler.archive.writing import ArchiveWriter
from crawler.arguments import CrawlArguments
from crawler.families import family_named
from crawler.guards import recognise_guard
from crawler.links import Link, is_file, listing_links, names_a_report, report_attachments
from crawler.locks import Busy, office_lock, run_lock
from crawler.manifest import ended_run
from crawler.markup import ListingPage
from crawler.offices import Office
from crawler.readers import count_of_records
from crawler.results import CrawlResult, OfficeResult, Verdict
from crawler.run_info import run_info
from crawler.spool import Spool
from crawler.wayback_service import (
    Answer,
    ServiceFailed,
    StayAway,
    Unplayable,
    WaybackService,
    service_address,
)
from parsers.titles import recognise_title

if TYPE_CHECKING:
    from wayback import CdxRecord


@dataclass(frozen=True, slots=True)
class _Depth:
    """How many states of a page are wanted, the latest first, and how many are looked at for them.

    What stands in the place of the page, such as an error told with status 200 or a new home
    page, is no state of it, and the one before is looked at.
    """

    wanted: int
    looked_at: int


_DEPTHS: dict[Kind, _Depth] = {
    "report": _Depth(3, 12),
    "attachment": _Depth(1, 4),
    "channel": _Depth(12, 24),
    "listing": _Depth(6, 12),
}
_LISTINGS = ("channel", "listing")
# What the pages of links and the reports lead to is asked for as this kind; a further page of a
# listing is of the listing's own.
_FOLLOWED: dict[str, Kind | None] = {
    "report": "report",
    "attachment": "attachment",
    "next_page": None,
}
# As many pages of one listing as a crawl opens.
_PAGES_OF_A_LISTING = 30


@dataclass(frozen=True, slots=True)
class _Wanted:
    url: str
    kind: Kind
    link_text: str | None = None
    via: str | None = None
    year: int | None = None
    # Of a further page of a listing: the pages before it, and the records they held.
    pages_before: int = 0
    records_before: int = 0


@dataclass
class _Progress:
    """What one office's filling has done so far."""

    outcomes: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    years: set[int] = field(default_factory=set)
    new: dict[str, None] = field(default_factory=dict)  # addresses in their order
    failed: list[dict[str, Any]] = field(default_factory=list)
    is_cut: bool = False


def fill_from_wayback(
    offices: Iterable[Office],
    *,
    data_dir: str | Path,
    from_year: int | None = None,
    until_year: int | None = None,
    listener: Callable[[dict[str, Any]], None] = lambda event: None,
) -> CrawlResult:
    """Ask the service for the known pages of `offices` and store what the archive lacks.

    Run again, it fetches nothing twice, and goes on where a budget or a service that failed ended
    it. `wayback.json` in the data directory says what was done.

    Raises:
        ArgumentError: the years are wrong. WaybackMissing: the optional package is missing.
        NotWritable: the data directory cannot be written. Busy: another run is at work there.
    """
    asked = CrawlArguments.read(from_year=from_year, until_year=until_year)
    arguments = replace(asked, mode="wayback")
    data_dir = Path(data_dir).resolve()
    started_at = dt.datetime.now(dt.UTC)
    lock = run_lock(data_dir)
    try:
        with Spool(_fill_offices(offices, data_dir, arguments, listener)) as results:
            return ended_run(data_dir, results, arguments, started_at=started_at, name="wayback")
    finally:
        lock.release()


def _fill_offices(
    offices: Iterable[Office],
    data_dir: Path,
    arguments: CrawlArguments,
    listener: Callable[[dict[str, Any]], None],
) -> Iterator[OfficeResult]:
    ended = ""  # why the run asks for nothing more
    for office in offices:
        if ended:
            words = f"{office.id}: not asked for, since {service_address()} asks to stay away."
            yield OfficeResult(office.id, "partial", words, finish_reason=ended)
            continue
        result = _fill_office(office, data_dir, arguments, listener)
        ended = result.finish_reason if result.finish_reason in _ENDS_THE_RUN else ""
        yield result


# Why the filling of an office ended before it was done, by the error that said so.
_ENDINGS: tuple[tuple[type[Exception], str], ...] = (
    (StayAway, "retry_later"),
    (ServiceFailed, "service"),
    (ArchiveError, "archive_unwritable"),
)
# The next office would hear the same.
_ENDS_THE_RUN = frozenset({"retry_later"})


def _fill_office(
    office: Office,
    data_dir: Path,
    arguments: CrawlArguments,
    listener: Callable[[dict[str, Any]], None],
) -> OfficeResult:
    service = WaybackService(office)
    progress = _Progress()
    try:
        lock = office_lock(data_dir, office.id)
    except Busy as busy:
        return OfficeResult(office.id, "busy", f"{office.id}: {busy}", finish_reason="not_begun")
    ending: Exception | None = None
    try:
        info = run_info(f"from {service_address()} for {office.name}")
        with (
            service,
            Archive(data_dir) as archive,
            ArchiveWriter(data_dir / "archive", office.id, run=info) as writer,
        ):
            _Filling(office, arguments, service, archive, writer, progress, listener).run()
    except (ServiceFailed, ArchiveError) as error:
        ending = error
    finally:
        lock.release()
    verdict, message = _judge(office, progress, ending)
    return OfficeResult(
        office.id,
        verdict,
        f"{office.id}: {message}" if message else "",
        finish_reason=next(
            (reason for kind, reason in _ENDINGS if isinstance(ending, kind)), "finished"
        ),
        is_complete=verdict == "ok",
        requests=service.requests,
        statuses=dict(sorted(service.statuses.items())),
        outcomes=dict(progress.outcomes),
        kinds=dict(progress.kinds),
        report_years=sorted(progress.years),
        new=list(progress.new),
        failed=progress.failed,
    )


def _judge(office: Office, progress: _Progress, ending: Exception | None) -> tuple[Verdict, str]:
    """The verdict on what was done, and in words what is wrong."""
    if isinstance(ending, ArchiveError):
        return "partial", str(ending)
    if ending is not None:
        verb = "asks to stay away" if isinstance(ending, StayAway) else "cannot be asked"
        is_partial = progress.new or isinstance(ending, StayAway)
        return "partial" if is_partial else "unreachable", f"{service_address()} {verb}: {ending}."
    if progress.failed:
        first = progress.failed[0]
        return "partial", f"{first['url']} failed: {first['reason']}."
    if progress.is_cut:
        return "partial", (
            f"the budget of {office.politeness.max_requests} requests was used up;"
            " the same command goes on."
        )
    return "ok", ""


class _Filling:
    """One office's pages, asked for one after the other."""

    def __init__(
        self,
        office: Office,
        arguments: CrawlArguments,
        service: WaybackService,
        archive: Archive,
        writer: ArchiveWriter,
        progress: _Progress,
        listener: Callable[[dict[str, Any]], None],
    ):
        self.office = office
        self.arguments = arguments
        self.service = service
        self.archive = archive
        self.writer = writer
        self.progress = progress
        self.listener = listener
        captures = list(archive.captures(office.id))
        self._had = {(c.url, c.fetched_at): c for c in captures if c.origin == "wayback"}
        good = [capture for capture in captures if self._is_good(capture)]
        self._good = {capture.url for capture in good}
        self._years = {_year(capture.link_text) for capture in good} - {None}
        self._queue = deque(self._known(captures))
        self._queued = {wanted.url for wanted in self._queue}

    def run(self) -> None:
        """Ask until nothing is left, or the budget is."""
        while self._queue and not self.progress.is_cut:
            self._fetch(self._queue.popleft())

    def _known(self, captures: list[Capture]) -> Iterator[_Wanted]:
        """The pages that the archive and the office file tell of, each once."""
        told: set[str] = set()
        entries = [_Wanted(url, "channel") for url in self.office.entry_urls]
        entries.append(_Wanted(self.office.home_url, "listing"))
        rows: list[Capture | Failure] = [*captures, *self.archive.failures(self.office.id)]
        pages = [_Wanted(r.url, r.kind, r.link_text, r.via) for r in rows if r.kind in _LISTINGS]
        reports = [
            _Wanted(row.url, _kind_of_report(row), row.link_text, row.via, _year(row.link_text))
            for row in rows
            if row.url not in self._good and _is_report_link(row.link_text)
        ]
        for wanted in (*entries, *pages, *reports):
            if wanted.url not in told and self._wants(wanted):
                told.add(wanted.url)
                yield wanted

    def _wants(self, wanted: _Wanted) -> bool:
        return host_of(wanted.url) in self.office.hosts and self.arguments.wants_year(wanted.year)

    def _is_good(self, capture: Capture) -> bool:
        """Whether the archive has a report or a file by `capture`."""
        if capture.kind not in ("report", "attachment") or not capture.is_ok:
            return False
        # The service may have given what came into the place of the page, such as a new home page.
        return capture.origin != "wayback" or self._is_state(
            _Wanted(capture.url, capture.kind, year=_year(capture.link_text)), capture
        )

    def _fetch(self, wanted: _Wanted) -> None:
        depth = _DEPTHS[wanted.kind]
        found = 0
        for record in self._states(wanted)[: depth.looked_at]:
            capture = self._had.get((wanted.url, record.timestamp))
            if capture is not None:
                self._note(wanted, "archived")
            elif self._is_spent():
                return
            else:
                capture = self._ask_for(wanted, record)
            if capture is not None and self._is_state(wanted, capture):
                self._follow(wanted, capture)
                found += 1
            if found == depth.wanted:
                return

    def _is_spent(self) -> bool:
        self.progress.is_cut = self.service.requests >= self.office.politeness.max_requests
        return self.progress.is_cut

    def _states(self, wanted: _Wanted) -> list[CdxRecord]:
        """The different captures of the page that the service has, the latest first."""
        if self._is_spent():
            return []
        try:
            return self.service.states(wanted.url)
        except Unplayable as error:
            self._failed(wanted, dt.datetime.now(dt.UTC), str(error))
            return []

    def _ask_for(self, wanted: _Wanted, record: CdxRecord) -> Capture | None:
        try:
            answer = self.service.fetch(record)
        except Unplayable as error:
            self._failed(wanted, record.timestamp, str(error))
            return None
        return self._store(wanted, record.timestamp, answer)

    def _store(self, wanted: _Wanted, moment: dt.datetime, answer: Answer) -> Capture:
        guard = recognise_guard(
            status=answer.status,
            content_type=answer.content_type,
            body=answer.body,
            expected=wanted.kind,
        )
        capture = self.writer.write_response(
            wanted.url,
            fetched_at=moment,
            header_block=answer.header_block,
            body=answer.body,
            kind=guard.kind if guard is not None else wanted.kind,
            origin="wayback",
            link_text=wanted.link_text,
            via=wanted.via,
        )
        self.progress.kinds[capture.kind] += 1
        self.progress.new[wanted.url] = None
        self._note(wanted, "new")
        return capture

    def _is_state(self, wanted: _Wanted, capture: Capture) -> bool:
        """Whether `capture` is the page that is wanted, and not what came into its place."""
        if capture.kind != wanted.kind or not capture.is_ok:
            return False
        return wanted.kind != "report" or names_a_report(self._page(wanted, capture), wanted.year)

    def _page(self, wanted: _Wanted, capture: Capture) -> ListingPage:
        try:
            body = self.archive.payload(capture)
        except PayloadError:  # lost, or in an encoding that is not known
            body = b""
        return ListingPage(
            body,
            wanted.url,
            is_entry=wanted.kind == "channel",
            is_column=wanted.via is not None,
            records_before=wanted.records_before,
        )

    def _follow(self, wanted: _Wanted, capture: Capture) -> None:
        """Queue what a state of a page leads to and the archive lacks."""
        page = self._page(wanted, capture)
        links: list[Link] = []
        records = 0
        if wanted.kind in _LISTINGS:
            links = listing_links(page, family_named(self.office.family))
            records = page.records_before + count_of_records(page)
        elif wanted.year is not None:
            self.progress.years.add(wanted.year)
        if wanted.kind == "report":
            links = report_attachments(page.body, page.url)
        for link in links:
            if link.role not in _FOLLOWED or link.url in self._queued or link.url in self._good:
                continue
            found = _Wanted(
                link.url, _FOLLOWED[link.role] or wanted.kind, link.text, wanted.url,
                link.report_year,
            )  # fmt: skip
            if link.role == "next_page":
                if wanted.pages_before + 1 >= _PAGES_OF_A_LISTING:
                    continue
                found = replace(found, pages_before=wanted.pages_before + 1, records_before=records)
            if link.report_year not in self._years and self._wants(found):
                self._queued.add(link.url)
                self._queue.append(found)

    def _failed(self, wanted: _Wanted, moment: dt.datetime, words: str) -> None:
        self.writer.write_failure(
            wanted.url,
            failed_at=moment,
            reason="wayback",
            message=words,
            kind=wanted.kind,
            origin="wayback",
            link_text=wanted.link_text,
            via=wanted.via,
        )
        self.progress.failed.append(
            {
                "url": wanted.url,
                "kind": wanted.kind,
                "reason": words,
                "status": None,
                "link_text": wanted.link_text,
            }
        )
        self._note(wanted, "failed")

    def _note(self, wanted: _Wanted, outcome: str) -> None:
        self.progress.outcomes[outcome] += 1
        self.listener(
            {
                "event": "visit",
                "office_id": self.office.id,
                "url": wanted.url,
                "outcome": outcome,
                "link_text": wanted.link_text,
            }
        )


def _kind_of_report(row: Capture | Failure) -> Kind:
    """As what a page that a link calls a report is asked for; a file may be the report."""
    return "attachment" if row.kind == "attachment" or is_file(row.url) else "report"


def _is_report_link(text: str | None) -> bool:
    title = recognise_title(text) if text else None
    return title is not None and title.kind in ("report", "column")


def _year(text: str | None) -> int | None:
    title = recognise_title(text) if text else None
    return title.report_year if title is not None else None
