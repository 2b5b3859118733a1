"""Read the statistical annexes (统计附表) that offices added to their reports before 2019."""

from __future__ import annotations

from collections.abc import Sequence

from parsers.blocks import Block
from parsers.records import Finding, Observation


def read_annex(
    items: Sequence[Block], year: int | None
) -> tuple[list[Observation], list[Finding]]:
    """The figures of the annex tables."""
    return [], []
