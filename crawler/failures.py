"""Name what went wrong with a request, in a short code and in words.

A table from the exceptions of Scrapy and Twisted to the reasons that the archive keeps and a run
reports; it decides nothing else.
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

# What each reason says to a person, after the address.
REASONS = {
    "dns": "the name of the host cannot be resolved",
    "refused": "the connection was refused",
    "timeout": "no whole answer came in time",
    "reset": "the connection broke",
    "incomplete": "the body is shorter than its stated length",
    "too_large": "the response is larger than the office allows",
    "robots": "robots.txt forbids it",
    "outside": "it lies outside the hosts of the office",
    "retry_later": "the site asks to stay away for longer than a run waits",
    "redirects": "it redirects too often",
    "scheme": "it is no http or https address",
    "not_archived": "it is not in the archive, and a replay uses nothing else",
    "other": "the request failed",
}
# Reasons that say that the site as a whole cannot be reached.
UNREACHABLE = frozenset({"dns", "refused", "timeout", "reset", "incomplete"})


class RefusedRequest(IgnoreRequest):
    """A request that this crawler does not make; `reason` is a code of REASONS."""

    def __init__(self, reason: str, message: str):
        super().__init__(message)
        self.reason = reason


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
    """The code of REASONS for `error`."""
    if isinstance(error, RefusedRequest):
        return error.reason
    if isinstance(error, IgnoreRequest):
        words = str(error)
        return next((reason for said, reason in _BY_WORDS.items() if said in words), "other")
    return next((reason for kind, reason in _BY_EXCEPTION if isinstance(error, kind)), "other")


def in_words(reason: str, error: BaseException | None = None) -> str:
    """The sentence part for `reason`; an unlisted error adds its own words."""
    words = REASONS.get(reason, REASONS["other"])
    if reason == "other" and error is not None:
        return f"{words} ({type(error).__name__}: {error})"
    return words
