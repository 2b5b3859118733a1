"""Put one document together: its title, sections, tables, figures and findings.

Takes the blocks of one document of a page and gives a `Document`. Decides whether it is a report,
by its title, its sections and the form's tables, and says why.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from parsers import anatomy
from parsers.annex import is_annex, read_annex
from parsers.blocks import Block, Page
from parsers.characters import compact, squeeze
from parsers.chrome import chrome_kind
from parsers.dates import dates_in
from parsers.documents import Segment, is_link_list
from parsers.labels import is_own_wording
from parsers.narrative import read_narrative
from parsers.records import (
    Document,
    DocumentKind,
    Finding,
    Layout,
    Report,
    ReportStatus,
    Section,
)
from parsers.sections import Heading, find_headings, section_of
from parsers.tablerows import TableRow, rows_of_grid, rows_of_texts
from parsers.tables import FormTables, read_tables
from parsers.titles import Title, recognise_title

_GUIDE = re.compile(r"指南|目录$|制度$|办法$|规定$|条例$")
_NOTICE = re.compile(
    r"(各(县|市|区|乡|镇|部门|单位).{0,40}[:：]$)|(现将有关(事项|要求)通知如下)|(特此通知)"
)
_ICONS = re.compile(
    r"logo|icon|qr|ewm|erweima|weixin|wx|weibo|share|print|close|arrow|banner|beian|gongan|jiucuo"
    r"|dzjg|spacer|blank|\.gif",
    re.IGNORECASE,
)
# A page has nothing to say when less than this is left without its title and its site's lines.
_FEWEST_CHARACTERS = 60
_CAPTION_TAIL = re.compile(r"(情况|情况表|统计表)?[:：]?$")


@dataclass(slots=True)
class _Body:
    """A document without its site's lines: paragraphs and tables in order, and what was aside.

    fields: the site's fields (发布日期, 索引号) and short lines ahead of the body.
    """

    items: list[Block] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    files: list[tuple[str, str]] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    guards: list[str] = field(default_factory=list)
    title: anatomy.PrintedTitle | None = None
    line_above: str | None = None


@dataclass(slots=True)
class _Part:
    """One section while it is collected."""

    code: str | None
    level: int
    heading: Heading | None
    lines: list[str] = field(default_factory=list)
    parent: int | None = None


def read_document(segment: Segment, page: Page, url: str | None) -> Document:
    """The one document of a segment."""
    body = _clean(segment)
    meta_title = _page_title(page) if not segment.among_others else None
    title = body.title.title if body.title else meta_title
    lines = [item.text if item.kind == "text" else "" for item in body.items]
    headings = find_headings(lines)
    rows = _table_rows(body.items)
    tables = read_tables(rows) if rows else FormTables((), (), {}, ())
    text = "\n".join(lines)
    kind, reason = _kind(body, title, headings, tables, text, segment.among_others)
    if kind == "other" and _is_empty_place(segment, page, body, text):
        kind, reason = "report", "its title is that of reports, and nothing stands below it"
    shown_title = body.title.text if body.title else None
    if kind != "report":
        links = tuple(_report_links(body) or body.files)
        return Document(kind, reason, shown_title or page.title or None, url, None, (), links)
    return _report(segment, page, url, body, headings, tables, reason, title)


# -- what the document is ------------------------------------------------------------------------


def _kind(
    body: _Body,
    title: Title | None,
    headings: dict[int, tuple[int, Heading]],
    tables: FormTables,
    text: str,
    among_others: bool,
) -> tuple[DocumentKind, str]:
    codes = {section_of(h.name, 1) for level, h in headings.values() if level == 1} - {None}
    characters = len(compact(text))
    if body.guards and characters < 600 and not tables.parts and len(codes) < 2:
        return "challenge", f"the page says “{body.guards[0][:40]}” in the place of a document"
    if title is not None and title.kind == "about_reports":
        if re.search(r"范文|模板|模版|格式", title.text):
            return "other", f"“{title.text}” is a model for reports and not one's own"
        return "notice", f"its title “{title.text}” is about reports and not one's own"
    opening = squeeze(text[:600])
    if _is_notice(text) and not tables.parts:
        return "notice", "it addresses other offices as a notice does"
    shown = body.title.text if body.title else ""
    if _GUIDE.search(compact(shown)) or (
        not title and re.search(r"(编制|制定)本指南", compact(opening))
    ):
        return "other", "it is a guide or a rule, not a report"
    by_title = title is not None and title.kind == "report"
    says_report = re.search(
        r"年度报告|本报告|本年报|工作报告|公开年报|报告如下|统计(数据|期限|时段)",
        compact(text[:1500]),
    )
    core = codes & {
        "overview",
        "proactive",
        "applications",
        "disputes",
        "problems",
        "fees",
        "other",
    }
    if tables.parts and (by_title or len(core) >= 2 or len(tables.parts) >= 2):
        return "report", "it prints the tables of the national form"
    if by_title and (len(core) >= 2 or characters >= 300):
        return "report", f"its title is that of a report, with {len(codes)} known sections"
    if len(core) >= 4 and says_report:
        return "report", f"it has {len(codes)} sections of a report and calls itself one"
    links = _report_links(body)
    if len(links) >= 3 and characters < 600 and len(core) < 2:
        return "listing", f"it links to {len(links)} reports"
    if by_title and characters < 300:
        return "report", "its title is that of a report and its body is short"
    if len(links) >= 2 and characters < 400:
        return "listing", f"it links to {len(links)} reports"
    if among_others and characters < _FEWEST_CHARACTERS:
        return "report", "a place for a document, without content, among other documents"
    if title is not None and title.kind == "column" and links:
        return "listing", "it is the column that lists reports"
    return "other", "neither its title nor its sections are those of a report"


def _is_empty_place(segment: Segment, page: Page, body: _Body, text: str) -> bool:
    """A page titled 政府信息公开工作年度报告, without year, content or links: a report's place.

    The same words name the column that lists reports; that one links to them.
    """
    if len(compact(text)) >= _FEWEST_CHARACTERS or _report_links(body):
        return False
    printed = [b.text for b in segment.blocks if b.kind == "text" and b.tag in {"h1", "h2"}]
    titles = [recognise_title(one) for one in (*printed, page.title) if one]
    return any(
        title is not None and title.kind == "column" and title.text.endswith("工作年度报告")
        for title in titles
    )


def _is_notice(text: str) -> bool:
    lines = [line.strip() for line in text.split("\n")[:12] if line.strip()]
    addressed = any(_NOTICE.search(compact(line)) for line in lines)
    return addressed and re.search(r"通知", compact(text[:1500])) is not None


def _page_title(page: Page) -> Title | None:
    """The title of the page's head: ArticleTitle, else `<title>` without the site's name."""
    for text in (page.metadata.get("articletitle", ""), *re.split(r"\s*[-_|—–]+\s*", page.title)):
        title = recognise_title(text) if text else None
        if title is not None and title.kind != "column":
            return title
    return None


def _report_links(body: _Body) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    years: dict[str, str] = {}
    for text, address in body.links:
        title = recognise_title(text)
        if title is not None and title.kind == "report":
            found.setdefault(address, text)
        elif re.fullmatch(r"20\d\d年?(年度?报告?|度)?", compact(text)):
            years.setdefault(address, text)
    # A column of reports may name its links by the year alone.
    if not found and len(years) >= 3:
        found = years
    return [(text, address) for address, text in found.items()]


# -- the body ------------------------------------------------------------------------------------


def _clean(segment: Segment) -> _Body:
    """Take the site's own lines out of a segment, and cut its head and foot off."""
    body = _Body()
    blocks = segment.blocks
    first_heading = _first_heading(blocks)
    body.title = anatomy.find_title(blocks, first_heading)
    if body.title is not None and body.title.start > 0:
        above = _text_above(blocks, body.title.start)
        if above and anatomy.ORGAN.search(compact(above)) and len(compact(above)) <= 30:
            body.line_above = compact(above)
    start = body.title.end if body.title else 0
    ended = False
    for at, block in enumerate(blocks):
        if block.kind == "file":
            body.files.append((block.text, block.address))
            continue
        if block.kind == "image":
            if not ended and at >= start and not _ICONS.search(block.address + block.text):
                body.images.append(block.address)
            continue
        if block.kind == "frame":
            body.frames.append(block.address)
            continue
        body.links.extend(block.links)
        if block.kind == "table":
            if at < first_heading and _is_field_table(block):
                body.fields.extend(_field_lines(block))
            elif not ended:
                body.items.append(block)
            continue
        kind = chrome_kind(block.text)
        if kind == "guard":
            body.guards.append(squeeze(block.text))
            continue
        if at < start:
            # A bare date far above the title is a sidebar's.
            if kind == "field" and (start - at <= 8 or not block.text[0].isdigit()):
                body.fields.append(block.text)
            continue
        if kind == "end":
            if at > first_heading or first_heading == len(blocks):
                ended = ended or _really_ends(blocks, at)
            continue
        if kind in {"tools", "crumb"}:
            continue
        if kind == "field" and (at < first_heading or not block.text[0].isdigit()):
            body.fields.append(block.text)
            continue
        if is_link_list(block) and (at < first_heading or len(block.links) > 1 or ended):
            continue
        if not ended:
            body.items.append(block)
    return body


def _text_above(blocks: Sequence[Block], at: int) -> str | None:
    for block in reversed(blocks[max(0, at - 3) : at]):
        if block.kind == "text" and block.text:
            if is_link_list(block) or chrome_kind(block.text):
                return None
            return block.text
    return None


def _first_heading(blocks: Sequence[Block]) -> int:
    """The first block that opens a section of a report, or the number of blocks."""
    lines = [b.text if b.kind == "text" and not is_link_list(b) else "" for b in blocks]
    headings = find_headings(lines)
    return min(headings, default=len(blocks))


def _really_ends(blocks: Sequence[Block], at: int) -> bool:
    """Whether a closing line is the document's end: nothing of a report stands behind it."""
    behind = blocks[at + 1 :]
    if any(b.kind == "table" and b.grid is not None and len(b.grid.rows) > 2 for b in behind):
        return False
    left = sum(
        len(b.text)
        for b in behind
        if b.kind == "text" and not is_link_list(b) and chrome_kind(b.text) is None
    )
    return left < 300


def _is_field_table(block: Block) -> bool:
    """A small table of 索引号 and 发布日期 above the document."""
    if block.grid is None:
        return False
    text = compact(" ".join(cell.text for row in block.grid.rows for cell in row.cells))
    return len(text) < 600 and any(
        word in text
        for word in ("索引号", "发布日期", "发布机构", "成文日期", "公开日期", "发文日期")
    )


def _field_lines(block: Block) -> list[str]:
    """The fields of such a table, label and value on one line."""
    lines: list[str] = []
    assert block.grid is not None
    for row in block.grid.rows:
        cells = [squeeze(cell.text) for cell in row.cells if cell.origin and cell.text.strip()]
        for at, cell in enumerate(cells):
            name = compact(cell)
            if name.endswith(":") and at + 1 < len(cells):
                lines.append(name + " " + cells[at + 1])
            elif re.fullmatch(r"索引号|发布日期|发布机构|成文日期|公开日期|发文日期|文号", name):
                if at + 1 < len(cells):
                    lines.append(f"{name}: {cells[at + 1]}")
            else:
                lines.append(re.sub(r"\s+(?=[::])", "", cell))
    return lines


def _table_rows(items: Sequence[Block]) -> list[TableRow]:
    rows: list[TableRow] = []
    number = 0
    caption = ""
    for item in items:
        if item.kind == "text":
            # 行政复议 or 第二十条第（一）项 on a line above a table is the table's own head.
            caption = item.text if is_own_wording(_CAPTION_TAIL.sub("", item.text)) else ""
            continue
        if item.cells is not None:
            number += 1
            rows.extend(rows_of_texts(item.cells, number))
        elif item.grid is not None:
            number += 1
            # An annex prints 行政复议 and the like too, and is none of the form's tables.
            if not is_annex(item.grid):
                rows.extend(rows_of_grid(item.grid, number, _CAPTION_TAIL.sub("", caption)))
        caption = ""
    return rows


# -- the report ----------------------------------------------------------------------------------


def _report(
    segment: Segment,
    page: Page,
    url: str | None,
    body: _Body,
    headings: dict[int, tuple[int, Heading]],
    tables: FormTables,
    reason: str,
    title: Title | None,
) -> Document:
    alone = not segment.among_others
    head = _page_title(page) if alone else None
    sections, findings = _sections(body, headings)
    preamble = next((s.text for s in sections if s.section == "preamble"), "")
    signature = next((s.text for s in sections if s.section == "signature"), "")
    overview = next((s.text for s in sections if s.section == "overview"), "")
    signed_by, signed_on = _signature_parts(signature)
    texts = [preamble, *(s.text for s in sections if s.section in {"overview", None})]
    period = anatomy.find_period([t for text in texts for t in text.split("\n")]) or (
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
        annex, more = read_annex(body.items, year)
        observations += annex
        findings += more
        table_lines = frozenset(
            line
            for item in body.items
            if item.kind == "table"
            for line in _item_text(item).split("\n")
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
        findings += _check_tables(layout, tables, sections)
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
    body: _Body, sections: Sequence[Section], tables: FormTables
) -> tuple[ReportStatus, str]:
    """Whether the page holds the report itself, only an attachment or picture of it, or nothing."""
    characters = sum(s.chars for s in sections if s.section != "signature")
    if tables.parts or characters >= 200:
        return "parsed", ""
    if body.files:
        names = ", ".join(address for _, address in body.files[:3])
        return (
            "attachment_only",
            f"the page has no text of its own; its report is attached: {names}",
        )
    if body.images:
        return "attachment_only", f"the page's report is a picture: {', '.join(body.images[:3])}"
    if body.frames:
        return "attachment_only", f"the page's report is in a frame: {', '.join(body.frames[:3])}"
    if characters < _FEWEST_CHARACTERS:
        return "empty_page", "the page has a place for a report and nothing in it"
    return "parsed", ""


def _sections(
    body: _Body, headings: dict[int, tuple[int, Heading]]
) -> tuple[list[Section], list[Finding]]:
    """The sections of a report, the preamble and the signature included."""
    parts: list[_Part] = [_Part("preamble", 1, None)]
    findings: list[Finding] = []
    top = 0
    for at, item in enumerate(body.items):
        if at in headings:
            level, heading = headings[at]
            parent_code = parts[top].code if level == 2 else None
            code = section_of(heading.name, level, parent_code)
            if code is None:
                findings.append(
                    Finding(
                        "unknown-heading",
                        "note",
                        f"heading “{heading.text}” is on no canonical section; add a pattern to "
                        f"parsers/layouts/headings.csv",
                        evidence=heading.text,
                    )
                )
            part = _Part(code, level, heading, [heading.rest] if heading.rest else [])
            if level == 1:
                top = len(parts)
            else:
                part.parent = top
            parts.append(part)
            continue
        parts[-1].lines.append(_item_text(item))
    _cut_signature(parts)
    if not any(line.strip() for line in parts[0].lines):
        parts[0].lines = []
    sections: list[Section] = []
    ordinals: dict[int, int] = {}
    for index, part in enumerate(parts):
        text = "\n".join(line for line in part.lines if line.strip())
        if part.heading is None and not text:
            continue
        ordinals[index] = len(sections) + 1
        parent = ordinals.get(part.parent) if part.parent is not None else None
        sections.append(
            Section(
                len(sections) + 1,
                part.code,
                part.level,
                parent,
                part.heading.text if part.heading else "",
                text,
            )
        )
    return sections, findings


def _item_text(item: Block) -> str:
    if item.grid is None:
        return item.text
    return "\n".join(
        " | ".join(" ".join(cell.text.split()) for cell in row.cells if cell.origin)
        for row in item.grid.rows
    )


def _cut_signature(parts: list[_Part]) -> None:
    """Move the office's name and the date at the end of the last section into a part of their own.

    Short lines behind them (附件：, a page number) go along.
    """
    lines = [line for line in parts[-1].lines if line.strip()]
    start, dated, named = len(lines), False, False
    for at in range(len(lines) - 1, max(-1, len(lines) - 9), -1):
        text = compact(lines[at])
        is_date = len(dates_in(lines[at])) == 1 and len(text) <= 40
        bare = re.sub(r"\(.*\)$", "", text)
        is_organ = len(text) <= 40 and anatomy.ORGAN.search(bare) is not None
        if any(mark in text for mark in "。；") or len(text) > 40:
            break
        if is_date and not dated and not named:
            start, dated = at, True
        elif is_organ and not (named and not dated):
            start, named = at, True
        elif dated or named:
            break
    if start < len(lines) and (dated or (named and start > 0)):
        parts[-1].lines = lines[:start]
        parts.append(_Part("signature", 1, None, lines[start:]))


def _signature_parts(signature: str) -> tuple[str | None, dt.date | None]:
    """(the office that signs, the date)."""
    date = next(iter(dates_in(signature)), None)
    for line in signature.split("\n"):
        name = re.sub(r"(19|20)\d\d年.*$|[二一][〇○零0OoＯ九].{2}年.*$", "", compact(line)).strip(
            "（）() "
        )
        if name and anatomy.ORGAN.search(name):
            return name, date
    return None, date


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


def _check_tables(
    layout: Layout | None, tables: FormTables, sections: Sequence[Section]
) -> list[Finding]:
    """A table of the form that is missing under its heading: a picture, or dropped."""
    if layout == "narrative-2008":
        return []
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
