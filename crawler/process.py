"""The process in which a crawl runs: one event loop, one crawl, one end.

A Twisted reactor cannot be started twice in a process, so `crawler.run.crawl` starts this module
as a child, hands it the job as one JSON line on standard input, and reads events as JSON lines
from its standard output. The offices come from the frontier on disk, a window of them at a time,
and their results go there. When standard input ends, the parent is gone, and so is this process:
nobody would hear of what it does.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import sys
import threading
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings

from crawler.arguments import ArgumentError
from crawler.frontier import Frontier
from crawler.journal import Visit
from crawler.locks import Busy, NotWritable
from crawler.logs import log_to_stderr
from crawler.offices import OfficeError
from crawler.results import OfficeResult, Verdict

logger = logging.getLogger(__name__)

# Why a crawl did not begin, by the error that said so.
_NOT_BEGUN: tuple[tuple[type[Exception], Verdict], ...] = (
    (Busy, "busy"),
    (NotWritable, "usage"),
    (ArgumentError, "usage"),
    (OfficeError, "usage"),
)
# Scrapy's word for a crawl that a signal ended.
_INTERRUPTED = "shutdown"


def main() -> None:
    """Run the job that comes on standard input."""
    job = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # a stray print goes to the log, not between the events

    settings = Settings()
    settings.setmodule("crawler.settings")
    settings.setdict(job["settings"], priority="cmdline")
    log_to_stderr(settings["GONGKAI_LOG_FORMAT"], settings["LOG_LEVEL"])
    settings.set("LOG_INSTALL_ROOT_HANDLER", False, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    frontier = Frontier(Path(job["frontier"]))
    window = _Window(process, frontier, job["arguments"], out)
    window.fill()
    process.start()
    out.flush()
    # The watcher of standard input must not keep the process; all files are closed by now.
    os._exit(0)


class _Window:
    """The offices that are crawled at the same time, a few of those in the frontier.

    Never two of one site: they would only wait for each other's turn.
    """

    def __init__(
        self,
        process: AsyncCrawlerProcess,
        frontier: Frontier,
        arguments: dict[str, Any],
        out: Any,
    ):
        self._process = process
        self._frontier = frontier
        self._arguments = arguments
        self._out = out
        self._at_once = process.settings.getint("GONGKAI_OFFICES_AT_ONCE")
        self._sites: dict[str, str] = {}  # office id -> site, of the offices at work
        self._is_open = True

    def fill(self) -> None:
        """Begin with offices until there are as many at work as there may be."""
        while self._is_open and len(self._sites) < self._at_once:
            taken = self._frontier.take(set(self._sites.values()))
            if taken is None:
                return
            office, self._sites[office.id] = taken
            crawler = self._process.create_crawler("annual_reports")
            crawler.settings.set(
                "GONGKAI_LISTENER", _listener(self._out, office.id), priority="cmdline"
            )
            task = self._process.crawl(crawler, office=office, **self._arguments)
            # Called before the process looks whether anything is left to wait for.
            task.add_done_callback(partial(self._ended, office.id, crawler))

    def _ended(self, office_id: str, crawler: Crawler, task: Any) -> None:
        result = _result(office_id, crawler, task)
        interrupted = result.finish_reason == _INTERRUPTED
        del self._sites[office_id]
        try:
            self._frontier.end(office_id, asdict(result), again=interrupted)
            ended, count = self._frontier.counts()
        except sqlite3.OperationalError as error:  # no room on the disk
            logger.error("the frontier %s cannot be written: %s", self._frontier.path, error)
            self._is_open = False
            _tell(self._out, {"event": "unkept", "result": asdict(result)})
            return
        _tell(self._out, {"event": "office", "ended": ended, "count": count, **asdict(result)})
        # A run that was told to end begins with nothing more.
        self._is_open = self._is_open and not interrupted
        self.fill()


def _result(office_id: str, crawler: Crawler, task: Any) -> OfficeResult:
    result: OfficeResult | None = getattr(crawler.spider, "result", None)
    if result is not None:
        return result
    error = task.exception() if task.done() and not task.cancelled() else None
    if error is None:
        words = f"{office_id}: the crawl was interrupted before it began."
        return OfficeResult(office_id, "partial", words, finish_reason=_INTERRUPTED)
    verdict: Verdict = next((v for kind, v in _NOT_BEGUN if isinstance(error, kind)), "partial")
    return OfficeResult(office_id, verdict, f"{office_id}: {error}", finish_reason="not_begun")


def _listener(out: Any, office_id: str) -> Any:
    def tell(visit: Visit) -> None:
        _tell(out, {"event": "visit", "office_id": office_id, **asdict(visit)})

    return tell


def _tell(out: Any, event: dict[str, Any]) -> None:
    out.write(json.dumps(event, ensure_ascii=False) + "\n")


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    main()
