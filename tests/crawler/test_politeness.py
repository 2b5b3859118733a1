"""Whose turn it is: one request at a time to a server, and to an address that several share."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Coroutine
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.settings import Settings
from scrapy.signalmanager import SignalManager

from crawler import politeness
from crawler.failures import RunEnded
from crawler.politeness import PolitenessMiddleware

# Two domains on one machine, one of them also on another, and one elsewhere.
ADDRESSES = {
    "www.a.gov.cn": "60.1.2.3",
    "www.b.gov.cn": "60.1.2.3",
    "mail.a.gov.cn": "60.9.9.9",
    "www.c.gov.cn": "60.7.7.7",
    "60.1.2.3": "60.1.2.3",
    "localhost": "127.0.0.1",
    "127.0.0.1": "127.0.0.1",
}


class Clock:
    """The time of the test, which passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.tasks.sleep(0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    loops = SimpleNamespace(sleep=made.sleep, Lock=asyncio.Lock)
    monkeypatch.setattr(politeness, "asyncio", loops)
    monkeypatch.setattr(politeness, "time", SimpleNamespace(monotonic=lambda: made.now))
    monkeypatch.setattr(politeness, "_TURNS", politeness._AllTurns())

    async def resolve(name: str) -> str:
        if name not in ADDRESSES:
            raise OSError("no such name")
        return ADDRESSES[name]

    monkeypatch.setattr(politeness, "resolve", resolve)
    return made


def _middleware(delay: float = 0.0) -> PolitenessMiddleware:
    spider = SimpleNamespace(
        journal=SimpleNamespace(requests=0),
        agenda=SimpleNamespace(budget_is_spent=lambda url: False),
        ledger=SimpleNamespace(closed_hosts={}),
    )
    settings = Settings({"GONGKAI_DELAY": delay, "USER_AGENT": "x"})
    crawler: Any = SimpleNamespace(
        settings=settings, signals=SignalManager(), spider=spider, crawling=True
    )
    return PolitenessMiddleware(crawler)


async def _after_a_while(task: asyncio.Task[Any]) -> bool:
    """Whether `task` has come to its end when everything that can go on has gone on."""
    for _ in range(20):
        await asyncio.tasks.sleep(0)
    return task.done()


@pytest.mark.parametrize(
    ("first", "second", "waits"),
    [
        ("http://www.a.gov.cn/", "http://www.b.gov.cn/", True),  # one address
        ("http://www.b.gov.cn:81/", "http://60.1.2.3/", True),  # by name and by number
        ("http://www.a.gov.cn/", "http://mail.a.gov.cn/", True),  # one registered domain
        ("http://www.b.gov.cn/", "http://mail.a.gov.cn/", False),
        ("http://www.a.gov.cn/", "http://www.c.gov.cn/", False),
        ("http://lost.x.gov.cn/", "http://lost.y.gov.cn/", False),  # names that lead nowhere
        ("http://lost.x.gov.cn/", "http://www.x.gov.cn/", True),
        ("http://127.0.0.1:81/", "http://localhost:82/", False),  # a test's servers
    ],
)
def test_one_request_at_a_time_goes_to_a_machine(
    clock: Clock, first: str, second: str, waits: bool
) -> None:
    async def run() -> None:
        middlewares = _middleware(), _middleware()
        one, two = Request(first), Request(second)
        await middlewares[0].process_request(one)
        waiting = asyncio.get_running_loop().create_task(middlewares[1].process_request(two))
        assert await _after_a_while(waiting) is not waits
        middlewares[0].process_response(one, Response(first))
        assert await _after_a_while(waiting)
        middlewares[1].process_response(two, Response(second))

    _run(run)


_LOOK_UP = """
from scrapy.utils.reactor import install_reactor
install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
from twisted.internet import reactor
from scrapy.utils.defer import deferred_from_coro
from crawler.politeness import resolve
done = deferred_from_coro(resolve("localhost"))
done.addBoth(lambda found: (print(found), reactor.callLater(0, reactor.stop)))
reactor.run()
"""


def test_a_name_is_looked_up_by_the_reactor_of_the_crawl() -> None:
    done = subprocess.run([sys.executable, "-c", _LOOK_UP], capture_output=True, text=True)
    assert done.stdout.strip() == "127.0.0.1"


def test_the_pause_of_a_server_is_kept_at_its_address(clock: Clock) -> None:
    async def run() -> None:
        slow, quick = _middleware(delay=30.0), _middleware(delay=2.0)
        asked: list[tuple[str, float]] = []
        for middleware, url in (
            (slow, "http://www.a.gov.cn/"), (quick, "http://www.c.gov.cn/"),
            (quick, "http://www.b.gov.cn/"), (slow, "http://www.a.gov.cn/1"),
        ):  # fmt: skip
            request = Request(url)
            await middleware.process_request(request)
            asked.append((url[7:], clock.now - 1000.0))
            middleware.process_response(request, Response(url))
        assert asked == [
            ("www.a.gov.cn/", 0.0), ("www.c.gov.cn/", 0.0), ("www.b.gov.cn/", 30.0),
            ("www.a.gov.cn/1", 32.0),
        ]  # fmt: skip

    _run(run)


def test_a_server_that_asks_to_wait_does_not_hold_its_neighbours_up(clock: Clock) -> None:
    async def run() -> None:
        busy, other = _middleware(), _middleware()
        request = Request("http://www.a.gov.cn/")
        await busy.process_request(request)
        answer = Response(request.url, status=503, headers={"Retry-After": "120"})
        busy.process_response(request, answer)
        neighbour = Request("http://www.b.gov.cn/")
        await other.process_request(neighbour)
        assert clock.now == 1000.0
        other.process_response(neighbour, Response(neighbour.url))
        again = Request("http://www.a.gov.cn/")
        await busy.process_request(again)
        assert clock.now == 1120.0
        busy.process_response(again, Response(again.url))

    _run(run)


def test_nobody_waits_for_a_turn_when_the_run_is_told_to_end(clock: Clock) -> None:
    async def run() -> None:
        middleware = _middleware()
        request = Request("http://www.a.gov.cn/")
        await middleware.process_request(request)
        answer = Response(request.url, status=503, headers={"Retry-After": "240"})
        middleware.process_response(request, answer)
        waiting = asyncio.get_running_loop().create_task(middleware.process_request(request))
        assert not await _after_a_while(waiting)
        middleware.crawler.crawling = False
        for one in (waiting, middleware.process_request(Request("http://www.a.gov.cn/2"))):
            with pytest.raises(RunEnded):
                await one
        assert clock.now < 1100.0
        assert not politeness._TURNS.at("a.gov.cn").lock.locked()
        # What is under way is not tried again.
        assert "dont_retry" not in request.meta
        middleware.process_response(request, answer)
        assert request.meta["dont_retry"]

    _run(run)


def test_a_proxy_is_not_asked_for_by_addresses(clock: Clock) -> None:
    async def run() -> None:
        middlewares = _middleware(), _middleware()
        meta = {"proxy": "http://10.0.0.1:3128"}
        for middleware, name in zip(middlewares, ("a", "b"), strict=True):
            await middleware.process_request(Request(f"http://www.{name}.gov.cn/", meta=meta))

    _run(run)


def test_servers_that_nobody_asks_any_more_are_forgotten(clock: Clock) -> None:
    turns = politeness._TURNS
    for number in range(5000):
        one = turns.at(f"s{number}.cn")
        one.free_at = clock.now = clock.now + 10.0
        if number in (1, 2):
            one.closed[""] = "retry_later"
    assert len(turns) < 1500
    # What holds for the whole run is kept.
    assert [turns.at(f"s{number}.cn").closed for number in (1, 2, 3)] == [
        {"": "retry_later"}, {"": "retry_later"}, {},
    ]  # fmt: skip
    assert turns.at("s4999.cn") is one


def _run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(test())
