"""Take a page apart into what its reader sees and the documents that are hidden on it.

A hidden part may be another year's report behind a tab, a second copy for telephones, or a part of
the report that a click unfolds. Which it is, what it says decides: a document of its own, a copy
of what is seen (left out, with a finding), or else a part of the document that it stands in.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from parsers.blocks import Block, Page, Span, is_link_list
from parsers.characters import compact
from parsers.quantities import looks_like_value
from parsers.records import Finding
from parsers.sections import read_heading, section_of

# Tables with fewer labels may be alike by chance.
_FEWEST_LABELS = 3
# Beyond this many characters a hidden line is looked for only among whole lines.
_MOST_SEARCHED = 200_000_000


@dataclass(slots=True)
class Piece:
    """Blocks that are seen or hidden together, and the spans within them."""

    blocks: list[Block]
    spans: list[Span]
    hidden: bool = False
    findings: list[Finding] = field(default_factory=list)


def apart_from_hidden(page: Page) -> list[Piece]:
    """The page in pieces: every hidden document of its own, and all the rest.

    A hidden part is a document when both it and the rest open sections of a report; else it is
    a part of the document that it stands in (folded up, to be opened by a click).
    """
    outer: list[Span] = []
    for span in reversed(page.spans):
        # Outer spans come first here, and behind each the ones within it: the last one tells.
        if span.hidden and not (outer and outer[-1].start <= span.start < outer[-1].end):
            outer.append(span)
    outer.reverse()
    if not outer:
        return [Piece(page.blocks, page.spans)]
    apart = [span for span in outer if _opens_report(page.blocks[span.start : span.end])]
    documents = set(apart)
    inside = {at for span in apart for at in range(span.start, span.end)}
    rest = [at for at in range(len(page.blocks)) if at not in inside]
    if apart and not _opens_report([page.blocks[at] for at in rest]):
        return _all_hidden(page, apart)
    folded = {
        at for span in outer if span not in documents for at in range(span.start, span.end)
    } & set(rest)
    kept, findings = _without_hidden_copies(page.blocks, rest, folded)
    pieces = {
        span.start: Piece(
            page.blocks[span.start : span.end],
            spans_within(page.spans, span.start, span.end),
            True,
        )
        for span in apart
    }
    seen = Piece([page.blocks[at] for at in kept], _spans_among(page.spans, kept), False, findings)
    start = _first_opening(page.blocks, kept) if apart else 0
    ordered = sorted([*pieces.items(), (start, seen)], key=lambda item: item[0])
    return [piece for _, piece in ordered if piece.blocks]


def _all_hidden(page: Page, apart: Sequence[Span]) -> list[Piece]:
    """The pieces of a page on which no report is seen: a script is to show one of those hidden.

    The page's own head and foot go to the first and the last of them.
    """
    cuts = [0, *(span.start for span in apart[1:]), len(page.blocks)]
    return [
        Piece(page.blocks[a:b], spans_within(page.spans, a, b), len(apart) > 1)
        for a, b in pairwise(cuts)
    ]


def _opens_report(blocks: Sequence[Block]) -> bool:
    """Whether blocks print two or more numbered headings that open sections of a report."""
    return len(_openings(blocks)) >= 2


def _openings(blocks: Sequence[Block]) -> list[int]:
    return [
        at
        for at, block in enumerate(blocks)
        if block.kind == "text"
        and not is_link_list(block)
        and (heading := read_heading(block.text)) is not None
        and heading.style == "chinese"
        and section_of(heading.name, 1)
    ]


def _first_opening(blocks: Sequence[Block], kept: Sequence[int]) -> int:
    return kept[_openings([blocks[at] for at in kept])[0]]


def spans_within(spans: Sequence[Span], start: int, end: int) -> list[Span]:
    """The spans of blocks [start, end), counted from there."""
    return [
        Span(max(a, start) - start, min(b, end) - start, hidden)
        for a, b, hidden in spans
        if min(b, end) - max(a, start) > 1
    ]


def _spans_among(spans: Sequence[Span], kept: Sequence[int]) -> list[Span]:
    """The spans as they are when only the blocks with the numbers `kept` are left."""
    moved = [Span(bisect_left(kept, a), bisect_left(kept, b), hidden) for a, b, hidden in spans]
    return [span for span in moved if span.end - span.start > 1]


def _without_hidden_copies(
    blocks: Sequence[Block], rest: Sequence[int], folded: set[int]
) -> tuple[list[int], list[Finding]]:
    """The blocks that are left when hidden copies of visible ones are taken out, and findings."""
    if not folded:
        return list(rest), []
    lines = [compact(blocks[at].text) for at in rest if at not in folded]
    whole, seen = set(lines), "\n".join(lines)
    searched = 0
    tables: dict[tuple[str, ...], Block] = {}
    for at in rest:
        if at not in folded and blocks[at].grid is not None:
            tables.setdefault(_labels_of(blocks[at]), blocks[at])
    kept: list[int] = []
    findings: list[Finding] = []
    for at in rest:
        block = blocks[at]
        if at in folded and block.grid is not None:
            labels = _labels_of(block)
            twin = tables.get(labels)
            if twin is not None and len(labels) >= _FEWEST_LABELS:
                findings.append(_about_copy(block, twin))
                continue
        elif at in folded and block.kind == "text":
            line = compact(block.text)
            searched += len(seen)
            if line in whole or (searched < _MOST_SEARCHED and line in seen):
                continue
        kept.append(at)
    return kept, findings


def _texts_of(block: Block) -> list[str]:
    """The texts of a table's cells, those that a span carries on left out."""
    rows = block.grid.rows if block.grid is not None else []
    return [compact(cell.text) for row in rows for cell in row.cells if cell.origin]


def _labels_of(block: Block) -> tuple[str, ...]:
    """The words that a table prints, without its figures."""
    return tuple(text for text in _texts_of(block) if not looks_like_value(text))


def _about_copy(copy: Block, twin: Block) -> Finding:
    hidden, seen = _texts_of(copy), _texts_of(twin)
    differ = [
        (s or "(blank)", h or "(blank)") for s, h in zip(seen, hidden, strict=False) if s != h
    ]
    if not differ:
        return Finding(
            "copy-on-page", "note", "the page holds a hidden copy of a table; it is not read"
        )
    shown = ", ".join(f"{s} where the copy has {h}" for s, h in differ[:5])
    return Finding(
        "copies-differ",
        "warning",
        f"a hidden copy of a table differs in {len(differ)} cells from the visible one, which is "
        f"read: {shown}",
        differ[0][0],
        differ[0][1],
    )
