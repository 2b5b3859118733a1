"""Which offices share a site, and which part of the offices a machine crawls.

Offices that share a server belong to one *site*, also through a third office: politeness is owed to
the server, so a site is crawled by one process, one office after the other, and a partition holds
whole sites. Nothing here fetches or keeps anything, and no name is looked up: every machine has to
come to the same sites.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from tldextract import TLDExtract

from crawler.arguments import ArgumentError
from crawler.offices import Office

_MOST = 10_000
# Hosts whose server is remembered: some more than are asked at the same time.
_REMEMBERED = 4096
# The list of public suffixes that comes with the package; nothing is fetched or kept.
_SUFFIXES = TLDExtract(cache_dir=None, suffix_list_urls=())


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


@lru_cache(maxsize=_REMEMBERED)
def server_of(host: str) -> str:
    """The server that `host` (with its port, if it has one) is taken to stand on.

    The hosts below one registered domain, such as those of a city's departments below
    liaocheng.gov.cn, are as a rule one machine. Loopback addresses are a server for each port.
    """
    host = host.lower()
    try:
        name = urlsplit(f"//{host}").hostname or host
    except ValueError:
        return host
    try:
        is_local = name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        parts = _SUFFIXES(name)
        return f"{parts.domain}.{parts.suffix}" if parts.domain and parts.suffix else name
    return host if is_local else name


class Sites:
    """The sites of offices that pass by one after the other; what is kept are the servers.

    The same offices give the same sites in any order and on any machine.
    """

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}

    def add(self, office: Office) -> None:
        """Join the servers of `office` into one site."""
        first, *others = map(server_of, office.hosts)
        for other in (first, *others):
            one, two = sorted((self._site_of(first), self._site_of(other)))
            self._parents[two] = one

    def of(self, office: Office) -> str:
        """The site of `office`: the first in the alphabet of its servers."""
        return self._site_of(server_of(office.hosts[0]))

    def _site_of(self, server: str) -> str:
        parents = self._parents
        parents.setdefault(server, server)
        while parents[server] != server:
            parents[server] = parents[parents[server]]
            server = parents[server]
        return server


def sites_of(offices: Iterable[Office]) -> dict[str, str]:
    """The site of each office, by its id."""
    offices, sites = tuple(offices), Sites()
    for office in offices:
        sites.add(office)
    return {office.id: sites.of(office) for office in offices}
