"""Find the links of a page that a crawl follows: reports, columns, further pages, attachments.

Judged by what a link and its title say, and by where it stands in relation to the page; the words
of reports are `parsers.titles`' business, and figures are nobody's here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urldefrag, urljoin, urlsplit

from parsel import Selector

from parsers.characters import compact
from parsers.titles import recognise_title

Role = Literal["report", "document", "column", "next_page", "attachment"]

_ATTACHMENT = re.compile(r"\.(?:pdf|docx?|xlsx?|wps|et|ofd|zip|rar|jpe?g|png)$", re.I)
# Pictures that belong to the site and not to the report, by names and folders sites give them.
_ORNAMENT = re.compile(
    r"logo|icon|banner|share|weixin|weibo|wechat|qr|ewm|erweima|gongan|beian|print|arrow|foot"
    r"|header|/bg|/images?/|/img/|/skin|/template|/style|/theme|/static/"
)
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|bmp)$", re.I)
_NEXT = re.compile(
    r"^(?:下一?页|后一?页|下页|后页|[>»›]{1,2}|next(?:page)?|\d{1,3}|第?\d{1,3}页|尾页|末页)[>»›]*$",
    re.I,
)
# The columns above the one that lists reports, as sites name them.
_COLUMN = re.compile(
    r"^(?:政府)?(?:信息|政务)公开(?:专栏|专题|平台|网|年报|工作年报)?$|^(?:法定)?主动公开(?:内容|目录)?$"
    r"|^政府信息公开(?:年度)?(?:工作)?(?:年度)?报告(?:专栏)?$|^公开年报$"
)
_HAS_PAGE = re.compile(
    r"(?:^|[_\-/=?&])(?:index|list|default|node|col|column|channel|p|page|pageno|pageindex|pageNum|currentpage)?"
    r"[_\-=]?\d{1,4}(?:\.s?html?|\.jsp|\.aspx?|\.php)?$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Link:
    """A link worth following.

    role: `report` (its words are the title of a report), `document` (it stands below an entry
        page, whose documents are all of interest), `column` (it leads towards reports),
        `next_page` (more of this listing) or `attachment`.
    text: the words of the link, or its title when that says more.
    """

    url: str
    role: Role
    text: str
    report_year: int | None = None


def decode_markup(body: bytes) -> str:
    """The markup of a page as text: strict UTF-8, or else GB 18030, which reads GBK and GB 2312.

    Enough for addresses and titles; reading a report decodes with more care.
    """
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start >= len(body) - 3:  # the beginning of a page, cut within a character
            return body[: error.start].decode("utf-8-sig")
        return body.decode("gb18030", "replace")


def listing_links(body: bytes, url: str, *, is_entry: bool) -> list[Link]:
    """The links that a listing at `url` offers, in the order of the page, without repetition.

    is_entry: the page is an entry page of the office, so that everything below its own address is
        a document of it.
    """
    links: dict[str, Link] = {}
    for address, text, title in _anchors(body, url):
        link = _listing_link(address, text, title, url, is_entry=is_entry)
        if link is not None and _precedes(link, links.get(address)):
            links[address] = link
    return _documents_named_like_columns(links, url, is_entry=is_entry)


def report_attachments(body: bytes, url: str) -> list[Link]:
    """The files that a report's page links to or shows, by their names' endings.

    Pictures count only where the page has hardly any text, so that they are the report.
    """
    markup = Selector(text=decode_markup(body) or " ")
    text = compact(
        " ".join(markup.xpath("//body//text()[not(parent::script|parent::style)]").getall())
    )
    links: dict[str, Link] = {}
    for address, words, title in _anchors(body, url):
        path = urlsplit(address).path
        if _ATTACHMENT.search(path) and not _PICTURE.search(path):
            links.setdefault(address, Link(address, "attachment", words or title))
    if len(text) < 300:
        for source in markup.xpath("//img/@src").getall():
            shown = _absolute(markup, url, source)
            if shown and _PICTURE.search(urlsplit(shown).path) and _is_content(shown):
                links.setdefault(shown, Link(shown, "attachment", ""))
    for source in markup.xpath("//iframe/@src | //embed/@src | //object/@data").getall():
        shown = _absolute(markup, url, source)
        if shown and _ATTACHMENT.search(urlsplit(shown).path):
            links.setdefault(shown, Link(shown, "attachment", ""))
    return list(links.values())


def _listing_link(
    address: str, text: str, title: str, page_url: str, *, is_entry: bool
) -> Link | None:
    if _is_same_page(address, page_url):
        return None
    for words in (title, text):
        said = recognise_title(words) if words else None
        if said is not None and said.kind == "report":
            return Link(address, "report", said.text, said.report_year)
        if said is not None and said.kind == "column":
            return Link(address, "column", said.text)
    words = compact(text)
    if _NEXT.match(words) and _is_sibling(address, page_url):
        return Link(address, "next_page", words)
    if _COLUMN.match(words):
        return Link(address, "column", words)
    if is_entry and _is_below(address, page_url):
        role: Role = "next_page" if _NEXT.match(words) else "document"
        return Link(address, role, compact(title or text))
    return None


def _documents_named_like_columns(
    links: dict[str, Link], page_url: str, *, is_entry: bool
) -> list[Link]:
    """The links, where what is named like a column but is a document counts as a report.

    政府信息公开工作年度报告 without office and year names columns, and on some sites documents:
    below the entry page they are documents, and so are several of one name on one page.
    """
    named = Counter(link.text for link in links.values() if link.role == "column")
    return [
        replace(link, role="report")
        if link.role == "column"
        and recognise_title(link.text) is not None
        and (named[link.text] > 1 or (is_entry and _is_below(link.url, page_url)))
        else link
        for link in links.values()
    ]


def _precedes(link: Link, known: Link | None) -> bool:
    """Whether `link` says more than what is known of the same address."""
    return (
        known is None
        or (known.role != "report" and link.role == "report")
        or (
            known.role == link.role == "report"
            and known.report_year is None
            and bool(link.report_year)
        )
    )


def _anchors(body: bytes, url: str) -> Iterator[tuple[str, str, str]]:
    markup = Selector(text=decode_markup(body) or " ")
    for anchor in markup.xpath("//a[@href] | //area[@href]"):
        address = _absolute(markup, url, anchor.attrib["href"])
        if address is not None:
            text = "".join(anchor.xpath(".//text()").getall())
            yield address, text.strip(), anchor.attrib.get("title", "").strip()


def _absolute(markup: Selector, url: str, reference: str) -> str | None:
    base = markup.xpath("//base/@href").get()
    try:
        address = urldefrag(urljoin(urljoin(url, base) if base else url, reference.strip())).url
        return address if urlsplit(address).scheme in ("http", "https") else None
    except ValueError:  # an address such as http://[ that no parser takes
        return None


def _is_same_page(address: str, page_url: str) -> bool:
    return address.rstrip("/") == urldefrag(page_url).url.rstrip("/")


def _is_below(address: str, page_url: str) -> bool:
    page, other = urlsplit(page_url), urlsplit(address)
    folder = re.sub(r"(?:index|default)\.\w+$", "", page.path)
    if not folder.endswith("/"):
        folder += "/"
    # Everything is below the root: a home page has no documents of its own.
    return folder != "/" and page.netloc == other.netloc and other.path.startswith(folder)


def _is_sibling(address: str, page_url: str) -> bool:
    """Whether `address` may be a further page of the listing `page_url`: same folder or below,
    or the same path with another query, with a number in it."""
    page, other = urlsplit(page_url), urlsplit(address)
    if page.netloc != other.netloc:
        return False
    if page.path.rstrip("/") == other.path.rstrip("/"):
        return page.query != other.query
    stem = re.sub(r"\.\w{2,5}$", "", page.path.rstrip("/"))
    stem = re.sub(r"[_\-]?\d{1,4}$", "", stem) if re.search(r"[_\-]\d{1,4}$", stem) else stem
    near = other.path.startswith((stem, page.path.rsplit("/", 1)[0] + "/"))
    return near and bool(_HAS_PAGE.search(other.path) or _HAS_PAGE.search(other.query))


def _is_content(address: str) -> bool:
    return not _ORNAMENT.search(urlsplit(address).path.lower())
