"""A document without its site's lines: the paragraphs and tables that are the report, in order.

Takes the site's tools, fields and breadcrumbs out of the blocks of one document and cuts its head
and foot off; what was set aside is kept beside the body. What the body says is read elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, field

from parsers import anatomy
from parsers.blocks import Block, is_link_list
from parsers.characters import compact, on_one_line, squeeze
from parsers.chrome import chrome_kind
from parsers.dates import dates_in
from parsers.documents import Segment
from parsers.labels import is_own_wording
from parsers.otheryears import left_out, this_year_only, year_above
from parsers.records import Finding
from parsers.sections import find_headings
from parsers.tablerows import TableRow, rows_of_grid, rows_of_texts
from parsers.turned import upright

_ICONS = re.compile(
    r"logo|icon|qr|ewm|erweima|weixin|wx|weibo|share|print|close|arrow|banner|beian|gongan|jiucuo"
    r"|dzjg|spacer|blank|\.gif",
    re.IGNORECASE,
)
_UNIT_LINE = re.compile(r"\s*[(（]?\s*(?:计量|金额)?单\s*位\s*[:：].{0,16}元")
# A date beside a link, with a space or brackets round it.
_DATE_LENGTH = 13
# Labels in which another year's table may differ from the report's own: less than a column has.
_FEW_OTHERS = 2
_IN_BRACKETS = re.compile(r"[（(]([^（()）]{4,20})[)）]\s*$")
_CAPTION_TAIL = re.compile(r"(情况|情况表|统计表)?[:：]?$")


@dataclass(slots=True)
class Body:
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


def take_body(segment: Segment) -> Body:
    """Take the site's own lines out of a segment, and cut its head and foot off."""
    body = Body()
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
            if kind == "field" and (start - at <= 8 or not block.text.lstrip("(（")[:1].isdigit()):
                body.fields.append(block.text)
            continue
        if kind == "end":
            if at > first_heading or first_heading == len(blocks):
                ended = ended or _really_ends(blocks, at)
            continue
        if kind in {"tools", "crumb"}:
            continue
        if kind == "field" and (at < first_heading or not block.text.lstrip("(（")[:1].isdigit()):
            body.fields.append(block.text)
            continue
        if is_link_list(block) and (at < first_heading or len(block.links) > 1 or ended):
            continue
        if not ended:
            body.items.append(block)
    body.items = _without_lists(body.items)
    return body


def _without_lists(items: list[Block]) -> list[Block]:
    """Without other pages' titles as a site lists them below a report, one a line, most with dates."""
    linked = [bool(item.links) and is_link_list(item) for item in items]
    kept = []
    for at, item in enumerate(items):
        unlinked = len(item.text) - item.linked
        dated = bool(item.links) and unlinked <= _DATE_LENGTH and bool(dates_in(item.text))
        if dated or (linked[at] and any(linked[max(0, at - 1) : at] + linked[at + 1 : at + 2])):
            continue
        kept.append(item)
    return kept


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


def item_text(item: Block) -> str:
    """A paragraph, or the rows of a table one a line with their cells joined by " | "."""
    if item.grid is None:
        return item.text
    return "\n".join(
        " | ".join([on_one_line(cell.text) for cell in row.cells if cell.origin])
        for row in item.grid.rows
    )


def table_rows(
    items: Sequence[Block], annexes: Set[int], year: int | None
) -> tuple[list[TableRow], list[Finding]]:
    """The rows of all tables among the items that may be the national form's, in page order.

    annexes: the places of the items that are statistical annexes: they print 行政复议 and the like
    too, and are none of the form's tables. year: the report year, as far as the title tells it. With the rows come findings about what was
    left out because it is another year's.
    """
    tables: list[_Table] = []
    number = 0
    lines: list[str] = []
    for at, item in enumerate(items):
        if item.kind == "text":
            lines.append(item.text)
            continue
        caption = lines[-1] if lines else ""
        if item.cells is not None:
            number += 1
            tables.append(
                _Table(rows_of_texts(item.cells, number), [], year_above(lines[-2:], None))
            )
        elif item.grid is not None:
            number += 1
            if at not in annexes:
                grid, dropped = this_year_only(item.grid, year)
                own = rows_of_grid(upright(grid), number, _head_in(caption))
                tables.append(_Table(own, dropped, year_above(lines[-2:], item.grid)))
        lines = []
    return _of_the_year(tables, year)


@dataclass(slots=True)
class _Table:
    """The rows of a table, what was left out of it, and the year that it is headed with."""

    rows: list[TableRow]
    findings: list[Finding] = field(default_factory=list)
    headed: int | None = None


def _of_the_year(
    tables: Sequence[_Table], year: int | None
) -> tuple[list[TableRow], list[Finding]]:
    """The rows of the tables, without those of another year's where the report's are printed too."""
    rows: list[TableRow] = []
    findings: list[Finding] = []
    labels = [
        {label.cell.text for row in table.rows for label in row.labels if label.found}
        for table in tables
    ]
    for table, own in zip(tables, labels, strict=True):
        if not own or year is None or table.headed in {None, year}:
            rows.extend(table.rows)
            findings.extend(table.findings if own else ())
            continue
        twin = any(
            other.headed in {None, year} and len(own - theirs) <= _FEW_OTHERS
            for other, theirs in zip(tables, labels, strict=True)
        )
        if twin and table.headed is not None:
            findings.append(left_out(table.headed, year))
            continue
        for row in table.rows:
            row.headed = table.headed
        rows.extend(table.rows)
        findings.extend(table.findings)
    return rows, findings


def _head_in(caption: str) -> str:
    """What the line above a table heads it with: 行政复议, 第二十条第（一）项 or its unit of money."""
    head = _CAPTION_TAIL.sub("", caption)
    bracketed = _IN_BRACKETS.search(head)
    if bracketed is not None and is_own_wording(bracketed[1]):
        return bracketed[1]  # 行政诉讼（未经复议直接起诉）
    return head if is_own_wording(head) or _UNIT_LINE.match(caption) else ""
