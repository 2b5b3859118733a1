"""Sites whose listings are JSON: the page has a script, and the script asks for the list.

The largest of the kind is the catalogue of government information (政府信息公开目录) that the
offices of Guangdong share: `/gkmlpt/index#3021` is a page whose settings hold the tree of columns,
and `/gkmlpt/api/all/3021?page=1` the list of a column. Any address that gives JSON with titles and
addresses can be an entry page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urldefrag, urlencode

from crawler.families.family import Family, Sign, plain_entry
from crawler.markup import Anchor, ListingPage
from crawler.pagers import data_pages
from crawler.readers import data_records, markup_links, script_feeds, script_redirects, script_value

# The catalogue's page, and the number of the column in its fragment.
_CATALOGUE = re.compile(r"^(.*/gkmlpt)/(?:index)?(?:\.html)?(?:#(\d+))?$")
_CHILDREN = ("children", "childs", "sub", "nodes")


def catalogue_columns(page: ListingPage) -> Iterator[Anchor]:
    """The columns in the tree of a catalogue's page, as the addresses of their lists."""
    catalogue = _CATALOGUE.match(urldefrag(page.url).url)
    if catalogue is None or page.data is not None:
        return
    site = script_value(page.scripts, "SID") or script_value(page.scripts, "SITE_ID")
    for number, name in _columns(script_value(page.scripts, "TREE")):
        yield Anchor(_list_address(catalogue[1], number, site), name)


def _columns(tree: Any) -> Iterator[tuple[int, str]]:
    if isinstance(tree, list):
        for one in tree:
            yield from _columns(one)
    elif isinstance(tree, dict):
        number, name = tree.get("id"), tree.get("name")
        if isinstance(number, int) and isinstance(name, str):
            yield number, name
        for key in _CHILDREN:
            yield from _columns(tree.get(key))


def _list_address(base: str, number: int | str, site: Any = None) -> str:
    query = {"page": "1"} | ({"sid": str(site)} if site is not None else {})
    return f"{base}/api/all/{number}?{urlencode(query)}"


def _entry(url: str) -> str:
    """The list of the column that the fragment names, for an address as a browser shows it."""
    catalogue = _CATALOGUE.match(url)
    if catalogue is not None and catalogue[2]:
        return _list_address(catalogue[1], catalogue[2])
    return plain_entry(url)


def _is_record(address: str, page: ListingPage) -> bool:
    return page.data is not None


FAMILY = Family(
    name="json-listing",
    about="listings that a script fetches as JSON (the catalogues of Guangdong among them)",
    readers=(markup_links, script_redirects, data_records, catalogue_columns, script_feeds),
    pagers=(data_pages,),
    belongs=_is_record,
    outside=re.compile(r"/(?:hdjlpt|interactive|iframe)/", re.I),
    entry=_entry,
    signs=(
        Sign("document", re.compile(r"/gkmlpt/content/|/content/post_\d+\.html$"), 5),
        Sign("listing", re.compile(r"/gkmlpt/api/|/api/|\.json(?:\?|$)"), 6),
        Sign("text", re.compile(r"\A\s*[\[{]"), 8),
    ),
)
