"""Download as Scrapy does, and keep the HTTP header block of each response as it was received.

The archive wants header names in their own case, in their order, with their bytes; the client
below Scrapy folds all that. So the bytes that a connection delivers are watched until the header
block is whole, and the block travels to the archive in a header field of its own, which the
middleware nearest to this handler takes off again. Nothing of the download itself is changed.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Response

_FIELD = b"X-Gongkai-Header-Block"
_BLOCK_END = re.compile(rb"\r?\n\r?\n")
_INTERIM = re.compile(rb"HTTP/1\.[01] 1\d\d")
# Servers answer with at most a few kB; beyond this the block is made from the parsed fields.
_BLOCK_LIMIT = 256 * 1024


class RecordingDownloadHandler(HTTP11DownloadHandler):
    """Scrapy's handler for http and https, with each new connection watched."""

    def __init__(self, crawler: Crawler):
        super().__init__(crawler)
        # Twisted has no public way to see received header bytes; its pool makes connections
        # through this attribute, which Scrapy's own handler replaces just the same.
        pool: Any = self._pool
        make_factory: Callable[..., Any] = pool._factory
        pool._factory = lambda *args: _watching(make_factory(*args))


def take_header_block(response: Response) -> bytes | None:
    """Take the received header block off `response`; None when it was not seen."""
    value = response.headers.get(_FIELD)
    if value is None:
        return None
    del response.headers[_FIELD]
    return base64.b64decode(value)


class _BlockWatcher:
    """Collects the bytes of one response up to the end of its header block."""

    def __init__(self) -> None:
        self._begin = b""
        self.block: bytes | None = None

    def feed(self, data: bytes) -> None:
        if self.block is not None or len(self._begin) > _BLOCK_LIMIT:
            return
        self._begin += data
        while end := _BLOCK_END.search(self._begin):
            block = self._begin[: end.end()]
            if not _INTERIM.match(block):
                self.block = block
                return
            self._begin = self._begin[end.end() :]  # 100 Continue, 103 Early Hints


def _watching(factory: Any) -> Any:
    build = factory.buildProtocol

    def build_watched(address: Any) -> Any:
        protocol = build(address)
        request, data_received = protocol.request, protocol.dataReceived
        watcher = _BlockWatcher()

        def watched_request(*args: Any) -> Any:
            nonlocal watcher
            watcher = mine = _BlockWatcher()

            def attach(response: Any) -> Any:
                if mine.block is not None:
                    response.headers.setRawHeaders(_FIELD, [base64.b64encode(mine.block)])
                return response

            return request(*args).addCallback(attach)

        def watched_data(data: bytes) -> None:
            watcher.feed(data)
            data_received(data)

        protocol.request, protocol.dataReceived = watched_request, watched_data
        return protocol

    factory.buildProtocol = build_watched
    return factory
