"""Name what went wrong with a request.

A table from the exceptions of Scrapy and Twisted to the reasons that the archive keeps and a run
reports (`crawler.reasons`); it decides nothing else.
"""

from __future__ import annotations

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)


class RefusedRequest(IgnoreRequest):
    """A request that this crawler does not make; `reason` is a code of `REASONS`."""

    def __init__(self, reason: str, message: str):
        super().__init__(message)
        self.reason = reason


class LeftOut(RefusedRequest):
    """A request that is not made, of which the page knows nothing: it is told once for them all."""


class BudgetSpent(LeftOut):
    """A request that is not made because the office's budget of the run is used up."""

    def __init__(self) -> None:
        super().__init__("budget", "the budget of the run is used up")


class RunEnded(LeftOut):
    """A request that is not made because the run was told to end."""

    def __init__(self) -> None:
        super().__init__("shutdown", "the run was told to end")


# First match wins; the sub-classes stand before their bases.
_BY_EXCEPTION: tuple[tuple[type[BaseException], str], ...] = (
    (CannotResolveHostError, "dns"),
    (DownloadConnectionRefusedError, "refused"),
    (DownloadTimeoutError, "timeout"),
    (ResponseDataLossError, "incomplete"),
    (DownloadCancelledError, "too_large"),
    (DownloadFailedError, "reset"),
    (UnsupportedURLSchemeError, "scheme"),
    (NotSupported, "scheme"),
    (ConnectionRefusedError, "refused"),
    (TimeoutError, "timeout"),
    (OSError, "reset"),
)
# Scrapy raises the plain IgnoreRequest for these and tells them apart by their words alone.
_BY_WORDS = {
    "Forbidden by robots.txt": "robots",
    "max redirections reached": "redirects",
    "Ignored request not in cache": "not_archived",
}


def reason_of(error: BaseException) -> str:
    """The code in `crawler.reasons` for `error`."""
    if isinstance(error, RefusedRequest):
        return error.reason
    if isinstance(error, IgnoreRequest):
        words = str(error)
        return next((reason for said, reason in _BY_WORDS.items() if said in words), "other")
    return next((reason for kind, reason in _BY_EXCEPTION if isinstance(error, kind)), "other")
