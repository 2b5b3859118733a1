"""Follow a redirect as far as it leads to what was asked for.

A site that takes a report away often sends whoever asks for it to its home page or the list: that
page is no report, and is asked for by itself anyway. What a redirect leads to is taken for what
the link said only where nothing speaks against it. Which page is a report is not decided here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from scrapy.downloadermiddlewares.redirect import MetaRefreshMiddleware, RedirectMiddleware
from scrapy.http import Request, Response
from scrapy.http.request import NO_CALLBACK

from crawler.addresses import absolute, host_of
from crawler.archive import PAGES_OF_LINKS, Kind
from crawler.failures import RefusedRequest
from crawler.meta import KIND, LED, OF_ONE_REQUEST, UNLINKED

if TYPE_CHECKING:
    from crawler.spiders.annual_reports import AnnualReportsSpider

# How a redirect ended that was not followed (in the meta LED): at a page that does not take the
# place of the one asked for, or at one that the run asks for by itself.
AWAY, SETTLED = "redirected_away", "settled"

_HOME = re.compile(r"/?(?:(?:index|default|home|main)\.\w{2,5})?", re.I)
_ERROR = re.compile(
    r"/(?:err(?:or)?_?)?(?:[45]0\d|err|errors?|(?:page_?)?not_?found)(?:page)?(?:\.\w{2,5})?"
    r"(?:/(?:index\.\w{2,5})?)?$",
    re.I,
)


def leads_away(asked: str, kind: Kind, target: str, taken_for: Kind | None) -> bool:
    """Whether `target`, where a redirect of the address `asked` leads, is no page of that `kind`.

    taken_for: what the run asks for `target` as, by itself; None when it does not.
    """
    if _ERROR.search(urlsplit(target).path):
        return True
    if kind == "listing":
        return False
    if _is_home(target) and not _is_home(asked):
        return True
    return kind not in PAGES_OF_LINKS and taken_for in PAGES_OF_LINKS


def _is_home(url: str) -> bool:
    parts = urlsplit(url)
    return not parts.query and _HOME.fullmatch(parts.path) is not None


class OfficeRedirectMiddleware(RedirectMiddleware):
    """Scrapy's, for redirects by status."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Follow the redirect, or say in the meta why not."""
        return _led(self, request, response, super().process_response(request, response))


class OfficeMetaRefreshMiddleware(MetaRefreshMiddleware):
    """Scrapy's, for redirects by the markup."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Follow the redirect, or say in the meta why not; a page that loads itself is the page."""
        following = super().process_response(request, response)
        if isinstance(following, Request) and absolute(request.url, following.url) == request.url:
            return response
        return _led(self, request, response, following)


def _led(
    middleware: RedirectMiddleware | MetaRefreshMiddleware,
    request: Request,
    response: Response,
    following: Request | Response,
) -> Request | Response:
    if not isinstance(following, Request) or request.callback is NO_CALLBACK:
        return following
    spider = cast("AnnualReportsSpider", middleware.crawler.spider)
    target = absolute(request.url, following.url) or following.url
    if host_of(target) not in spider.office.hosts:
        return following  # which is refused, and says why
    if target in (request.url, *request.meta.get("redirect_urls", ())):
        raise RefusedRequest("redirects", f"{target} leads to itself")
    kind = cast(Kind, request.meta[KIND])
    chain = {url.rstrip("/") for url in (request.url, *request.meta.get("redirect_urls", ()))}
    # /nb that leads to /nb/ is one page.
    taken_for = None if target.rstrip("/") in chain else spider.agenda.taken_for(target)
    if leads_away(request.url, kind, target, taken_for):
        request.meta[LED] = AWAY
        return response
    if taken_for is not None:
        request.meta[LED] = SETTLED
        return response
    spider.agenda.led_to[target] = kind
    meta = {
        name: value
        for name, value in following.meta.items()
        if name not in OF_ONE_REQUEST and name != UNLINKED
    }
    return following.replace(url=target, meta=meta)
