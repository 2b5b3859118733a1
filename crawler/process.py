"""The process in which a crawl runs: one event loop, one crawl, one end.

A Twisted reactor cannot be started twice in a process, so `crawler.run.crawl` starts this module
as a child, hands it the job as one JSON line on standard input, and reads events as JSON lines
from its standard output. When standard input ends, the parent is gone, and so is this process:
nobody would hear of what it does.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from dataclasses import asdict
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings

from crawler.arguments import ArgumentError
from crawler.journal import Visit
from crawler.locks import Busy, NotWritable
from crawler.logs import log_to_stderr
from crawler.offices import OfficeError, office_from_json
from crawler.results import OfficeResult, Verdict

# Why a crawl did not begin, by the error that said so.
_NOT_BEGUN: tuple[tuple[type[Exception], Verdict], ...] = (
    (Busy, "busy"),
    (NotWritable, "usage"),
    (ArgumentError, "usage"),
    (OfficeError, "usage"),
)


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
    running: list[tuple[str, Crawler, Any]] = []
    for record in job["offices"]:
        office = office_from_json(record)
        crawler = process.create_crawler("annual_reports")
        crawler.settings.set("GONGKAI_LISTENER", _listener(out, office.id), priority="cmdline")
        task = process.crawl(crawler, office=office, **job["arguments"])
        running.append((office.id, crawler, task))
    process.start()
    for office_id, crawler, task in running:
        _tell(out, {"event": "result", **asdict(_result(office_id, crawler, task))})
    out.flush()
    # The watcher of standard input must not keep the process; all files are closed by now.
    os._exit(0)


def _result(office_id: str, crawler: Crawler, task: Any) -> OfficeResult:
    result: OfficeResult | None = getattr(crawler.spider, "result", None)
    if result is not None:
        return result
    error = task.exception() if task.done() and not task.cancelled() else None
    verdict: Verdict = next((v for kind, v in _NOT_BEGUN if isinstance(error, kind)), "partial")
    words = str(error) if error is not None else "the crawl was interrupted before it began."
    return OfficeResult(office_id, verdict, f"{office_id}: {words}", finish_reason="not_begun")


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
