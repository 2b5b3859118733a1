"""What the archive holds of one office, read: every address with its contents over time.

A capture is read by one pure call, `read_payload`, that any process can make; the rest of this
module puts the readings in order. It decides nothing about which copy of a report stands.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from crawler.archive import Archive, ArchiveError, Capture, Failure
from parsers import Document, Finding, Report, parse_page
from parsers.characters import compact
from parsers.titles import recognise_title

# Kinds of captures that can hold a report or lead to one. Challenge and error pages are never
# read as reports, attachments are not pages.
READ_KINDS = frozenset({"report", "channel", "listing", "other"})
# What the web says of an address that is no more. Other errors may pass.
GONE_STATUSES = frozenset({404, 410})
# A crawl follows no more redirects than this in a row.
_LONGEST_CHAIN = 5


# What names the reading of a capture: its address, its digest, and its place in the archive.
ReadingKey = tuple[str, str, str, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one payload says: its documents, or the sentence why it could not be read.

    digests: the `content_digest` of each of `reports`; made when they are not given.
    """

    documents: tuple[Document, ...]
    failure: str | None = None
    digests: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.digests:
            object.__setattr__(self, "digests", tuple(map(content_digest, self.reports)))

    @property
    def reports(self) -> tuple[Report, ...]:
        """The reports among the documents, in the order of the page."""
        return tuple(one.report for one in self.documents if one.report is not None)


@dataclass(frozen=True, slots=True)
class Version:
    """One content of an address: a run of captures with the same payload.

    first, last: the first and the last capture of the run.
    position: of the run in the history of the address, from 0.
    is_current: whether it is the newest readable content of the address.
    """

    first: Capture
    last: Capture
    reading: Reading
    position: int
    is_current: bool


@dataclass(frozen=True, slots=True)
class Page:
    """One address of an office with everything the archive holds of it.

    captures: in the order of time. failures: in the order of arrival.
    versions: its readable contents, oldest first; empty when it never gave any.
    is_led_away: whether the last answer was a redirect to an address that has an answer of its
        own, which then counts for what it is.
    """

    url: str
    captures: tuple[Capture, ...]
    failures: tuple[Failure, ...]
    versions: tuple[Version, ...]
    is_led_away: bool = False

    @property
    def current(self) -> Version | None:
        """The newest readable content, None when there never was one."""
        return self.versions[-1] if self.versions else None

    @property
    def is_gone(self) -> bool:
        """Whether the last answer was that there is no such page (any more)."""
        return self.is_led_away or (bool(self.captures) and _says_gone(self.captures[-1]))

    @property
    def last_checked(self) -> dt.datetime:
        """When the address was last asked for, with whatever result."""
        return max(
            [one.fetched_at for one in self.captures] + [one.failed_at for one in self.failures]
        )

    @property
    def link_text(self) -> str | None:
        """The words of the newest link that led here, None when no link is known."""
        told: list[Capture | Failure] = [*self.captures, *self.failures]
        return next((one.link_text for one in reversed(told) if one.link_text), None)

    @property
    def linked_year(self) -> int | None:
        """The report year that the link names, None when it names none or is no report's."""
        title = recognise_title(self.link_text) if self.link_text else None
        return title.report_year if title is not None and title.kind == "report" else None


def _says_gone(last: Capture) -> bool:
    return last.http_status in GONE_STATUSES or (last.kind == "error" and last.is_ok)


def read_payload(data: bytes, url: str, headers: Mapping[str, str] | None) -> Reading:
    """Read one payload. The same bytes, address and headers always give the same reading.

    A page that cannot be read is a reading without documents and with a `failure` sentence, so
    that one bad page never stops the others.
    """
    try:
        return Reading(tuple(parse_page(data, url=url, headers=headers)))
    except MemoryError:  # says nothing of the page, and is not to be kept as if it did
        raise
    except Exception as error:  # what a page can do to a parser has no end; the page is named
        return Reading((), f"{url}: could not be read: {type(error).__name__}: {error}")


def content_digest(report: Report) -> str:
    """sha256 of what a report says, without white space and without the page around it.

    Two captures of a page whose hit counter moved have the same digest.
    """
    return hashlib.sha256(compact("\0".join(_content(report))).encode()).hexdigest()


def _content(report: Report) -> Iterator[str]:
    yield report.status
    for section in report.sections:
        yield section.heading
        yield section.text
    for one in report.observations:
        yield f"{one.indicator}|{one.applicant}|{one.source}|{one.status}|{one.value}"
        if one.qualifier != "exact":
            yield one.qualifier


class Readings(Protocol):
    """Where readings are kept from one build to the next."""

    def reading(self, key: ReadingKey, read: Callable[[], Reading]) -> Reading:
        """The kept reading of `key`, else what `read` gives, which is kept."""


class _NoReadings:
    """Keeps nothing: every capture is read."""

    def reading(self, key: ReadingKey, read: Callable[[], Reading]) -> Reading:
        return read()


def read_pages(
    archive: Archive,
    office_id: str,
    on_capture: Callable[[Capture], None] | None = None,
    kept: Readings | None = None,
) -> list[Page]:
    """Every address of an office, read; sorted by address.

    archive: a `crawler.archive.Archive`.
    on_capture: called after each capture, for a progress display.
    kept: readings of an earlier build; by default every capture is read.

    A payload that several captures share is read once.
    """
    kept = kept or _NoReadings()
    captures: dict[str, list[Capture]] = {}
    for capture in archive.captures(office_id):
        captures.setdefault(capture.url, []).append(capture)
    failures: dict[str, list[Failure]] = {}
    for failure in archive.failures(office_id):
        failures.setdefault(failure.url, []).append(failure)
    captures = {url: _in_time(here) for url, here in captures.items()}
    pages = []
    for url in sorted({*captures, *failures}):
        here = captures.get(url, [])
        versions = tuple(_versions(archive, here, on_capture, kept))
        failed = tuple(failures.get(url, ()))
        is_led_away = _was_led_away(here, failed) or _is_led_away(archive, url, captures)
        pages.append(Page(url, tuple(here), failed, versions, is_led_away))
    return pages


def _was_led_away(captures: Sequence[Capture], failures: Iterable[Failure]) -> bool:
    """Whether the crawl says of a redirect, the last answer, that it leads to no page."""
    since = None
    for capture in reversed(captures):
        if not capture.is_redirect:
            break
        since = capture.fetched_at
    return since is not None and any(
        one.reason == "redirected_away" and one.failed_at >= since for one in failures
    )


def _is_led_away(archive: Archive, url: str, captures: Mapping[str, Sequence[Capture]]) -> bool:
    """Whether `url` redirects, at last, to an address that answers with a page or with its absence.

    Where that page holds the report it stands for itself; where it is a list or the home page,
    there is no report any more. A target that nobody could ask says neither.
    """
    for _ in range(_LONGEST_CHAIN):
        last = captures[url][-1] if captures.get(url) else None
        if last is None or not last.is_redirect:
            return False
        target = archive.leads_to(last)
        if target is None or not captures.get(target):
            return False
        answer = captures[target][-1]
        if (answer.is_ok and answer.kind != "challenge") or _says_gone(answer):
            return True
        url = target
    return False


def _in_time(captures: list[Capture]) -> list[Capture]:
    """The captures of an address as the web had them.

    The order of arrival is that of time, even when the clock went back; but what comes from
    another archive arrives late and belongs where its own time puts it.
    """
    if all(capture.origin == "live" for capture in captures):
        return captures
    return sorted(captures, key=lambda capture: capture.fetched_at)


def _versions(
    archive: Archive,
    captures: Iterable[Capture],
    on_capture: Callable[[Capture], None] | None,
    kept: Readings,
) -> list[Version]:
    readings: dict[str, Reading] = {}
    versions: list[Version] = []
    for capture in captures:
        if capture.is_ok and capture.kind in READ_KINDS:
            if versions and versions[-1].first.capture_id == capture.capture_id:
                versions[-1] = replace(versions[-1], last=capture)
            else:
                if capture.capture_id not in readings:
                    readings[capture.capture_id] = _read(archive, capture, kept)
                reading = readings[capture.capture_id]
                versions.append(Version(capture, capture, reading, len(versions), False))
        if on_capture is not None:
            on_capture(capture)
    if versions:
        versions[-1] = replace(versions[-1], is_current=True)
    return versions


def _read(archive: Archive, capture: Capture, kept: Readings) -> Reading:
    def read() -> Reading:
        headers, data = archive.response(capture)
        return read_payload(data, capture.url, dict(headers))

    key = (capture.url, capture.capture_id, capture.warc_file, capture.warc_offset)
    try:
        reading = kept.reading(key, read)
    except ArchiveError as error:
        return Reading((), f"{capture.url}: {error}")
    return replace(reading, documents=tuple(_with_linked_year(reading.documents, capture)))


def _with_linked_year(documents: tuple[Document, ...], capture: Capture) -> Iterator[Document]:
    """The documents; the year of a lone undated report is that of the link that leads to it.

    A list prints 2016年…年度报告 and the page behind it only its body: the list's word is then the
    only one there is, and a finding says so.
    """
    lone = sum(1 for one in documents if one.report is not None) == 1
    title = recognise_title(capture.link_text) if capture.link_text else None
    for document in documents:
        report = document.report
        if (
            lone
            and report is not None
            and report.report_year is None
            and title is not None
            and title.kind == "report"
            and title.report_year is not None
        ):
            finding = Finding(
                rule="year-from-link",
                severity="note",
                message=(f"the page names no report year; the link to it says {title.report_year}"),
                evidence=capture.link_text,
            )
            report = replace(
                report,
                report_year=title.report_year,
                findings=(*report.findings, finding),
            )
            yield replace(document, report=report)
        else:
            yield document
