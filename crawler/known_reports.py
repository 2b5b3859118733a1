"""The documents that the archive has of an office, and which of them a site has lost.

It compares what was archived with what a run saw, and asks for nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from crawler.archive import PAGES_OF_LINKS, Archive, Capture
from crawler.journal import Journal, Visit
from crawler.links import Link, year_alone
from parsers.titles import recognise_title

# What can hold a report: its page, its file, a document of an entry page whose title says nothing.
_DOCUMENTS = frozenset({"report", "attachment", "other"})
_NO_PAGES = frozenset({"challenge", "error", "robots"})


@dataclass(frozen=True, slots=True)
class KnownDocument:
    """A document that this crawler fetched.

    good: the last capture that gave it. last: the last answer of its address, whatever it was.
    """

    good: Capture
    last: Capture

    @property
    def link(self) -> Link:
        """The link by which it was reached."""
        text = self.good.link_text or ""
        title = recognise_title(text) if text else None
        year = title.report_year if title is not None else year_alone(text)
        return Link(self.good.url, "report", text, year)

    @property
    def is_named_report(self) -> bool:
        """Whether its link says that it is a report: that one of them is linked no more is news."""
        return self.good.kind == "report" or self.link.report_year is not None

    def has_moved(self, archive: Archive, visits: Mapping[str, Visit]) -> bool:
        """Whether it redirects to a document that the run saw: that one stands for itself."""
        target = archive.leads_to(self.last)
        visit = visits.get(target) if target is not None else None
        return (
            visit is not None
            and visit.outcome != "failed"
            and visit.kind not in _NO_PAGES | PAGES_OF_LINKS
        )


def known_documents(archive: Archive, office_id: str) -> dict[str, KnownDocument]:
    """By address, the documents that this crawler fetched, each as its last good capture has it."""
    good: dict[str, Capture] = {}
    last: dict[str, Capture] = {}
    for capture in archive.captures(office_id):
        if capture.origin == "live":
            last[capture.url] = capture
            if capture.is_ok and capture.kind not in _NO_PAGES:
                good[capture.url] = capture
    return {
        url: KnownDocument(capture, last[url])
        for url, capture in good.items()
        if capture.kind in _DOCUMENTS
        # A year alone may name the report of that year, which then is stored as a list.
        or (capture.kind == "listing" and year_alone(capture.link_text or "") is not None)
    }


def missing_reports(
    archive: Archive, office_id: str, journal: Journal, unlinked: Collection[str]
) -> list[str]:
    """The archived reports that the site has no more, by its answer, or links no more.

    unlinked: those that the run asked for although no page links them.
    """
    missing = []
    for url, known in known_documents(archive, office_id).items():
        if known.has_moved(archive, journal.visits):
            continue
        visit = journal.visits.get(url)
        answer = visit.kind if visit is not None else known.last.kind
        is_unlinked = visit is None or url in unlinked
        if answer == "error" or (is_unlinked and known.is_named_report):
            missing.append(url)
    return sorted(missing)
