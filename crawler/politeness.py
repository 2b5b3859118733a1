"""One request at a time to a host, with a pause, and no sooner than the site asks for.

Crawl-delay and Retry-After are applied here, because Scrapy reads the one and leaves out the
other. A host that asks to stay away for long, or does not answer again and again, is asked for
nothing more in this run. The turns are kept per host for the whole process, so that several offices
on one host wait for each other. Pages that come from the archive wait for nothing.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, cast

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from scrapy.utils.httpobj import urlparse_cached

from crawler.addresses import host_of
from crawler.failures import BudgetSpent, RefusedRequest, reason_of
from crawler.meta import FAILURE, TURN
from crawler.partitions import server_of
from crawler.reasons import SILENCE

if TYPE_CHECKING:
    from crawler.spiders.annual_reports import AnnualReportsSpider

logger = logging.getLogger(__name__)

# A site that asks to stay away for longer is asked again by the next run, not by this one.
LONGEST_WAIT = 300.0
_BUSY = frozenset({429, 503})
# A page is tried three times: two pages in a row that give no answer say that the host does not.
_MOST_SILENCE = 6


class _Turns:
    """Whose turn it is at one server, which may have several hosts."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.free_at = 0.0
        self.delay = 0.0
        self.silence: dict[str, int] = {}  # host -> requests without an answer, in a row
        # Host -> why nothing more is asked of it in this run; "" for all of the server's.
        self.closed: dict[str, str] = {}


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

    @property
    def _spider(self) -> AnnualReportsSpider:
        return cast("AnnualReportsSpider", self.crawler.spider)

    def robots_parsed(self, robotparser: Any, request: Request) -> None:
        """Apply the Crawl-delay that robots.txt states for us."""
        delay = robotparser.crawl_delay(self.crawler.settings["USER_AGENT"])
        if delay is not None:
            turns = _turns(request)
            turns.delay = max(turns.delay, min(float(delay), self.longest_wait))
            turns.free_at = max(turns.free_at, time.monotonic() + turns.delay)

    async def process_request(self, request: Request) -> None:
        """Wait for the turn, and count what goes out."""
        turns = _turns(request)
        turns.delay = max(turns.delay, self.delay)
        await turns.lock.acquire()
        request.meta[TURN] = True
        try:
            self._check(request, turns)
            await asyncio.sleep(max(0.0, turns.free_at - time.monotonic()))
            self._spider.journal.requests += 1
        except BaseException:
            _end_turn(request)
            raise

    def _check(self, request: Request, turns: _Turns) -> None:
        spider = self._spider
        host = host_of(request.url)
        reason = turns.closed.get("") or turns.closed.get(host)
        if reason:
            spider.ledger.closed_hosts.setdefault(host, reason)
            raise RefusedRequest(reason, f"{host} is asked for nothing more in this run")
        if spider.agenda.budget_is_spent(request.url):
            raise BudgetSpent

    def process_response(self, request: Request, response: Response) -> Response:
        """End the turn, and stay away as long as the site asks."""
        _end_turn(request)
        if "cached" not in response.flags:
            _turns(request).silence.pop(host_of(request.url), None)
            if response.status in _BUSY:
                self._stay_away(request, response)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """End the turn, and leave a host that does not answer."""
        _end_turn(request)
        if reason_of(exception) in SILENCE:
            turns, host = _turns(request), host_of(request.url)
            turns.silence[host] = turns.silence.get(host, 0) + 1
            if turns.silence[host] >= _MOST_SILENCE:
                # Another host of the same domain may well stand elsewhere and answer.
                turns.closed[host] = "silent"
                self._spider.ledger.closed_hosts.setdefault(host, "silent")

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
            turns.closed[""] = "retry_later"
            self._spider.ledger.closed_hosts.setdefault(host_of(request.url), "retry_later")
            asked = 0.0
        turns.free_at = max(turns.free_at, time.monotonic() + asked)


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
        hosts = cast("AnnualReportsSpider", self.crawler.spider).office.hosts
        if host_of(request.url) not in hosts:
            raise RefusedRequest(
                "outside",
                f"{parts.netloc} is not among the hosts of the office ({', '.join(hosts)}); add it"
                " to `hosts` in the row of the office if its reports stand there",
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
    return _TURNS.setdefault(server_of(host_of(request.url)), _Turns())


def _end_turn(request: Request) -> None:
    if request.meta.pop(TURN, False):
        turns = _turns(request)
        turns.free_at = max(turns.free_at, time.monotonic() + turns.delay)
        turns.lock.release()
