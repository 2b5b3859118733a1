"""The log of a crawl: lines for people, or JSON lines for a machine.

It formats and nothing else; what is logged is the business of who logs it.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import sys

_TEXT = "%(asctime)s %(levelname)s [%(name)s] %(message)s"


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and the fields of a visit."""

    def format(self, record: logging.LogRecord) -> str:
        """`record` as one line."""
        moment = dt.datetime.fromtimestamp(record.created, dt.UTC)
        row = {
            "time": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        row |= getattr(record, "fields", {})
        if record.exc_info:
            row["exception"] = self.formatException(record.exc_info)
        return json.dumps(row, ensure_ascii=False, default=str)


def log_to_stderr(log_format: str, level: str) -> None:
    """Send every log record of this process to standard error in `log_format` (text or json)."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if log_format == "json" else logging.Formatter(_TEXT))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.captureWarnings(True)
    # What these say below a warning is of use to their own authors.
    for name in ("twisted", "asyncio", "filelock", "scrapy", "scrapy.core.scraper"):
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.getLogger("scrapy.core.engine").setLevel(root.level)
