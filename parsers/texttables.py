"""Find the form's tables where only their text is left: cells joined by |, by spaces, or one a line.

A run of lines counts as a table when it prints enough labels of the form. Its cells are put back
into rows by what is a label and what is a figure; where a page dropped its empty cells, the rows
are short, and it is not decided here in which columns their figures stand.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from parsers.annextexts import annex_at
from parsers.blocks import Block, Page, Span, is_link_list
from parsers.characters import compact, ends_in_blank, fold, split_bars
from parsers.columns import GluedText
from parsers.labels import (
    Candidate,
    candidates,
    is_own_wording,
    is_own_wording_folded,
    may_be_own_wordings,
    plain,
)
from parsers.quantities import looks_like_value
from parsers.remembering import remembered
from parsers.sections import read_heading

# A run with fewer labels of the form than this is prose that happens to name one of them.
_FEWEST_LABELS = 4
_PIPES = re.compile(r"[|│┃┊]")
# The same as they stand before folding.
_BARS = re.compile(r"[|│┃┊｜￨]")
_RULE = re.compile(r"[\s|:—\-+=─━┼├┤┌┐└┘]*")
_GLUED = re.compile(r"^(.*?[^\d.,\s+\-－])([+\-－]?\d[\d,.+\-－]*)$", re.DOTALL)


# The results of disputes are listed so; other labels and figures on a line are prose.
_RESULT_AND_FIGURE = re.compile(
    r"[^\u4e00-\u9fff]{0,6}(结果维持|结果纠正|其他结果|尚未审结|总计|合计)\s*[:：]\s*(\S{1,10}?)[;；。,，、]?"
)


class LooseRow(list[str]):
    """A row put together from cells that stood one a line: only the next label ends it."""


_ROW_NUMBERING = re.compile(
    r"^\s*(?:[(（][一二三四五六七八九十]|[一二三四]、|\d{1,2}\s*[.、．]|[①-⑩])"
)


def find_text_tables(page: Page) -> None:
    """Replace every run of lines that is a table of the form by one block, in `page`.

    That block is a `table` with `cells` (rows of texts) and the lines as printed in `text`; that
    of an annex has a grid. The page's spans move along; no run goes into or out of a hidden part
    of the page.
    """
    blocks = page.blocks
    hidden = [span for span in page.spans if span.hidden]
    edges = sorted({at for span in hidden for at in (span.start, span.end)} | {len(blocks)})
    result: list[Block] = []
    places: list[int] = []
    at = 0
    for edge in edges:
        while at < edge:
            annex = annex_at(blocks, at, edge)
            end = annex[0] if annex else _run_end(blocks, at, edge)
            is_table = annex or (end > at and _labels_in(blocks[at:end]) >= _FEWEST_LABELS)
            # A run that is no table is none from its later lines on either.
            run = blocks[at : max(end, at + 1)]
            at += len(run)
            if is_table:
                places.extend([len(result)] * len(run))
                result.append(Block("table", grid=annex[1]) if annex else _table(run))
            else:
                places.extend(range(len(result), len(result) + len(run)))
                result.extend(run)
    if len(result) < len(blocks):
        places.append(len(result))
        page.spans = [Span(places[a], places[b], hidden) for a, b, hidden in page.spans]
        page.blocks = result


def _run_end(blocks: Sequence[Block], start: int, stop: int) -> int:
    """The end of the run of table-like lines that begins at `start` (`start` itself for none)."""
    if not _is_table_line(blocks[start]) or not blocks[start].text:
        return start
    end, at, strange = start + 1, start + 1, 0
    while at < stop and strange <= 2:
        block = blocks[at]
        if block.kind != "text":
            break
        if _is_table_line(block):
            end, strange = at + 1, 0
        elif _is_section(block.text) or len(block.text) > 60 or "。" in block.text:
            break
        else:
            strange += 1
        at += 1
    return end


def _is_section(text: str) -> bool:
    heading = read_heading(text)
    return heading is not None and heading.style in {"chinese", "bracketed"}


def _is_table_line(block: Block) -> bool:
    # A menu names 行政许可 and 行政处罚 as the form does, and links to them.
    is_menu = bool(block.text) and is_link_list(block)
    return block.kind == "text" and not is_menu and _line_kind(block.text) != ""


@remembered(4096)
def _line_kind(text: str) -> str:
    """What joins the cells of a line, or "" for a line that is none of a table's.

    `pipes`, `spaces`, `glued` (a label and digits), `pair` (a label, a colon and a figure), `run`
    (labels), `digits` (of several cells), `cell` (one alone) or `empty`.
    """
    if not text:
        return "empty"
    if len(text) > 600:
        return ""
    if _BARS.search(text):
        return "pipes"
    if " " in text and all(looks_like_value(word) for word in text.split(" ")):
        return "spaces"
    if len(text) > 8 and text.isdigit():
        return "digits"
    if " " in text and len(text) <= 160:
        tokens = _tokens(text)
        labels = sum(1 for token in tokens if _form_label(token))
        values = sum(1 for token in tokens if looks_like_value(token))
        if labels + values == len(tokens) and labels and (values or not _form_label(text)):
            return "spaces"
    if looks_like_value(text) or _form_label(text):
        return "cell"
    if ("：" in text or ":" in text) and _pair(text) is not None:
        return "pair"
    # Prose ends in a full stop and needs no search for where its last figure begins.
    match = _GLUED.match(text) if text[-1].isdigit() or text[-1] in ",.+-－" else None
    if match and (_form_label(match[1]) or _glued_labels(match[1])):
        return "glued"
    if 8 <= len(text) <= 90 and " " not in text and (_glued_labels(text) or ()):
        return "run"
    return ""


def _pair(text: str) -> list[str] | None:
    """The label and the figure of a line such as 结果维持：3件; None for any other line."""
    match = _RESULT_AND_FIGURE.fullmatch(text)
    return [match[1], match[2]] if match and looks_like_value(match[2]) else None


def _form_label(text: str) -> bool:
    """Whether `text` is printed as a label of the form, give or take a typing error."""
    if len(text) > 120:
        return False
    return any(c.similarity >= 0.8 and c.label.axis != "ignored" for c in candidates(text))


@remembered(2048)
def _tokens(text: str) -> tuple[str, ...]:
    """The cells of a line whose cells are joined by spaces; a label with spaces in it is one."""
    words = text.split(" ")
    cells: list[str] = []
    at = 0
    while at < len(words):
        if looks_like_value(words[at]):
            cells.append(words[at])
            at += 1
            continue
        size = next(
            (
                n
                for n in range(min(6, len(words) - at), 1, -1)
                if is_own_wording("".join(words[at : at + n]))
            ),
            1,
        )
        cells.append(" ".join(words[at : at + size]))
        at += size
    return tuple(cells)


def _labels_in(blocks: Sequence[Block]) -> int:
    found = set()
    for block in blocks:
        for cell in _cells(block.text):
            if _form_label(cell):
                found.add(plain(cell))
    return len(found)


def _cells(text: str) -> list[str]:
    """The cells of one line, whatever joins them."""
    kind = _line_kind(text)
    if kind == "pipes":
        return split_bars(fold(text) if "｜" in text else text)
    if kind == "spaces":
        return list(_tokens(text))
    if kind == "glued":
        match = _GLUED.match(text)
        labels = _glued_labels(match[1]) if match else None
        return [*(labels or [match[1]]), GluedText(match[2])] if match else [text]
    if kind == "pair":
        return _pair(text) or [text]
    if kind == "run":
        return _glued_labels(text) or [text]
    if kind == "digits":
        return [GluedText(compact(text))]
    return [text]


@remembered(512)
def _glued_labels(text: str) -> list[str] | None:
    """The labels that a run of labels without anything between them is made of, or None."""
    folded = compact(text)
    size = len(folded)
    if size > 90 or not may_be_own_wordings(folded):
        return None
    best: list[list[str] | None] = [[]] + [None] * size
    for start, before in enumerate(best):
        if before is None:
            continue
        for end in range(start + 2, min(size, start + 45) + 1):
            known = best[end]
            if (known is None or len(before) + 1 < len(known)) and is_own_wording_folded(
                folded[start:end]
            ):
                best[end] = [*before, folded[start:end]]
    return best[-1]


def _table(blocks: Sequence[Block]) -> Block:
    rows: list[list[str]] = []
    text = "\n".join(block.text for block in blocks if block.text)
    table = Block("table", text, "", cells=rows)
    lines = [block.text for block in blocks]
    bare = sum(1 for line in lines if compact(line) in {"|", "||"})
    if bare * 4 > len(lines):
        # "|" and cell on lines of their own: the bars tell nothing of rows any more.
        lines = [line for line in lines if compact(line) not in {"|", "||"}]
        _add_stream([cell for line in lines for cell in _cells(line)], rows)
        return table
    closed = all(_BARS.match(line[-1]) for line in lines if _BARS.search(line))
    stream: list[str] = []
    for line in lines:
        kind = _line_kind(line)
        if kind in {"pipes", "spaces", "glued", "pair", "run", "digits"}:
            _add_stream(stream, rows)
            stream = []
            if kind == "pipes" and _RULE.fullmatch(line) and "-" in line:
                continue
            blank = [""] if kind == "pipes" and ends_in_blank(line, closed) else []
            rows.append([*_cells(line), *blank])
        else:
            stream.append(line)
    _add_stream(stream, rows)
    return table


def _axis(text: str, current: str) -> str:
    """`head`, `row`, `block` or "" for a label in a stream of cells.

    总计 and 其他 are labels of rows and of columns: their numbering tells, else what came before.
    """
    found: tuple[Candidate, ...] = candidates(text)
    axes = {c.label.axis for c in found if c.similarity >= 0.5}
    if "block" in axes:
        return "block"
    heads = bool(axes & {"column", "head", "corner"})
    disputes = any(c.label.part == "disputes" and c.label.axis == "group" for c in found)
    rows = bool(axes & {"row", "group"}) and not disputes
    if disputes:
        return "head"
    if heads and rows:
        return "row" if _ROW_NUMBERING.match(fold(text)) or current == "row" else "head"
    if heads:
        return "head"
    return "row" if rows else ""


def _add_stream(cells: Sequence[str], rows: list[list[str]]) -> None:
    """Put cells that stand one after another back into rows, by where labels begin."""
    row: list[str] = LooseRow()
    mode = ""
    leaf = False  # whether the current row has its own label, not only its group's
    pending = ""
    for cell in cells:
        if not cell or looks_like_value(cell):
            if not cell and not (mode == "row" and row):
                continue
            if pending:
                # A label that the form does not have: the figures behind it are its own.
                if row:
                    rows.append(row)
                row, mode, leaf, pending = LooseRow([pending]), "row", True, ""
            elif mode in {"head", "block"} and row:
                rows.append(row)
                row, mode, leaf = LooseRow(), "row", True
            row.append(cell)
            leaf = True if not mode else leaf
            mode = mode or "row"
            continue
        joined = pending + cell
        axis = _axis(joined, mode) or _axis(cell, mode)
        if not axis:
            pending = joined
            continue
        text, pending = (joined if _axis(joined, mode) else cell), ""
        has_values = any(not c or looks_like_value(c) for c in row)
        group = any(c.label.axis == "group" for c in candidates(text)) and axis == "row"
        starts = axis != mode or has_values or axis == "block" or (axis == "row" and leaf)
        if starts and row:
            rows.append(row)
            row = LooseRow()
        row.append(text)
        mode = axis
        leaf = axis == "row" and not group
    if pending:
        row.append(pending)
    if row:
        rows.append(row)
