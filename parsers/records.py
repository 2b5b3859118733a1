"""The records that reading a page gives: documents, reports, sections, observations, findings.

These are plain frozen dataclasses; their field names are the column names of the dataset and the
keys of `gongkai parse --json`. This module holds no logic of reading and never decides a value.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

# The version of the reading rules. A capture read under another version is read again by a build,
# so it changes whenever the records of any page can change.
PARSER_VERSION = "0.2.0"

DocumentKind = Literal["report", "listing", "notice", "other", "challenge"]
ReportStatus = Literal["parsed", "empty_page", "attachment_only", "unreadable"]
Layout = Literal["narrative-2008", "tables-2019", "tables-2021"]
ObservationStatus = Literal["reported", "reported_none", "blank", "unreadable"]
Qualifier = Literal["exact", "at_least", "at_most", "about"]
Source = Literal["table", "narrative", "annex"]
MatchedBy = Literal["label", "label_fuzzy", "position"]
Severity = Literal["error", "warning", "note"]


# Not frozen, and still never changed: to freeze one costs more than the rest of its making, and a
# report has two hundred.
@dataclass(slots=True)
class Observation:
    """One figure as a report states it.

    indicator: a name of `registry/indicators.csv`.
    applicant: the applicant column of the applications table (`natural_person` … `total`); None
        for every indicator that has no such dimension.
    value: in the indicator's unit; None when `status` is `blank` or `unreadable`, 0 for
        `reported_none`.
    value_text: the characters the value was read from, unchanged.
    unit: the indicator's unit of measure (`count` or `CNY_10k`).
    status: `reported`, `reported_none` (无, 未收到), `blank` or `unreadable`.
    qualifier: `exact`, `at_least` (余, 多, 以上), `at_most` (以内, 不足), `about` (约, 近, 左右).
    source: `table`, `narrative` or `annex`.
    matched_by: how row and column were found: `label`, `label_fuzzy` or `position`.
    evidence: the sentence, or row label × column label as printed.
    locator: where it stands: `table 2, row 4, column 7` or `section 3, characters 120-134`.
    """

    indicator: str
    applicant: str | None
    value: float | None
    value_text: str
    unit: str
    status: ObservationStatus
    qualifier: Qualifier
    source: Source
    matched_by: MatchedBy
    evidence: str
    locator: str


@dataclass(frozen=True, slots=True)
class Section:
    """One section or sub-section of a report.

    ordinal: its place in the report, from 1.
    section: the canonical code of `registry/sections.csv`; None when the heading is not known
        (a finding says so).
    level: 1 or 2. parent: the ordinal of the section it belongs to, None on level 1.
    heading: as printed, "" for the preamble and the signature, which have none, and for an annex
        that stands behind the signature.
    text: the paragraphs, one a line; the cells of a table are joined by " | ".
    """

    ordinal: int
    section: str | None
    level: int
    parent: int | None
    heading: str
    text: str

    @property
    def chars(self) -> int:
        """The number of characters of `text`."""
        return len(self.text)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check says about a document: never a change of a figure."""

    rule: str
    severity: Severity
    message: str
    expected: str | None = None
    actual: str | None = None
    indicator: str | None = None
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One office's annual report of one report year, as one page states it.

    office_name: as printed; None when the page names no office.
    report_year: the year reported on; None when nothing on the page tells it.
    title: the title printed in the document; None when there is none.
    published_on: the printed publication date (or the date of the signature).
    period_start, period_end: the statistical period, as stated.
    declared_parts: how many parts the report says that it has.
    index_number: 索引号, as printed.
    """

    office_name: str | None
    report_year: int | None
    title: str | None
    layout: Layout | None
    layout_reason: str
    published_on: dt.date | None
    period_start: dt.date | None
    period_end: dt.date | None
    status: ReportStatus
    declared_parts: int | None = None
    index_number: str | None = None
    sections: tuple[Section, ...] = ()
    observations: tuple[Observation, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def n_sections(self) -> int:
        """The number of level-1 sections that have a printed heading."""
        return sum(1 for section in self.sections if section.level == 1 and section.heading)


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a page; a page may hold one, many, or none that is a report.

    kind: `report` (then `report` is set, whatever its status), `listing` (links to documents),
        `notice` (a text about reports that is none), `challenge` (a page that a guard put in
        the place of the document: a bot check, a login, an error) or `other`.
    reason: in one sentence, why the document was taken for what it is.
    links: the report-like links of a listing and the attachments of a document, as
        (text, address as written).
    """

    kind: DocumentKind
    reason: str
    title: str | None = None
    url: str | None = None
    report: Report | None = None
    findings: tuple[Finding, ...] = ()
    links: tuple[tuple[str, str], ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """The document as `gongkai parse --json` prints it: the report's columns at top level."""
        row: dict[str, Any] = {"kind": self.kind, "reason": self.reason, "source_url": self.url}
        report = self.report
        if report is None:
            row |= {"title": self.title, "report_year": None, "status": None}
            row |= {
                "sections": [],
                "observations": [],
                "findings": [asdict(f) for f in self.findings],
            }
        else:
            fields = asdict(report)
            for name in ("published_on", "period_start", "period_end"):
                fields[name] = fields[name].isoformat() if fields[name] else None
            for section, made in zip(fields["sections"], report.sections, strict=True):
                section["chars"] = made.chars
            row |= fields
            row |= {
                "n_sections": report.n_sections,
                "n_observations": len(report.observations),
                "n_findings": len(report.findings),
            }
        row["links"] = [list(link) for link in self.links]
        row["parser_version"] = PARSER_VERSION
        return row
