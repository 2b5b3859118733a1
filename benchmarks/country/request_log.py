"""What a crawl did, told by the servers' log: how much, how fast, and how politely.

Everything is measured where it counts, at the hosts: the pause that a host had between an answer
and the next request, and how many requests it had open at once.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Manners:
    """How the hosts of a log were treated.

    seconds: from the first request to the last answer. shortest_pause: between an answer and the
    next request at any host, in seconds; None when no host had two requests.
    most_open: requests that one host had open at once. busiest: requests at one host, at most.
    hosts_at_once: hosts that had a request within the same second, at most.
    """

    hosts: int
    requests: int
    bytes: int
    seconds: float
    shortest_pause: float | None
    most_open: int
    busiest: int
    hosts_at_once: int


def read_manners(log: Path) -> Manners:
    """The manners that the log of a `CountryServer` shows.

    Raises:
        ValueError: nothing was asked for.
    """
    asked: dict[str, list[tuple[float, float]]] = {}
    size = 0
    with log.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            asked.setdefault(row["host"], []).append((float(row["began"]), float(row["ended"])))
            size += int(row["bytes"])
    if not asked:
        raise ValueError(f"{log} has no request")
    every = [one for several in asked.values() for one in several]
    pauses = [
        later[0] - earlier[1]
        for several in asked.values()
        for earlier, later in pairwise(sorted(several))
    ]
    seconds: dict[int, set[str]] = {}
    for host, several in asked.items():
        for began, _ in several:
            seconds.setdefault(int(began), set()).add(host)
    return Manners(
        len(asked),
        len(every),
        size,
        max(ended for _, ended in every) - min(began for began, _ in every),
        min(pauses, default=None),
        max(_most_open(several) for several in asked.values()),
        max(len(several) for several in asked.values()),
        max(len(hosts) for hosts in seconds.values()),
    )


def _most_open(requests: Iterable[tuple[float, float]]) -> int:
    most = now = 0
    for _, change in sorted(_changes(requests)):
        now += change
        most = max(most, now)
    return most


def _changes(requests: Iterable[tuple[float, float]]) -> Iterator[tuple[float, int]]:
    for began, ended in requests:
        yield began, 1
        yield ended, -1
