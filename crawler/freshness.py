"""Decide whether a capture may be taken for the page itself, or whether the site is asked again.

By the mode of the run, by what the page is, and by how old its capture is. It looks at what the
archive knows and asks nothing itself.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

from crawler.archive import Capture, Kind
from crawler.arguments import CrawlArguments, first_open_year

# What a page is, as far as its age counts: a page that can list new reports, a report that may
# still change, a report of a closed year.
_Age = Literal["listing", "open", "closed"]

_DAY = 24.0
# A closed page is asked for in every month of the calendar once at most. February has 28 days, and
# no two runs begin at the same minute: with more than 27, a run on the first of each month would
# find every second one too early.
_MONTH = 27 * 24.0
FRESH_HOURS: dict[str, dict[_Age, float]] = {
    "crawl": {"listing": _DAY, "open": _DAY, "closed": _MONTH},
    "update": {"listing": 0.0, "open": 0.0, "closed": _MONTH},
}
# The kinds whose reports get no younger; everything else is a page that can list new ones.
_DOCUMENT_KINDS = frozenset({"report", "attachment", "other"})
GONE = frozenset({404, 410})


def is_fresh(
    last: Capture,
    before: Capture | None,
    *,
    kind: Kind,
    year: int | None,
    link_text: str | None,
    via: str | None,
    is_linked: bool,
    arguments: CrawlArguments,
    now: dt.datetime,
) -> bool:
    """Whether `last`, the last good capture of a page, stands for the page.

    before: the good capture before it, if any. kind, year, link_text, via: what the link that
    leads there now says. is_linked: False for a document that no page links any more.
    """
    if arguments.mode == "replay":
        return True
    age = (now - last.fetched_at).total_seconds() / 3600
    # A clock that went back gives an age below zero: then nobody knows, and the site is asked.
    if age < 0:
        return False
    if last.url in arguments.again:
        return False
    if arguments.max_age_hours is not None:
        return age < arguments.max_age_hours
    counts_as: _Age = "closed"
    # What the words 2019年 lead to lists no other year's reports.
    if kind not in _DOCUMENT_KINDS and year is None:
        if last.kind == "error":  # what it would lead to is not known
            return False
        counts_as = "listing"
    elif (
        (year is not None and year >= first_open_year(now.date()))
        or (via == last.via and link_text != last.link_text)  # listed under another title now
        or _is_gone_once(last, before)
        or (not is_linked and not _is_gone(last) and (kind == "report" or year is not None))
    ):
        counts_as = "open"
    hours = FRESH_HOURS[arguments.mode][counts_as]
    if age < hours:
        return True
    same_month = (last.fetched_at.year, last.fetched_at.month) == (now.year, now.month)
    return counts_as == "closed" and same_month


def _is_gone_once(last: Capture, before: Capture | None) -> bool:
    """Whether the page was found gone for the first time: a site being mended says so, too."""
    return _is_gone(last) and (before is None or not _is_gone(before))


def _is_gone(capture: Capture) -> bool:
    return capture.http_status in GONE or capture.kind == "error" or capture.is_redirect
