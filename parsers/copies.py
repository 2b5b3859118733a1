"""One report that a page prints more than once is one report: find the copies and compare them.

Pages hold a second copy of a report for telephones, for printing or by mistake. Two reports are
copies when neither year nor office sets them apart and they say the same in the same words; the
one that a reader sees is kept. Where a copy states other figures, every one of them is a finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from parsers.assembly import read_document
from parsers.blocks import Page, is_link_list
from parsers.characters import compact
from parsers.chrome import chrome_kind
from parsers.documents import Segment
from parsers.records import Document, Finding, Observation, Report

# A shorter line (a heading, a label of the form) is the same in everybody's report.
_FEWEST_CHARACTERS = 15
_FEWEST_LINES = 3
# How many of the lines of the shorter text stand in the other, in percent.
_SAME = 70
_SAME_WITHOUT_YEAR = 95
# A page of more documents than this is compared with the first ones only.
_MOST_COMPARED = 40
_MOST_NAMED = 20


@dataclass(slots=True)
class _Read:
    """A segment and what it was read as. lines: its sentences, to be compared."""

    segment: Segment
    document: Document
    lines: frozenset[str]


def without_copies(
    segments: Sequence[Segment], documents: Sequence[Document], page: Page, url: str | None
) -> list[Document]:
    """The documents of a page, of every report one; in page order."""
    groups: list[list[_Read]] = []
    for segment, document in zip(segments, documents, strict=True):
        one = _Read(segment, document, _lines(segment) if document.report else frozenset())
        group = next((g for g in groups[:_MOST_COMPARED] if _are_copies(g[0], one)), None)
        if group is None:
            groups.append([one])
        else:
            group.append(one)
    return [_settled(group, len(groups) == 1, page, url) for group in groups]


def _lines(segment: Segment) -> frozenset[str]:
    texts = (
        compact(block.text)
        for block in segment.blocks
        if block.kind == "text" and not is_link_list(block) and chrome_kind(block.text) is None
    )
    return frozenset(text for text in texts if len(text) >= _FEWEST_CHARACTERS)


def _are_copies(one: _Read, other: _Read) -> bool:
    first, second = one.document.report, other.document.report
    if first is None or second is None:
        return False
    years = {first.report_year, second.report_year}
    if len(years - {None}) > 1:
        return False
    names = [compact(report.office_name or "") for report in (first, second)]
    if not (names[0] in names[1] or names[1] in names[0]):
        return False
    if "empty_page" in (first.status, second.status):
        hidden = one.segment.hidden or other.segment.hidden
        return hidden and None not in years
    fewer = min(len(one.lines), len(other.lines))
    if fewer < _FEWEST_LINES:
        return len(first.observations) >= 20 and first.observations == second.observations
    common = one.lines & other.lines
    if None in years:
        return len(common) * 100 >= _SAME_WITHOUT_YEAR * fewer
    return len(common) * 100 >= _SAME * fewer


def _settled(group: list[_Read], only: bool, page: Page, url: str | None) -> Document:
    """The one document of several copies, with what the others say differently."""
    if len(group) == 1 and not (only and group[0].segment.among_others):
        return group[0].document
    kept = _kept(group)
    if only:
        # The page's own fields are this document's after all.
        kept.segment.among_others = False
        kept.document = read_document(kept.segment, page, url)
    report = kept.document.report
    if report is None:
        return kept.document
    findings = [
        finding
        for copy in group
        if copy is not kept and copy.document.report is not None
        for finding in _compared(report, copy.document.report, copy.segment.hidden)
    ]
    findings = list(dict.fromkeys(findings))
    return replace(kept.document, report=replace(report, findings=(*report.findings, *findings)))


def _kept(group: Sequence[_Read]) -> _Read:
    """The first copy that is seen; one that has the form's tables before one that lost them."""

    def rank(one: _Read) -> tuple[bool, bool, bool]:
        report = one.document.report
        tables = report is not None and any(o.source == "table" for o in report.observations)
        parsed = report is not None and report.status == "parsed"
        return (not parsed, not tables, one.segment.hidden)

    return min(group, key=rank)


def _compared(kept: Report, copy: Report, hidden: bool) -> list[Finding]:
    which = "a hidden copy" if hidden else "a second copy"
    ours, theirs = _figures(kept), _figures(copy)
    differ = [
        key
        for key in dict.fromkeys([*ours, *theirs])
        if _said(ours.get(key)) != _said(theirs.get(key))
    ]
    if copy.status == "empty_page" or not differ:
        return [
            Finding("copy-on-page", "note", f"the page holds {which} of the report; one is read")
        ]
    findings = [_differs(ours.get(key), theirs.get(key), which) for key in differ[:_MOST_NAMED]]
    if len(differ) > _MOST_NAMED:
        message = f"{which} of the report on the page differs in {len(differ)} figures in all"
        findings.append(Finding("copies-differ", "warning", message))
    return findings


def _figures(report: Report) -> dict[tuple[str, str, str], Observation]:
    return {(o.indicator, o.applicant or "", o.source): o for o in report.observations}


def _said(o: Observation | None) -> str:
    if o is None:
        return "not there"
    return o.status if o.value is None or o.status == "reported_none" else f"{o.value:g}"


def _differs(ours: Observation | None, theirs: Observation | None, which: str) -> Finding:
    one = ours or theirs
    assert one is not None
    name = f"{one.indicator} ({one.applicant})" if one.applicant else one.indicator
    return Finding(
        "copies-differ",
        "warning",
        f"{name}: {which} of the report on the page has {_said(theirs)} where {_said(ours)} is read",
        _said(ours),
        _said(theirs),
        one.indicator,
        one.evidence,
    )
