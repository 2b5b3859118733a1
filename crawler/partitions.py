"""Which offices share a site, and which part of the offices a machine crawls.

Offices that share a host belong to one *site*, also through a third office: politeness is owed to
the host, so a site is crawled by one process, one office after the other, and a partition holds
whole sites. Nothing here fetches or keeps anything.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from crawler.arguments import ArgumentError
from crawler.offices import Office

_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Partition:
    """One of `count` parts of the offices, numbered from 1."""

    number: int
    count: int

    @classmethod
    def read(cls, text: str) -> Partition:
        """The partition that `text`, such as `3/16`, names.

        Raises:
            ArgumentError: it names none.
        """
        match = re.fullmatch(r"([0-9]{1,5})/([0-9]{1,5})", text.strip())
        if match is None:
            raise ArgumentError(f"partition “{text}” is not like 3/16, the third of sixteen.")
        number, count = int(match[1]), int(match[2])
        if not 1 <= number <= count <= _MOST:
            raise ArgumentError(
                f"partition {text}: the number must lie between 1 and {count}, and there are at"
                f" most {_MOST} partitions."
            )
        return cls(number, count)

    def holds(self, site: str) -> bool:
        """Whether the offices of `site` are of this partition, by the site's name alone."""
        digest = hashlib.sha256(site.encode()).digest()
        return int.from_bytes(digest[:8], "big") % self.count == self.number - 1

    @property
    def name(self) -> str:
        """For names of files, such as `3-of-16`."""
        return f"{self.number}-of-{self.count}"

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


def sites_of(offices: Iterable[Office]) -> dict[str, str]:
    """The site of each office: office id → the first in the alphabet of the hosts it shares.

    The same offices give the same sites in any order and on any machine.
    """
    parents: dict[str, str] = {}

    def site_of(host: str) -> str:
        parents.setdefault(host, host)
        while parents[host] != host:
            parents[host] = parents[parents[host]]
            host = parents[host]
        return host

    hosts_of: dict[str, str] = {}
    for office in offices:
        first, *others = office.hosts
        hosts_of[office.id] = first
        for other in (first, *others):
            one, two = sorted((site_of(first), site_of(other)))
            parents[two] = one
    return {office_id: site_of(host) for office_id, host in hosts_of.items()}
