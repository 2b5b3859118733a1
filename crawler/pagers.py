"""How a listing goes on where no link says so: pagers that scripts make, and pages of data.

Each pager takes a page and gives, as a feed, the one page that comes next; a crawl that follows
them goes as far as the site states and its budget allows, and asks for no page that nothing
speaks of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from crawler.markup import Anchor, ListingPage
from crawler.readers import count_of_records, stored_records

_CALL = re.compile(r"(function\s+)?\bcreatePageHTML\s*\(([^()]*)\)")
_PAGER = re.compile(r"\bPager\s*\(\s*\{([^{}]*)\}")
_VALUE = re.compile(r"""["']([^"']*)["']|\b(\d+)\b|\b([A-Za-z_$][\w$]*)\b(?!\s*:)""")
# More calls than this on one page are no pager.
_MOST_CALLS = 10
_COUNT = re.compile(r"\b(?:countPage|pageCount|totalPages?|pageTotal)\s*=\s*[\"']?(\d{1,6})\b")
_STEM = re.compile(r"""["'](\w+)["']\s*\+\s*["']_["']|["'](\w+)_["']\s*\+""")
_ENDING = re.compile(r"""["']\.?(s?html?|jsp|aspx?)["']""")
_NUMBERED = re.compile(r"_(\d{1,4})(?=\.\w+$)")
_HREF = re.compile(r"href=[\"']([^\"']+)[\"']")
_TOTAL_RECORDS = re.compile(
    r"<totalrecord>\s*(\d{1,9})\b|\btotalRecord[\"']?\s*[:=]\s*[\"']?(\d{1,9})\b"
)
_PER_PAGE = re.compile(r"\bperPage[\"']?\s*[:=]\s*[\"']?(\d{1,6})\b")
_PROXY = re.compile(r"\bproxyUrl[\"']?\s*[:=]\s*[\"']([^\"']+)[\"']")
_PROXY_ARGUMENTS = re.compile(r"\b(?:ajax|proxy)Param[\"']?\s*:\s*\{([^{}]*)\}")
_PAIR = re.compile(r"""["']?(\w+)["']?\s*:\s*(?:["']([^"']*)["']|(\d+))""")
# The names by which addresses and answers call the number of a page, a page's size, the counts.
_PAGE_NAMES = ("page", "pageno", "pagenum", "pageindex", "currentpage", "curpage", "p")
_SIZE_NAMES = ("pagesize", "size", "rows", "limit", "perpage", "pagenumsize")
_PAGES_NAMES = ("pages", "totalpage", "totalpages", "pagecount", "pagetotal", "lastpage")
_TOTAL_NAMES = ("total", "totalcount", "totalrecord", "totalrecords", "recordcount", "postcount")
_PAGES_STATED = re.compile(r"共\s*(\d{1,4})\s*页")
# How else a page says to a reader that the list has more pages: 第1/5页, or a script to go there.
_PAGE_OF_PAGES = re.compile(r"第?\s*\d{1,4}\s*/\s*(\d{1,4})\s*页")
_GO_TO_PAGE = re.compile(
    r"\b(?:go|to|turn|jump|show|change)_?(?:to_?)?page\w*\(\s*['\"]?(\d{1,4})", re.I
)


def called_pages(page: ListingPage) -> Iterator[Anchor]:
    """`createPageHTML(5, 0, "index", "html")`: pages index.html, index_1.html, … index_4.html.

    Where the call begins with the name of an element the pages are counted from one, and the
    second is index_2.html.
    """
    for definition, call in _CALL.findall(page.scripts)[:_MOST_CALLS]:
        arguments = [] if definition else _values(call, page.scripts)
        numbers = [one for one in arguments if isinstance(one, int)]
        words = [one for one in arguments if isinstance(one, str)]
        if numbers and len(words) >= 2:
            from_one = isinstance(arguments[0], str)
            yield from _numbered(page, words[-2], words[-1], numbers[0], from_one=from_one)


def configured_pages(page: ListingPage) -> Iterator[Anchor]:
    """`new Pager({size: 5, current: 0, prefix: "index", suffix: "html"})`: as `called_pages`."""
    for inner in _PAGER.findall(page.scripts)[:_MOST_CALLS]:
        pairs = (part.partition(":") for part in inner.split(","))
        keys = {
            key.strip(" \r\n\t\"'").lower(): next(iter(_values(value, page.scripts)), None)
            for key, _, value in pairs
        }
        count, stem, ending = keys.get("size"), keys.get("prefix"), keys.get("suffix")
        if isinstance(count, int) and isinstance(stem, str) and isinstance(ending, str):
            yield from _numbered(page, stem, ending, count, from_one=False)


def _values(arguments: str, scripts: str) -> list[str | int]:
    """The values in a call, in their order; names stand for what the scripts assign to them."""
    found: list[str | int] = []
    for word, number, name in _VALUE.findall(arguments):
        if name:
            assigned = re.search(
                rf"(?<![\w$.]){re.escape(name)}\s*=\s*(?:[\"']([^\"'\n]*)[\"']|(\d+))", scripts
            )
            if assigned is None:
                continue
            word, number = assigned[1] or "", assigned[2] or ""
            number = number or (word if word.isdecimal() else "")
        found.append((_whole(number) or 0) if number else word)
    return found


def _whole(text: str) -> int | None:
    """The number that `text` is; None for what is none, or larger than any list."""
    return int(text) if text.isdecimal() and len(text) <= 9 else None


def pages_stated(page: ListingPage) -> int:
    """How many pages a list says that it has; 1 when it says nothing.

    Of a data store and of JSON the pagers themselves know the end.
    """
    if page.data is not None or "<datastore" in page.text:
        return 1
    said = [
        *_PAGES_STATED.findall(page.text),
        *_PAGE_OF_PAGES.findall(page.text),
        *_GO_TO_PAGE.findall(page.text),
        *_COUNT.findall(page.scripts),
    ]
    return max(map(int, said), default=1)


def counted_pages(page: ListingPage) -> Iterator[Anchor]:
    """`var countPage = 5` and a script that writes `"index" + "_" + n + ".html"` into links."""
    if "createPageHTML" in page.scripts:
        return
    count, stem = _COUNT.search(page.scripts), _STEM.search(page.scripts)
    ending = _ENDING.search(page.scripts)
    if count is not None and stem is not None and ending is not None:
        name = stem[1] or stem[2]
        yield from _numbered(page, name, ending[1], int(count[1]), from_one=False)


def _numbered(
    page: ListingPage, stem: str, ending: str, count: int, *, from_one: bool
) -> Iterator[Anchor]:
    here = urlsplit(page.url)
    number = _NUMBERED.search(here.path)
    now = int(number[1]) if number else int(from_one)
    following = now + 1
    if following <= (count if from_one else count - 1):
        address = page.absolute(f"{stem}_{following}.{ending.lstrip('.')}")
        if address is not None:
            yield Anchor(address, str(following), is_feed=True)


def queried_pages(page: ListingPage) -> Iterator[Anchor]:
    """共5页, on a page whose address has the number of the page: `list.aspx?column=7&page=1`."""
    if page.data is not None:
        return
    stated = _PAGES_STATED.search(page.text) or _COUNT.search(page.scripts)
    number = _page_number(page.url)
    if stated is not None and number is not None and number[1] < int(stated[1]):
        yield _at_page(page.url, number[0], number[1] + 1)


def stored_pages(page: ListingPage) -> Iterator[Anchor]:
    """What a `<datastore>` goes on with: its next group, or the next records of its proxy."""
    if "<datastore" not in page.text:
        return
    stated = page.text.partition("<nextgroup>")[2].partition("</nextgroup>")
    group = _HREF.search(stated[0]) if stated[1] else None
    if group is not None:
        address = page.absolute(group[1].replace("&amp;", "&"))
        if address is not None and address != page.url:
            yield Anchor(address, "", is_feed=True)
        return
    total = _TOTAL_RECORDS.search(page.text)
    if total is None:
        return
    asked = dict(parse_qsl(urlsplit(page.url).query, keep_blank_values=True))
    held = sum(1 for _ in stored_records(page))
    start = _whole(asked.get("startrecord", ""))
    if start is not None:
        proxy, size = page.url.partition("?")[0], _whole(asked.get("perpage", "")) or held or 1
        first = start + held
    else:
        named, per_page = _PROXY.search(page.scripts), _PER_PAGE.search(page.scripts)
        found = _PROXY_ARGUMENTS.search(page.scripts)
        proxy = (page.absolute(named[1]) if named else None) or ""
        size, first = int(per_page[1]) if per_page else held, held + 1
        pairs = _PAIR.findall(found[1] if found else "")
        asked = {name: text or number for name, text, number in pairs}
    if proxy and held and first <= int(total[1] or total[2]):
        window = {"startrecord": str(first), "endrecord": str(first + 3 * size - 1)}
        query = urlencode(window | {"perpage": str(size)} | _without(asked, window, "perpage"))
        yield Anchor(f"{proxy}?{query}", "", is_feed=True)


def _without(asked: dict[str, str], window: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in asked.items() if name not in (*window, *names)}


def data_pages(page: ListingPage) -> Iterator[Anchor]:
    """The next page of a listing in JSON, as long as it states that there is one.

    Without a word on how many there are, a page that is full of records is followed by another.
    """
    number, held = _page_number(page.url), count_of_records(page)
    if page.data is None or number is None or not held:
        return
    name, now = number
    # Pages are counted from 0 or from 1, and the address of a later page does not say which.
    first = 0 if now == 0 or (now == 1 and page.records_before) else 1
    asked = {key.lower(): value for key, value in parse_qsl(urlsplit(page.url).query)}
    size = next((_whole(asked[one]) for one in _SIZE_NAMES if one in asked), None)
    pages, total = _stated(page.data, _PAGES_NAMES), _stated(page.data, _TOTAL_NAMES)
    if pages is not None:
        goes_on = now - first + 1 < pages
    elif total is not None:
        goes_on = page.records_before + held < total
    else:
        goes_on = size is not None and held >= size
    if goes_on:
        yield _at_page(page.url, name, now + 1)


def _stated(data: Any, names: tuple[str, ...], depth: int = 0) -> int | None:
    if not isinstance(data, dict) or depth > 3:
        return None
    for key, value in data.items():
        if str(key).lower().replace("_", "") in names:
            whole = _whole(str(value))
            if whole is not None:
                return whole
    inside = (_stated(value, names, depth + 1) for value in data.values())
    return next((one for one in inside if one is not None), None)


def _page_number(url: str) -> tuple[str, int] | None:
    """The name and the number of the page in the query of `url`."""
    pairs = [(key, _whole(value)) for key, value in parse_qsl(urlsplit(url).query)]
    numbered = {key.lower(): (key, value) for key, value in pairs if value is not None}
    return next((numbered[name] for name in _PAGE_NAMES if name in numbered), None)


def _at_page(url: str, name: str, number: int) -> Anchor:
    parts = urlsplit(url)
    query = re.sub(rf"(^|&){re.escape(name)}=\d+", rf"\g<1>{name}={number}", parts.query)
    address = urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
    return Anchor(address, str(number), is_feed=True)
