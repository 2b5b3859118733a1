"""What happened to each address in one run: the record from which the manifest is written.

It keeps and counts; it decides nothing about fetching.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from crawler.archive import Kind

Outcome = Literal[
    "new",  # captured for the first time
    "changed",  # captured again, with other bytes
    "unchanged",  # asked for again, the same
    "archived",  # taken from the archive without asking
    "failed",  # an error, a refusal, a challenge
]


@dataclass(frozen=True, slots=True)
class Visit:
    """The last word on one address in one run."""

    url: str
    kind: Kind
    outcome: Outcome
    http_status: int | None = None
    reason: str = ""
    link_text: str | None = None
    report_year: int | None = None


@dataclass
class Journal:
    """The visits of one run to one office.

    requests: how many requests went out, retries, redirects and robots.txt among them.
    statuses: how often each HTTP status came over the network.
    listener: told of every visit, for a progress display.
    """

    visits: dict[str, Visit] = field(default_factory=dict)
    requests: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    listener: Callable[[Visit], None] = lambda visit: None

    def note(self, visit: Visit) -> None:
        """Keep `visit` as the last word on its address."""
        self.visits[visit.url] = visit
        self.listener(visit)

    def of(self, *outcomes: Outcome) -> list[Visit]:
        """The visits with one of `outcomes`, by address."""
        return sorted(
            (visit for visit in self.visits.values() if visit.outcome in outcomes),
            key=lambda visit: visit.url,
        )
