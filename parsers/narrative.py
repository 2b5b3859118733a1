"""Read the figures that the prose of a report states."""

from __future__ import annotations

from collections.abc import Sequence

from parsers.records import Finding, Layout, Observation, Section


def read_narrative(
    sections: Sequence[Section], layout: Layout, year: int | None, office: str | None
) -> tuple[list[Observation], list[Finding]]:
    """The facts that the sections state."""
    return [], []
