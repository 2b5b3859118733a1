"""Cut a report into sections and bring their headings onto the canonical codes.

The thirteen sections of the numbered prose and the six of the national form land on the same
codes (`registry/sections.csv`), by the rules of `layouts/headings.csv`. Lines are headings by
their numbering, or by being a heading of the form word for word. No figure is read here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from parsers.characters import compact
from parsers.labels import plain_without_brackets
from parsers.quantities import NotAQuantity, read_numeral
from parsers.registry import read_table
from parsers.remembering import remembered

_NUMBERS = "一二三四五六七八九十"
_LEVEL_1 = re.compile(rf"^第?([{_NUMBERS}]{{1,3}})(?:部分)?\s*[、，,.．:：·]\s*(.*)$", re.DOTALL)
_LEVEL_1_SPACE = re.compile(rf"^第?([{_NUMBERS}]{{1,2}})(?:部分)?\s+(.*)$", re.DOTALL)
_LEVEL_2 = re.compile(
    rf"^[(（]\s*([{_NUMBERS}]{{1,3}}|\d{{1,2}})\s*[)）]\s*[、.．，,]?\s*(.*)$", re.DOTALL
)
_LEVEL_2_LOST = re.compile(r"^()[)）]\s*(\S.*)$", re.DOTALL)
_ARABIC = re.compile(r"^(\d{1,2})\s*[、.．](?!\d)\s*(.*)$", re.DOTALL)
# What a heading without a number ends with, and what none of them holds.
_PLAIN_END = re.compile(r"(情况|概述|引言|措施|事项|说明|附表|改进|建议|打算|问题)[:：]?\s*$")
_PLAIN_MARKS = re.compile(r"[。；，,;！？?|》]|\d|报告|位置")
# A count behind a colon or a space is no part of a heading: （一）主动公开：全年公开信息553条。
_COUNT = re.compile(r"\d[余多]?万?[余多]?[条件个次篇场期份元]")
_SENTENCE_END = re.compile(r"[。；;!！?？]")
_LONGEST_HEADING = 48

# Headings of the forms that stand without a number on some pages, word for word.
_UNNUMBERED = {
    "总体情况": "overview",
    "概述": "overview",
    "引言": "overview",
    "主动公开政府信息情况": "proactive",
    "主动公开情况": "proactive",
    "收到和处理政府信息公开申请情况": "applications",
    "依申请公开政府信息情况": "applications",
    "依申请公开情况": "applications",
    "政府信息公开行政复议行政诉讼情况": "disputes",
    "因政府信息公开工作被申请行政复议提起行政诉讼情况": "disputes",
    "存在的主要问题及改进情况": "problems",
    "存在的主要问题和改进措施": "problems",
    "其他需要报告的事项": "other",
}


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that opens a section.

    text: the heading as printed; name: the same without its number. rest: what follows it in the
    same paragraph.

    number: as printed (1 for 一), 0 when the numeral is lost or there is none. style: `chinese`
    (一、), `bracketed` （一）, `arabic` (1.) or `plain`.
    """

    style: str
    number: int
    text: str
    rest: str
    name: str


@cache
def _rules() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    return tuple(
        (row["section"], row["where"], re.compile(row["pattern"]))
        for row in read_table("parsers.layouts", "headings.csv")
    )


@lru_cache(maxsize=4096)
def section_of(heading: str, level: int, parent: str | None = None) -> str | None:
    """The canonical code of a heading; None when no rule knows it.

    parent: the code of the section that a level-2 heading stands in.
    """
    if level == 2 and parent not in {None, "overview", "other", "preamble"}:
        return parent
    wording = plain_without_brackets(heading)
    for section, where, pattern in _rules():
        if str(level) in where and pattern.search(wording):
            return section
    return parent if level == 2 else None


# Cutting a page, cleaning a body and finding its sections ask for the same lines.
@remembered(4096)
def read_heading(line: str) -> Heading | None:
    """The heading that `line` opens with, or None when it is running text."""
    text = line.strip()
    if not text:
        return None
    first = text[0]
    if first in "(（":
        return _numbered("bracketed", _LEVEL_2.match(text))
    if first in ")）":
        return _numbered("bracketed", _LEVEL_2_LOST.match(text))
    if first in _NUMBERS or first == "第":
        found = _numbered("chinese", _LEVEL_1.match(text))
        if found is None:
            spaced = _LEVEL_1_SPACE.match(text)
            if spaced and section_of(compact(spaced[2])[:20], 1):
                found = _numbered("chinese", spaced)
        return found
    if first.isdigit():
        return _numbered("arabic", _ARABIC.match(text))
    if len(text) <= 30 and _PLAIN_END.search(text):
        wording = plain_without_brackets(text)
        alike = not _PLAIN_MARKS.search(text) and section_of(text, 1) is not None
        if alike or wording in _UNNUMBERED:
            return Heading("plain", 0, text, "", text)
    return None


def _numbered(style: str, match: re.Match[str] | None) -> Heading | None:
    if match is None:
        return None
    try:
        number = int(read_numeral(match[1])) if match[1] else 0
    except NotAQuantity:
        return None
    body = match[2].strip()
    if not body:
        return None
    marker = match[0][: match.start(2)] if body else match[0]
    heading, rest = _split_heading(body)
    if len(compact(heading)) > _LONGEST_HEADING:
        return None
    return Heading(style, number, (marker + heading).strip(), rest, heading)


def _split_heading(body: str) -> tuple[str, str]:
    """A heading, and the paragraph that runs on behind it."""
    gap = re.search(r"[：:]|\s", body)
    if gap is not None and 2 <= gap.start() <= 30 and _COUNT.search(body, gap.end()):
        known = gap[0] in "：:" or section_of(compact(body[: gap.start()]), 2) is not None
        if known and not _COUNT.search(body, 0, gap.start()):
            return body[: gap.start()], body[gap.end() :].strip()
    end = _SENTENCE_END.search(body)
    if end is None:
        if len(body) <= _LONGEST_HEADING:
            return body.rstrip("：:"), ""
        colon = re.search(r"[：:]", body)
        if colon and colon.start() <= 30:
            return body[: colon.start()], body[colon.end() :].strip()
        return _split_known(body)
    heading, rest = body[: end.start()], body[end.end() :].strip()
    if len(compact(heading)) > 30:
        colon = re.search(r"[：:]", heading)
        if colon and colon.start() <= 30:
            return body[: colon.start()], body[colon.end() :].strip()
        return _split_known(body)
    # A sentence that only looks like a heading has no paragraph of its own behind it.
    return heading, rest


def _split_known(body: str) -> tuple[str, str]:
    """A heading of the form glued to its paragraph without any mark: 一、总体情况2023年，…"""
    spaced = re.match(r"(\S{2,30})\s+(.{20,})$", body, re.DOTALL)
    if spaced and section_of(spaced[1], 1):
        return spaced[1], spaced[2]
    for wording in sorted(_UNNUMBERED, key=len, reverse=True):
        if body.startswith(wording) and len(body) > len(wording):
            return wording, body[len(wording) :].strip()
    return body, ""


def find_headings(lines: Sequence[str]) -> dict[int, tuple[int, Heading]]:
    """The headings of one report: line index -> (level, heading).

    Which style of numbering is level 1 is decided over the whole report: 一、 as a rule, （一）
    where everything stands under one 一、报告内容, 1. or nothing where 一、 is never used.
    """
    found = [(at, heading) for at, line in enumerate(lines) if (heading := read_heading(line))]
    found = _without_contents(found)
    by_style: dict[str, list[tuple[int, Heading]]] = {}
    for at, heading in found:
        by_style.setdefault(heading.style, []).append((at, heading))
    known = {
        style: len({code for _, h in items if (code := _strong(h))})
        for style, items in by_style.items()
    }
    top = _top_style(by_style, known)
    if top is None:
        return {}
    result: dict[int, tuple[int, Heading]] = {}
    previous = 0
    below = {"chinese": "bracketed", "bracketed": "arabic", "arabic": "", "plain": "bracketed"}[top]
    for at, heading in found:
        if heading.style == top:
            # 一、 again within a section that lists 一、二、三 is not a new section.
            goes_back = top in {"chinese", "arabic"} and heading.number <= previous
            if goes_back and (heading.number == 0 or not _repairs_order(heading, previous)):
                continue
            if top in {"arabic", "bracketed"} and not section_of(heading.name, 1):
                continue
            previous = heading.number or previous
            result[at] = (1, heading)
        elif heading.style == below and result:
            result[at] = (2, heading)
        elif heading.style == "plain" and top == "chinese" and _fills_gap(at, heading, by_style):
            result[at] = (1, heading)
    return result


def _without_contents(found: list[tuple[int, Heading]]) -> list[tuple[int, Heading]]:
    """The headings without those of a table of contents: lines in a row that come again below."""
    chinese = [(at, h) for at, h in found if h.style == "chinese"]
    again = [at for at, h in chinese[1:] if h.number == 1]
    if not again or chinese[0][1].number != 1:
        return found
    listed = [(at, h) for at, h in chinese if at < again[0]]
    lines = listed[-1][0] - listed[0][0] + 1
    if len(listed) < 3 or lines > 3 * len(listed) or any(h.rest for _, h in listed):
        return found
    names = {compact(h.name) for at, h in chinese if at >= again[0]}
    same = sum(1 for _, h in listed if compact(h.name) in names)
    if same * 2 < len(listed):
        return found
    return [(at, h) for at, h in found if at >= again[0]]


def _strong(heading: Heading) -> str | None:
    """The section a heading names, when it is short enough to be one."""
    return section_of(heading.name, 1) if len(compact(heading.name)) <= 34 else None


def _top_style(by_style: dict[str, list[tuple[int, Heading]]], known: dict[str, int]) -> str | None:
    chinese = known.get("chinese", 0)
    bracketed = known.get("bracketed", 0)
    if chinese >= 2 and len(by_style["chinese"]) >= 2:
        wrapper = any("报告内容" in h.text for _, h in by_style["chinese"])
        return "bracketed" if wrapper and bracketed >= 4 and chinese <= 3 else "chinese"
    if bracketed >= 4:
        return "bracketed"
    for style in ("plain", "arabic", "chinese"):
        if known.get(style, 0) >= (1 if style == "chinese" else 3):
            return style
    return None


def _repairs_order(heading: Heading, previous: int) -> bool:
    """A wrong numeral (五、 printed for 六、) on a heading that the form itself has."""
    return heading.number >= 2 and previous - heading.number <= 2 and _strong(heading) is not None


def _fills_gap(at: int, heading: Heading, by_style: dict[str, list[tuple[int, Heading]]]) -> bool:
    """An unnumbered heading of the form counts when no numbered one says the same."""
    code = _UNNUMBERED.get(plain_without_brackets(heading.text))
    if code is None:
        return False
    numbered = {_strong(h) for _, h in by_style.get("chinese", [])}
    subs = {_strong(h) for _, h in by_style.get("bracketed", [])}
    return code not in numbered and code not in subs and at > 0
