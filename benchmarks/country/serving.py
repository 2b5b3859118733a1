"""Serve a country's sites over HTTP, each office on a loopback address of its own.

127.0.0.0/8 has room for every office: 127.1.0.1, 127.1.0.2 and so on, all on one port and in one
process. Every request is logged with the moments at which it came in and was answered, so that a
crawl's politeness can be read from the server's side. It listens on loopback addresses alone.
"""

from __future__ import annotations

import asyncio
import csv
import signal
import time
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from benchmarks.country.offices import Country
from benchmarks.country.reports import plans
from benchmarks.country.sites import Site, site_of

_ROBOTS = "User-agent: *\nDisallow: /search/\n"
# Sites kept with their written pages; a crawl goes about in all of them at once.
_KEPT = 1000
SERVER_LOG = "server.csv"
LOG_COLUMNS = ("host", "path", "status", "began", "ended", "bytes")


def address_of(number: int) -> str:
    """The loopback address of the office of that number, at most some 16 million."""
    upper, rest = divmod(number, 250 * 250)
    middle, lower = divmod(rest, 250)
    return f"127.{upper + 1}.{middle}.{lower + 1}"


def number_at(address: str) -> int:
    """The number of the office at that address."""
    _, upper, middle, lower = map(int, address.split("."))
    return (upper - 1) * 250 * 250 + middle * 250 + lower - 1


def bases(numbers: Iterable[int], port: int) -> dict[int, str]:
    """Where each office is served: its number -> base URL."""
    return {number: f"http://{address_of(number)}:{port}" for number in numbers}


class CountryServer:
    """The sites of the offices with these numbers on `port`.

    visit: 0 or 1, the state of the sites. latency: seconds that every answer takes at least.
    log: a CSV file of all requests with `LOG_COLUMNS`, moments in seconds of a monotonic clock.
    """

    def __init__(
        self, country: Country, numbers: Iterable[int], port: int, *, log: Path, visit: int = 0,
        latency: float = 0.0,
    ):  # fmt: skip
        self._country, self._numbers, self._port = country, tuple(numbers), port
        self._visit, self._latency = visit, latency
        self._sites: OrderedDict[int, Site] = OrderedDict()
        self._file = log.open("w", encoding="utf-8", newline="")
        self._log = csv.writer(self._file, lineterminator="\n")
        self._log.writerow(LOG_COLUMNS)
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Begin to listen.

        Raises:
            OSError: the port is taken, or the system gives too few sockets.
        """
        app = web.Application()
        app.router.add_route("GET", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, keepalive_timeout=120)
        await self._runner.setup()
        for number in self._numbers:
            await web.TCPSite(self._runner, address_of(number), self._port).start()

    async def stop(self) -> None:
        """Stop listening and finish the log."""
        if self._runner is not None:
            await self._runner.cleanup()
        self._file.close()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        began = time.monotonic()
        host = _own_address(request)
        status, content_type, body = self._find(number_at(host), request)
        if self._latency:
            await asyncio.sleep(self._latency)
        response = web.Response(status=status, body=body, headers={"Content-Type": content_type})
        await response.prepare(request)
        # Before the client can have it: a pause that is counted from here is never too short.
        ended = time.monotonic()
        await response.write_eof()
        self._log.writerow(
            (host, request.raw_path, status, f"{began:.6f}", f"{ended:.6f}", len(body))
        )
        return response

    def _find(self, number: int, request: web.Request) -> tuple[int, str, bytes]:
        path = unquote(request.raw_path)
        if path == "/robots.txt":
            return 200, "text/plain", _ROBOTS.encode()
        resource = self._site(number).resources.get(path)
        if resource is None:
            return 404, "text/html; charset=utf-8", b"<html><body>404 Not Found</body></html>"
        return resource.statuses[self._visit], resource.content_type, resource.make(self._visit)

    def _site(self, number: int) -> Site:
        site = self._sites.pop(number, None)
        if site is None:
            office = self._country.office(number)
            site = site_of(office, plans(office))
        self._sites[number] = site
        if len(self._sites) > _KEPT:
            self._sites.popitem(last=False)
        return site


def _own_address(request: web.Request) -> str:
    transport = request.transport
    if transport is None:  # the client is gone
        raise web.HTTPBadRequest
    name: tuple[Any, ...] = transport.get_extra_info("sockname")
    return str(name[0])


def serve(server: CountryServer, ready: str) -> None:
    """Serve until SIGTERM or SIGINT; print `ready` once all sites can be asked."""
    asyncio.run(_serve(server, ready))


async def _serve(server: CountryServer, ready: str) -> None:
    ended = asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(one, ended.set)
    try:
        await server.start()
        print(ready, flush=True)
        await ended.wait()
    finally:
        await server.stop()
