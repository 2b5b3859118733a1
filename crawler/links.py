"""Find the links of a page that a crawl follows: reports, columns, further pages, attachments.

Judged by what a link and its title say, by where it stands in relation to the page, and by what
the family of the site knows; the words of reports are `parsers.titles`' business, and figures are
nobody's here.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import parse_qsl, quote, urldefrag, urlsplit

from crawler.families.family import Family
from crawler.markup import Anchor, ListingPage, anchors_in
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
    r"^(?:政府)?(?:信息|政务)公开(?:专栏|专题|平台|网|年报|工作年报|目录)?$"
    r"|^(?:法定)?主动公开(?:内容|目录)?$|^法定公开内容$|^公开年报$"
    r"|^政府信息公开(?:年度)?(?:工作)?(?:年度)?报告(?:专栏)?$"
    r"|^(?:历年|往年|各?部门|本级)?(?:(?:政府)?(?:信息|政务)公开)?(?:工作)?(?:年度报告|年报)"
    r"(?:专栏|公开|查询)?$"
)
_YEAR_ALONE = re.compile(r"^((?:19|20)\d\d)年度?(?:工作)?(?:年度)?(?:报告|年报)?$")
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


def listing_links(page: ListingPage, family: Family) -> list[Link]:
    """The links that `page` offers, in its order, without repetition and within the bounds."""
    links: dict[str, Link] = {}
    for anchor in family.anchors(page):
        link = _listing_link(anchor, page, family)
        if link is not None and _precedes(link, links.get(link.url)):
            links[link.url] = link
    return _documents_named_like_columns(links, page, family)


def titles_without_address(page: ListingPage) -> list[Link]:
    """The titles of reports on `page` that only a script makes links of, which nobody can follow.

    url: that of the page, with the title as its fragment. A title that stands on the page once
    more, above its document, needs no link.
    """
    found: dict[str, Link] = {}
    written: str | None = None
    for anchor in page.tree.xpath("//a[@onclick or @href]"):
        address = page.absolute(anchor.attrib.get("href", ""))
        scripted = "onclick" in anchor.attrib and address is not None
        if address is not None and not (scripted and _is_same_page(address, page.url)):
            continue
        words = anchor.attrib.get("title", "") or anchor.xpath("string()").get() or ""
        said = recognise_title(words) if words else None
        if said is None or said.kind != "report":
            continue
        if written is None:
            written = compact(page.tree.xpath("string()").get() or "")
        if written.count(compact(said.text)) <= 1:
            url = f"{page.url}#{quote(said.text)}"
            found[url] = Link(url, "report", said.text, said.report_year)
    return list(found.values())


def report_attachments(body: bytes, url: str) -> list[Link]:
    """The files that a report's page links to or shows, by their names' endings.

    Pictures count only where the page has hardly any text, so that they are the report.
    """
    page = ListingPage(body, url)
    tree = page.tree
    text = compact(
        " ".join(tree.xpath("//body//text()[not(parent::script|parent::style)]").getall())
    )
    links: dict[str, Link] = {}
    for anchor in anchors_in(tree, page):
        if is_file(anchor.address):
            words = anchor.text or anchor.title
            links.setdefault(anchor.address, Link(anchor.address, "attachment", words))
    shown: list[str] = []
    if len(text) < 300:
        pictures = (page.absolute(one) for one in tree.xpath("//img/@src").getall())
        shown += (one for one in pictures if one and _is_picture(one) and not _is_ornament(one))
    framed = tree.xpath("//iframe/@src | //embed/@src | //object/@data").getall()
    shown += (one for one in map(page.absolute, framed) if one and _names_file(one))
    for address in shown:
        links.setdefault(address, Link(address, "attachment", ""))
    return list(links.values())


def year_alone(words: str) -> int | None:
    """The year when `words` are nothing but a year: a link to its report, or to a list of it."""
    year = _YEAR_ALONE.match(compact(words))
    return int(year[1]) if year else None


def names_reports(words: str) -> bool:
    """Whether a column called so is one of annual reports, and not of all that is published."""
    return re.search(r"年报|年度?(?:工作)?报告", words) is not None


def names_a_report(page: ListingPage, year: int | None) -> bool:
    """Whether `page` says by words outside its links that it is a report, of `year` if known.

    A page that came into the place of a report, such as a new home page, only links to reports.
    """
    unlinked = "[not(ancestor::a or ancestor::script or ancestor::style)]"
    words = page.tree.xpath(f"//text()[contains(., '报')]{unlinked}").getall()
    for heading in page.tree.xpath("//h1 | //h2"):
        words.append("".join(heading.xpath(f".//text(){unlinked}").getall()))
    titles = [title for title in map(recognise_title, words) if title and title.kind == "report"]
    return any(year is None or title.report_year in (None, year) for title in titles)


def is_file(address: str) -> bool:
    """Whether `address` is that of a document other than a page or a picture, by its ending.

    Some sites hand out files through a page that has the file's name in its query.
    """
    return _names_file(address) and not _is_picture(address)


def _names_file(address: str) -> bool:
    parts = urlsplit(address)
    names = [parts.path, *(value for _, value in parse_qsl(parts.query))]
    return any(_ATTACHMENT.search(name) for name in names)


def _is_picture(address: str) -> bool:
    return bool(_PICTURE.search(urlsplit(address).path))


def _is_ornament(address: str) -> bool:
    return bool(_ORNAMENT.search(urlsplit(address).path.lower()))


def _listing_link(anchor: Anchor, page: ListingPage, family: Family) -> Link | None:
    address = anchor.address
    if _is_same_page(address, page.url) or family.is_outside(address):
        return None
    if anchor.is_feed:
        return Link(address, "next_page", anchor.text)
    for words in (anchor.title, anchor.text):
        said = recognise_title(words) if words else None
        if said is not None and said.kind == "report":
            role: Role = "attachment" if is_file(address) else "report"
            return Link(address, role, said.text, said.report_year)
        if said is not None and said.kind == "column":
            return Link(address, "column", said.text)
    words = compact(anchor.text)
    if _NEXT.match(words) and _is_sibling(address, page.url):
        return Link(address, "next_page", words)
    if _COLUMN.match(words):
        return Link(address, "column", words)
    year = year_alone(words) if page.is_entry else None
    if year is not None:
        # It may be the report of that year, or a list of that year: both are read as a list.
        return Link(address, "column", words, year)
    if page.is_entry and family.is_document(address, page):
        below_role: Role = "next_page" if _NEXT.match(words) else "document"
        return Link(address, below_role, compact(anchor.title or anchor.text))
    return None


def _documents_named_like_columns(
    links: dict[str, Link], page: ListingPage, family: Family
) -> list[Link]:
    """The links, where what is named like a column but is a document counts as a report.

    政府信息公开工作年度报告 without office and year names columns, and on some sites documents:
    on an entry page its documents are no columns, and neither are several of one name on one page.
    """
    named = Counter(link.text for link in links.values() if link.role == "column")
    return [
        replace(link, role="report")
        if link.role == "column"
        and recognise_title(link.text) is not None
        and (named[link.text] > 1 or (page.is_entry and family.is_document(link.url, page)))
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


def _is_same_page(address: str, page_url: str) -> bool:
    return address.rstrip("/") == urldefrag(page_url).url.rstrip("/")


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
