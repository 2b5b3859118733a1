"""Recognise what stands in the place of a page: a bot check, a login, an error told as a page.

A table of traits, read from the status and the beginning of the body. It never solves a check and
never reads a report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from crawler.archive import Kind
from crawler.markup import decode_markup

# What the body of a guard looks like stands at its beginning; reports are longer than this.
_LOOK_AT = 64 * 1024
# How many visible characters a guard's page has at most. A check shows hardly a word, a login or an
# error some; an empty report page of an ordinary site has its navigation, with a login box and
# scripts that set cookies.
_WORDLESS, _FEW_WORDS, _SHORT = 60, 150, 400


@dataclass(frozen=True, slots=True)
class Guard:
    """What a response is instead of the page, and by which trait.

    kind: `challenge`, `error`, or `attachment` where a link to a document gives its file.
    """

    kind: Kind
    trait: str


@dataclass(frozen=True, slots=True)
class _Trait:
    name: str
    kind: Kind
    longest: int
    pattern: re.Pattern[str]


def _trait(name: str, kind: Kind, longest: int, pattern: str) -> _Trait:
    return _Trait(name, kind, longest, re.compile(pattern, re.I | re.S))


# Searched in the markup. The first four are of products that guard Chinese official sites.
_TRAITS = (
    _trait("script-cookie check (jsl)", "challenge", _WORDLESS, r"__jsl_clearance|__jsluid"),
    _trait("script-cookie check (acw)", "challenge", _WORDLESS, r"acw_sc__v[23]|aliyunwaf"),
    _trait(
        "script check ($_ts)", "challenge", _WORDLESS, r"\$_ts\s*=\s*window|_\$_ts|\$_ss\b.*\$_ts"
    ),
    _trait(
        "firewall page",
        "challenge",
        _SHORT,
        r"安全狗|云锁|创宇盾|百度云加速|WAF拦截|网站防火墙|访问被拦截",
    ),
    _trait(
        "script sets a cookie and loads the page again",
        "challenge",
        _WORDLESS,
        r"document\.cookie\s*=.{0,2000}?location(?:\.href\s*=|\.reload|\.replace|\s*=)",
    ),
    _trait(
        "bot check",
        "challenge",
        _FEW_WORDS,
        r"captcha|人机验证|滑动验证|请输入验证码|访问过于频繁|正在进行安全检查",
    ),
    _trait("login form", "challenge", _FEW_WORDS, r"<input[^>]+type\s*=\s*[\"']?password"),
    _trait(
        "login page",
        "challenge",
        _FEW_WORDS,
        r"<title>[^<]*(?:登\s*录|登\s*陆|统一身份认证)[^<]*</title>",
    ),
    _trait(
        "page not found, told with status 200",
        "error",
        _SHORT,
        r"<title>[^<]*(?:404|页面不存在|找不到|出错|错误)[^<]*</title>",
    ),
    _trait(
        "page not found, told with status 200",
        "error",
        _SHORT,
        r"(?:页面|网页|文章|内容|栏目)(?:已)?(?:不存在|被删除|未找到|已?下线)|找不到(?:该|您|此)?(?:要|想)?"
        r"(?:访问|查看|浏览)?的?(?:页面|网页|文件)|404\s*not\s*found",
    ),
    # Reports say so too (申请信息不存在1件, 文件已失效), but they speak to no visitor, and count.
    _trait(
        "page not found, told with status 200",
        "error",
        _SHORT,
        r"(?:您|你|对不起|抱歉|遗憾|该|此)[^<>。]{0,30}?(?:信息|文件)(?:已经?)?"
        r"(?:不存在|被删除|未找到|下线|失效)(?![^<>。；，]{0,8}[\d件条])",
    ),
)
# Statuses by which guards answer: 412 (Ruishu), 521 (jsl), 403 and 405 (firewalls).
_GUARD_STATUSES = frozenset({403, 405, 412, 418, 493, 521})
_HTML_KINDS = frozenset({"report", "channel", "listing"})
_TEXT_TYPES = (
    "text/",
    "application/xhtml",
    "application/xml",
    "application/json",
    "application/javascript",  # a list in the brackets of a callback
    "application/x-javascript",
)
_DOCUMENT_TYPES = ("application/pdf", "application/msword", "application/vnd", "application/wps")
_DOCUMENT_KINDS = frozenset({"report", "other"})
# How files begin, and whether such a file may be the document that a link speaks of.
_MAGIC = (
    (b"%PDF", "a PDF file", True),
    (b"\xd0\xcf\x11\xe0", "an Office file", True),
    (b"PK\x03\x04", "a zip or Office file", True),
    (b"Rar!", "a rar file", True),
    (b"\x89PNG", "a picture", False),
    (b"\xff\xd8\xff", "a picture", False),
    (b"GIF8", "a picture", False),
)


def recognise_guard(
    *, status: int, content_type: str | None, body: bytes, expected: Kind
) -> Guard | None:
    """What the response is, when it is not the page that was `expected`; None when it may be.

    body: decoded from its content encoding. An attachment is expected to be no HTML; a channel or
    a listing to be no file; a document may be one, and then is an attachment.
    """
    begin = body[:_LOOK_AT]
    file = next(((name, may_be) for magic, name, may_be in _MAGIC if begin.startswith(magic)), None)
    if expected in _DOCUMENT_KINDS and status < 300 and file is not None and file[1]:
        return Guard("attachment", file[0])
    if expected == "attachment":
        if (
            status < 400
            and _is_html(begin)
            and not (content_type or "").startswith(_DOCUMENT_TYPES)
        ):
            return _by_trait(begin) or Guard("error", "a web page in the place of a file")
    elif expected in _HTML_KINDS and status < 300:
        wrong = file[0] if file is not None else _type_of_no_page(content_type, begin)
        if wrong is not None:
            return Guard("error", f"{wrong} in the place of a page")
    if expected in ("robots", "attachment"):
        return Guard("error", f"HTTP status {status}") if status >= 400 else None
    guard = _by_trait(begin)
    if status in _GUARD_STATUSES:
        trait = f"HTTP status {status}"
        if guard is None and status in (403, 405):
            return Guard("error", trait)
        return Guard("challenge", f"{trait}, {guard.trait}" if guard else trait)
    if status >= 400:
        return Guard("error", f"HTTP status {status}")
    return guard


def _by_trait(begin: bytes) -> Guard | None:
    markup = decode_markup(begin)
    length = len(_visible(markup))
    found: Iterable[_Trait] = (
        trait for trait in _TRAITS if length <= trait.longest and trait.pattern.search(markup)
    )
    trait = next(iter(found), None)
    return Guard(trait.kind, trait.name) if trait else None


def _visible(markup: str) -> str:
    text = re.sub(
        r"<(script|style|title)\b.*?(?:</\1\s*>|$)|<!--.*?-->|<[^>]*>",
        "",
        markup,
        flags=re.I | re.S,
    )
    return re.sub(r"(?:\s|&nbsp;)+", "", text)


def _is_html(begin: bytes) -> bool:
    return bool(
        re.match(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|script|meta)", begin, re.I)
    )


def _type_of_no_page(content_type: str | None, begin: bytes) -> str | None:
    if content_type and not content_type.startswith(_TEXT_TYPES) and not _is_html(begin):
        return content_type
    return None
