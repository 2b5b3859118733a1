"""Remember what a text was read as: labels, marks and headings recur on every page of a form.

What is remembered is bounded in number and in length, so that no page fills the memory with texts
that never come again. Nothing is remembered of a page but readings that its text alone decides.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

Read = TypeVar("Read")

# A label with its explanations has 60 characters, a line of a site below 200; what is longer is
# prose, which is read once.
_LONGEST = 200
_forgetting: list[Callable[[], None]] = []


def remembered(most: int) -> Callable[[Callable[[str], Read]], Callable[[str], Read]]:
    """Remember the last `most` short texts that a function of one text was asked for."""

    def decorate(read: Callable[[str], Read]) -> Callable[[str], Read]:
        kept = lru_cache(maxsize=most)(read)
        _forgetting.append(kept.cache_clear)

        @wraps(read)
        def recall(text: str) -> Read:
            return kept(text) if len(text) <= _LONGEST else read(text)

        return recall

    return decorate


def forget() -> None:
    """Forget every text, so that the next page is read as the first one of a process."""
    for clear in _forgetting:
        clear()
