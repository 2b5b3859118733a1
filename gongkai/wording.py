"""Words of figures for people who read a terminal or a page; it computes nothing."""

from __future__ import annotations

from datasets.registry import indicators


def counted(count: int, what: str) -> str:
    """`1 page`, `2 pages`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def meaning(indicator: str) -> str:
    """What an indicator counts, in English with the Chinese label: for people who judge figures."""
    known = indicators()[indicator]
    return f"{known.definition} ({known.label_zh})"
