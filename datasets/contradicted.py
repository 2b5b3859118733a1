"""Find the pages of reports that a younger page contradicts, so that they are asked for again.

Many sites print a report twice: on a page of its own and in the channel page that holds them all.
When the channel page states something else than before, what the archive has of the report's own
page is in doubt, however young it is. This module compares what captures state and fetches nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise

from crawler.archive import Archive, ArchiveError, Capture
from datasets.pages import content_digest, read_payload
from parsers.titles import recognise_title


def contradicted_pages(archive: Archive, office_id: str) -> list[str]:
    """The addresses of reports of which a channel page states something else since they were asked.

    Sorted. A page that was asked for since is not among them, whatever it answered.
    """
    last: dict[str, Capture] = {}
    channels: dict[str, list[Capture]] = {}  # the first capture of each content in turn
    for capture in archive.captures(office_id):
        if capture.origin != "live":
            continue
        last[capture.url] = capture
        if capture.kind == "channel" and capture.is_ok:
            contents = channels.setdefault(capture.url, [])
            if not contents or contents[-1].capture_id != capture.capture_id:
                contents.append(capture)
    reports = [
        (capture, year)
        for capture in last.values()
        if capture.kind == "report" and capture.is_ok and (year := _linked_year(capture))
    ]
    if not reports:
        return []
    oldest = min(capture.fetched_at for capture, _ in reports)
    found: set[str] = set()
    for contents in channels.values():
        for moment, years in _changes(archive, contents, oldest):
            found |= {
                capture.url
                for capture, year in reports
                if year in years and capture.fetched_at < moment
            }
    return sorted(found)


def _changes(
    archive: Archive, contents: list[Capture], since: dt.datetime
) -> Iterator[tuple[dt.datetime, set[int]]]:
    """When a page stated something else than before, after `since`, and of which report years."""
    new: dict[int, set[str]] | None = None
    for before, after in reversed(list(pairwise(contents))):
        if after.fetched_at <= since:
            return
        new = new if new is not None else _digests(archive, after)
        old = _digests(archive, before)
        yield after.fetched_at, {y for y in old.keys() & new.keys() if old[y] != new[y]}
        new = old


def _digests(archive: Archive, capture: Capture) -> dict[int, set[str]]:
    """The digests of the reports in a page, by year."""
    try:
        data, headers = archive.payload(capture), dict(archive.headers(capture))
    except ArchiveError:  # the build names it
        return {}
    found: dict[int, set[str]] = {}
    for report in read_payload(data, capture.url, headers).reports:
        if report.report_year is not None:
            found.setdefault(report.report_year, set()).add(content_digest(report))
    return found


def _linked_year(capture: Capture) -> int | None:
    title = recognise_title(capture.link_text) if capture.link_text else None
    return title.report_year if title is not None else None
