"""What a page and a document say about themselves: title, office, report year, dates, number.

Several places of a page state each of these; the most trusted one is taken and a contradiction is
a finding, never a silent choice. Figures and sections are read elsewhere.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from parsers.blocks import Block, Page, is_link_list
from parsers.characters import compact, fold, squeeze
from parsers.chrome import chrome_kind
from parsers.dates import Period, dates_in, period_in, read_date
from parsers.quantities import NotAQuantity, read_numeral
from parsers.records import Finding
from parsers.titles import Title, recognise_title

ORGAN = re.compile(
    r"(人民政府|政府|委员会|办公室|办事处|管委会|管理局|[厅局委办院社署队中心站所校会司])$"
)
_PARTS = re.compile(
    r"(?:由|共分?为?|分为?|包括|包含|等|共有)(?:以下)?([一二三四五六七八九十]{1,3}|\d{1,2})个?(?:大)?部分(?!内容的)"
)
_INDEX = re.compile(r"索引号[:：】\]]?\s*([0-9A-Za-z][0-9A-Za-z/_\-.]{5,40})")
_PUBLISHED = re.compile(
    r"(?:发布日期|发布时间|公开日期|公开时间|发布于|生成日期|发文日期|成文日期|日期|时间|更新时间|录入时间)"
    r"[:：】\]]?\s*(.{6,24})"
)
_AGENT = re.compile(
    r"(?:发布机构|发文机关|发布单位|公开责任部门|信息来源|来源|稿源|责任部门)[:：】\]]\s*([\u4e00-\u9fff（）()]{3,30})"
)
_YEAR_OF_HEADING = re.compile(r"(20\d\d)年(?:度)?(?:政务公开|政府信息公开|信息公开|总体)")
_YEAR_OF_TEXT = re.compile(r"(20\d\d)年(?:度|以来|[,，]|我)")
_HEADINGS = frozenset(["h1", "h2", "h3"])
_BANNER = re.compile(r"欢迎|网站|门户|平台$|网$")
_EDITION = re.compile(r"\d{4}年|年度|[〇零一二三四五六七八九]{4}年")


@dataclass(frozen=True, slots=True)
class PrintedTitle:
    """A report's title as a document prints it: its text, the blocks [start, end) it takes.

    is_heading: whether the page prints it as a heading. other_years: report years of titles that
    are printed as plainly.
    """

    text: str
    title: Title
    start: int
    end: int
    is_heading: bool = False
    other_years: tuple[int, ...] = ()


def find_title(blocks: Sequence[Block], limit: int) -> PrintedTitle | None:
    """The title printed in the first `limit` blocks of a document, when one is.

    A title on two lines is joined when neither line is one by itself, be it cut inside a word. Of
    several the plainest is taken: a heading with its year; of different years the last one, since
    a list of other years' reports stands above the text or beside it.
    """
    found_all: list[PrintedTitle] = []
    for at, block in enumerate(blocks[:limit]):
        if block.kind != "text" or not block.text or len(block.text) > 90:
            continue
        if is_link_list(block) or chrome_kind(block.text) in {"crumb", "end", "field"}:
            continue
        text = squeeze(block.text)
        title = recognise_title(text)
        if title is not None and title.kind != "column" and not _is_sentence(text):
            found = PrintedTitle(text, title, at, at + 1)
            if title.report_year is None:
                found = _with_line_before(blocks, at, found) or found
        elif title is None and at + 1 < min(len(blocks), limit + 1):
            joined = _two_lines(blocks, at)
            if joined is None:
                continue
            found = joined
        else:
            continue
        found_all.append(replace(found, is_heading=block.tag in _HEADINGS))
    if not found_all:
        return None
    most = max(map(_rank, found_all))
    plainest = [one for one in found_all if _rank(one) == most]
    years = dict.fromkeys(one.title.report_year for one in plainest if one.title.report_year)
    chosen = plainest[0 if len(years) < 2 else -1]
    return replace(
        chosen, other_years=tuple(year for year in years if year != chosen.title.report_year)
    )


def _is_sentence(text: str) -> bool:
    return text.rstrip().endswith(("。", "；", "，", ",", ";")) or "，" in text or "。" in text


def _rank(found: PrintedTitle) -> tuple[bool, bool, bool]:
    title = found.title
    return (title.report_year is not None, title.kind == "report", found.is_heading)


def _with_line_before(blocks: Sequence[Block], at: int, found: PrintedTitle) -> PrintedTitle | None:
    """A title whose first line holds the year: 某某局2020年 / 政府信息公开工作年度报告."""
    if at == 0 or blocks[at - 1].kind != "text":
        return None
    before = squeeze(blocks[at - 1].text)
    if not before or len(before) > 40 or _is_sentence(before) or chrome_kind(before):
        return None
    if not re.search(r"(20\d\d|[〇零一二三四五六七八九]{4})年?度?$", fold(before)):
        return None
    joined = before + found.text
    title = recognise_title(joined)
    return PrintedTitle(joined, title, at - 1, at + 1) if title else None


def _two_lines(blocks: Sequence[Block], at: int) -> PrintedTitle | None:
    first, second = blocks[at], blocks[at + 1]
    if second.kind != "text" or is_link_list(second) or not second.text:
        return None
    if (
        len(first.text) + len(second.text) > 80
        or chrome_kind(first.text)
        or chrome_kind(second.text)
    ):
        return None
    # 年度报告 is the name of a column, and as often the end of a title.
    alone = recognise_title(second.text)
    if alone is not None and alone.kind != "column":
        return None
    if _is_sentence(first.text + second.text):
        return None
    joined = squeeze(first.text) + squeeze(second.text)
    title = recognise_title(joined)
    if title is None or title.kind == "column" or len(squeeze(first.text)) < 2:
        return None
    return PrintedTitle(joined, title, at, at + 2)


# -- the office ----------------------------------------------------------------------------------


def office_in_title(title: str) -> str | None:
    """The office that a title names in front of (or behind) its year, as printed."""
    folded = compact(title)
    folded = re.sub(r"^(关于)?(印发|公布|发布|公开)", "", folded)
    match = re.search(r"(?:政府信息公开|政务信息公开|政务公开|信息公开)", folded)
    if match is None:
        return None
    head = folded[: match.start()]
    head = re.sub(r"(?:19|20)\d\d年?度?(?:的)?|[〇零一二三四五六七八九]{4}年度?|年度$", "", head)
    head = re.sub(
        r"^(关于|附件\d*[:：]?)|(关于|发布|公布|公开)?[的:：、,，.\s]*$|^[\s:：、,，]+", "", head
    )
    return head if len(head) >= 3 and re.search(r"[\u4e00-\u9fff]{3}", head) else None


def _full_name(name: str | None) -> bool:
    return bool(name) and len(name or "") >= 6 and ORGAN.search(name or "") is not None


def find_office(
    title: PrintedTitle | None,
    line_above: str | None,
    signature: str | None,
    preamble: str,
    page: Page,
    fields: Sequence[str],
) -> tuple[str | None, list[Finding]]:
    """The office's name as printed, and what contradicts it.

    Trusted in this order: a full name in the title or on the line above it, the signature, an
    abbreviated name in the title, the page's fields, the site's name.
    """
    in_title = office_in_title(title.text) if title else None
    findings: list[Finding] = []
    if line_above is not None and not _full_name(in_title):
        witness = _against(line_above, in_title, signature, page)
        if witness is not None:
            findings.append(_names_differ("line above the title", line_above, witness, title))
            line_above = None
    candidates = [name for name in (in_title, line_above) if name and _full_name(name)]
    printed = candidates[0] if candidates else None
    stated = _from_preamble(preamble) or in_title
    chosen = printed or signature or stated or (_source_of(page) if findings else None)
    if printed and signature and not _same_office(printed, signature):
        findings.append(_names_differ("title", printed, f"the signature {signature}", title))
    if chosen:
        return chosen, findings
    for text in fields:
        match = _AGENT.search(squeeze(text))
        if match and ORGAN.search(match[1]):
            return match[1], findings
    source = _source_of(page)
    if source is not None:
        return source, findings
    meta_title = page.metadata.get("articletitle") or page.title
    named = office_in_title(re.split(r"[-_|—]", meta_title)[0]) if meta_title else None
    if named:
        return named, findings
    for value in (page.metadata.get("sitename", ""), *re.split(r"\s*[-_|—]+\s*", page.title)[1:]):
        name = re.sub(r"(门户网站|政府网站|官方网站|网站|官网)$", "", squeeze(value))
        if name and ORGAN.search(name):
            return name, findings
    return None, findings


def _from_preamble(text: str) -> str | None:
    """The office that the preamble names: 本报告由某某局编制, 某某局（以下简称“我局”）.

    Or the line in front of a title that the text repeats below the page's own heading.
    """
    first, _, rest = text.partition("\n")
    name = squeeze(first)
    repeats = recognise_title(rest.partition("\n")[0]) is not None
    if repeats and _full_name(name) and len(name) <= 30 and not _BANNER.search(name):
        return name
    folded = compact(text)
    match = re.search(
        r"([\u4e00-\u9fff]{2,24}(?:政府|委员会|办公室|办事处|[厅局院]))\(?(?:以下)?(?:简称)", folded
    ) or re.search(
        r"(?:由|现将|现公布|特公布)([\u4e00-\u9fff]{2,24}?(?:政府|委员会|办公室|办事处|[厅局院]))"
        r"(?:编制|根据|依据|按照|20\d\d)",
        folded,
    )
    if match is None:
        return None
    name = re.sub(r"^.*?(?:要求|规定|结合|和|由|将)", "", match[1])
    return name if len(name) >= 4 else None


def _against(line: str, in_title: str | None, signature: str | None, page: Page) -> str | None:
    """What contradicts that the line above a title names its office, None when nothing does.

    A site's banner stands there too, and is mostly its government's. Where the report comes from
    may name who put it on the site, so it speaks only for a part of that government.
    """
    if in_title is not None and not _same_office(line, in_title):
        return f"the title {in_title}"
    if signature is not None:
        return None if _same_office(line, signature) else f"the signature {signature}"
    if _BANNER.search(line):
        return "its words the site"
    source = _source_of(page)
    if source is not None and line.endswith("政府") and not _same_office(line, source):
        return f"its source {source}"
    return None


def _names_differ(place: str, name: str, witness: str, title: PrintedTitle | None) -> Finding:
    return Finding(
        "office-names-differ",
        "warning",
        f"the {place} names {name} and {witness}",
        name,
        witness.rpartition(" ")[2],
        None,
        title.text if title else None,
    )


def _source_of(page: Page) -> str | None:
    """The organ that the page's `<meta>` fields name as the source."""
    for name in ("contentsource", "author", "source"):
        value = squeeze(page.metadata.get(name, ""))
        if value and ORGAN.search(value):
            return value
    return None


def _same_office(first: str, second: str) -> bool:
    """Whether two printed names can be one office's: 外事办公室 and 外办, but not 林业局 and 水务局.

    What they share in front (the place) and behind (局) is set aside; of the rest one must be a
    short form of the other.
    """
    a, b = compact(first), compact(second)
    if a in b or b in a:
        return True
    a, b = _without_shared(a, b)
    a, b = (one[::-1] for one in _without_shared(a[::-1], b[::-1]))
    return _is_short_for(a, b) or _is_short_for(b, a)


def _without_shared(a: str, b: str) -> tuple[str, str]:
    """The two without the characters that both begin with."""
    at = next(
        (i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b))
    )
    return a[at:], b[at:]


def _is_short_for(short: str, full: str) -> bool:
    rest = iter(full)
    return all(character in rest for character in short)


# -- the year ------------------------------------------------------------------------------------


def decide_year(
    places: Sequence[tuple[str, int | None]],
) -> tuple[int | None, str, list[Finding]]:
    """The report year from the places that state one, most trusted first.

    places: (name of the place, year or None). Returns the year, the place it was taken from, and
    a finding for every place that contradicts it. A report may come out in its own year or years
    later, and never before.
    """
    stated = [(name, year) for name, year in places if year is not None]
    if not stated:
        return None, "", []
    place, year = stated[0]
    findings = []
    for name, other in stated[1:]:
        says = f"the {name} {other}"
        if name == "publication date":
            says = f"it was published in {other + 1}"
            if other + 1 >= year:
                continue
        if other != year:
            message = f"the {place} says {year} and {says}; {year} is taken"
            findings.append(
                Finding("report-year-conflict", "warning", message, str(year), str(other))
            )
    return year, place, findings


def rival_titles(title: PrintedTitle) -> list[Finding]:
    """A finding for every other year that a title printed as plainly names."""
    return [
        Finding(
            "report-year-conflict",
            "warning",
            f"the title says {title.title.report_year} and another one on the page {other};"
            f" {title.title.report_year} is taken",
            str(title.title.report_year),
            str(other),
        )
        for other in title.other_years
    ]


def year_of_period(period: Period | None) -> int | None:
    """The report year of a statistical period: the year in which it ends."""
    if period is None:
        return None
    return period.end.year


def year_of_headings(headings: Sequence[str]) -> int | None:
    """The one year that headings name, such as 一、2023年政务公开总体情况."""
    years = {int(m[1]) for text in headings if (m := _YEAR_OF_HEADING.search(compact(text)))}
    return years.pop() if len(years) == 1 else None


def year_of_text(text: str) -> int | None:
    """The year that the text of the overview speaks of, when it opens with one: 2018年，我办…"""
    match = _YEAR_OF_TEXT.search(compact(text)[:120])
    return int(match[1]) if match else None


# -- dates and numbers ---------------------------------------------------------------------------


def find_published(
    fields: Sequence[str], page: Page, signature_date: dt.date | None, alone: bool
) -> tuple[dt.date | None, list[Finding]]:
    """The publication date: a printed field, the page's `<meta>`, else the date of the signature.

    alone: whether the page has no other document, so that its fields are this document's.
    """
    printed = None
    for text in fields:
        match = _PUBLISHED.search(squeeze(text))
        if match and (printed := _first_date(match[1])):
            break
    if printed is None:
        for text in fields:
            if (
                len(compact(text)) <= 24
                and len(dates_in(text)) == 1
                and chrome_kind(text) == "field"
            ):
                printed = dates_in(text)[0]
                break
    stated = read_date(page.metadata.get("pubdate", "")) if alone else None
    findings = []
    if printed and stated and printed != stated:
        findings.append(
            Finding(
                "publication-dates-differ",
                "note",
                f"the page prints {printed} and its <meta> PubDate says {stated}",
                str(printed),
                str(stated),
            )
        )
    return printed or stated or signature_date, findings


def _first_date(text: str) -> dt.date | None:
    found = dates_in(text)
    return found[0] if found else read_date(text.split(" ")[0])


def find_index_number(fields: Sequence[str]) -> str | None:
    """索引号 among the site's fields; its label may be spaced (索 引 号)."""
    for text in fields:
        match = _INDEX.search(re.sub(r"索\s*引\s*号", "索引号", fold(text)))
        if match:
            return match[1]
    return None


def find_declared_parts(text: str) -> int | None:
    """How many parts the report says that it has: 本报告由十二个部分组成."""
    match = _PARTS.search(compact(text))
    if match is None:
        return None
    try:
        return int(read_numeral(match[1]))
    except NotAQuantity:
        return None


def find_period(texts: Sequence[str]) -> Period | None:
    """The first statistical period that the paragraphs state; a full one before an end alone."""
    partial = None
    for text in texts:
        if "年" not in text and "12" not in text:
            continue
        period = period_in(text)
        if period and period.start:
            return period
        partial = partial or period
    return partial
