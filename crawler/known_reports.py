"""The reports that the archive has of an office, and which of them a site has lost.

It compares what was archived with what a run saw, and asks for nothing.
"""

from __future__ import annotations

from collections.abc import Collection

from crawler.archive import Archive, Capture
from crawler.journal import Journal
from crawler.links import Link
from parsers.titles import recognise_title


def archived_reports(archive: Archive, office_id: str) -> dict[str, Capture]:
    """By address, the last good capture of each report that this crawler fetched."""
    return {
        capture.url: capture
        for capture in archive.captures(office_id)
        if capture.kind == "report" and capture.is_ok and capture.origin == "live"
    }


def as_linked(capture: Capture) -> Link:
    """The link by which a report was reached when it was captured."""
    title = recognise_title(capture.link_text) if capture.link_text else None
    year = title.report_year if title is not None else None
    return Link(capture.url, "report", capture.link_text or "", year)


def missing_reports(
    archive: Archive, office_id: str, journal: Journal, unlinked: Collection[str]
) -> list[str]:
    """The archived reports that the site has no more, by its answer, or links no more.

    unlinked: those that the run asked for although no page links them.
    """
    seen = journal.visits
    return sorted(
        url
        for url in archived_reports(archive, office_id)
        if url not in seen or url in unlinked or seen[url].kind == "error"
    )
