"""What the reports say that a look at a site fetched: years, layouts, the names of their office.

The parser reads them; nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crawler.archive import ArchiveError, Capture
from crawler.discovery import Look
from datasets.pages import read_payload
from parsers import Report


@dataclass(frozen=True, slots=True)
class Tried:
    """One report of a sample.

    figures: how many were read. errors: how many findings of that severity it has.
    """

    url: str
    year: int | None
    layout: str | None
    status: str
    figures: int
    errors: int


def tried_reports(look: Look) -> list[Tried]:
    """The reports that the pages of `look` hold, the newest year first."""
    tried = [
        Tried(
            url=capture.url,
            year=report.report_year,
            layout=report.layout,
            status=report.status,
            figures=len(report.observations),
            errors=sum(1 for finding in report.findings if finding.severity == "error"),
        )
        for capture, report in _reports(look)
    ]
    return sorted(tried, key=lambda one: -(one.year or 0))


def office_names(look: Look) -> list[str]:
    """The names by which the reports of `look` call their office, one for each report."""
    return [report.office_name for _, report in _reports(look) if report.office_name]


def _reports(look: Look) -> Iterator[tuple[Capture, Report]]:
    for capture in look.reports:
        try:
            data, headers = look.payload(capture)
        except ArchiveError:
            continue
        for report in read_payload(data, capture.url, headers).reports:
            yield capture, report
