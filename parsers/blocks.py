"""From the text of a page to the sequence of blocks that a reader sees.

A block is a paragraph or line of text, a data table, an image or an embedded file, in reading
order. A table that only arranges the page (its cells hold paragraphs or other tables) is walked
through as if it were not there. Nothing here knows what a report says.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from bs4 import BeautifulSoup
from lxml import etree

from parsers.grids import Grid, build_grid
from parsers.stored import stored_markup
from parsers.visibility import Visibility

# Pages larger than these are refused with one sentence: no report of 17 years comes near them
# (the largest seen, Word markup in full, has 350 kB), and a tree costs about 40 times its bytes.
MAX_CHARACTERS = 12_000_000
MAX_TAGS = 150_000
# Below this depth everything is read as one paragraph; real pages stay under 60.
_MAX_DEPTH = 160
# An element with fewer blocks is a paragraph or a row, not a part of the page.
_FEWEST_BLOCKS = 6

_SKIPPED = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "head",
        "select",
        "option",
        "button",
        "textarea",
        "svg",
        "object",
        "applet",
        "audio",
        "video",
        "canvas",
        "map",
    ]
)
_BREAKING = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
        "marquee",
        "ucapcontent",
        "frameset",
        "noframes",
        "article",
    ]
)
_HEADINGS = frozenset(["h1", "h2", "h3"])
# Elements that only say how their words look.
_PRESENTATIONAL = ("span", "font", "b", "strong", "u", "em", "i", "big", "small", "tt", "nobr")
_MAY_STRIKE = re.compile(r"-[tT][hH][rR][oO][uU][gG][hH]")
_STRUCK = re.compile(r"text-decoration[^;]*line-through", re.IGNORECASE)
_CELLS = frozenset(["p", "td", "th"])
_ROW_GROUPS = frozenset(["tbody", "thead", "tfoot"])
_TABLE_PARTS = frozenset(["tr", "td", "th"])
# A cell that holds more arranges the page, and may hold a document.
_SHORT = 400
# A page that shows less has a document elsewhere.
_LITTLE = 400
_FILE = re.compile(r"\.(pdf|docx?|xlsx?|wps|et|ofd|rtf|zip|rar)(?:$|[?#])", re.IGNORECASE)
_ENDLESS = 60_000
_ENDLESS_TAG = re.compile(rf"<[a-zA-Z][^<>]{{{_ENDLESS}}}")


# What the tree is compared with: the text of a page without that of the elements skipped above.
_NO_TEXT = re.compile(
    rf"<({'|'.join(sorted(_SKIPPED))})\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", re.IGNORECASE | re.DOTALL
)
_INLINE = re.compile(
    r"<(/?)(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)\b", re.IGNORECASE
)
# A page of 9 kB with a thousand tags left open takes html5lib 22 seconds, one of 500 takes 4.5.
_MOST_OPEN = 100
_MOST_REPAIRED = 20_000


class PageTooLarge(ValueError):
    """The page has more text or more tags than any report; it is not read."""


@dataclass(slots=True)
class Block:
    """One block of a page.

    kind: `text`, `table`, `image`, `file` (a link to a document) or `frame`.
    text: of a `text` block, with runs of white space as one space; of an image its alternative
        text; of a file its link text.
    tag: the name of the element that began it (`p`, `h1`, `br`, …).
    address: of an image, a file or a frame, as written.
    links: (text, address) of the links inside a text block.
    linked: how many characters of `text` stand in links.
    grid: of a `table`. cells: of a table that survives only as text, its rows of cell texts.
    """

    kind: str
    text: str = ""
    tag: str = ""
    address: str = ""
    links: list[tuple[str, str]] = field(default_factory=list)
    linked: int = 0
    grid: Grid | None = None
    cells: list[list[str]] | None = None


def is_link_list(block: Block) -> bool:
    """Whether a block of text is mostly links: navigation, a listing, a breadcrumb."""
    return bool(block.links) and block.linked * 10 >= 6 * len(block.text)


class Span(NamedTuple):
    """The blocks [start, end) that one element of a page holds.

    hidden: whether a reader at a desk does not see them.
    """

    start: int
    end: int
    hidden: bool


@dataclass(slots=True)
class Page:
    """The blocks of a page, with the title and the `<meta>` fields of its head.

    metadata: name (lower case) -> content; of a repeated name the first. spans: the blocks of
        every larger element and of every hidden one, inner ones first.
    """

    title: str
    metadata: dict[str, str]
    blocks: list[Block]
    spans: list[Span] = field(default_factory=list)


def refuse_oversized(text: str) -> None:
    """Refuse a page, in markup or not, that is longer than a report can be.

    Raises:
        PageTooLarge: it has more characters than any.
    """
    if len(text) > MAX_CHARACTERS:
        raise PageTooLarge(
            f"the page has {len(text):,} characters; pages over {MAX_CHARACTERS:,} are not read"
        )


def build_page(text: str) -> Page:
    """The blocks of an HTML page.

    Raises:
        PageTooLarge: it has more characters or tags than a report can have.
    """
    refuse_oversized(text)
    tags = text.count("<")
    if tags > MAX_TAGS:
        raise PageTooLarge(f"the page has {tags:,} tags; pages over {MAX_TAGS:,} are not read")
    # A tag begins at every "<", so on most pages none can be that long.
    longest = max(map(len, text.split("<"))) if len(text) > _ENDLESS else 0
    if longest > _ENDLESS and _ENDLESS_TAG.search(text):
        raise PageTooLarge("the page has a tag of more than 60,000 characters; it is not read")
    root = _build_tree(text)
    if root is None:
        return Page("", {}, [])
    page = _walk_page(root, text)
    shown = _shown(page)
    if shown <= _LITTLE and _lost_text(text, shown):
        # html5lib repairs pages that lxml reads into nothing; it is some fifty times slower.
        repaired = etree.fromstring(
            str(BeautifulSoup(text, "html5lib")).encode(), etree.HTMLParser(encoding="utf-8")
        )
        if repaired is not None:
            page = _walk_page(repaired, text)
            shown = _shown(page)
    if shown <= _LITTLE:
        _add_stored(page, text)
    return page


def _shown(page: Page) -> int:
    """How many characters a page shows; beyond `_LITTLE` it is not counted further."""
    shown = 0
    for block in page.blocks:
        rows = block.grid.rows if block.grid is not None else ()
        shown += len(block.text) + sum(len(cell.text) for row in rows for cell in row.cells)
        if shown > _LITTLE:
            break
    return shown


def _add_stored(page: Page, text: str) -> None:
    """Put what a script of the page would show behind what it shows by itself."""
    root = _build_tree(text)  # the tree that was walked has lost what is hidden
    markup = stored_markup(root) if root is not None else ""
    inner = _build_tree(markup) if markup else None
    if inner is None:
        return
    stored = _walk_page(inner, markup)
    at = len(page.blocks)
    page.blocks += stored.blocks
    page.spans += [Span(a + at, b + at, hidden) for a, b, hidden in stored.spans]


@cache
def _parser() -> etree.HTMLParser:
    return etree.HTMLParser(encoding="utf-8", remove_comments=True)


def _build_tree(text: str) -> Any:
    # A NUL ends the document for libxml2. The bytes given here are our own UTF-8, not the page's.
    data = text.encode("utf-8", "replace")
    if b"\0" in data:
        data = data.replace(b"\0", b"")
    if not data.strip():
        return None
    try:
        return etree.fromstring(data, _parser())
    except etree.ParseError:
        return None


def _lost_text(text: str, shown: int) -> bool:
    """Whether a page shows much less text than its source visibly has."""
    # Beyond this, unclosed comments and scripts would make the search below quadratic.
    if len(text) > 1_500_000 or text.count("<!--") + text.count("<script") > 400:
        return False
    if text.count("<") > _MOST_REPAIRED or _left_open(text) > _MOST_OPEN:
        return False
    bare = _NO_TEXT.sub("", text)
    return len(re.findall(r"[\u4e00-\u9fff]", bare)) > 2 * shown + 200


def _left_open(text: str) -> int:
    """How many inline tags are opened and never closed: html5lib opens each again and again."""
    tags = _INLINE.findall(text)
    return len(tags) - 2 * tags.count("/")


def _walk_page(root: Any, text: str) -> Page:
    title, metadata, has_sheet = "", {}, False
    for element in root.iter("title", "meta", "style"):
        if element.tag == "style":
            has_sheet = True
        elif element.tag == "title":
            title = title or " ".join((element.text or "").split())
        else:
            name = (element.get("name") or element.get("property") or "").lower()
            content = element.get("content")
            if name and content and name not in metadata:
                metadata[name] = content.strip()
    body = root.find("body")
    visibility = Visibility(root, text)
    _drop_unseen_words(visibility)
    if has_sheet:
        _drop_unseen_in_cells(visibility)
    if _MAY_STRIKE.search(text):
        _drop_struck_in_cells(root)
    # What is left of these tells nothing, and a page of Word has thousands.
    etree.strip_tags(root, *_PRESENTATIONAL)
    walker = _Walker(visibility)
    walker.walk(root if body is None else body, 0)
    walker.flush()
    return Page(title, metadata, walker.blocks, walker.spans)


def _drop_unseen_words(visibility: Visibility) -> None:
    """Take out hidden cells, rows and words; a hidden element that holds lines becomes a part."""
    for element in visibility.elements:
        if not isinstance(element.tag, str):
            continue
        if element.tag in _TABLE_PARTS and len("".join(element.itertext())) < _SHORT:
            parent = element.getparent()
            if parent is not None:
                parent.remove(element)
            continue
        if element.tag in _ROW_GROUPS and _has_rows_beside(element, visibility.elements):
            element.getparent().remove(element)
            continue
        if element.tag in _BREAKING:
            continue
        if any(inner.tag in _BREAKING for inner in element.iterdescendants()):
            element.tag = "div"
        else:
            element.clear(keep_tail=True)


def _has_rows_beside(group: Any, hidden: Collection[Any]) -> bool:
    """Whether the table of a group of rows has others that are seen."""
    parent = group.getparent()
    return parent is not None and any(
        other.tag == "tr" or (other.tag in _ROW_GROUPS and len(other))
        for other in parent
        if other is not group and other not in hidden
    )


def _drop_unseen_in_cells(visibility: Visibility) -> None:
    for element in visibility.unseen_in_cells():
        if len("".join(element.itertext())) < _SHORT and element.find(".//table") is None:
            element.clear(keep_tail=True)


def _drop_struck_in_cells(root: Any) -> None:
    for element in root.xpath("//td//*[@style]|//th//*[@style]"):
        if element.tag in _PRESENTATIONAL and _STRUCK.search(element.get("style")):
            element.clear(keep_tail=True)


class _Walker:
    """Collects the blocks of a tree, in reading order."""

    def __init__(self, visibility: Visibility) -> None:
        self.blocks: list[Block] = []
        self.spans: list[Span] = []
        self._visibility = visibility
        self._hidden = visibility.elements
        self._parts: list[str] = []
        self._links: list[tuple[str, str]] = []
        self._linked = 0
        self._tag = ""

    def flush(self) -> None:
        """End the current block of text."""
        if self._parts:
            joined = "".join(self._parts)
            # The lines of preformatted text are lines; elsewhere a line end is a space.
            for line in joined.split("\n") if self._tag == "pre" else (joined,):
                text = " ".join(line.split())
                if text:
                    self.blocks.append(
                        Block("text", text, self._tag, links=self._links, linked=self._linked)
                    )
            self._parts = []
        self._links = []
        self._linked = 0

    def walk(self, element: Any, depth: int) -> None:
        """Add the blocks of `element`'s content."""
        if element.text:
            self._parts.append(element.text)
        if depth > _MAX_DEPTH:
            for child in element:
                self._parts.append("".join(child.itertext()) + (child.tail or ""))
            return
        for child in element:
            tag = child.tag
            if tag in _BREAKING:
                self.flush()
                self._tag = tag
                count = len(self.blocks)
                if tag == "table":
                    self._table(child, depth)
                elif tag != "br" and tag != "hr":
                    if len(child) or child.text:
                        self.walk(child, depth + 1)
                        self.flush()
                    if len(self.blocks) == count and tag in _CELLS:
                        # An empty paragraph may be the empty cell of a table that lost its markup.
                        self.blocks.append(Block("text", "", tag))
                    if tag in _HEADINGS:
                        self._tag = ""
                if len(self.blocks) - count >= _FEWEST_BLOCKS or (
                    self._hidden and child in self._hidden
                ):
                    self._span(child, count)
            elif tag == "a":
                self._link(child, depth)
            elif tag == "img":
                self._image(child)
            elif tag == "iframe" or tag == "embed" or tag == "frame":
                self.flush()
                self.blocks.append(Block("frame", "", tag, child.get("src") or ""))
            elif tag == "object" and child.get("data"):
                self.flush()
                self._embedded(child.get("data"))
            elif tag in _SKIPPED or not isinstance(tag, str):
                pass
            else:
                self.walk(child, depth + 1)
            if child.tail:
                self._parts.append(child.tail)

    def _span(self, element: Any, start: int) -> None:
        span = Span(start, len(self.blocks), self._visibility.hides(element))
        if span.start < span.end and (not self.spans or self.spans[-1] != span):
            self.spans.append(span)

    def _link(self, element: Any, depth: int) -> None:
        before = len(self._parts)
        blocks_before = len(self.blocks)
        self.walk(element, depth + 1)
        text = " ".join("".join(self._parts[before:]).split())
        if len(self.blocks) > blocks_before:
            # The link holds blocks of its own: their text is the link's.
            inner = self.blocks[blocks_before:]
            text = text or " ".join(b.text for b in inner if b.kind == "text").strip()
        address = (element.get("href") or "").strip()
        if not address:
            return
        title = (element.get("title") or "").strip()
        if len(title) > len(text) and (text.rstrip("….") in title or not text):
            text = title
        if _FILE.search(address):
            self.blocks.append(Block("file", text, "a", address))
        self._links.append((text, address))
        self._linked += len(text)

    def _embedded(self, address: str) -> None:
        """A document that the page shows in a window of its own."""
        kind = "file" if _FILE.search(address) else "frame"
        self.blocks.append(Block(kind, "", "object", address))

    def _image(self, element: Any) -> None:
        address = element.get("src") or ""
        self.blocks.append(Block("image", element.get("alt") or "", "img", address))

    def _table(self, element: Any, depth: int) -> None:
        if next(element.iterdescendants("table"), None) is not None:
            self.walk(element, depth + 1)
            self.flush()
            return
        grid = build_grid(element)
        if grid is None or _arranges_page(grid):
            self.walk(element, depth + 1)
            self.flush()
            return
        links = [
            (" ".join("".join(a.itertext()).split()) or (a.get("title") or ""), a.get("href") or "")
            for a in element.iter("a")
        ]
        for text, address in links:
            if _FILE.search(address):
                self.blocks.append(Block("file", text, "a", address))
        self.blocks.append(Block("table", "", "table", links=links, grid=grid))


def _arranges_page(grid: Grid) -> bool:
    """Whether a table without tables inside only arranges lines: one cell a row, or most of it."""
    if max(len(row.cells) for row in grid.rows) < 2:
        return True
    lengths = [len(cell.text) for row in grid.rows for cell in row.cells]
    longest = max(lengths)
    return longest > 250 and longest * 2 > sum(lengths)
