"""The record of one office, as its file describes it.

Plain frozen dataclasses; what the keys of a file mean is written here, and nowhere else.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit


@dataclass(frozen=True, slots=True)
class Politeness:
    """How the office's site is treated.

    delay_seconds: between the end of one request and the next to the same host; a longer
        Crawl-delay of robots.txt wins.
    max_requests: the budget of one run, in requests that go out: retries, redirects and robots.txt
        among them, pages from the archive not.
    timeout_seconds: for one request.
    max_megabytes: a larger response is refused.
    robots_override_reason: why robots.txt is not obeyed; "" means that it is.
    contact: who answers for the crawl, in the User-Agent; "" takes the one of the run.
    """

    delay_seconds: float = 2.0
    max_requests: int = 500
    timeout_seconds: float = 60.0
    max_megabytes: int = 32
    robots_override_reason: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a complete run finds.

    from_year, until_year: the report years that coverage speaks of.
    required_years: the report years that must be there, else the run fails.
    minimum_figures: the least number of observations of a report, by layout ("*" for any).
    """

    from_year: int = 2014
    until_year: int = 2023
    required_years: tuple[int, ...] = ()
    minimum_figures: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Office:
    """One office.

    id: `cn-<division code>-<organ>`, the name of its folder in the archive.
    name, name_en: the full names; former_names and aliases: what its reports also call it.
    level: national, province, city, county or township. division_code: the administrative
        division (GB/T 2260), six digits; 000000 for the whole country.
    province, city, county: names; filled from the division code where nothing is said.
    family: the kind of site, which decides how reports are found (`crawler.families`).
    home_url: the home page. entry_urls: the pages that hold or list the reports ("channel").
    hosts: the hosts (with the port, when it is not the usual one) a crawl may go to.
    notes: what the next reader should know of the site.
    source, line: the file it was read from, and the line of its row where the file has rows.
    """

    id: str
    name: str
    home_url: str
    name_en: str = ""
    former_names: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    level: str = ""
    division_code: str = ""
    province: str = ""
    city: str = ""
    county: str = ""
    family: str = "generic"
    entry_urls: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    politeness: Politeness = Politeness()
    expected: Expected = Expected()
    notes: str = ""
    source: Path | None = None
    line: int | None = None

    @property
    def urls(self) -> tuple[str, ...]:
        """Where a crawl begins: the entry pages, then the home page."""
        return (*self.entry_urls, self.home_url)


def served_at(office: Office, base_url: str) -> Office:
    """`office` with every URL moved to the host of `base_url`, such as a copy on this machine."""
    base = urlsplit(base_url)

    def moved(url: str) -> str:
        parts = urlsplit(url)
        return urlunsplit((base.scheme, base.netloc, parts.path, parts.query, parts.fragment))

    return replace(
        office,
        home_url=moved(office.home_url),
        entry_urls=tuple(moved(url) for url in office.entry_urls),
        hosts=(base.netloc,),
    )


def office_to_json(office: Office) -> dict[str, Any]:
    """`office` in the types of JSON."""
    return asdict(office) | {"source": str(office.source) if office.source else None}


def office_from_json(record: dict[str, Any]) -> Office:
    """The office that `office_to_json` made `record` of."""
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in record.items()
    }
    expected = dict(values["expected"])
    expected["required_years"] = tuple(expected["required_years"])
    values["politeness"] = Politeness(**values["politeness"])
    values["expected"] = Expected(**expected)
    values["source"] = Path(values["source"]) if values["source"] else None
    return Office(**{key.name: values[key.name] for key in fields(Office)})
