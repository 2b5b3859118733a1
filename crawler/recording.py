"""Stand near the network: hand received headers to the storage, and record failures.

What Scrapy would only log (a refused connection, a timeout, a refusal by robots.txt) becomes a row
of the archive here. It changes no request and no response.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from scrapy.utils.httpobj import urlparse_cached

from crawler.download import take_header_block
from crawler.failures import LeftOut
from crawler.meta import HEADER_BLOCK, REQUEST_BLOCK
from crawler.storage import kind_of

if TYPE_CHECKING:
    from crawler.spiders.annual_reports import AnnualReportsSpider


class RecordingMiddleware:
    """Sees every response as it came, and every exception before anything hides it."""

    def __init__(self, crawler: Crawler):
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RecordingMiddleware:
        """Made by Scrapy."""
        return cls(crawler)

    @property
    def _spider(self) -> AnnualReportsSpider:
        return cast("AnnualReportsSpider", self.crawler.spider)

    def process_response(self, request: Request, response: Response) -> Response:
        """Keep the header block and the request for the storage."""
        if "cached" in response.flags:  # put in the place of an answer that never came
            return response
        self._spider.journal.statuses[str(response.status)] += 1
        request.meta[HEADER_BLOCK] = take_header_block(response) or _header_block(response)
        request.meta[REQUEST_BLOCK] = _request_block(request)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Record the failure; the archive's older capture does not stand in for it."""
        request.meta.pop("cached_response", None)
        if isinstance(exception, LeftOut):  # told once, for all that was left out
            return
        self._spider.ledger.fail(request, kind_of(request), exception)


def _request_block(request: Request) -> bytes:
    parts = urlparse_cached(request)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"{request.method} {target} HTTP/1.1".encode("latin-1", "replace")]
    lines.append(b"Host: " + parts.netloc.encode("latin-1", "replace"))
    for name, values in request.headers.items():
        lines += [name + b": " + value for value in values if name.lower() != b"host"]
    return b"\r\n".join([*lines, b"", b""]) + request.body


def _header_block(response: Response) -> bytes:
    """A header block from the parsed fields, where the received one was not seen."""
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = ""
    lines = [f"HTTP/1.1 {response.status} {phrase}".rstrip().encode()]
    for name, values in response.headers.items():
        lines += [name + b": " + value for value in values]
    return b"\r\n".join([*lines, b"", b""])
