"""The rows of every table for one office: its archive read, merged and checked.

A pure function of the office's archive and of what is known of the office, so that any process of
any machine can call it for any office. Nothing from the moment of the call enters the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from crawler.archive import Archive, Capture
from crawler.offices import Expected, Office
from datasets.checks import check_reports
from datasets.corrections import Correction, apply_corrections
from datasets.coverage import coverage_rows
from datasets.merging import merge_reports, names_of, revisions_of
from datasets.pages import Readings, read_pages
from datasets.rows import (
    capture_rows,
    document_rows,
    failure_rows,
    finding_order,
    observation_rows,
    office_row,
    page_findings,
    panel_rows,
    report_findings,
    report_row,
    revision_row,
    section_rows,
)

Rows = dict[str, list[dict[str, Any]]]


def office_tables(
    archive: Archive,
    office_id: str,
    office: Office | None,
    corrections: Iterable[Correction] = (),
    on_capture: Callable[[Capture], None] | None = None,
    kept: Readings | None = None,
) -> Rows:
    """The rows of every table for one office, sorted as they are written.

    office: its description; None when no office file describes it.
    corrections: those of this office. kept: readings of an earlier build.

    The same archive gives the same rows, in the same order, in any process.
    """
    expected = office.expected if office is not None else Expected()
    pages = read_pages(archive, office_id, on_capture, kept)
    merged = merge_reports(pages, names_of(office))
    reports, corrected = apply_corrections(merged, corrections)
    described = office_row(office_id, office)
    findings = [
        *report_findings(office_id, reports, check_reports(reports, described["kind"])),
        *page_findings(archive, office_id, pages),
    ]
    findings.sort(key=finding_order)
    counted: dict[int, int] = {}
    for finding in findings:
        if finding["report_year"] is not None:
            counted[finding["report_year"]] = counted.get(finding["report_year"], 0) + 1
    years = range(expected.from_year, expected.until_year + 1)
    return {
        "reports": [report_row(office_id, one, counted.get(one.year, 0)) for one in reports],
        "sections": [row for one in reports for row in section_rows(office_id, one)],
        "observations": [
            row for one in reports for row in observation_rows(office_id, one, corrected)
        ],
        "panel": panel_rows(office_id, reports, merged),
        "coverage": coverage_rows(office_id, years, pages, reports),
        "offices": [described],
        "findings": findings,
        "captures": capture_rows(pages),
        "failures": failure_rows(pages),
        "documents": document_rows(office_id, pages, reports),
        "revisions": [
            revision_row(office_id, one)
            for one in sorted(revisions_of(pages), key=lambda one: one.year)
        ],
    }
