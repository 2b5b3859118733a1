"""Cut a page into its documents, by content: never by the class names of one site.

A page may hold one document between a site's head and foot, or many one after another. Documents
end where a site's tools stand again (字号: 大 中 小), where a new title of a report is printed, or
where numbering begins anew behind a signature. What a document says is read elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from parsers.blocks import Block, Page, Span, is_link_list
from parsers.characters import compact
from parsers.chrome import chrome_kind
from parsers.dates import dates_in
from parsers.hidden import apart_from_hidden, spans_within
from parsers.records import Finding
from parsers.sections import read_heading, section_of
from parsers.titles import recognise_title

# What the lines above section one say; a preamble has few of them.
_PREAMBLE = re.compile(
    r"本(年度)?(年报|报告)|年度报告|统计(期限|时间|周期)|数据.{0,8}(期限|时间)|政府信息公开条例"
)
_PREAMBLE_LINES = 6
# So many pieces the tools of a single document cut a page into at the most.
_TOOLS_OF_ONE = 3
_TITLE_LENGTH = 60
_ANNEX_LINE = re.compile(r"^附[件表录注]|统计表|情况表|统计指标|填报单位")
# Numbering that begins anew after fewer characters a heading than this was a table of contents.
_CONTENTS_LINE = 30


@dataclass(slots=True)
class Segment:
    """The blocks of one document.

    among_others: whether the page holds several documents. hidden: whether a reader of the page
    does not see it. findings: what was found while the page was cut.
    """

    blocks: list[Block] = field(default_factory=list)
    among_others: bool = False
    hidden: bool = False
    findings: list[Finding] = field(default_factory=list)


def split_documents(page: Page) -> list[Segment]:
    """The documents of a page, in order; a page with one document gives one segment."""
    result: list[Segment] = []
    for piece in apart_from_hidden(page):
        blocks, spans = piece.blocks, piece.spans
        cuts = _cuts_at_tools(blocks) or [0]
        for a, b in zip(cuts, [*cuts[1:], len(blocks)], strict=True):
            inner = spans_within(spans, a, b)
            parts = _split_at_restarts(blocks[a:b], inner)
            for part in parts:
                places = _apart_from_empty_places(part) if len(parts) > 1 else [part]
                result += [Segment(place, False, piece.hidden) for place in places]
        if result:
            result[-1].findings += piece.findings
    for segment in result:
        segment.among_others = len(result) > 1
    return result


def _cuts_at_tools(blocks: Sequence[Block]) -> list[int]:
    """Where documents begin, when a site's text tools stand before each of several."""
    tools: list[int] = []
    for at, block in enumerate(blocks):
        if block.kind != "text" or chrome_kind(block.text) != "tools":
            continue
        if not tools or not _only_tools(blocks[tools[-1] : at]):
            tools.append(at)
    if len(tools) < 2:
        return []
    cuts = [0]
    for at in tools:
        start = _back_over_title(blocks, at)
        if (
            start > cuts[-1]
            and any(
                (chrome_kind(b.text) is None and b.text and not is_link_list(b))
                or b.kind == "table"
                for b in blocks[cuts[-1] : start]
            )
        ) or (start > cuts[-1] and len(cuts) > 1):
            cuts.append(start)
    pieces = [blocks[a:b] for a, b in zip(cuts, [*cuts[1:], len(blocks)], strict=True)]
    if len(pieces) <= _TOOLS_OF_ONE and sum(map(_says_something, pieces)) < 2:
        return []  # the tools of one document, printed in the head, over and under it
    return cuts


def _says_something(blocks: Sequence[Block]) -> bool:
    """Whether there is a table, or more text than a title and the site's lines."""
    if any(block.kind == "table" for block in blocks):
        return True
    own = [b.text for b in blocks if b.kind == "text" and not is_link_list(b)]
    return sum(len(text) for text in own if chrome_kind(text) is None) > _TITLE_LENGTH


def _only_tools(blocks: Sequence[Block]) -> bool:
    return all(b.kind != "text" or not b.text or chrome_kind(b.text) == "tools" for b in blocks)


def _back_over_title(blocks: Sequence[Block], at: int) -> int:
    """The first of the title and field lines that stand directly before block `at`."""
    start = at
    while start > 0:
        block = blocks[start - 1]
        if block.kind != "text":
            break
        kind = chrome_kind(block.text)
        title = block.tag in {"h1", "h2", "h3"} or (
            not is_link_list(block) and _is_report_title(block.text)
        )
        # A bare date in front of the next document's tools is the signature of the one before.
        if block.text and not title and (kind not in {"field", "crumb"} or _is_date_only(block)):
            break
        start -= 1
    return start


def _is_date_only(block: Block) -> bool:
    return block.text.lstrip("(（")[:1].isdigit() and _is_signature_date(block.text)


def _is_report_title(text: str) -> bool:
    title = recognise_title(text)
    return title is not None and title.kind == "report" and len(compact(text)) <= 60


def _split_at_restarts(blocks: list[Block], spans: Sequence[Span]) -> list[list[Block]]:
    """Cut where numbering begins anew: 一、总体情况 behind a section with a higher number."""
    starts: list[int] = []
    previous = 0
    characters = headings = 0
    numbers = _chinese_numbers(blocks)
    last = 0  # the heading before
    for at, block in enumerate(blocks):
        if block.kind != "text" or is_link_list(block):
            characters += 200 if block.kind == "table" else 0
            continue
        characters += len(block.text)
        if at not in numbers:
            continue
        number, section = numbers[at]
        if number == 1 and section and (previous >= 3 or not starts):
            if starts and characters < _CONTENTS_LINE * headings:
                starts[-1] = at  # a table of contents came first
            elif not starts or _opens_another(blocks, last, at, section, previous, numbers):
                starts.append(at)
            else:
                continue
            previous, characters, headings = 1, 0, 1
        elif number > previous:
            previous = number
            headings += 1
        last = at
    if len(starts) < 2:
        return [blocks]
    cuts = [0]
    for before, start in pairwise(starts):
        cuts.append(_boundary(blocks, before, start, spans))
    return [blocks[a:b] for a, b in zip(cuts, [*cuts[1:], len(blocks)], strict=True)]


def _chinese_numbers(blocks: Sequence[Block]) -> dict[int, tuple[int, str | None]]:
    """Number of the block -> (number, section) of every heading that is numbered 一、二、三、."""
    found: dict[int, tuple[int, str | None]] = {}
    for at, block in enumerate(blocks):
        if block.kind != "text" or is_link_list(block):
            continue
        heading = read_heading(block.text)
        if heading is not None and heading.style == "chinese":
            found[at] = (heading.number, section_of(heading.name, 1))
    return found


def _opens_another(
    blocks: Sequence[Block],
    last: int,
    at: int,
    section: str,
    previous: int,
    numbers: dict[int, tuple[int, str | None]],
) -> bool:
    """Whether the 一、 at block `at` opens another report, and no list within a section.

    last: the heading before it, with the number `previous`. Where the numbers go on behind it from
    the old one (五, 一, 二, 六) it is a list; a section that is no report's first needs a title, a
    signature or a site's line in front of it, and an annex has a signature in front of it too.
    """
    latest = 1
    for number in (number for where, (number, _) in numbers.items() if where > at):
        if number == 1:
            break
        if number == previous + 1 and number > latest + 1:
            return False
        latest = max(latest, number)
    if section == "overview":
        return True
    between = [block for block in blocks[last + 1 : at] if block.kind == "text" and block.text]
    if any(_ANNEX_LINE.search(compact(block.text)) for block in between):
        return False
    return any(
        _is_report_title(block.text)
        or chrome_kind(block.text) in {"tools", "end", "crumb", "field"}
        or _is_signature_date(block.text)
        for block in between
    )


def _apart_from_empty_places(blocks: list[Block]) -> list[list[Block]]:
    """One of several documents of a page, cut from places in front of and behind it that are empty.

    Such a place has the title of another year's report as a heading, and no sections: its report is
    a file, or nothing. Without a cut the next report would be taken for that year's.
    """
    numbered = [
        at
        for at, block in enumerate(blocks)
        if block.kind == "text"
        and (heading := read_heading(block.text)) is not None
        and heading.style == "chinese"
    ]
    if not numbered:
        return [blocks]
    titles = [
        (at, year)
        for at in range(len(blocks))
        if (year := _year_of_heading(blocks, at)) is not None
    ]
    own = next((year for at, year in reversed(titles) if at < numbered[0]), None)
    cuts = [0]
    for (_, before), (at, year) in pairwise([(0, None), *titles]):
        outside = at < numbered[0] or at > numbered[-1]
        is_another = year != (before or year) if at < numbered[0] else year != (own or before)
        if outside and is_another and at > cuts[-1]:
            cuts.append(at)
    return [blocks[a:b] for a, b in zip(cuts, [*cuts[1:], len(blocks)], strict=True)]


def _year_of_heading(blocks: Sequence[Block], at: int) -> int | None:
    """The year of a report's title that begins at block `at` as a heading of the page.

    A title on two lines is one: 某某局2021年政府信息 / 公开工作年度报告.
    """
    if not _is_heading(blocks[at]):
        return None
    title = recognise_title(blocks[at].text)
    if title is None and at + 1 < len(blocks) and _is_heading(blocks[at + 1]):
        second = recognise_title(blocks[at + 1].text)
        if second is None or second.report_year is None:
            title = recognise_title(blocks[at].text + blocks[at + 1].text)
    return title.report_year if title is not None and title.kind == "report" else None


def _is_heading(block: Block) -> bool:
    return block.kind == "text" and block.tag in {"h1", "h2", "h3"} and not is_link_list(block)


def _boundary(blocks: Sequence[Block], last: int, start: int, spans: Sequence[Span]) -> int:
    """Where the document that opens section one at `start` begins, behind the one before it.

    last: where the document before opens its section one.
    """
    panel = [s for s in spans if s.start <= start < s.end and not s.start <= last < s.end]
    other = [s for s in spans if s.start <= last < s.end and not s.start <= start < s.end]
    floor = max((s.end for s in other), default=last + 1)
    at = min((s.start for s in panel if _holds_next(blocks, start, s.end)), default=0)
    if at >= floor:
        return max(floor, _back_over_title(blocks, at))
    # The first sign of an end behind the last numbered heading of the document before.
    numbered = max(
        (
            at
            for at in range(last, start)
            if blocks[at].kind == "text"
            and (h := read_heading(blocks[at].text)) is not None
            and h.style == "chinese"
        ),
        default=last,
    )
    numbered = max(numbered, floor - 1)
    for at in range(start - 1, numbered, -1):
        block = blocks[at]
        if block.kind != "text":
            continue
        kind = chrome_kind(block.text)
        labelled = kind in {"field", "crumb"} and not _is_date_only(block)
        if labelled or (_is_report_title(block.text) and not is_link_list(block)):
            return _office_line_before(blocks, _back_over_opening(blocks, at, numbered), numbered)
        if kind in {"end", "tools"} or _is_signature_date(block.text):
            return at + 1
        if block.tag in {"h1", "h2"}:
            return at
    return min(_preamble(blocks, numbered, start), start) if floor <= last + 1 else floor


def _holds_next(blocks: Sequence[Block], start: int, end: int) -> bool:
    """Whether the section behind the one at `start` is opened before `end` too."""
    return any(
        block.kind == "text"
        and (heading := read_heading(block.text)) is not None
        and heading.style == "chinese"
        and heading.number == 2
        for block in blocks[start + 1 : end]
    )


def _back_over_opening(blocks: Sequence[Block], at: int, floor: int) -> int:
    """The first of the titles, headings and fields that stand directly before block `at`."""
    while at - 1 > floor:
        before = blocks[at - 1]
        field_line = chrome_kind(before.text) in {"field", "crumb"} and not _is_date_only(before)
        year, other = _year_of_heading(blocks, at), _year_of_heading(blocks, at - 1)
        if year is not None and other is not None and year != other:
            break  # an empty place of another year
        if not (field_line or _is_report_title(before.text) or before.tag in {"h1", "h2", "h3"}):
            break
        at -= 1
    return at


def _preamble(blocks: Sequence[Block], floor: int, start: int) -> int:
    """Where the lines begin that say what the report is and which period it covers."""
    first = max(floor + 1, start - _PREAMBLE_LINES)
    return next(
        (
            at
            for at in range(first, start)
            if blocks[at].kind == "text" and _PREAMBLE.search(compact(blocks[at].text))
        ),
        start,
    )


def _office_line_before(blocks: Sequence[Block], at: int, floor: int) -> int:
    """Take the line with the office's name above a title along with it."""
    before = blocks[at - 1].text if at - 1 > floor else ""
    short = compact(before)
    if 4 <= len(short) <= 30 and not dates_in(before) and chrome_kind(before) is None:
        behind_date = at - 2 > floor and _is_signature_date(blocks[at - 2].text)
        if behind_date and not any(mark in short for mark in "。；，"):
            return at - 1
    return at


def _is_signature_date(text: str) -> bool:
    return len(compact(text)) <= 20 and len(dates_in(text)) == 1
