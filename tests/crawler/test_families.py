"""What families of sites know: where links are, how listings go on, what is out of bounds."""

from __future__ import annotations

import json

import pytest
from scrapy.crawler import Crawler
from scrapy.utils.request import request_from_dict

from crawler.families import FAMILIES, all_families, family_named
from crawler.links import Link, listing_links, titles_without_address
from crawler.markup import ListingPage
from crawler.spiders.annual_reports import AnnualReportsSpider

T = "平湖市测试局{}年政府信息公开工作年度报告"
TRS = "http://a.example/zwgk/nb/"
CHANNEL = "http://a.example/channel_x"
COLUMN = "http://a.example/col/col123/index.html"
PROXY = "http://a.example/module/web/jpage/dataproxy.jsp"
API = "http://a.example/gkmlpt/api/all/3021"


def links_of(
    markup: str, url: str, family: str = "generic", *, is_entry: bool = True, before: int = 0
) -> list[Link]:
    page = ListingPage(markup.encode(), url, is_entry=is_entry, records_before=before)
    return listing_links(page, family_named(family))


def following(markup: str, url: str, family: str, *, before: int = 0) -> list[str]:
    found = links_of(markup, url, family, before=before)
    return [link.url for link in found if link.role == "next_page"]


def script(text: str) -> str:
    return f"<html><body><script type='text/javascript'>{text}</script></body></html>"


@pytest.mark.parametrize(
    ("text", "url", "goes_on"),
    [
        ('createPageHTML(3, 0, "index", "html");', TRS, ["index_1.html"]),
        ('createPageHTML(3, 0, "index", "html");', TRS + "index.html", ["index_1.html"]),
        ('createPageHTML(3, 1, "index", "html");', TRS + "index_1.html", ["index_2.html"]),
        ('createPageHTML(3, 2, "index", "html");', TRS + "index_2.html", []),
        ('createPageHTML(1, 0, "index", "html");', TRS, []),
        ("createPageHTML(5, 0, 'list', 'shtml')", TRS + "list.shtml", ["list_1.shtml"]),
        # The count, or more, stands in a variable.
        (
            'var countPage = 3; createPageHTML(countPage, 0, "index", "html");',
            TRS,
            ["index_1.html"],
        ),
        (
            "var n = '3', stem = 'list'; createPageHTML(n, 0, stem, 'html')",
            TRS + "list_1.html",
            ["list_2.html"],
        ),
        ('createPageHTML(unknown, 0, "index", "html");', TRS, []),
        (
            "new Pager({size:5,current:0,prefix:'index',suffix:'html'});",
            TRS + "index.html",
            ["index_1.html"],
        ),
        (
            "Pager({ size: pages, prefix: 'index', suffix: 'html' }); var pages = 2",
            TRS + "index_1.html",
            [],
        ),
        # Counted from one, where the element comes first.
        ("createPageHTML('pages', 3, 1, 'index', 'html', 50)", TRS, ["index_2.html"]),
        ("createPageHTML('pages', 3, 3, 'index', 'html', 50)", TRS + "index_3.html", []),
        # Where the script defines the function, nothing is called.
        ("function createPageHTML(_nPageCount, _nCurrIndex, _sName, _sExt) {}", TRS, []),
        ('var countPage = 4; link("index" + "_" + next + ".html", "html");', TRS, ["index_1.html"]),
        ('var countPage = 4; link("index_" + next + ".htm", "htm");', TRS, ["index_1.htm"]),
        (
            'var countPage = 4; link("index" + "_" + next + ".html", "html");',
            TRS + "index_3.html",
            [],
        ),
    ],
)
def test_pages_that_a_script_links(text, url, goes_on):
    assert following(script(text), url, "dated-detail") == [TRS + name for name in goes_on]
    assert following(script(text), url, "generic") == [TRS + name for name in goes_on]


@pytest.mark.parametrize(
    ("text", "url", "goes_on"),
    [
        ("<p>共 3 页</p>", "http://a.example/list.aspx?c=7&page=1", ["list.aspx?c=7&page=2"]),
        ("<p>共3页</p>", "http://a.example/list.aspx?c=7&page=3", []),
        ("<p>共3页</p>", "http://a.example/list.aspx?c=7", []),
    ],
)
def test_pages_that_the_address_counts(text, url, goes_on):
    assert following(text, url, "generic") == [f"http://a.example/{one}" for one in goes_on]


def store(titles: list[str], more: str = "", column: int = 123) -> str:
    records = "".join(
        f'<record><![CDATA[<li><a href="/art/2024/1/2/art_{column}_{n}.html">{title}</a></li>]]>'
        "</record>"
        for n, title in enumerate(titles)
    )
    return f"<datastore>{more}<recordset>{records}</recordset></datastore>"


def group(address: str) -> str:
    return f'<nextgroup><![CDATA[<a href="{address}"></a>]]></nextgroup>'


@pytest.mark.parametrize(
    ("markup", "url", "goes_on"),
    [
        (store(["甲"], group(f"{PROXY}?page=1&amp;webid=3")), COLUMN, [f"{PROXY}?page=1&webid=3"]),
        (store(["甲"], group(f"{PROXY}?page=2")), f"{PROXY}?page=1", [f"{PROXY}?page=2"]),
        (store(["甲"], group(f"{PROXY}?page=2")), f"{PROXY}?page=2", []),
        (store(["甲"], "<nextgroup></nextgroup>"), COLUMN, []),
        (
            "<script>$('#7').jpage({totalRecord:8, perPage:2, proxyUrl:'/module/jpage/p.jsp',"
            " ajaxParam:{col:1, columnid:123, webname:'某局'}})</script>"
            f"<script type='text/xml'>{store(['甲', '乙'])}</script>",
            COLUMN,
            [
                "http://a.example/module/jpage/p.jsp?startrecord=3&endrecord=8&perpage=2&col=1"
                "&columnid=123&webname=%E6%9F%90%E5%B1%80"
            ],
        ),
        (
            store(["甲", "乙"], "<totalrecord>8</totalrecord>"),
            f"{PROXY}?startrecord=3&endrecord=4&perpage=1&columnid=123",
            [f"{PROXY}?startrecord=5&endrecord=7&perpage=1&columnid=123"],
        ),
        (
            store(["甲", "乙"], "<totalrecord>4</totalrecord>"),
            f"{PROXY}?startrecord=3&endrecord=4&perpage=1",
            [],
        ),
    ],
)
def test_what_a_data_store_goes_on_with(markup, url, goes_on):
    assert following(f"<html><body>{markup}</body></html>", url, "art-col") == goes_on


def articles(count: int, **stated: object) -> str:
    listed = [
        {"title": T.format(2000 + n), "url": f"/gkmlpt/content/{n}.html"} for n in range(count)
    ]
    return json.dumps({"articles": listed, **stated})


@pytest.mark.parametrize(
    ("text", "query", "before", "goes_on"),
    [
        (articles(4, total=7), "page=1", 0, "page=2"),
        (articles(3, total=7), "page=2", 4, None),
        (articles(4, classify={"post_count": 7}), "page=1&sid=9", 0, "page=2&sid=9"),
        (articles(4, pages=3), "pageNo=2", 4, "pageNo=3"),
        (articles(4, data={"totalPage": "3"}), "pageNo=3", 8, None),
        (articles(4, totalPages=2), "page=0", 0, "page=1"),
        (articles(4, totalPages=2), "page=1", 4, None),
        # Nothing is said: a full page is followed by another.
        (articles(4), "pageNum=1&pageSize=4", 0, "pageNum=2&pageSize=4"),
        (articles(3), "pageNum=2&pageSize=4", 4, None),
        (articles(4), "pageNum=1", 0, None),
        (articles(0, total=7), "page=1", 0, None),
        (articles(4, total=7), "channel=1", 0, None),
    ],
)
def test_how_a_listing_in_json_goes_on(text, query, before, goes_on):
    found = following(text, f"{API}?{query}", "json-listing", before=before)
    expected = [f"{API}?{goes_on}"] if goes_on else []
    # A page number may be counted from 0 or from 1; only 0 itself tells.
    assert found == expected


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"data": {"rows": [{"title": T.format(2020), "url": "/a.html"}]}}),
        json.dumps([{"TITLE": T.format(2020), "DOCPUBURL": "/a.html"}]),
        json.dumps({"list": {"1": {"name": f"<em>{T.format(2020)}</em>", "link": "/a.html"}}}),
        f"callback({json.dumps({'x': [{'articleTitle': T.format(2020), 'href': '/a.html'}]})});",
    ],
)
def test_records_of_json(text):
    [link] = links_of(text, f"{API}?page=1", "json-listing")
    assert (link.role, link.url, link.report_year) == ("report", "http://a.example/a.html", 2020)


@pytest.mark.parametrize(
    "text", ["{broken", '{"a": 1', "[" * 5000, "", "null", '{"title": "无址"}', "callback(x"]
)
def test_what_is_no_json_lists_nothing(text):
    assert links_of(text, f"{API}?page=1", "json-listing") == []


SHELL = script(
    'window._CONFIG = {"SID": "990301", "TREE": [{"id": 3020, "name": "机构概况", "children":'
    ' [{"id": 3021, "name": "政府信息公开年报", "children": []}]}]};'
)


@pytest.mark.parametrize("url", ["http://a.example/gkmlpt/index", "http://a.example/x/gkmlpt/"])
def test_the_columns_of_a_catalogue(url):
    [link] = links_of(SHELL, url, "json-listing")
    base = url.partition("/gkmlpt")[0]
    assert (link.role, link.url) == ("column", f"{base}/gkmlpt/api/all/3021?page=1&sid=990301")


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("http://a.example/x/gkmlpt/index#3021", "http://a.example/x/gkmlpt/api/all/3021?page=1"),
        ("http://a.example/gkmlpt/index", "http://a.example/gkmlpt/index"),
        ("http://a.example/nb/#top", "http://a.example/nb/"),
    ],
)
def test_the_address_behind_an_entry_as_browsers_show_it(given, asked):
    assert family_named("json-listing").entry(given) == asked


@pytest.mark.parametrize(
    ("address", "is_feed"),
    [
        ("/api/articles?channel=3&pageNo=1", True),
        ("/openapi/list/7", True),
        ("/data/list_7.json", True),
        ("query?pageNum=1&size=10", True),
        ("/js/app.js", False),
        ("/visits?id=7", False),
    ],
)
def test_the_list_that_a_column_s_script_asks_for(address, is_feed):
    text = script(f'fetch("{address}").then(show)')
    found = [link.url for link in links_of(text, "http://a.example/nb/", "json-listing")]
    home = links_of(text, "http://a.example/", "json-listing", is_entry=False)
    assert [one.rsplit("/", 1)[1] for one in found] == (
        [address.rsplit("/", 1)[-1]] if is_feed else []
    )
    assert home == []


@pytest.mark.parametrize(
    ("family", "page", "address", "role"),
    [
        ("channel-inline", CHANNEL, "/channel_x/doc_0123456789ab.html", "document"),
        ("channel-inline", CHANNEL, "/channel_x/other.html", None),
        ("dated-detail", TRS, "202301/t20230110_12.html", "document"),
        ("dated-detail", TRS, "../gg/202301/t20230110_12.html", None),
        ("dated-detail", TRS, "about.html", None),
        ("art-col", COLUMN, "/art/2024/1/2/art_123_45.html", "document"),
        ("art-col", COLUMN, "/art/2024/1/2/art_124_45.html", None),
        ("art-col", f"{PROXY}?columnid=123&page=1", "/art/2024/1/2/art_123_45.html", "document"),
        ("generic", TRS, "about.html", "document"),
    ],
)  # fmt: skip
def test_which_links_of_an_entry_page_are_its_documents(family, page, address, role):
    found = links_of(f'<a href="{address}">某文件</a>', page, family)
    assert [link.role for link in found] == ([role] if role else [])


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    "address",
    ["/search?q=x", "/login", "/zwgk/print/3.html", "/en/nb/1.html", "/admin/nb.html", "/so.html"],
)
def test_no_family_goes_where_no_report_is(family, address):
    assert links_of(f'<a href="{address}">{T.format(2020)}</a>', TRS, family) == []


@pytest.mark.parametrize("address", ["/research/1.html", "/englishtown/1.html", "/news/1.html"])
def test_names_that_only_begin_like_them_are_no_bounds(address):
    assert links_of(f'<a href="{address}">{T.format(2020)}</a>', TRS)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_title_is_followed_whatever_its_address(family):
    [link] = links_of(f'<a href="/old/show.asp?id=3">{T.format(2011)}</a>', TRS, family)
    assert (link.role, link.report_year) == ("report", 2011)


@pytest.mark.parametrize(
    ("words", "year"),
    [
        ("2019年", 2019),
        ("2019年度", 2019),
        ("2019年年度报告", 2019),
        ("2019年度工作报告", 2019),
        ("2019", None),
        ("2019年工作要点", None),
    ],
)
def test_a_year_alone_on_an_entry_page_leads_on(words, year):
    markup = f'<a href="/elsewhere/7.html">{words}</a>'
    found = [(link.role, link.report_year) for link in links_of(markup, TRS)]
    assert found == ([("column", year)] if year else [])
    assert links_of(markup, TRS, is_entry=False) == []


@pytest.mark.parametrize(
    ("source", "is_followed"),
    [
        ("/zfxxgk/list_nb.html", True),
        ("inner/index.html", True),
        ("/map.html", False),
        ("https://player.example/v?id=3", False),
    ],
)
def test_a_page_in_the_frame_of_a_column(source, is_followed):
    markup = f'<iframe src="{source}"></iframe>'
    assert bool(following(markup, TRS, "generic")) == is_followed
    assert links_of(markup, "http://a.example/", is_entry=False) == []


@pytest.mark.parametrize(
    "text",
    [
        "<record>" * 20_000,
        "<datastore><nextgroup>" + "<record><![CDATA[" * 5_000,
        script('x = "' + "list/" * 200_000 + '"'),
        script("createPageHTML(" * 20_000),
        "[" * 50_000,
        '{"a":' * 50_000,
        "<a href='?page=" + "9" * 50_000 + "'>2</a>",
        script("var countPage = " + "9" * 5_000 + "; link('index' + '_' + n + '.html')"),
        f"<datastore><totalrecord>{'9' * 5_000}</totalrecord></datastore>",
        json.dumps({"title": "a", "url": "/b", "total": "9" * 5_000}),
    ],
    ids=[
        "records",
        "groups",
        "quoted",
        "calls",
        "brackets",
        "braces",
        "number",
        "count",
        "total",
        "stated",
    ],
)
@pytest.mark.parametrize(
    "url",
    [
        TRS,
        COLUMN,
        f"{API}?page=1",
        f"{PROXY}?startrecord=1&perpage=x",
        f"{API}?page=" + "9" * 5_000,
    ],
)
def test_a_hostile_list_gives_links_or_none(text, url):
    assert len(links_of(text, url)) <= 1


def test_a_file_titled_as_a_report_is_a_file():
    for address in ("/f/2019.pdf", "/module/download/downfile.jsp?classid=0&filename=2019.docx"):
        [link] = links_of(f'<a href="{address}">{T.format(2019)}</a>', TRS)
        assert (link.role, link.report_year) == ("attachment", 2019)


def test_every_family_says_what_it_is():
    assert [family.name for family in all_families()] == list(FAMILIES)
    assert all(family.about for family in all_families())
    assert all(family.signs for family in all_families() if family.name != "generic")


def test_a_request_can_wait_on_disk(site, tmp_path):
    """What a request carries is plain, so that a queue on disk gives it back as it was."""
    crawler = Crawler(AnnualReportsSpider, {"GONGKAI_DATA": str(tmp_path)})
    spider = AnnualReportsSpider.from_crawler(crawler, office=site.office())
    link = Link(f"{site.url}/nb/index_1.html", "next_page", "2")
    [request] = spider.agenda.listing(
        link, "channel", via=site.url, depth=1, pages_before=3, records_before=40
    )
    record = request.to_dict(spider=spider)
    again = request_from_dict(json.loads(json.dumps(record, default=_as_text)), spider=spider)
    assert (again.url, again.meta, again.priority) == (request.url, request.meta, request.priority)
    assert again.callback == spider.parse_listing
    assert again.errback == spider.failed
    spider.writer.close()


def _as_text(value: bytes) -> str:
    return value.decode("latin-1")


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("text", "goes_on"),
    [
        ('location.href="./nb/"', ["http://a.example/zwgk/nb/nb/"]),
        ("window.location = '/col/1.html';", ["http://a.example/col/1.html"]),
        ("top.location.replace('../x/');", ["http://a.example/zwgk/x/"]),
        ("go(location.href)", []),
    ],
)
def test_a_page_that_only_leads_on(text, goes_on, family):
    assert following(script(text), TRS, family) == goes_on
    assert following(script(text) + "<p>" + "有正文的页面。" * 9 + "</p>", TRS, family) == []


@pytest.mark.parametrize(
    ("anchor", "found"),
    [
        ('<a href="javascript:go(1)">{}</a>', 1),
        ('<a href="javascript:;" onclick="go(1)" title="{}">2019…</a>', 1),
        ('<a onclick="go(1)">{}</a>', 1),
        ('<a href="#" onclick="go(1)">{}</a>', 1),
        ('<a href="1.html" onclick="count()">{}</a>', 0),
        ('<a href="#doc1">{}</a>', 0),
        ('<a href="javascript:show(1)">{0}</a><h2>{0}</h2><p>一、总体情况</p>', 0),
    ],
)
def test_a_title_that_only_a_script_makes_a_link_of(anchor, found):
    page = ListingPage(anchor.format(T.format(2019)).encode(), TRS, is_entry=True)
    titles = titles_without_address(page)
    assert [link.report_year for link in titles] == [2019] * found
    assert all(link.url.startswith(f"{TRS}#") for link in titles)
