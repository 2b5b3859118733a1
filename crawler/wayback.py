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
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crawler.archive import Archive, Capture, Failure, Kind
from crawler.archive.writing import ArchiveWriter
from crawler.arguments import CrawlArguments
from crawler.families import family_named
from crawler.guards import recognise_guard
from crawler.links import listing_links
from crawler.locks import Busy, office_lock
from crawler.markup import ListingPage
from crawler.offices import Office
from crawler.results import CrawlResult, OfficeResult, Verdict, ended_run
from crawler.run_info import run_info
from crawler.wayback_service import header_block, open_client, service_address
from parsers.titles import recognise_title

if TYPE_CHECKING:
    from wayback import WaybackClient

# The different states of one page that are fetched, the latest first.
_STATES = {"report": 3, "attachment": 1, "channel": 12, "listing": 6, "other": 1}
_LISTINGS = ("channel", "listing")


@dataclass(frozen=True, slots=True)
class _Wanted:
    url: str
    kind: Kind
    link_text: str | None = None
    via: str | None = None


@dataclass
class _Progress:
    """What one office's filling has done so far."""

    outcomes: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    years: set[int] = field(default_factory=set)
    new: list[str] = field(default_factory=list)
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

    Run again, it fetches nothing twice. `wayback.json` in the data directory says what was done.

    Raises:
        ArgumentError: the years are wrong. WaybackMissing: the optional package is missing.
        NotWritable: the data directory cannot be written.
    """
    arguments = CrawlArguments.read(from_year=from_year, until_year=until_year)
    data_dir = Path(data_dir).resolve()
    started_at = dt.datetime.now(dt.UTC)
    results = [_fill_office(office, data_dir, arguments, listener) for office in offices]
    return ended_run(data_dir, results, arguments, started_at=started_at, name="wayback")


def _fill_office(
    office: Office,
    data_dir: Path,
    arguments: CrawlArguments,
    listener: Callable[[dict[str, Any]], None],
) -> OfficeResult:
    client = open_client(office)
    progress = _Progress()
    verdict: Verdict = "ok"
    message = ""
    try:
        lock = office_lock(data_dir, office.id)
    except Busy as busy:
        return OfficeResult(office.id, "busy", f"{office.id}: {busy}", finish_reason="not_begun")
    try:
        info = run_info(f"from {service_address()} for {office.name}")
        with (
            client,
            Archive(data_dir) as archive,
            ArchiveWriter(data_dir / "archive", office.id, run=info) as writer,
        ):
            _Filling(office, arguments, client, archive, writer, progress, listener).run()
    except _ServiceFailed as error:
        verdict = "unreachable"
        message = f"{office.id}: {service_address()} cannot be asked: {error}."
    finally:
        lock.release()
    if verdict == "ok" and (progress.failed or progress.is_cut):
        verdict = "partial"
        what = (
            f"{progress.failed[0]['url']} failed: {progress.failed[0]['reason']}"
            if progress.failed
            else f"the budget of {office.politeness.max_requests} requests was used up"
        )
        message = f"{office.id}: {what}."
    return OfficeResult(
        office.id,
        verdict,
        message,
        finish_reason="finished" if verdict in ("ok", "partial") else "service",
        is_complete=verdict == "ok",
        requests=progress.requests,
        outcomes=dict(progress.outcomes),
        kinds=dict(progress.kinds),
        report_years=sorted(progress.years),
        new=progress.new,
        failed=progress.failed,
    )


class _ServiceFailed(Exception):
    """The service itself cannot be reached or does not answer as it should."""


class _Filling:
    """One office's pages, asked for one after the other."""

    def __init__(
        self,
        office: Office,
        arguments: CrawlArguments,
        client: WaybackClient,
        archive: Archive,
        writer: ArchiveWriter,
        progress: _Progress,
        listener: Callable[[dict[str, Any]], None],
    ):
        self.office = office
        self.arguments = arguments
        self.client = client
        self.writer = writer
        self.progress = progress
        self.listener = listener
        captures = list(archive.captures(office.id))
        self._had = {(c.url, c.fetched_at) for c in captures if c.origin == "wayback"}
        self._good = {c.url for c in captures if _is_good(c)}
        self._years = {_year(c.link_text) for c in captures if _is_good(c)} - {None}
        self._queue = deque(self._known(captures, archive))
        self._queued = {wanted.url for wanted in self._queue}

    def run(self) -> None:
        """Ask until nothing is left, or the budget is."""
        while self._queue:
            if self.progress.requests >= self.office.politeness.max_requests:
                self.progress.is_cut = True
                return
            self._fetch(self._queue.popleft())

    def _known(self, captures: list[Capture], archive: Archive) -> Iterator[_Wanted]:
        """The pages that the archive and the office file tell of, each once."""
        told: set[str] = set()
        entries = [_Wanted(url, "channel") for url in self.office.entry_urls]
        entries.append(_Wanted(self.office.home_url, "listing"))
        rows: list[Capture | Failure] = [*captures, *archive.failures(self.office.id)]
        pages = [_Wanted(r.url, r.kind, r.link_text, r.via) for r in rows if r.kind in _LISTINGS]
        reports = [
            _Wanted(row.url, "report", row.link_text, row.via)
            for row in rows
            if row.url not in self._good and _is_report_link(row.link_text)
        ]
        for wanted in (*entries, *pages, *reports):
            if wanted.url not in told and self._wants(wanted):
                told.add(wanted.url)
                yield wanted

    def _wants(self, wanted: _Wanted) -> bool:
        return urlsplit(
            wanted.url
        ).netloc.lower() in self.office.hosts and self.arguments.wants_year(_year(wanted.link_text))

    def _fetch(self, wanted: _Wanted) -> None:
        from wayback.exceptions import WaybackException

        states = self._states(wanted)
        for record in states[: _STATES.get(wanted.kind, 1)]:
            if (wanted.url, record.timestamp) in self._had:
                self._note(wanted, "archived")
                continue
            self.progress.requests += 1
            try:
                memento = self.client.get_memento(record, follow_redirects=False)
                body, status = memento.content, memento.status_code
                header = header_block(status, memento.headers)
            except WaybackException as error:
                self._failed(wanted, record.timestamp, str(error))
                continue
            self._store(wanted, record.timestamp, header, status, memento.headers, body)

    def _states(self, wanted: _Wanted) -> list[Any]:
        """The different captures of the page that the service has, the latest first."""
        import requests
        from wayback.exceptions import (
            BlockedByRobotsError,
            BlockedSiteError,
            WaybackException,
        )

        self.progress.requests += 1
        try:
            records = list(
                self.client.search(
                    wanted.url,
                    match_type="exact",
                    filter_field="statuscode:200",
                    collapse="digest",
                    # The address is one of ours; the package takes an IP address for a mistake.
                    skip_malformed_results=False,
                )
            )
        except (BlockedSiteError, BlockedByRobotsError) as error:
            self._failed(wanted, dt.datetime.now(dt.UTC), str(error))
            return []
        except (WaybackException, requests.exceptions.RequestException, RuntimeError) as error:
            # RuntimeError: the package's generator stumbles over an answer that ends too early.
            raise _ServiceFailed(" ".join(str(error).split())[:300]) from error
        by_digest = {record.digest: record for record in records}
        return sorted(by_digest.values(), key=lambda record: record.timestamp, reverse=True)

    def _store(
        self,
        wanted: _Wanted,
        moment: dt.datetime,
        header: bytes,
        status: int,
        fields: Any,
        body: bytes,
    ) -> None:
        content_type = (fields.get("content-type") or "").split(";")[0].strip().lower() or None
        guard = recognise_guard(
            status=status, content_type=content_type, body=body, expected=wanted.kind
        )
        capture = self.writer.write_response(
            wanted.url,
            fetched_at=moment,
            header_block=header,
            body=body,
            kind=guard.kind if guard is not None else wanted.kind,
            origin="wayback",
            link_text=wanted.link_text,
            via=wanted.via,
        )
        self.progress.kinds[capture.kind] += 1
        self.progress.new.append(f"{wanted.url} ({moment:%Y-%m-%d})")
        self._note(wanted, "new")
        year = _year(wanted.link_text)
        if capture.kind == "report" and year is not None:
            self.progress.years.add(year)
        if capture.kind in _LISTINGS:
            self._follow(wanted, body)

    def _follow(self, listing: _Wanted, body: bytes) -> None:
        """Queue the reports that an old state of a listing links and the archive lacks."""
        page = ListingPage(body, listing.url, is_entry=listing.kind == "channel")
        for link in listing_links(page, family_named(self.office.family)):
            found = _Wanted(link.url, "report", link.text, listing.url)
            if (
                link.role == "report"
                and link.url not in self._queued
                and link.url not in self._good
                and link.report_year not in self._years
                and self._wants(found)
            ):
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


def _is_good(capture: Capture) -> bool:
    return capture.kind == "report" and capture.is_ok


def _is_report_link(text: str | None) -> bool:
    title = recognise_title(text) if text else None
    return title is not None and title.kind in ("report", "column")


def _year(text: str | None) -> int | None:
    title = recognise_title(text) if text else None
    return title.report_year if title is not None else None
