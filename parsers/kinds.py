"""What a document is: a report, a listing, a notice, a guard's page or another.

Decided by its title, its sections and the form's tables, with the reason in one sentence. No
figure is read here.
"""

from __future__ import annotations

import re

from parsers.blocks import Page
from parsers.body import Body
from parsers.characters import compact
from parsers.documents import Segment
from parsers.records import DocumentKind
from parsers.sections import Heading, section_of
from parsers.tables import FormTables
from parsers.titles import Title, recognise_title

_GUIDE = re.compile(r"指南|目录$|制度$|办法$|规定$|条例$")
_NOTICE = re.compile(
    r"(各(县|市|区|乡|镇|部门|单位).{0,40}[:：]$)|(现将有关(事项|要求)通知如下)|(特此通知)"
)
_CALLS_ITSELF_REPORT = re.compile(
    r"年度报告|本报告|本年报|工作报告|公开年报|报告如下|统计(数据|期限|时段)"
)
# Sections that hardly another paper has.
_CORE = {"overview", "proactive", "applications", "disputes", "problems", "fees", "other"}
# So many figures in the form's tables are a report's own.
FEWEST_FIGURES = 10
# A page has nothing to say when less than this is left without its title and its site's lines.
FEWEST_CHARACTERS = 60


def kind_of(
    body: Body,
    title: Title | None,
    headings: dict[int, tuple[int, Heading]],
    tables: FormTables,
    text: str,
    among_others: bool,
) -> tuple[DocumentKind, str]:
    """(kind, the reason in one sentence) of a document.

    text: the lines of its body. among_others: whether the page holds several documents.
    """
    codes = {section_of(h.name, 1) for level, h in headings.values() if level == 1} - {None}
    if body.guards and not tables.parts and len(codes) < 2 and len(compact(text)) < 600:
        return "challenge", f"the page says “{body.guards[0][:40]}” in the place of a document"
    core = codes & _CORE
    if title is not None and title.kind == "about_reports":
        if re.search(r"范文|范本|模板|模版|格式", title.text):
            return "other", f"“{title.text}” is a model for reports and not one's own"
        # A model in a notice has no figures, and what explains a report repeats them.
        filled = sum(1 for one in tables.observations if one.status == "reported") >= FEWEST_FIGURES
        explains = re.search(r"解读|图解|读懂|看懂|问答", title.text)
        if not explains and filled and (len(tables.parts) >= 2 or len(core) >= 4):
            return "report", "it prints the filled tables of the national form, whatever its title"
        return "notice", f"its title “{title.text}” is about reports and not one's own"
    if not tables.parts and _is_notice(text):
        return "notice", "it addresses other offices as a notice does"
    shown = body.title.text if body.title else ""
    if _GUIDE.search(compact(shown)) or (
        not title and re.search(r"(编制|制定)本指南", compact(text[:600]))
    ):
        return "other", "it is a guide or a rule, not a report"
    by_title = title is not None and title.kind == "report"
    if tables.parts and (by_title or len(core) >= 2 or len(tables.parts) >= 2):
        return "report", "it prints the tables of the national form"
    characters = len(compact(text))
    if by_title and (len(core) >= 2 or characters >= 300):
        return "report", f"its title is that of a report, with {len(codes)} known sections"
    if len(core) >= 4 and _CALLS_ITSELF_REPORT.search(compact(text[:1500])):
        return "report", f"it has {len(codes)} sections of a report and calls itself one"
    links = report_links(body)
    if len(links) >= 3 and characters < 600 and len(core) < 2:
        return "listing", f"it links to {len(links)} reports"
    if by_title and characters < 300:
        return "report", "its title is that of a report and its body is short"
    if len(links) >= 2 and characters < 400:
        return "listing", f"it links to {len(links)} reports"
    if among_others and characters < FEWEST_CHARACTERS:
        return "report", "a place for a document, without content, among other documents"
    if title is not None and title.kind == "column" and links:
        return "listing", "it is the column that lists reports"
    return "other", "neither its title nor its sections are those of a report"


def is_empty_place(segment: Segment, page: Page, body: Body, text: str) -> bool:
    """A page titled 政府信息公开工作年度报告, without year, content or links: a report's place.

    The same words name the column that lists reports; that one links to them.
    """
    if len(compact(text)) >= FEWEST_CHARACTERS or report_links(body):
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


def page_title(page: Page) -> Title | None:
    """The title of the page's head: ArticleTitle, else `<title>` without the site's name."""
    for text in (page.metadata.get("articletitle", ""), *re.split(r"\s*[-_|—–]+\s*", page.title)):
        title = recognise_title(text) if text else None
        if title is not None and title.kind != "column":
            return title
    return None


def report_links(body: Body) -> list[tuple[str, str]]:
    """(text, address) of the links that lead to reports, by their titles or their years alone."""
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
