"""One request at a time to a host, with a pause, and no sooner than the site asks for.

Crawl-delay and Retry-After are applied here, because Scrapy reads the one and leaves out the
other. A host that asks to stay away for long, or does not answer again and again, is asked for
nothing more in this run. The turns are kept for the whole process, by server and by the address
that its name leads to, so that several offices on one machine wait for each other. Pages that come
from the archive wait for nothing.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, cast

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from scrapy.utils.defer import maybe_deferred_to_future
from scrapy.utils.httpobj import urlparse_cached

from crawler.addresses import host_of
from crawler.failures import BudgetSpent, RefusedRequest, RunEnded, reason_of
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
# An office at work asks its server more often than so many seconds, if only after its archive.
_KEPT_FOR = 3600.0
# So often somebody who waits looks whether the run was told to end.
_LOOK_UP = 1.0


class _Turns:
    """Whose turn it is at one server, which may have several hosts, or at one address."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.free_at = 0.0
        self.delay = 0.0
        self.silence: dict[str, int] = {}  # host -> requests without an answer, in a row
        # Host -> why nothing more is asked of it in this run; "" for all of the server's.
        self.closed: dict[str, str] = {}

    @property
    def is_done_with(self) -> bool:
        """Whether nobody waits or asked for long, and nothing is to be kept for the run."""
        is_old = not self.lock.locked() and self.free_at <= time.monotonic() - _KEPT_FOR
        return is_old and not self.silence and not self.closed


class _AllTurns:
    """The turns of every server and address that somebody asks, or lately asked."""

    # Far more than are asked at the same time, and little memory.
    _SWEEP_AT = 1024

    def __init__(self) -> None:
        self._turns: dict[str, _Turns] = {}
        self._sweep_at = self._SWEEP_AT

    def __len__(self) -> int:
        return len(self._turns)

    def at(self, place: str) -> _Turns:
        """The turns at `place`."""
        if place not in self._turns and len(self._turns) >= self._sweep_at:
            self._turns = {k: one for k, one in self._turns.items() if not one.is_done_with}
            self._sweep_at = max(self._SWEEP_AT, 2 * len(self._turns))
        return self._turns.setdefault(place, _Turns())


_TURNS = _AllTurns()


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
        # The server before the address, always: so no two requests wait for each other. What the
        # server asks for is waited out before others on the same address have to wait as well.
        turns = await self._take_turn(request, _server(request))
        try:
            turns.delay = max(turns.delay, self.delay)
            self._check(request, turns)
            await self._wait_until_free(turns)
            address = await _address(request)
            if address is not None:
                await self._wait_until_free(await self._take_turn(request, address))
            self._spider.journal.requests += 1
        except BaseException:
            _end_turn(request)
            raise

    async def _take_turn(self, request: Request, place: str) -> _Turns:
        turns = _TURNS.at(place)
        await turns.lock.acquire()
        request.meta.setdefault(TURN, []).append(turns)
        return turns

    async def _wait_until_free(self, turns: _Turns) -> None:
        while (seconds := turns.free_at - time.monotonic()) > 0:
            await asyncio.sleep(min(seconds, _LOOK_UP))
            self._end_with_run()

    def _end_with_run(self) -> None:
        if not self.crawler.crawling:
            raise RunEnded

    def _check(self, request: Request, turns: _Turns) -> None:
        self._end_with_run()
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
        self._end(request)
        if "cached" not in response.flags:
            _turns(request).silence.pop(host_of(request.url), None)
            if response.status in _BUSY:
                self._stay_away(request, response)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """End the turn, and leave a host that does not answer."""
        self._end(request)
        if reason_of(exception) in SILENCE:
            turns, host = _turns(request), host_of(request.url)
            turns.silence[host] = turns.silence.get(host, 0) + 1
            if turns.silence[host] >= _MOST_SILENCE:
                # Another host of the same domain may well stand elsewhere and answer.
                turns.closed[host] = "silent"
                self._spider.ledger.closed_hosts.setdefault(host, "silent")

    def _end(self, request: Request) -> None:
        _end_turn(request)
        if not self.crawler.crawling:  # told to end: whoever waits for that waits for no retries
            request.meta["dont_retry"] = True

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


def _server(request: Request) -> str:
    return server_of(host_of(request.url))


def _turns(request: Request) -> _Turns:
    return _TURNS.at(_server(request))


async def _address(request: Request) -> str | None:
    """The place of the IP address that the host's name leads to; None where that says nothing.

    Hosts of different domains may stand on one machine. Looked up by Scrapy's own resolver
    (TWISTED_DNS_RESOLVER), which keeps it for the connection that follows.
    """
    name = urlparse_cached(request).hostname
    if name is None or request.meta.get("proxy"):  # it is the proxy that looks names up
        return None
    try:
        address = ip_address(await resolve(name))
    except Exception:  # whatever it is, the request itself will tell
        return None
    # On one's own machine two ports are two servers.
    return None if address.is_loopback else f"address {address}"


async def resolve(name: str) -> str:
    """The IP address of a host."""
    from twisted.internet import reactor  # which is chosen when a crawl begins

    address: str = await maybe_deferred_to_future(cast(Any, reactor).resolve(name))
    return address


def _end_turn(request: Request) -> None:
    held: list[_Turns] = request.meta.pop(TURN, [])
    for turns in held:
        # The first is the server's, whose pause the address has to keep as well.
        turns.free_at = max(turns.free_at, time.monotonic() + held[0].delay)
        turns.lock.release()
