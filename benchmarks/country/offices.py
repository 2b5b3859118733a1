"""The offices of a country: divisions, organs, levels, families of sites, styles over the years.

Office n is the same in every country of the same seed, whatever its size: a larger country begins
with the smaller one, and each has the same mixture of levels. It knows no page.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate
from pathlib import Path

from benchmarks.country.styles import STYLES, Style

FIRST_YEAR, LAST_YEAR = 2008, 2024
# Of a thousand offices; the numbers of governments and organs of the real country give about this.
LEVELS = {"national": 2, "province": 12, "city": 108, "county": 620, "township": 258}
# The year of an office's first report on its site lies in this range.
_BEGINS = {"national": (2008, 2009), "province": (2008, 2010), "city": (2008, 2013),
           "county": (2009, 2015), "township": (2012, 2019)}  # fmt: skip
FAMILIES = {"channel-inline": 0.14, "dated-detail": 0.30, "art-col": 0.20, "json-listing": 0.16,
            "generic": 0.20}  # fmt: skip
# Governments whose offices come by turns, so that a small country is not one county.
_GOVERNMENTS_AT_ONCE = 8
_FIRST = "临安永清长平新广文武宁昌嘉云龙凤金石双青玉宝"
_SECOND = "江河川阳原丰泽源康和岭湖桥林溪湾水塘浦坪"
_TOWN_KINDS = (("镇", "人民政府"), ("镇", "人民政府"), ("乡", "人民政府"), ("街道", "办事处"))
_HERE = Path(__file__).parent
_DIVISIONS = Path(__file__).parents[2] / "crawler" / "divisions" / "divisions.csv"


@dataclass(frozen=True)
class Office:
    """One office of the country.

    number: its place in the country. id: as Gongkai names it. division: six digits of GB/T 2260.
    name: in full; own_name: as its reports print it; we: how they call it besides.
    first_year: of its reports. family: of its site. styles: how it writes before 2019, in 2019
        and 2020, and since 2021.
    """

    seed: int
    number: int
    level: str
    division: str
    organ: str
    id: str
    name: str
    own_name: str
    we: str
    first_year: int
    family: str
    styles: tuple[Style, Style, Style]

    @property
    def years(self) -> range:
        """The report years that the office should have."""
        return range(self.first_year, LAST_YEAR + 1)

    def rng(self, what: int) -> random.Random:
        """A source of chance of the office's own; the same for the same `what`."""
        return random.Random((self.seed << 40) ^ (self.number << 16) ^ what)

    def style(self, year: int) -> Style:
        """How it writes the report of `year`."""
        return self.styles[(year >= 2019) + (year >= 2021)]

    @property
    def host(self) -> str:
        """The name of its site, in the domain that is reserved for examples."""
        return f"{self.organ}-{self.division}.gov.example".replace("_", "-")


@dataclass(frozen=True)
class Country:
    """All offices that follow from a seed."""

    seed: int = 1

    def offices(self, count: int, start: int = 0) -> Iterator[Office]:
        """Offices `start` to `count` - 1, in order."""
        for number in range(start, count):
            yield self.office(number)

    def offices_with(self, pages: int) -> int:
        """How many offices have about as many report years as `pages`, at least one office."""
        count = found = 0
        while found < pages:
            found += len(self.office(count).years)
            count += 1
        return count

    def office(self, number: int) -> Office:
        """The office of that number."""
        thousand, place = divmod(number, 1000)
        level, within = _PATTERN[place]
        index = thousand * LEVELS[level] + within
        division, organ, name, own_name = self._place(level, index)
        rng = random.Random((self.seed << 40) ^ (number << 16) ^ 1)
        families = tuple(FAMILIES)
        # Organs of one government share its content-management system more often than not.
        shared = random.Random(self.seed * 1_000_003 + int(division))
        chance = shared if rng.random() < 0.7 else rng
        family = chance.choices(families, tuple(FAMILIES.values()))[0]
        styles = tuple(rng.choices(STYLES, cum_weights=_weights(era))[0] for era in range(3))
        return Office(
            self.seed, number, level, division, organ,
            f"cn-{division}-{organ}-synthetic",  # never the id of a real office
            name, own_name, rng.choice(("本机关", "本单位", own_name, "我单位")),
            rng.randint(*_BEGINS[level]), family, styles,  # type: ignore[arg-type]
        )  # fmt: skip

    def _place(self, level: str, index: int) -> tuple[str, str, str, str]:
        """Division code, organ, full name and own name of the `index`-th office of a level."""
        if level == "township":
            return self._township(index)
        organs = _organs(level)
        block, within = divmod(index, _GOVERNMENTS_AT_ONCE * len(organs))
        turn, government = divmod(within, _GOVERNMENTS_AT_ONCE)
        place = block * _GOVERNMENTS_AT_ONCE + government
        if level == "national":
            organ, name = organs[index % len(organs)]
            again = index // len(organs)
            return "000000", organ + (f"{again}" if again else ""), name, name
        organ, title = organs[turn]
        code, full, short = self._government(level, place)
        # Beyond the real number of governments the same ones have further bodies.
        again = place // len(self._governments[level])
        if again:
            organ, title = f"{organ}{again}", f"{title}第{again}分局"
        return code, organ, full + title, short + title

    def _government(self, level: str, place: int) -> tuple[str, str, str]:
        """Code, full name and own name of the `place`-th government of a level."""
        listed = self._governments[level]
        code, name = listed[place % len(listed)]
        names = _divisions()
        above = dict.fromkeys(names.get(one, "") for one in (f"{code[:2]}0000", f"{code[:4]}00"))
        return code, "".join(one for one in above if one != name) + name, name

    def _township(self, index: int) -> tuple[str, str, str, str]:
        turn, place = divmod(index, len(self._governments["county"]))
        code, county, _ = self._government("county", place)
        kind, body = _TOWN_KINDS[index % len(_TOWN_KINDS)]
        # GB/T 10114 numbers towns from 100, townships from 200 and sub-districts from 001.
        number = {"镇": 100, "乡": 200, "街道": 1}[kind] + turn
        own = _invented(index * 7919 + 5) + kind + body
        return code, f"x{number:03}", county + own, own

    @cached_property
    def _governments(self) -> dict[str, list[tuple[str, str]]]:
        """Code and name of the governments of a level, in the order in which they come up."""
        rng = random.Random(self.seed)
        orders: dict[str, list[tuple[str, str]]] = {"province": [], "city": [], "county": []}
        for code, name in _divisions().items():
            kind = (
                "province" if code.endswith("0000") else "city" if code.endswith("00") else "county"
            )
            orders[kind].append((code, name))
        for listed in orders.values():
            rng.shuffle(listed)
        return orders


@cache
def _divisions() -> dict[str, str]:
    with _DIVISIONS.open(encoding="utf-8") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}


@cache
def _organs(level: str) -> tuple[tuple[str, str], ...]:
    with (_HERE / "organs.csv").open(encoding="utf-8") as file:
        return tuple((row["organ"], row[level]) for row in csv.DictReader(file) if row[level])


def _invented(number: int) -> str:
    number = number * 2_654_435_761 % 2**32 >> 7  # neighbours get unlike names
    return _FIRST[number % len(_FIRST)] + _SECOND[number // len(_FIRST) % len(_SECOND)]


@cache
def _weights(era: int) -> tuple[float, ...]:
    return tuple(accumulate(style.weights[era] for style in STYLES))


def _pattern() -> list[tuple[str, int]]:
    """The level of each of a thousand offices, spread evenly: (level, its number in the level)."""
    given = dict.fromkeys(LEVELS, 0)
    pattern = []
    for place in range(1000):
        # Whoever is furthest behind its share.
        level = max(LEVELS, key=lambda name: LEVELS[name] * (place + 1) / 1000 - given[name])
        pattern.append((level, given[level]))
        given[level] += 1
    return pattern


_PATTERN = _pattern()
