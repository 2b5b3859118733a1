"""The rows of the dataset's tables, from what was merged: columns filled, nothing decided.

Each function gives the rows of one table for one office, sorted as they are written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from crawler.archive import Archive
from crawler.offices import Expected, Office
from datasets.corrections import Corrected
from datasets.merging import (
    Copy,
    MergedReport,
    ObservationKey,
    Revision,
    copies_of,
    observation_key,
)
from datasets.pages import Page, Version
from datasets.panel import Figure, panel_figures, panel_row
from parsers import PARSER_VERSION, Finding, Report
from parsers.characters import compact

Row = dict[str, Any]

# Columns of table `offices` that are fields of an office's description.
_SAID_OF_OFFICES = (
    "name",
    "name_en",
    "level",
    "division_code",
    "province",
    "city",
    "county",
    "family",
    "home_url",
)


def report_row(office_id: str, merged: MergedReport, n_findings: int) -> Row:
    """The row of table `reports`; n_findings counts the rows of `findings` about the report."""
    report, chosen = merged.report, merged.chosen
    filled = "; ".join(f"{column}: {url}" for column, url in merged.supplemented.items())
    return {
        "office_id": office_id,
        "report_year": merged.year,
        "office_name": report.office_name,
        "title": report.title,
        "layout": report.layout,
        "layout_reason": report.layout_reason,
        "published_on": report.published_on,
        "period_start": report.period_start,
        "period_end": report.period_end,
        "status": report.status,
        "source_url": chosen.page.url,
        "capture_id": chosen.version.first.capture_id,
        "captured_at": chosen.version.first.fetched_at,
        "n_sections": report.n_sections,
        "n_observations": len(report.observations),
        "n_findings": n_findings,
        "n_copies": sum(1 for copy in merged.copies if copy.is_standing),
        "declared_parts": report.declared_parts,
        "index_number": report.index_number,
        "supplemented": filled or None,
        "content_digest": chosen.digest,
        "parser_version": PARSER_VERSION,
    }


def office_row(office_id: str, office: Office | None) -> Row:
    """The row of table `offices`; of an office that nothing describes only what is assumed."""
    expected = office.expected if office is not None else Expected()
    row: Row = {"office_id": office_id}
    row |= {name: getattr(office, name, None) or None for name in _SAID_OF_OFFICES}
    row["kind"] = _kind(office.name) if office is not None else None
    row |= {"expected_from": expected.from_year, "expected_until": expected.until_year}
    return row


def _kind(name: str) -> str:
    """What an office is, by the end of its full name; 聊城市人民政府外事办公室 is an organ."""
    return "government" if compact(name).endswith("人民政府") else "organ"


def section_rows(office_id: str, merged: MergedReport) -> Iterator[Row]:
    """The rows of table `sections` for one report, in the order of the report."""
    for section in sorted(merged.report.sections, key=lambda one: one.ordinal):
        yield {
            "office_id": office_id,
            "report_year": merged.year,
            "ordinal": section.ordinal,
            "section": section.section,
            "level": section.level,
            "parent": section.parent,
            "heading": section.heading,
            "text": section.text,
            "chars": section.chars,
        }


def observation_rows(
    office_id: str,
    merged: MergedReport,
    corrected: Mapping[tuple[int, ObservationKey], Corrected],
) -> Iterator[Row]:
    """The rows of table `observations` for one report, sorted by their key."""
    ordered = sorted(
        merged.report.observations,
        key=lambda one: (one.indicator, one.applicant or "", one.source),
    )
    for one in ordered:
        change = corrected.get((merged.year, observation_key(one)))
        yield {
            "office_id": office_id,
            "report_year": merged.year,
            "indicator": one.indicator,
            "applicant": one.applicant,
            "source": one.source,
            "value": one.value,
            "value_text": one.value_text,
            "unit": one.unit,
            "status": one.status,
            "qualifier": one.qualifier,
            "matched_by": one.matched_by,
            "evidence": one.evidence,
            "locator": one.locator,
            "capture_id": merged.chosen.version.first.capture_id,
            "printed_value": change.printed_value if change else None,
            "correction": change.words if change else None,
        }


def panel_rows(
    office_id: str, reports: Iterable[MergedReport], as_printed: Iterable[MergedReport] = ()
) -> list[Row]:
    """The rows of table `panel` for the reports of one office, which are sorted by year.

    as_printed: the same reports without the corrections, to tell which columns rest on one.
    """
    printed = {one.year: one.report for one in as_printed}
    rows: list[Row] = []
    previous: dict[str, Any] | None = None
    for merged in reports:
        report = merged.report
        figures = panel_figures(report.layout, report.observations, report.status)
        row = {
            "office_id": office_id,
            "report_year": merged.year,
            "office_name": report.office_name,
            "layout": report.layout,
            "status": report.status,
            "previous_year": previous["year"] if previous is not None else None,
            "corrected": _corrected(printed.get(merged.year), report, figures),
        }
        rows.append(row | panel_row(figures, report.layout, previous))
        # A report without figures is no base to compare with.
        if report.status == "parsed":
            previous = {"figures": figures, "layout": report.layout, "year": merged.year}
    return rows


def _corrected(printed: Report | None, report: Report, figures: Mapping[str, Figure]) -> str | None:
    """The columns of the panel that would be others without the corrections by hand."""
    if printed is None or printed.observations == report.observations:
        return None
    before = panel_figures(printed.layout, printed.observations, printed.status)
    return " ".join(name for name in figures if figures[name] != before[name]) or None


def finding_row(office_id: str, year: int | None, finding: Finding, capture_id: str | None) -> Row:
    """A row of table `findings`."""
    return {
        "office_id": office_id,
        "report_year": year,
        "rule": finding.rule,
        "severity": finding.severity,
        "message": finding.message,
        "expected": finding.expected,
        "actual": finding.actual,
        "indicator": finding.indicator,
        "evidence": finding.evidence,
        "capture_id": capture_id,
    }


def finding_order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """The sort key of a row of table `findings`: by year, those without a year last."""
    year = row["report_year"]
    return (
        year is None,
        year or 0,
        row["rule"],
        row["indicator"] or "",
        row["message"],
        row["capture_id"] or "",
    )


def report_findings(
    office_id: str, reports: Iterable[MergedReport], checked: Iterable[tuple[int, Finding]]
) -> Iterator[Row]:
    """The findings about reports: the parser's, those of merging, and those of the checks."""
    captures: dict[int, str] = {}
    for merged in reports:
        captures[merged.year] = merged.chosen.version.first.capture_id
        for finding in merged.findings:
            yield finding_row(office_id, merged.year, finding, captures[merged.year])
    for year, finding in checked:
        yield finding_row(office_id, year, finding, captures[year])


def page_findings(archive: Archive, office_id: str, pages: Iterable[Page]) -> Iterator[Row]:
    """What is to be said of pages and of the archive, which no report row can carry."""
    for damage in archive.damages(office_id):
        finding = Finding(
            rule="archive-damaged",
            severity="error",
            message=f"{damage.warc_file}: bytes {damage.offset} to {damage.until} cannot be read "
            f"({damage.message}); run `gongkai archive verify`",
        )
        yield finding_row(office_id, None, finding, None)
    for page in pages:
        if page.current is None:
            continue
        capture_id = page.current.first.capture_id
        if page.current.reading.failure is not None:
            finding = Finding("page-unreadable", "error", page.current.reading.failure)
            yield finding_row(office_id, None, finding, capture_id)
        for position, document in enumerate(page.current.reading.documents, start=1):
            for finding in document.findings:
                located = _located(finding, page, position)
                yield finding_row(office_id, None, located, capture_id)
        for copy in copies_of([page]):
            if copy.version.is_current and copy.report.report_year is None:
                yield from _undated_findings(office_id, copy)


def _located(finding: Finding, page: Page, position: int) -> Finding:
    """The finding with its place in words, since no report year names it."""
    return replace(finding, message=f"{page.url} (document {position}): {finding.message}")


def _undated_findings(office_id: str, copy: Copy) -> Iterator[Row]:
    capture_id = copy.version.first.capture_id
    for finding in copy.report.findings:
        located = _located(finding, copy.page, copy.position)
        yield finding_row(office_id, None, located, capture_id)
    told = any(finding.rule == "no-report-year" for finding in copy.report.findings)
    if copy.report.status == "parsed" and not told:
        finding = Finding(
            rule="no-report-year",
            severity="error",
            message=f"{copy.page.url} (document {copy.position}): nothing tells the year of this "
            f"report; its {len(copy.report.observations)} figures are in no table",
            evidence=copy.document.title,
        )
        yield finding_row(office_id, None, finding, capture_id)


def _years_by_capture(pages: Iterable[Page]) -> dict[tuple[str, str], str]:
    years: dict[tuple[str, str], str] = {}
    for page in pages:
        for version in page.versions:
            found = {report.report_year for report in version.reading.reports}
            told = " ".join(str(year) for year in sorted(year for year in found if year))
            years[(page.url, version.first.capture_id)] = told
    return years


def capture_rows(pages: Iterable[Page]) -> list[Row]:
    """The rows of table `captures`."""
    pages = list(pages)
    years = _years_by_capture(pages)
    rows = [
        {
            "office_id": one.office_id,
            "url": one.url,
            "fetched_at": one.fetched_at,
            "capture_id": one.capture_id,
            "http_status": one.http_status,
            "content_type": one.content_type,
            "bytes": one.bytes,
            "kind": one.kind,
            "origin": one.origin,
            "warc_file": one.warc_file,
            "warc_offset": one.warc_offset,
            "revisit_of": one.revisit_of,
            "link_text": one.link_text,
            "report_years": years.get((page.url, one.capture_id)) or None,
        }
        for page in pages
        for one in page.captures
    ]
    rows.sort(key=lambda row: (row["url"], row["warc_file"], row["warc_offset"]))
    return rows


def failure_rows(pages: Iterable[Page]) -> list[Row]:
    """The rows of table `failures`."""
    return [
        {
            "office_id": one.office_id,
            "url": one.url,
            "failed_at": one.failed_at,
            "reason": one.reason,
            "message": one.message,
            "kind": one.kind,
            "origin": one.origin,
            "link_text": one.link_text,
            "warc_file": one.warc_file,
            "warc_offset": one.warc_offset,
        }
        for page in pages
        for one in page.failures
    ]


def document_rows(
    office_id: str, pages: Iterable[Page], reports: Iterable[MergedReport]
) -> list[Row]:
    """The rows of table `documents`: every document of every content of every page."""
    chosen = {_place(one.chosen.version, one.chosen.position) for one in reports}
    rows = []
    for page in pages:
        told: set[str] = set()
        # Newest first, so that a content that came back is told once, as the current one.
        for version in reversed(page.versions):
            if version.first.capture_id in told:
                continue
            told.add(version.first.capture_id)
            for position, document in enumerate(version.reading.documents, start=1):
                report = document.report
                rows.append(
                    {
                        "office_id": office_id,
                        "capture_id": version.first.capture_id,
                        "url": page.url,
                        "position": position,
                        "kind": document.kind,
                        "reason": document.reason,
                        "title": report.title if report else document.title,
                        "document_url": document.url,
                        "report_year": report.report_year if report else None,
                        "status": report.status if report else None,
                        "layout": report.layout if report else None,
                        "published_on": report.published_on if report else None,
                        "n_observations": len(report.observations) if report else 0,
                        "is_current": version.is_current,
                        "is_chosen": _place(version, position) in chosen,
                    }
                )
    rows.sort(key=lambda row: (row["url"], row["capture_id"], row["position"]))
    return rows


def _place(version: Version, position: int) -> tuple[str, str, int]:
    return (version.first.url, version.first.capture_id, position)


def revision_row(office_id: str, revision: Revision) -> Row:
    """The row of table `revisions`."""
    old, new = revision.old, revision.new
    one = new or old
    assert one is not None  # a revision has at least one side
    change = "changed" if old and new else "added" if new else "removed"
    return {
        "office_id": office_id,
        "report_year": revision.year,
        "indicator": one.indicator,
        "applicant": one.applicant,
        "source": one.source,
        "url": revision.url,
        "position": revision.position,
        "new_captured_at": revision.changed_at,
        "old_captured_at": revision.old_version.last.fetched_at,
        "change": change,
        "old_value": old.value if old else None,
        "new_value": new.value if new else None,
        "old_status": old.status if old else None,
        "new_status": new.status if new else None,
        "old_text": old.value_text if old else None,
        "new_text": new.value_text if new else None,
        "old_capture_id": revision.old_version.first.capture_id,
        "new_capture_id": revision.new_version.first.capture_id,
    }
