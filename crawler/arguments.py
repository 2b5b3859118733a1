"""The arguments of a crawl, validated once.

The command line, the Python call and `scrapy crawl -a` all come through here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal, cast, get_args

# crawl: what the archive has from the last day is not asked for again, the rest is.
# update: everything that can have changed is asked for again, with a condition.
# replay: the archive alone; what it does not have is an error.
CrawlMode = Literal["crawl", "update", "replay"]
# wayback: the Internet Archive's service in the place of the sites (crawler.wayback).
Mode = CrawlMode | Literal["wayback"]
_YEARS = (1990, 2100)


class ArgumentError(ValueError):
    """An argument of a crawl is wrong; the message names it."""


@dataclass(frozen=True, slots=True)
class CrawlArguments:
    """What a crawl was asked for.

    from_year, until_year: the report years to fetch, both included; None for no limit. A report
        whose link names no year is always fetched.
    sample: the number of report pages after which to stop; None for all.
    max_age_hours: how old a capture may be to be taken for the page itself; None for the rule of
        the mode.
    again: the addresses of archived reports to ask for now, and of nothing else; none for a crawl
        that begins at the entry pages.
    """

    mode: Mode = "crawl"
    from_year: int | None = None
    until_year: int | None = None
    sample: int | None = None
    max_age_hours: float | None = None
    again: tuple[str, ...] = ()

    @classmethod
    def read(
        cls,
        *,
        mode: str = "crawl",
        from_year: Any = None,
        until_year: Any = None,
        sample: Any = None,
        max_age_hours: Any = None,
        again: Iterable[str] = (),
    ) -> CrawlArguments:
        """The arguments from text or numbers; "" and None mean not given.

        Raises:
            ArgumentError: one of them cannot be used.
        """
        if mode not in get_args(CrawlMode):
            raise ArgumentError(f"mode “{mode}” is none of {', '.join(get_args(CrawlMode))}.")
        years = {
            name: _whole(name, value, *_YEARS)
            for name, value in (("from_year", from_year), ("until_year", until_year))
        }
        first, last = years["from_year"], years["until_year"]
        if first is not None and last is not None and first > last:
            raise ArgumentError(f"from_year {first} is after until_year {last}.")
        return cls(
            mode=cast(CrawlMode, mode),
            from_year=first,
            until_year=last,
            sample=_whole("sample", sample, 1, 100_000),
            max_age_hours=_hours("max_age_hours", max_age_hours),
            again=tuple(again),
        )

    def wants_year(self, year: int | None) -> bool:
        """Whether a report of `year` is asked for; a year that is not known may be."""
        if year is None:
            return True
        return (self.from_year or 0) <= year <= (self.until_year or 9999)

    @property
    def is_whole(self) -> bool:
        """Whether the crawl is about everything that the pages of an office lead to."""
        return self.sample is None and not self.years_in_words and not self.again

    @property
    def years_in_words(self) -> str:
        """The years asked for, as part of a sentence; "" for all."""
        if self.from_year is None and self.until_year is None:
            return ""
        if self.from_year == self.until_year:
            return f" of {self.from_year}"
        return f" of {self.from_year or '…'}–{self.until_year or '…'}"

    def to_json(self) -> dict[str, Any]:
        """As the manifest has them."""
        return asdict(self)


def first_open_year(today: dt.date) -> int:
    """The first report year whose reports may still be published or corrected.

    The report of a year is due by the end of January of the next (by March before 2019), and
    corrections follow within that year.
    """
    return today.year - 1


def _whole(name: str, value: Any, least: int, most: int) -> int | None:
    if value is None or value == "":
        return None
    try:
        number = int(str(value).strip())
    except ValueError:
        raise ArgumentError(f"{name} “{value}” is no whole number.") from None
    if not least <= number <= most:
        raise ArgumentError(f"{name} {number} is not between {least} and {most}.")
    return number


def _hours(name: str, value: Any) -> float | None:
    if value is None or value == "":
        return None
    try:
        hours = float(value)
    except ValueError:
        raise ArgumentError(f"{name} “{value}” is no number.") from None
    if not 0 <= hours < 1_000_000:
        raise ArgumentError(f"{name} {value} is not between 0 and 1000000.")
    return hours
