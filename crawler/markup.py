"""A page of links as a crawl sees it: its text, its tree, its data, and the anchors in them.

Enough for addresses and titles; reading a report decodes and reads with more care. Which links are
worth following is not decided here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from parsel import Selector

from crawler.addresses import absolute
from parsers.decoding import decode


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link as a page has it: absolute address, words, and the title, which may say more.

    is_feed: the address gives more of the listing, whatever the words; it is data for the
        listing's script, or the next page that a script would make a link of.
    """

    address: str
    text: str
    title: str = ""
    is_feed: bool = False


class ListingPage:
    """A page that may list reports.

    url: where it came from. is_entry: it is an entry page of the office, so that its documents are
        the office's. is_column: it is an entry page or a column that a crawl came to by name.
    records_before: how many records the pages of the same listing before this one held.
    """

    def __init__(
        self,
        body: bytes,
        url: str,
        *,
        is_entry: bool = False,
        is_column: bool = False,
        records_before: int = 0,
    ):
        self.body = body
        self.url = url
        self.is_entry = is_entry
        self.is_column = is_entry or is_column
        self.records_before = records_before

    @cached_property
    def text(self) -> str:
        """The page as text."""
        return decode_markup(self.body)

    @cached_property
    def tree(self) -> Selector:
        """The page as a tree, whatever it is."""
        return Selector(text=("" if self.data is not None else self.text) or " ", type="html")

    @cached_property
    def data(self) -> Any:
        """What the page holds when it is JSON (or JSON in a callback's brackets); else None."""
        text = self.text.strip().removeprefix("/**/").lstrip()
        if text.endswith((")", ");")) and text[:1].isalpha() and "(" in text[:80]:
            text = text[text.index("(") + 1 : text.rindex(")")].strip()
        if not text.startswith(("{", "[")):
            return None
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return None

    @cached_property
    def scripts(self) -> str:
        """The text of the scripts in the page."""
        return "\n".join(self.tree.xpath("//script[not(@src)]/text()").getall())

    def absolute(self, reference: str) -> str | None:
        """`reference` as an address, without a fragment; None when it is none."""
        return absolute(self.url, reference, self._base)

    @cached_property
    def _base(self) -> str | None:
        return self.tree.xpath("//base/@href").get()


def decode_markup(body: bytes) -> str:
    """The markup of a page as text, read so that the least is lost (`parsers.decoding`)."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start >= len(body) - 3:  # the beginning of a page, cut within a character
            return body[: error.start].decode("utf-8-sig")
    return decode(body).text


def anchors_in(tree: Selector, page: ListingPage) -> Iterator[Anchor]:
    """The links of `tree`, a piece of markup of `page`, in their order."""
    for anchor in tree.xpath("//a[@href] | //area[@href]"):
        address = page.absolute(anchor.attrib["href"])
        if address is not None:
            text = "".join(anchor.xpath(".//text()").getall())
            yield Anchor(address, text.strip(), anchor.attrib.get("title", "").strip())
