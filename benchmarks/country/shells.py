"""What stands on a page around its content: head, navigation, breadcrumb, tools, foot.

A shell for each family of sites, with the habits of its content-management system. Every page says
at its foot that it is made up. It knows no report.
"""

from __future__ import annotations

from dataclasses import dataclass

_NOTICE = "本页由程序生成，机关名称和数字均为虚构，仅供测试。"
_MENU = "".join(
    f'<li><a href="/{place}/">{words}</a></li>'
    for place, words in (
        ("zwdt", "政务动态"), ("zcwj", "政策文件"), ("bsfw", "办事服务"), ("hdjl", "互动交流"),
        ("sjkf", "数据开放"), ("ztzl", "专题专栏"),
    )
)  # fmt: skip
_SCRIPT = (
    '<script>var _site={"lang":"zh","theme":"blue"};function setFont(n){var e=document.'
    'getElementById("zoom");if(e){e.style.fontSize=n+"px";}}\nfunction goTop(){window.scrollTo(0,'
    "0);}</script>\n"
)
_TOOLS = (
    '<div class="tools">字体：<a href="javascript:setFont(18)">大</a> '
    '<a href="javascript:setFont(16)">中</a> <a href="javascript:setFont(14)">小</a> '
    '<a href="javascript:window.print()">打印</a> 分享到：<span class="share"></span></div>\n'
)


@dataclass(frozen=True, slots=True)
class Shell:
    """How a family's pages look around their content; `{…}` is filled by `around`.

    meta: of the head. before: between the body's beginning and the content of a document.
    after: up to the foot. title: of a document, printed above its content.
    """

    meta: str
    before: str
    after: str
    title: str = '<h1 class="title">{}</h1>\n'

    def head(self, title: str, charset: str, office: str, date: str) -> str:
        """The page from its first character to the content."""
        meta = self.meta.format(title=title, office=office, date=date)
        before = self.before.format(office=office, date=date)
        return (
            f'<!DOCTYPE html>\n<html lang="zh-CN"><head><meta http-equiv="Content-Type"'
            f' content="text/html; charset={charset}">\n<title>{title}</title>\n{meta}{_SCRIPT}'
            f'</head><body>\n<div class="top"><a href="/">{office}</a><ul>{_MENU}</ul></div>\n'
            f"{before}"
        )

    def foot(self, office: str) -> str:
        """The page from the end of the content on."""
        return (
            f'{self.after}<div class="foot"><p>主办单位：{office}　网站标识码：0000000000</p>'
            f"<p>{_NOTICE}</p></div></body></html>\n"
        )


SHELLS = {
    "channel-inline": Shell(
        meta='<link rel="stylesheet" href="/css/site.css">\n',
        before='<div class="crumb"><a href="/">首页</a> &gt; 政府信息公开</div>\n'
        '<div class="info-article"><div class="info-content">\n',
        after='</div><div class="ewm"><p>扫码使用手机浏览本页内容</p></div></div>\n',
    ),
    "dated-detail": Shell(
        meta='<meta name="ArticleTitle" content="{title}">\n'
        '<meta name="PubDate" content="{date}">\n'
        '<meta name="ContentSource" content="{office}">\n'
        '<meta name="ColumnName" content="政府信息公开年报">\n',
        before='<div class="loc">当前位置：<a href="/">首页</a> &gt; 政务公开 '
        '&gt; 正文</div>\n<div class="info"><span>发布日期：{date}</span> <span>来源：{office}'
        f'</span></div>\n{_TOOLS}<div class="TRS_Editor" id="zoom">\n',
        after='</div><div class="attach">附件下载：</div>\n',
    ),
    "art-col": Shell(
        meta='<meta name="keywords" content="{title}">\n<meta name="author" content="{office}">\n',
        before='<div class="position">您现在所在的位置：<a href="/">首页</a> &gt; 年报</div>\n'
        f'<p class="date">发布时间：{{date}}</p>\n{_TOOLS}<div id="zoom">\n'
        "<!--ZJEG_RSS.content.begin-->\n",
        after="<!--ZJEG_RSS.content.end--></div>\n<p>扫一扫在手机打开当前页</p>\n",
    ),
    "json-listing": Shell(
        meta="",
        before='<div class="crumbs">首页 &gt; 政府信息公开年报</div>\n'
        '<p class="date-row">发布时间：{date}　来源：{office}</p>\n<div class="article-content">\n',
        after="</div>\n",
    ),
    "generic": Shell(
        meta="",
        before='<p>当前位置：<a href="/">首页</a> &gt;&gt; 内容</p>\n<div class="content">\n',
        after="</div>\n",
        title='<h2 align="center">{}</h2>\n',
    ),
}
