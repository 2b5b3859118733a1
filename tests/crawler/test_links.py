"""Which links are followed, and as what; which responses are not the page asked for."""

from __future__ import annotations

import pytest

from crawler.families import family_named
from crawler.guards import recognise_guard
from crawler.links import Link, listing_links, report_attachments
from crawler.markup import ListingPage

PAGE = "http://a.example/xxgk/nb/"
T = "平湖市测试局{}年政府信息公开工作年度报告"


def links_of(
    markup: bytes, url: str = PAGE, *, family: str = "generic", is_entry: bool = False
) -> list[Link]:
    return listing_links(ListingPage(markup, url, is_entry=is_entry), family_named(family))


@pytest.mark.parametrize(
    ("anchor", "role", "path"),
    [
        (f'<a href="t20200120_1.html">{T.format(2019)}</a>', "report", "/xxgk/nb/t20200120_1.html"),
        (f'<a href="/art/1.html" title="{T.format(2019)}">2019…</a>', "report", "/art/1.html"),
        ('<a href="/c/2.html">2013年度政府信息公开年报</a>', "report", "/c/2.html"),
        ('<a href="./index_2.html">下一页</a>', "next_page", "/xxgk/nb/index_2.html"),
        ('<a href="?page=2">2</a>', "next_page", "/xxgk/nb/"),
        ('<a href="index_3.html">›</a>', "next_page", "/xxgk/nb/index_3.html"),
        ('<a href="/col/nb">政府信息公开年报</a>', "column", "/col/nb"),
        ('<a href="/xxgk/">政府信息公开</a>', "column", "/xxgk/"),
        ('<a href="/x.html">关于做好2019年政府信息公开工作年度报告的通知</a>', None, None),
        ('<a href="/zwdt/1.html">局长调研</a>', None, None),
        (f'<a href="javascript:go(1)">{T.format(2019)}</a>', None, None),
        (f'<a href="mailto:a@b">{T.format(2019)}</a>', None, None),
        (f'<a href="http://[">{T.format(2019)}</a>', None, None),
        ('<a href="/other/index_2.html">2</a>', None, None),
        ('<a href="#top">下一页</a>', None, None),
        ('<a href="http://b.example/xxgk/nb/2.html">2</a>', None, None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_a_link_of_a_listing(anchor, role, path, charset):
    markup = f'<meta charset="{charset}"><body>{anchor}</body>'.encode(charset)
    links = links_of(markup)
    assert [link.role for link in links] == ([role] if role else [])
    if role is not None:
        assert links[0].url.split("a.example", 1)[1].split("?")[0] == path


@pytest.mark.parametrize(
    ("charset", "bad"),
    [("utf-8", b"\xff"), ("utf-8", b"\xe5\xb9"), ("gb18030", b"\xff"), ("utf-16", b"")],
)
def test_one_bad_byte_costs_one_character_and_not_the_list(charset, bad):
    """A byte that a hit counter or a cut title leaves is no reason to read the page otherwise."""
    items = "".join(f'<a href="{year}.html">{T.format(year)}</a>' for year in range(2015, 2020))
    markup = f"<body>{items}<p>访问量".encode(charset) + bad + "</p></body>".encode(charset)[-10:]
    assert [link.report_year for link in links_of(markup)] == [2015, 2016, 2017, 2018, 2019]


def test_the_report_year_is_the_one_in_the_words():
    markup = f'<a href="t20200120_1.html">{T.format(2019)}</a>'.encode()
    assert links_of(markup)[0].report_year == 2019


def test_documents_named_like_a_column_are_reports():
    markup = "".join(
        f'<a href="/nb/doc_{n}.html">政府信息公开工作年度报告</a>' for n in range(3)
    ).encode()
    assert {link.role for link in links_of(markup)} == {"report"}
    [one] = links_of(markup.split(b"</a>")[0] + b"</a>", "http://a.example/nb", is_entry=True)
    assert one.role == "report"


@pytest.mark.parametrize(
    ("scheme", "port", "kept"),
    [
        ("http", ":80", ""),
        ("https", ":443", ""),
        ("http", ":8080", ":8080"),
        ("https", ":80", ":80"),
    ],
)
def test_the_usual_port_is_no_part_of_an_address(scheme, port, kept):
    address = f"{scheme}://a.example{port}/gk/1.html#top"
    [link] = links_of(f'<a href="{address}">{T.format(2019)}</a>'.encode())
    assert link.url == f"{scheme}://a.example{kept}/gk/1.html"


def test_a_base_address_is_followed():
    markup = f'<base href="/deep/"><a href="1.html">{T.format(2019)}</a>'.encode()
    [link] = links_of(markup)
    assert link.url == "http://a.example/deep/1.html"


@pytest.mark.parametrize(
    ("inner", "found"),
    [
        ('<a href="a.pdf">附件</a><p>{long}</p>', ["a.pdf"]),
        ('<a href="/f/%E5%B9%B4%E6%8A%A5.docx?id=1">年报</a>', ["年报.docx"]),
        ('<iframe src="/viewer/b.pdf"></iframe>', ["b.pdf"]),
        ('<img src="/upload/scan1.jpg"><img src="/images/logo.png">', ["scan1.jpg"]),
        ('<img src="/upload/scan1.jpg"><p>{long}</p>', []),
        ('<a href="/other.html">更多</a>', []),
    ],
)
def test_attachments_of_a_report(inner, found):
    from urllib.parse import unquote, urlsplit

    markup = f"<body>{inner.format(long='测试局主动公开政府信息。' * 60)}</body>".encode()
    links = report_attachments(markup, PAGE)
    assert [unquote(urlsplit(link.url).path).rsplit("/", 1)[1] for link in links] == found


NAVIGATION = (
    "<p>首页 机构概况 政务动态 政府信息公开 办事服务 互动交流 专题专栏 当前位置 政府信息公开"
    " 年度报告 字号 大 中 小 打印 分享 无障碍阅读 主办单位 平湖市测试局"
    " 地址 测试路1号 联系电话 网站标识码</p>"
)
LONG = "<p>" + "测试局按照要求做好主动公开。" * 60 + "</p>"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, LONG, None),
        (200, LONG + "<p>页面不存在的内容已删除，登录验证码</p>", None),
        (200, "<p>本年度无内容</p>", None),
        (200, NAVIGATION + "<script>document.cookie='n=1';location.reload()</script>", None),
        (200, NAVIGATION * 2 + '<input type="password" name="p">', None),
        (200, "<p>登录</p><input type='password'>", "challenge"),
        (200, "<script>x='__jsl_clearance_s'</script>", "challenge"),
        (521, "<script>document.cookie=go()</script>", "challenge"),
        (412, "", "challenge"),
        (200, "<script>var arg1='A';acw_sc__v2</script>", "challenge"),
        (403, "<h1>您的访问被拦截，网站防火墙</h1>", "challenge"),
        (403, "Forbidden", "error"),
        (200, "<title>统一身份认证</title>", "challenge"),
        (200, "<title>404</title>", "error"),
        (200, "<p>对不起，您要访问的页面不存在</p>", "error"),
        (200, "<p>对不起，该信息不存在或已被删除</p>", "error"),
        (200, "<p>您查看的文件已失效</p>", "error"),
        # The reports' own words, on pages that are short.
        (200, "<p>全年收到申请3件，其中申请信息不存在1件。</p>", None),
        (200, "<p>答复申请人信息不存在的2件，规范性文件已失效4件。</p>", None),
        (200, "<td>信息不存在</td><td>1</td><td>该信息不存在的1件</td>", None),
        (404, LONG, "error"),
        (500, "", "error"),
    ],
)
@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_what_a_response_is_instead_of_the_page(status, body, kind, charset):
    guard = recognise_guard(
        status=status, content_type="text/html", body=body.encode(charset), expected="report"
    )
    assert (guard.kind if guard else None) == kind


@pytest.mark.parametrize(
    ("expected", "content_type", "body", "kind"),
    [
        ("report", "image/png", b"\x89PNG\r\n", "error"),
        ("listing", "application/zip", b"PK\x03\x04", "error"),
        ("channel", "application/pdf", b"%PDF-1.4", "error"),
        ("report", "application/pdf", b"%PDF-1.4", "attachment"),
        ("other", None, b"\xd0\xcf\x11\xe0", "attachment"),
        ("report", "application/octet-stream", b"<!DOCTYPE html>" + LONG.encode(), None),
        ("report", None, b"plain words", None),
        ("attachment", "application/pdf", b"%PDF-1.4", None),
        ("attachment", "text/html", b"<html><title>x</title>", "error"),
        ("robots", "text/html", b"<html><title>404</title>", None),
    ],
)
def test_a_response_of_the_wrong_type(expected, content_type, body, kind):
    guard = recognise_guard(status=200, content_type=content_type, body=body, expected=expected)
    assert (guard.kind if guard else None) == kind
