"""Cut a page into its documents, by content: never by the class names of one site.

A page may hold one document between a site's head and foot, or many one after another. Documents
end where a site's tools stand again (字号: 大 中 小), where a new title of a report is printed, or
where numbering begins anew behind a signature. What a document says is read elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from parsers.blocks import Block
from parsers.characters import compact
from parsers.chrome import chrome_kind
from parsers.dates import dates_in
from parsers.sections import read_heading, section_of
from parsers.titles import recognise_title

# Numbering that begins anew after fewer characters a heading than this was a table of contents.
_CONTENTS_LINE = 30


@dataclass(slots=True)
class Segment:
    """The blocks of one document. before: site lines and fields printed ahead of its body.

    among_others: whether the page holds several documents.
    """

    blocks: list[Block] = field(default_factory=list)
    among_others: bool = False


def is_link_list(block: Block) -> bool:
    """Whether a block of text is mostly links: navigation, a listing, a breadcrumb."""
    return bool(block.links) and block.linked * 10 >= 6 * len(block.text)


def split_documents(blocks: Sequence[Block]) -> list[Segment]:
    """The documents of a page, in order; a page with one document gives one segment."""
    cuts = _cuts_at_tools(blocks) or [0]
    pieces = [list(blocks[a:b]) for a, b in zip(cuts, [*cuts[1:], len(blocks)], strict=True)]
    result: list[Segment] = []
    for piece in pieces:
        result.extend(Segment(part) for part in _split_at_restarts(piece))
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
    return cuts


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
    return block.text[0].isdigit() and _is_signature_date(block.text)


def _is_report_title(text: str) -> bool:
    title = recognise_title(text)
    return title is not None and title.kind == "report" and len(compact(text)) <= 60


def _split_at_restarts(blocks: list[Block]) -> list[list[Block]]:
    """Cut where numbering begins anew: 一、总体情况 behind a section with a higher number."""
    starts: list[int] = []
    previous = 0
    characters = headings = 0
    for at, block in enumerate(blocks):
        if block.kind != "text" or is_link_list(block):
            characters += 200 if block.kind == "table" else 0
            continue
        characters += len(block.text)
        heading = read_heading(block.text)
        if heading is None or heading.style != "chinese":
            continue
        if heading.number == 1 and section_of(heading.name, 1) and (previous >= 3 or not starts):
            if starts and characters < _CONTENTS_LINE * headings:
                starts[-1] = at  # a table of contents came first
            else:
                starts.append(at)
            previous, characters, headings = 1, 0, 1
        elif heading.number > previous:
            previous = heading.number
            headings += 1
    if len(starts) < 2:
        return [blocks]
    cuts = [0]
    for last, start in pairwise(starts):
        cuts.append(_boundary(blocks, last, start))
    return [blocks[a:b] for a, b in zip(cuts, [*cuts[1:], len(blocks)], strict=True)]


def _boundary(blocks: Sequence[Block], last: int, start: int) -> int:
    """Where the document that opens section one at `start` begins, behind the one before it."""
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
    for at in range(start - 1, numbered, -1):
        block = blocks[at]
        if block.kind != "text":
            continue
        if _is_report_title(block.text) and not is_link_list(block):
            while at - 1 > numbered and (
                _is_report_title(blocks[at - 1].text)
                or blocks[at - 1].tag in {"h1", "h2", "h3"}
                or chrome_kind(blocks[at - 1].text) in {"field", "crumb"}
            ):
                at -= 1
            return _office_line_before(blocks, at, numbered)
        kind = chrome_kind(block.text)
        if kind in {"end", "tools"} or _is_signature_date(block.text):
            return at + 1
        if block.tag in {"h1", "h2"}:
            return at
    return start


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
