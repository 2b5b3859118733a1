"""Where listings keep their links: in markup, in the data of a script, in JSON.

Each reader takes a page and gives anchors; families say which of them they use.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from parsel import Selector

from crawler.markup import Anchor, ListingPage, anchors_in

# The names by which listings in JSON call the title and the address of a record, best first.
_TITLES = ("title", "articletitle", "doctitle", "infotitle", "name", "subject", "topic")
_ADDRESSES = (
    "url", "link", "href", "docpuburl", "articleurl", "infourl", "linkurl", "pageurl", "contenturl"
)  # fmt: skip
_CDATA = re.compile(r"^\s*(?:<!\[CDATA\[)?|(?:\]\]>)?\s*$")
# What stands in quotation marks in a script and may be an address; not the pictures in some.
_QUOTED = re.compile(r"""["']([^"'\s<>]{3,300})["']""")
# An address that asks for a list: data by its ending, its folder, or its page number.
_FEED = re.compile(
    r"/(?:open)?api/|/[^/?]*list[^/?]*\.json(?:$|\?)|[?&]page(?:no|num|index)?=\d", re.I
)
# A page in a frame, and not a player, a map or a file.
_PAGE = re.compile(r"/[^/?]*list|/(?:index|zfxxgk|xxgk)[^/?]*\.(?:s?html?|jsp|aspx?|do)|/$", re.I)
_LOCATION = re.compile(
    r"""\blocation(?:\.href)?\s*=\s*["']([^"'\n]{1,300})["']"""
    r"""|\blocation\.(?:replace|assign)\(\s*["']([^"'\n]{1,300})["']"""
)
# A page that only leads on says 正在跳转 and the like at most.
_FEWEST_WORDS = 40
_MOST_FEEDS = 3
_DEEPEST = 12


def framed_pages(page: ListingPage) -> Iterator[Anchor]:
    """The pages that a column shows in a frame, as catalogues of older systems do."""
    if page.is_column:
        for source in page.tree.xpath("//iframe/@src | //frame/@src").getall():
            address = page.absolute(source)
            if address is not None and _PAGE.search(address):
                yield Anchor(address, "", is_feed=True)


def script_redirects(page: ListingPage) -> Iterator[Anchor]:
    """The page to which a page without words sends its visitor by `location.href = "./nb/"`."""
    if page.data is not None or "location" not in page.scripts:
        return
    words = page.tree.xpath(
        "//text()[not(parent::script|parent::style|parent::noscript|parent::title)]"
    )
    if len("".join("".join(words.getall()).split())) > _FEWEST_WORDS:
        return
    for found in _LOCATION.findall(page.scripts)[:_MOST_FEEDS]:
        address = page.absolute("".join(found))
        if address is not None:
            yield Anchor(address, "", is_feed=True)


def markup_links(page: ListingPage) -> Iterator[Anchor]:
    """The links in the markup, and the further pages that a list to choose from offers."""
    yield from anchors_in(page.tree, page)
    for option in page.tree.xpath("//select/option[@value]"):
        value = option.attrib["value"]
        address = page.absolute(value) if re.search(r"[./?]", value) else None
        if address is not None:
            yield Anchor(address, (option.xpath("string()").get() or "").strip())


def stored_records(page: ListingPage) -> Iterator[Anchor]:
    """The links in the records of a `<datastore>`, which a script puts on the page piece by piece.

    The data store stands in a script of the listing, or is the whole answer of a further page.
    """
    if "<datastore" not in page.text:
        return
    for begun in page.text.split("<record>")[1:]:
        markup, closed, _ = begun.partition("</record>")
        markup = _CDATA.sub("", markup)
        if closed and markup:
            yield from anchors_in(Selector(text=markup, type="html"), page)


def data_records(page: ListingPage) -> Iterator[Anchor]:
    """The records of a listing that is JSON: whatever has a title and an address."""
    if page.data is not None:
        yield from _records(page.data, page, 0)


def count_of_records(page: ListingPage) -> int:
    """How many records a listing in JSON holds."""
    return sum(1 for _ in data_records(page))


def _records(data: Any, page: ListingPage, depth: int) -> Iterator[Anchor]:
    if depth > _DEEPEST:
        return
    if isinstance(data, list):
        for one in data:
            yield from _records(one, page, depth + 1)
        return
    if not isinstance(data, dict):
        return
    by_name = {str(name).lower().replace("_", ""): value for name, value in data.items()}
    title = next((by_name[one] for one in _TITLES if isinstance(by_name.get(one), str)), "")
    reference = next((by_name[one] for one in _ADDRESSES if isinstance(by_name.get(one), str)), "")
    address = page.absolute(reference) if title and reference else None
    if address is not None:
        yield Anchor(address, _plain(title))
        return
    for value in data.values():
        yield from _records(value, page, depth + 1)


def _plain(words: str) -> str:
    """Words as a person sees them: without the markup that some listings put into titles."""
    if "<" not in words and "&" not in words:
        return words.strip()
    return "".join(Selector(text=words, type="html").xpath("//text()").getall()).strip()


def script_feeds(page: ListingPage) -> Iterator[Anchor]:
    """The addresses from which the scripts of a column ask for its list, three at most."""
    if not page.is_column or page.data is not None:
        return
    quoted = (reference for reference in _QUOTED.findall(page.scripts) if _FEED.search(reference))
    found = (page.absolute(reference) for reference in quoted)
    for address in list(dict.fromkeys(one for one in found if one))[:_MOST_FEEDS]:
        yield Anchor(address, "", is_feed=True)


def script_value(scripts: str, name: str) -> Any:
    """What a script assigns to `name` or gives under that key, read as JSON; None without it."""
    for found in re.finditer(rf"\b{name}[\"']?\s*[:=]\s*", scripts):
        try:
            return json.JSONDecoder().raw_decode(scripts, found.end())[0]
        except (ValueError, RecursionError):
            text = re.match(r"'([^'\n]*)'", scripts[found.end() : found.end() + 200])
            if text:
                return text[1]
    return None
