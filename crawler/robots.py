"""What robots.txt says when it cannot be had, as RFC 9309 has it.

A file that is not there (4xx) allows everything. A server that fails (5xx, 429) or cannot be
reached allows nothing, unless the archive has what it said lately. Scrapy would read the words of
an error page, and take a connection that broke for a permission.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, cast

from scrapy.crawler import Crawler
from scrapy.http import Request, Response, TextResponse
from scrapy.http.request import NO_CALLBACK

from crawler.addresses import host_of
from crawler.archive import Capture, PayloadError
from crawler.failures import RefusedRequest

if TYPE_CHECKING:
    from crawler.spiders.annual_reports import AnnualReportsSpider

# The standard lets a copy stand for a file that cannot be reached for longer than its usual day,
# and speaks of thirty days as a long time.
_OLDEST = dt.timedelta(days=30)
_NOTHING = b"User-agent: *\nDisallow: /\n"
_EVERYTHING = b""


class RobotsAnswerMiddleware:
    """Puts in the place of an error what it means for robots.txt."""

    def __init__(self, crawler: Crawler):
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsAnswerMiddleware:
        """Made by Scrapy."""
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:
        """Read the status of the last answer."""
        if request.callback is not NO_CALLBACK or response.status < 400:
            return response
        if _is_failing(response.status):
            return response.replace(body=self._last_word(request.url))
        return response.replace(body=_EVERYTHING)

    def process_exception(self, request: Request, exception: Exception) -> Response | None:
        """Give an answer in the place of one that never came; a refusal of our own is none."""
        if request.callback is not NO_CALLBACK or isinstance(exception, RefusedRequest):
            return None
        # The flag says that it did not come over the network: nobody stores it.
        return TextResponse(request.url, body=self._last_word(request.url), flags=["cached"])

    def _last_word(self, url: str) -> bytes:
        spider = cast("AnnualReportsSpider", self.crawler.spider)
        for capture in spider.ledger.captures_of(url):
            if _says_something(capture) and dt.datetime.now(dt.UTC) - capture.fetched_at < _OLDEST:
                try:
                    return spider.archive.payload(capture) if capture.is_ok else _EVERYTHING
                except PayloadError:
                    continue
        spider.ledger.hosts_without_robots.add(host_of(url))
        return _NOTHING


def _says_something(capture: Capture) -> bool:
    return not capture.is_redirect and not _is_failing(capture.http_status)


def _is_failing(status: int) -> bool:
    return status >= 500 or status == 429
