"""Put one document together: its title, sections, tables, figures and findings.

Takes the blocks of one document of a page and gives a `Document`: `body` takes the site's lines
out, `kinds` says what it is, `outline` cuts a report into sections; here they are joined with the
tables and the prose, and the layout is decided.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from parsers import anatomy
from parsers.annex import annexes_among, read_annex
from parsers.blocks import Page
from parsers.body import Body, item_text, table_rows, take_body
from parsers.characters import compact
from parsers.documents import Segment
from parsers.kinds import FEWEST_CHARACTERS, is_empty_place, kind_of, page_title, report_links
from parsers.narrative import read_narrative
from parsers.outline import cut_sections, signature_parts
from parsers.records import Document, Finding, Layout, Report, ReportStatus, Section
from parsers.sections import Heading, find_headings
from parsers.tables import FormTables, read_tables
from parsers.titles import Title

# Characters of a report without sections or tables: alone, and beside an attached file.
_SHORT_REPORT, _INTRODUCTION = 200, 800
# The first year for which every report has the form's tables; the notice of 2019 (国办公开办函〔2019〕
# 60号) still left that year's to the offices.
_FORM_SINCE = 2020


def read_document(segment: Segment, page: Page, url: str | None) -> Document:
    """The one document of a segment."""
    body = take_body(segment)
    meta_title = page_title(page) if not segment.among_others else None
    title = body.title.title if body.title else meta_title
    lines = [item.text if item.kind == "text" else "" for item in body.items]
    headings = find_headings(lines)
    annexes = annexes_among(body.items)
    rows, dropped = table_rows(body.items, annexes, title.report_year if title else None)
    tables = read_tables(rows, dropped) if rows else FormTables((), (), {}, ())
    text = "\n".join(lines)
    kind, reason = kind_of(body, title, headings, tables, text, segment.among_others)
    if kind == "other" and is_empty_place(segment, page, body, text):
        kind, reason = "report", "its title is that of reports, and nothing stands below it"
    shown_title = body.title.text if body.title else None
    if kind != "report":
        links = tuple(report_links(body) or body.files)
        return Document(kind, reason, shown_title or page.title or None, url, None, (), links)
    return _report(segment, page, url, body, annexes, headings, tables, reason, title, meta_title)


def _report(
    segment: Segment,
    page: Page,
    url: str | None,
    body: Body,
    annexes: Set[int],
    headings: dict[int, tuple[int, Heading]],
    tables: FormTables,
    reason: str,
    title: Title | None,
    head: Title | None,
) -> Document:
    alone = not segment.among_others
    texts = [item_text(item) for item in body.items]
    sections, findings = cut_sections(texts, headings, annexes)
    findings += segment.findings
    preamble = next((s.text for s in sections if s.section == "preamble"), "")
    signature = next((s.text for s in sections if s.section == "signature"), "")
    overview = next((s.text for s in sections if s.section == "overview"), "")
    signed_by, signed_on = signature_parts(signature)
    first = [preamble, *(s.text for s in sections if s.section in {"overview", None})]
    period = anatomy.find_period([line for text in first for line in text.split("\n")]) or (
        anatomy.find_period([line for s in sections for line in s.text.split("\n")])
    )
    published_on, more = anatomy.find_published(body.fields, page, signed_on, alone)
    findings += more
    year, place, more = anatomy.decide_year(
        [
            ("title", title.report_year if title else None),
            ("title in the page's head", head.report_year if head else None),
            ("statistical period", anatomy.year_of_period(period)),
            ("headings", anatomy.year_of_headings([s.heading for s in sections if s.heading])),
            ("text", anatomy.year_of_text(preamble) or anatomy.year_of_text(overview)),
            ("publication date", published_on.year - 1 if published_on else None),
        ]
    )
    findings += more
    if body.title is not None:
        findings += anatomy.rival_titles(body.title)
    office, more = anatomy.find_office(
        body.title,
        body.line_above,
        signed_by,
        preamble,
        page if alone else Page("", {}, []),
        body.fields,
    )
    findings += more
    status, why = _status(body, sections, tables)
    layout: Layout | None = None
    layout_reason = ""
    observations = list(tables.observations)
    findings += tables.findings
    if status == "parsed":
        layout, layout_reason, more = _layout(sections, tables, year)
        findings += more
        annex, more = read_annex(body.items, annexes, year)
        observations += annex
        findings += more
        table_lines = frozenset(
            line
            for item, text in zip(body.items, texts, strict=True)
            if item.kind == "table"
            for line in text.split("\n")
        )
        narrative, more = read_narrative(sections, layout, year, office, table_lines)
        observations += narrative
        findings += more
        if year is None:
            findings.append(
                Finding(
                    "no-report-year",
                    "error",
                    "neither title, period, headings nor dates say which year is reported on",
                )
            )
        elif place in {"publication date", "text"}:
            findings.append(
                Finding(
                    "year-inferred", "note", f"the report year {year} is taken from the {place}"
                )
            )
        findings += _check_parts(sections, preamble + overview)
        findings += _check_tables(layout, tables, year)
    else:
        findings.append(Finding(status.replace("_", "-"), "warning", why))
        observations = []
    report = Report(
        office_name=office,
        report_year=year,
        title=body.title.text if body.title else None,
        layout=layout,
        layout_reason=layout_reason,
        published_on=published_on,
        period_start=period.start if period else None,
        period_end=period.end if period else None,
        status=status,
        declared_parts=anatomy.find_declared_parts(preamble + overview),
        index_number=anatomy.find_index_number(body.fields),
        sections=tuple(sections) if status == "parsed" else (),
        observations=tuple(observations),
        findings=tuple(findings),
    )
    return Document(
        "report", reason, report.title or page.title or None, url, report, (), tuple(body.files)
    )


def _status(
    body: Body, sections: Sequence[Section], tables: FormTables
) -> tuple[ReportStatus, str]:
    """Whether the page holds the report itself, only an attachment or picture of it, or nothing."""
    characters = sum(s.chars for s in sections if s.section != "signature")
    headed = any(section.heading for section in sections)
    # A preamble in front of an attached report is longer than a short report without a file.
    enough = _INTRODUCTION if body.files and not headed else _SHORT_REPORT
    if tables.parts or characters >= enough:
        return "parsed", ""
    if body.files:
        names = ", ".join(address for _, address in body.files[:3])
        return (
            "attachment_only",
            f"the page has no report of its own; it is attached: {names}",
        )
    if body.images:
        return "attachment_only", f"the page's report is a picture: {', '.join(body.images[:3])}"
    if body.frames:
        return "attachment_only", f"the page's report is in a frame: {', '.join(body.frames[:3])}"
    if characters < FEWEST_CHARACTERS:
        return "empty_page", "the page has a place for a report and nothing in it"
    return "parsed", ""


def _layout(
    sections: Sequence[Section], tables: FormTables, year: int | None
) -> tuple[Layout, str, list[Finding]]:
    """(layout, reason, findings), decided by what is printed."""
    votes = {layout: len(words) for layout, words in tables.layout_votes.items()}
    if votes:
        layout: Layout = (
            "tables-2019"
            if votes.get("tables-2019", 0) > votes.get("tables-2021", 0)
            else "tables-2021"
        )
        words = "; ".join(dict.fromkeys(tables.layout_votes[layout]))
        reason = (
            f"{votes[layout]} of {sum(votes.values())} blocks are printed as in {layout}: {words}"
        )
        findings: list[Finding] = []
        if len(votes) > 1:
            other = next(name for name in votes if name != layout)
            mixed = "; ".join(dict.fromkeys(tables.layout_votes[other]))
            if votes[other] == votes[layout] and year is not None:
                layout = "tables-2021" if year >= 2021 else "tables-2019"
                reason += f"; as many as in the other form, so the report year {year} decides"
            findings.append(
                Finding(
                    "mixed-forms",
                    "note",
                    f"the report mixes the national forms: besides {layout} it prints {mixed}",
                )
            )
        return layout, reason, findings
    codes = [s.section for s in sections if s.level == 1 and s.heading]
    heads = [compact(s.heading) for s in sections if s.level == 1 and s.heading]
    form = sum(
        1
        for head in heads
        if re.search(
            r"总体情况|主动公开政府信息情况|收到和处理政府信息公开申请|行政复议、?行政诉讼情况"
            r"|存在的主要问题及改进情况|其他需要报告的事项",
            head,
        )
    )
    if tables.parts or (form >= 4 and len(codes) <= 7 and (year or 2019) >= 2019):
        layout = "tables-2021" if (year or 0) >= 2021 else "tables-2019"
        what = (
            "its tables do not tell the two forms apart"
            if tables.parts
            else "its tables are missing"
        )
        return (
            layout,
            f"{form} of {len(heads)} headings are those of the national form; {what}, so the "
            f"report year {year} tells which",
            [],
        )
    return (
        "narrative-2008",
        f"{len(heads)} numbered sections of prose, without the form's tables",
        [],
    )


def _check_parts(sections: Sequence[Section], text: str) -> list[Finding]:
    declared = anatomy.find_declared_parts(text)
    found = sum(1 for s in sections if s.level == 1 and s.heading)
    if declared is None or declared == found:
        return []
    return [
        Finding(
            "declared-parts",
            "warning",
            f"the report says that it has {declared} parts and has {found}",
            str(declared),
            str(found),
        )
    ]


def _check_tables(layout: Layout | None, tables: FormTables, year: int | None) -> list[Finding]:
    """The tables of the form that are missing: pictures, dropped, or never there."""
    if layout == "narrative-2008":
        if year is None or year < _FORM_SINCE:
            return []
        message = f"reports of {year} have the form's tables, and this one has none of them"
        return [Finding("missing-table", "warning", message)]
    missing = [
        part for part in ("proactive", "applications", "disputes") if part not in tables.parts
    ]
    return [
        Finding(
            "missing-table",
            "warning",
            f"the form's table of {part} was not found on the page",
            indicator=part,
        )
        for part in missing
    ]
