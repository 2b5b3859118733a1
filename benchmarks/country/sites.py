"""An office's site in the addresses and listings of its family: what is behind each address.

A site is made from the office and its plans. Its pages are made when they are asked for. The site
has two states: as it was at the first visit, and as it is at the second, when some reports have
been changed or taken away. It knows neither archive nor network.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from benchmarks.country.offices import Office
from benchmarks.country.reports import Plan, Written, write
from benchmarks.country.shells import SHELLS
from benchmarks.country.styles import Style

Kind = Literal["channel", "listing", "report", "attachment", "error"]
_INLINE = 8  # so many documents a channel page holds itself
_PER_PAGE = 10
_NEWS = ("召开全体会议部署下一阶段重点任务", "开展政策宣传进社区活动", "组织学习政府信息公开条例")
_UTF_8 = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Resource:
    """What is behind one address.

    path: with its query. make: its bytes at the visit, 0 or 1. link_text, via: of the link that
    leads to it, and the path of the page with that link. plan: of the report, None for others.
    statuses: HTTP status at the two visits.
    """

    path: str
    kind: Kind
    make: Callable[[int], bytes]
    content_type: str = _UTF_8
    link_text: str | None = None
    via: str | None = None
    plan: Plan | None = None
    statuses: tuple[int, int] = (200, 200)


@dataclass
class Site:
    """An office's site: its resources in the order in which a crawl meets them.

    listed: the report years that the site names, newest first.
    """

    office: Office
    listed: list[Plan]
    resources: dict[str, Resource] = field(default_factory=dict)
    _written: dict[int, Written] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._addresses = _ADDRESSES[self.office.family]
        self.column = 1000 + self.office.number % 90_000
        self.entry = self._addresses.entry.format(**_fields(self.office, self.column))
        document = self._addresses.document
        self.paths = {
            plan.year: document.format(**_fields(self.office, self.column, plan))
            for plan in self.listed
        }

    def further(self, page: int) -> str:
        """The address of a page of the list beyond its entry."""
        return self._addresses.further.format(**_fields(self.office, self.column, page=page))

    def report(self, plan: Plan, visit: int = 1) -> Written:
        """The report of a plan, as the page shows it at a visit."""
        if plan.is_changed and visit == 0:
            return write(plan, earlier=True)
        made = self._written.get(plan.year)
        if made is None:
            made = self._written[plan.year] = write(plan)
        return made


@dataclass(frozen=True, slots=True)
class _Addresses:
    """The addresses of a family.

    entry: of the listing. document: of a report. further: of the listing's later pages, "" when
    it has none. The fields are filled by `_fields`.
    """

    entry: str
    document: str
    further: str = ""


_ADDRESSES = {
    "channel-inline": _Addresses(
        "/channel_{organ}_{column:018}", "/channel_{organ}_{column:018}/doc_{hex}.html"
    ),
    "dated-detail": _Addresses(
        "/zwgk/ndbg/index.html", "/zwgk/ndbg/{date:%Y%m}/t{date:%Y%m%d}_{number}.html",
        "/zwgk/ndbg/index_{page}.html",
    ),
    "art-col": _Addresses(
        "/col/col{column}/index.html",
        "/art/{date.year}/{date.month}/{date.day}/art_{column}_{number}.html",
    ),
    "json-listing": _Addresses(
        "/gkmlpt/index", "/gkmlpt/content/{short}/{number}/post_{number}.html",
        "/gkmlpt/api/all/{column}?page={page}&sid={sid}",
    ),
    "generic": _Addresses(
        "/xxgk/nb.html", "/xxgk/show.jsp?id={number}", "/xxgk/nb.html?page={page}"
    ),
}  # fmt: skip


def site_of(office: Office, plans: list[Plan]) -> Site:
    """The site of an office with the reports of `plans`."""
    site = Site(office, [plan for plan in reversed(plans) if plan.fate != "never_listed"])
    for resource in _resources(site):
        site.resources[resource.path] = resource
    return site


def _fields(
    office: Office, column: int, plan: Plan | None = None, page: int = 1
) -> dict[str, object]:
    date = plan.published_on if plan else dt.date(2024, 1, 1)
    number = office.number * 100 + (plan.year % 100 if plan else 0) + 100_000
    seconds = int(dt.datetime(date.year, date.month, date.day, 9, tzinfo=dt.UTC).timestamp())
    return {
        "organ": office.organ,
        "column": column,
        "sid": _sid(office),
        "date": date,
        "number": number,
        "short": number // 1000,
        "hex": f"{seconds:08x}{number * 2_654_435_761:016x}"[:24],
        "page": page,
    }


def _sid(office: Office) -> int:
    return 200_000 + office.number


def _resources(site: Site) -> Iterator[Resource]:
    yield Resource("/", "listing", lambda _: _home(site))
    listing, via = _LISTINGS[site.office.family](site)
    yield from listing
    for plan, path in zip(site.listed, via, strict=True):
        yield from _documents(site, plan, path)


def _one_page(site: Site, make: Callable[[Site, int], bytes]) -> tuple[list[Resource], list[str]]:
    page = Resource(site.entry, "channel", lambda visit: make(site, visit))
    return [page], [site.entry] * len(site.listed)


def _several_pages(site: Site, first: int) -> tuple[list[Resource], list[str]]:
    """first: the number that the address of the second page has."""
    count = _pages(site)
    pages = [site.entry, *(site.further(page + first) for page in range(count - 1))]
    made = [
        Resource(
            path, "listing" if at else "channel", _listing_maker(site, pages, at),
            via=site.entry if at else None,
        )
        for at, path in enumerate(pages)
    ]  # fmt: skip
    return made, [pages[at // _PER_PAGE] for at in range(len(site.listed))]


def _fed_by_json(site: Site) -> tuple[list[Resource], list[str]]:
    feeds = [site.further(page + 1) for page in range(_pages(site))]
    made = [Resource(site.entry, "channel", lambda _: _catalogue(site))]
    made += [
        Resource(path, "listing", _feed_maker(site, at), "application/json", via=site.entry)
        for at, path in enumerate(feeds)
    ]
    return made, [feeds[at // _PER_PAGE] for at in range(len(site.listed))]


# The pages of the list of reports, and for each report the page of the list that names it.
_LISTINGS: dict[str, Callable[[Site], tuple[list[Resource], list[str]]]] = {
    "channel-inline": lambda site: _one_page(site, _channel),
    "dated-detail": lambda site: _several_pages(site, 1),
    "art-col": lambda site: _one_page(site, _column),
    "json-listing": _fed_by_json,
    "generic": lambda site: _several_pages(site, 2),
}
_GONE = {"http_error": (404, 404), "removed": (200, 404)}


def _documents(site: Site, plan: Plan, via: str) -> Iterator[Resource]:
    statuses = _GONE.get(plan.fate, (200, 200))
    content_type = _UTF_8 if plan.style.charset == "utf-8" else "text/html"
    yield Resource(
        site.paths[plan.year], "error" if statuses[0] == 404 else "report",
        lambda visit: _document(site, plan, visit), content_type, plan.title, via, plan, statuses,
    )  # fmt: skip
    if plan.fate == "attachment_only":
        yield Resource(
            _file_path(plan), "attachment", lambda _: _file(plan), "application/pdf",
            f"{plan.title}.pdf", site.paths[plan.year],
        )  # fmt: skip


def _file_path(plan: Plan) -> str:
    return f"/files/{plan.published_on:%Y%m}/P{plan.office.number:06}{plan.year}.pdf"


def _file(plan: Plan) -> bytes:
    words = f"%PDF-1.4\n% {plan.office.id} {plan.year}\n"
    return words.encode() + b"1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n" * 40


def _encode(markup: str, style: Style) -> bytes:
    # gb2312 and gbk are what pages declare; GB 18030 is what editors write.
    return markup.encode("utf-8" if style.charset == "utf-8" else "gb18030")


def _document(site: Site, plan: Plan, visit: int) -> bytes:
    if _GONE.get(plan.fate, (200, 200))[visit] == 404:
        return b"<html><head><title>404</title></head><body>404 Not Found</body></html>"
    office, shell = site.office, SHELLS[site.office.family]
    content = _content(site, plan, visit)
    head = shell.head(
        plan.title, plan.style.charset, office.own_name, plan.published_on.isoformat()
    )
    return _encode(head + content + shell.foot(office.own_name), plan.style)


def _content(site: Site, plan: Plan, visit: int) -> str:
    """A document's title and body, without what stands around it."""
    shell = SHELLS[site.office.family]
    if plan.fate == "empty_page":
        return shell.title.format(plan.title)
    if plan.fate == "attachment_only":
        file = f'<p><a href="{_file_path(plan)}">{plan.title}.pdf</a></p>\n'
        return shell.title.format(plan.title) + file
    written = site.report(plan, visit)
    title = "".join(shell.title.format(line) for line in written.title_lines)
    before, after = plan.style.markup.around
    return title + before + written.body + after


def _shelled(site: Site, title: str, content: str) -> bytes:
    shell = SHELLS[site.office.family]
    return (shell.head(title, "utf-8", site.office.own_name, "2025-04-01") + content
            + shell.foot(site.office.own_name)).encode()  # fmt: skip


def _home(site: Site) -> bytes:
    news = "".join(f"<li><a>{site.office.own_name}{words}</a></li>" for words in _NEWS)
    words = "政府信息公开年报"
    content = f'<ul>{news}</ul><p><a href="{site.entry}">{words}</a></p>\n'
    return _shelled(site, site.office.name, content)


def _items(site: Site, visit: int, page: int | None = None) -> list[str]:
    """The list's items, all or those of a page; beside reports it has what is none."""
    here = _of_page(site, page) if page is not None else site.listed
    items = [
        f'<li><a href="{site.paths[plan.year]}" title="{plan.title}">{plan.title}</a>'
        f"<span>{plan.published_on}</span></li>\n"
        for plan in here
        if not (plan.fate == "removed" and visit)
    ]
    return ["<li><a>关于编制2024年政府信息公开工作年度报告的通知</a></li>\n", *items]


def _of_page(site: Site, page: int) -> list[Plan]:
    return site.listed[page * _PER_PAGE : (page + 1) * _PER_PAGE]


def _pages(site: Site) -> int:
    return max(1, -(-len(site.listed) // _PER_PAGE))


def _channel(site: Site, visit: int) -> bytes:
    """The list, and the first documents themselves below it."""
    documents = "".join(
        '<div class="info-article"><div class="info-content">'
        f"{_content(site, plan, visit)}</div></div>\n"
        for plan in site.listed[:_INLINE]
        if plan.fate not in _GONE
    )
    items = "".join(_items(site, visit))
    content = f'<ul class="info-list">{items}</ul>\n{documents}'
    return _shelled(site, f"政府信息公开 - {site.office.own_name}", content)


def _column(site: Site, visit: int) -> bytes:
    """The list in a data store, from which a script draws it."""
    items = _items(site, visit)
    records = "".join(f"<record><![CDATA[{item.strip()}]]></record>\n" for item in items)
    store = (
        f"<totalrecord>{len(items)}</totalrecord><totalpage>1</totalpage>"
        f"<perpage>{len(items)}</perpage><recordset>{records}</recordset>"
    )
    content = (
        f'<div id="list"></div><script type="text/xml"><datastore>\n{store}</datastore></script>'
    )
    return _shelled(site, "政府信息公开年报", content)


def _listing_maker(site: Site, pages: list[str], at: int) -> Callable[[int], bytes]:
    def make(visit: int) -> bytes:
        if site.office.family == "dated-detail":
            pager = f'<script>createPageHTML({len(pages)}, {at}, "index", "html");</script>'
        else:
            pager = "".join(f'<a href="{path}">下一页</a>' for path in pages[at + 1 : at + 2])
        items = "".join(_items(site, visit, at))
        return _shelled(site, "政府信息公开年报", f'<ul class="list">{items}</ul>\n{pager}\n')

    return make


def _catalogue(site: Site) -> bytes:
    """The page whose script asks for the list; its settings hold the tree of columns."""
    tree = [{"id": site.column, "name": "政府信息公开年报", "children": []}]
    said = json.dumps(tree, ensure_ascii=False)
    settings = f"window._CONFIG = {{ SID: '{_sid(site.office)}', TREE: {said} }};"
    content = f'<div id="app"></div><script>{settings}</script>\n'
    return _shelled(site, "政府信息公开目录", content)


def _feed_maker(site: Site, page: int) -> Callable[[int], bytes]:
    def make(visit: int) -> bytes:
        articles = [
            {
                "id": plan.year,
                "title": plan.title,
                "url": site.paths[plan.year],
                "display_publish_time": str(plan.published_on),
            }
            for plan in _of_page(site, page)
            if not (plan.fate == "removed" and visit)
        ]
        answer = {"articles": articles, "total": len(site.listed), "page": page + 1}
        return json.dumps(answer, ensure_ascii=False).encode()

    return make
