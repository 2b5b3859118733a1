"""The reasons for which a page cannot be had: a code for the archive, words for people.

A table and nothing else.
"""

from __future__ import annotations

# What each reason says to a person, after the address.
REASONS = {
    "dns": "the name of the host cannot be resolved",
    "refused": "the connection was refused",
    "timeout": "no whole answer came in time",
    "reset": "the connection broke",
    "incomplete": "the body is shorter than its stated length",
    "too_large": "the response is larger than the office allows",
    "robots": "robots.txt forbids it",
    "robots_unknown": "its robots.txt cannot be had, and so nothing is allowed",
    "outside": (
        "its host is not among those of the office; add it to `hosts` in the office's row if its"
        " reports stand there"
    ),
    "retry_later": "the site asks to stay away for longer than a run waits",
    "silent": "its host gave no answer several times in a row, and is left to the next run",
    "redirects": "it redirects too often",
    "redirected_away": "it redirects to a page that does not take its place",
    "scheme": "it is no http or https address",
    "unasked": "it answers that nothing changed, and nothing was known of it",
    "no_address": "only a script makes a link of this title; give the address to archive add",
    "stumbled": "the crawler stumbled over what it holds; crawl.log has the error",
    "not_archived": "it is not in the archive, and a replay uses nothing else",
    "other": "the request failed",
}
# Reasons that say that a host does not answer at all.
SILENCE = frozenset({"dns", "refused", "timeout", "reset"})
# Reasons that say that the site as a whole cannot be reached.
UNREACHABLE = frozenset({"dns", "refused", "timeout", "reset", "incomplete", "silent"})


def in_words(reason: str, error: BaseException | None = None) -> str:
    """The sentence part for `reason`; an unlisted error adds its own words."""
    words = REASONS.get(reason, REASONS["other"])
    if reason == "other" and error is not None:
        return f"{words} ({type(error).__name__}: {error})"
    return words
