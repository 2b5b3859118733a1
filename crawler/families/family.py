"""What a family of sites is: how its listings are read, how they go on, which links are its own.

A family is one record of patterns and functions, in a module of its own in this package. Nothing
is fetched here and no figure is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urldefrag, urlsplit

from crawler.markup import Anchor, ListingPage

# Reads links out of a listing, wherever the family keeps them.
Reader = Callable[[ListingPage], Iterator[Anchor]]
# Says whether an address on an entry page is a document of that page.
Belongs = Callable[[str, ListingPage], bool]
# What a sign is looked for in: addresses of reports, the address of a listing, its text.
Where = Literal["document", "listing", "text"]

# What no report stands behind, on any site: what searches, asks who one is, or writes something.
NEVER = re.compile(
    r"/(?:log(?:in|on|out)|register|admin|search|so|comments?|print|share|en|english|jubao)(?:[/.?]|$)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Sign:
    """What a site of a family is recognised by; `weight` says how much it tells, 1 to 10."""

    where: Where
    pattern: re.Pattern[str]
    weight: int


def below(address: str, page: ListingPage) -> bool:
    """Whether `address` lies below the folder of `page`."""
    here, other = urlsplit(page.url), urlsplit(address)
    folder = re.sub(r"(?:index|default)(?:_\d+)?\.\w+$", "", here.path)
    if not folder.endswith("/"):
        folder += "/"
    # Everything is below the root: a home page has no documents of its own.
    return folder != "/" and here.netloc == other.netloc and other.path.startswith(folder)


def plain_entry(url: str) -> str:
    """The address that is asked for when `url` is an entry page: without its fragment."""
    return urldefrag(url).url


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of site.

    name: as the rows of offices have it. about: its sites in a few words.
    signs: what `gongkai offices add` recognises it by.
    readers: where listings keep their links. All are asked; the first word on an address counts.
    pagers: how a listing goes on, where no link in its markup says so. Each gives feeds.
    belongs: which addresses on an entry page are its documents, whatever their words.
    documents: what addresses of single documents look like (path and query); None for any.
    outside: addresses that are never asked for, beside those of `NEVER`.
    entry: the address that is asked for, made from the entry address that a person gives.
    """

    name: str
    about: str
    readers: tuple[Reader, ...]
    pagers: tuple[Reader, ...] = ()
    signs: tuple[Sign, ...] = ()
    belongs: Belongs = below
    documents: re.Pattern[str] | None = None
    outside: re.Pattern[str] | None = None
    entry: Callable[[str], str] = plain_entry

    def anchors(self, page: ListingPage) -> Iterator[Anchor]:
        """Every link of `page`, and what its listing goes on with."""
        for source in (*self.readers, *self.pagers):
            yield from source(page)

    def is_document(self, address: str, page: ListingPage) -> bool:
        """Whether `address`, a link on the entry page `page`, is a document of it."""
        if not self.belongs(address, page):
            return False
        return self.documents is None or bool(self.documents.search(_target(address)))

    def is_outside(self, address: str) -> bool:
        """Whether `address` is out of bounds for a crawl of this family."""
        target = _target(address)
        return bool(NEVER.search(target) or (self.outside and self.outside.search(target)))


def _target(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
