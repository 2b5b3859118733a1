"""One request at a time to a host, with a pause, and no sooner than the site asks for.

Crawl-delay and Retry-After are applied here, because Scrapy reads the one and leaves out the
other. The turns are kept per host for the whole process, so that several offices on one host wait
for each other. Pages that come from the archive wait for nothing.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from email.utils import parsedate_to_datetime
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.httpobj import urlparse_cached

from crawler.failures import RefusedRequest
from crawler.meta import FAILURE, TURN
from crawler.partitions import server_of

logger = logging.getLogger(__name__)

# A site that asks to stay away for longer is asked again by the next run, not by this one.
LONGEST_WAIT = 300.0
_BUSY = frozenset({429, 503})


class _Turns:
    """Whose turn it is at one host."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.free_at = 0.0
        self.delay = 0.0


_TURNS: dict[str, _Turns] = {}


class PolitenessMiddleware:
    """Nearest to the network: lets a request pass when its host's turn has come."""

    def __init__(self, crawler: Crawler):
        self.crawler = crawler
        self.delay = crawler.settings.getfloat("GONGKAI_DELAY")
        self.longest_wait = crawler.settings.getfloat("GONGKAI_LONGEST_WAIT", LONGEST_WAIT)
        crawler.signals.connect(self.robots_parsed, signal=signals.robots_parsed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PolitenessMiddleware:
        """Made by Scrapy."""
        return cls(crawler)

    def robots_parsed(self, robotparser: Any, request: Request) -> None:
        """Apply the Crawl-delay that robots.txt states for us."""
        delay = robotparser.crawl_delay(self.crawler.settings["USER_AGENT"])
        if delay is not None:
            turns = _turns(request)
            turns.delay = max(turns.delay, min(float(delay), self.longest_wait))
            turns.free_at = max(turns.free_at, time.monotonic() + turns.delay)

    async def process_request(self, request: Request) -> None:
        """Wait for the turn."""
        turns = _turns(request)
        turns.delay = max(turns.delay, self.delay)
        await turns.lock.acquire()
        request.meta[TURN] = True
        try:
            await asyncio.sleep(max(0.0, turns.free_at - time.monotonic()))
        except BaseException:
            _end_turn(request)
            raise

    def process_response(self, request: Request, response: Response) -> Response:
        """End the turn, and stay away as long as the site asks."""
        _end_turn(request)
        if response.status in _BUSY and "cached" not in response.flags:
            self._stay_away(request, response)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """End the turn."""
        _end_turn(request)

    def _stay_away(self, request: Request, response: Response) -> None:
        turns = _turns(request)
        asked = retry_after_seconds(response)
        if asked is None:
            # Without a word from the site: twice the pause, and twice again at each attempt.
            attempts = int(request.meta.get("retry_times", 0)) + 1
            asked = min(turns.delay * 2**attempts, self.longest_wait)
        if asked > self.longest_wait:
            logger.warning("%s asks to stay away for %d s", request.url, asked)
            request.meta["dont_retry"] = True
            request.meta[FAILURE] = "retry_later"
            asked = 0.0
        turns.free_at = max(turns.free_at, time.monotonic() + asked)


class RobotsAnswerMiddleware:
    """Read the answer to robots.txt as RFC 9309 does.

    A file that is not there (4xx) allows everything; a server that fails (5xx, 429) allows
    nothing. Scrapy would read the words of the error page.
    """

    def process_response(self, request: Request, response: Response) -> Response:
        """Put in the place of an error page what it means."""
        if request.callback is not NO_CALLBACK or response.status < 400:
            return response
        refused = response.status >= 500 or response.status == 429
        body = b"User-agent: *\nDisallow: /\n" if refused else b""
        return response.replace(body=body)


class BoundaryMiddleware:
    """Refuse what lies outside the hosts of the office, whoever leads there."""

    def __init__(self, crawler: Crawler):
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> BoundaryMiddleware:
        """Made by Scrapy."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Let only http and https requests to the hosts of the office pass."""
        parts = urlparse_cached(request)
        if parts.scheme not in ("http", "https"):
            raise RefusedRequest("scheme", f"{request.url} is no http or https address")
        hosts = self.crawler.spider.office.hosts  # type: ignore[union-attr]
        if parts.netloc.lower() not in hosts:
            raise RefusedRequest(
                "outside",
                f"{parts.netloc} is not among the hosts of the office ({', '.join(hosts)})",
            )


def retry_after_seconds(response: Response) -> float | None:
    """What Retry-After asks for, in seconds from now; None when it is missing or unreadable."""
    value = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (moment - dt.datetime.now(moment.tzinfo)).total_seconds())


def _turns(request: Request) -> _Turns:
    return _TURNS.setdefault(server_of(urlparse_cached(request).netloc), _Turns())


def _end_turn(request: Request) -> None:
    if request.meta.pop(TURN, False):
        turns = _turns(request)
        turns.free_at = max(turns.free_at, time.monotonic() + turns.delay)
        turns.lock.release()
