"""What may be said of an office: every key, its type, and what is wrong with a value.

Office files and registries of rows are checked by these tables, so both refuse the same values in
the same words. Reading files is not done here.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler.addresses import host_of
from crawler.divisions import division
from crawler.families import FAMILIES
from crawler.offices.office import Expected, Office, Politeness

LEVELS = ("national", "province", "city", "county", "township")
ID = re.compile(r"[a-z0-9][a-z0-9-]{1,63}")
_YEARS = (1990, 2100)
_PLACES = ("province", "city", "county")


class OfficeError(Exception):
    """An office cannot be used; the message names the file, the line of a row, and the key.

    office_id: the office that the wrong row or file describes, "" when it names none.
    """

    def __init__(self, message: str, *, office_id: str = ""):
        super().__init__(message)
        self.office_id = office_id


class UnknownOffice(OfficeError):
    """No office has this id; the message lists known ones."""


class WrongKey(ValueError):
    """A key has a value that cannot be used; `key` names it, the message says what is allowed."""

    def __init__(self, key: str, message: str):
        super().__init__(message)
        self.key = key


@dataclass(frozen=True, slots=True)
class Key:
    """One key: its type, what is wrong with a value (None for nothing), and if it must be there."""

    type: type
    wrong: Callable[[Any], str | None] = lambda value: None
    required: bool = False


def _all_of(check: Callable[[Any], str | None]) -> Callable[[list[Any]], str | None]:
    return lambda values: next((wrong for wrong in map(check, values) if wrong), None)


def _text(value: Any) -> str | None:
    return None if isinstance(value, str) and value.strip() else "must be text and not empty"


# Nearly every address of a registry: known to be one without being taken apart.
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.\-]*(?:/[!-~]*)?")
_HOST_OF = re.compile(r"https?://([^/?#]*)", re.I)


def _url(value: Any) -> str | None:
    if isinstance(value, str) and _PLAIN_URL.fullmatch(value):
        return None
    try:
        parts = urlsplit(value)
        named = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        # A line end would be passed over, and a host with a blank is asked for by nobody.
        named = named and value.isprintable() and " " not in parts.netloc
    except (AttributeError, TypeError, ValueError):
        named = False
    return None if named else f"“{value}” is no http or https address"


def _host(value: Any) -> str | None:
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9.\-\[\]:]+", value):
        try:
            return None if _usual(value) else f"“{value}” is no host"
        except ValueError:  # such as a bracket that is not closed
            return f"“{value}” is no host"
    return f"“{value}” is no host; write it like wsb.liaocheng.gov.cn or 127.0.0.1:8000"


def _one_of(choices: Iterable[str]) -> Callable[[Any], str | None]:
    choices = tuple(choices)
    return lambda value: None if value in choices else f"must be one of {', '.join(choices)}"


def _matches(pattern: str, example: str) -> Callable[[Any], str | None]:
    return lambda value: None if re.fullmatch(pattern, value) else f"must be like {example}"


def _year(value: Any) -> str | None:
    if isinstance(value, int) and _YEARS[0] <= value <= _YEARS[1]:
        return None
    return f"{value!r} is no year between {_YEARS[0]} and {_YEARS[1]}"


def _at_least(least: float) -> Callable[[Any], str | None]:
    return lambda value: None if value >= least else f"must be at least {least:g}"


def _counts(value: dict[str, Any]) -> str | None:
    good = all(isinstance(count, int) and count >= 0 for count in value.values())
    return None if good else "must give whole numbers by layout, such as { tables-2021 = 50 }"


OFFICE_KEYS = {
    "id": Key(str, _matches(ID.pattern, "cn-371500-wsb"), required=True),
    "name": Key(str, _text, required=True),
    "home_url": Key(str, _url, required=True),
    "name_en": Key(str),
    "former_names": Key(list, _all_of(_text)),
    "aliases": Key(list, _all_of(_text)),
    "level": Key(str, _one_of(LEVELS)),
    "division_code": Key(str, _matches(r"\d{6}", "371500")),
    "province": Key(str, _text),
    "city": Key(str, _text),
    "county": Key(str, _text),
    "family": Key(str, _one_of(FAMILIES)),
    "entry_urls": Key(list, _all_of(_url)),
    "hosts": Key(list, _all_of(_host)),
    "notes": Key(str),
    "politeness": Key(dict),
    "expected": Key(dict),
}
POLITENESS_KEYS = {
    "delay_seconds": Key(float, _at_least(0)),
    "max_requests": Key(int, _at_least(1)),
    "timeout_seconds": Key(float, _at_least(0.1)),
    "max_megabytes": Key(int, _at_least(1)),
    "robots_override_reason": Key(str, _text),
    "contact": Key(str, _text),
}
EXPECTED_KEYS = {
    "from_year": Key(int, _year),
    "until_year": Key(int, _year),
    "required_years": Key(list, _all_of(_year)),
    "minimum_figures": Key(dict, _counts),
}
_TYPE_NAMES = {
    str: "text",
    list: "a list",
    dict: "a table",
    int: "a whole number",
    float: "a number",
}


def office_of(
    values: dict[str, Any],
    manners: dict[str, Any],
    expected: dict[str, Any],
    *,
    source: Path | None = None,
    line: int | None = None,
) -> Office:
    """The office of these checked values, with what follows from them.

    Hosts follow from the addresses, the names of the places from the division code, and an office
    all of whose hosts are this machine is crawled without a pause.

    Raises:
        WrongKey: two values contradict each other.
    """
    years = Expected(**expected)
    if years.from_year > years.until_year:
        raise WrongKey(
            "expected.from_year", f"{years.from_year} is after until_year, {years.until_year}"
        )
    hosts = hosts_of((*values.get("entry_urls", ()), values["home_url"]))
    values["hosts"] = tuple(
        dict.fromkeys((*(_usual(host) for host in values.get("hosts", ())), *hosts))
    )
    if is_this_machine(values["hosts"]):
        manners.setdefault("delay_seconds", 0.0)  # a copy on this machine burdens nobody
    place = division(values.get("division_code", ""))
    if place is not None and not any(values.get(name) for name in _PLACES):
        values |= {name: getattr(place, name) for name in _PLACES}
    return Office(
        **values,
        politeness=Politeness(**manners) if manners else _USUAL_MANNERS,
        expected=years if expected else _USUAL_YEARS,
        source=source,
        line=line,
    )


# Most rows of a registry say nothing of these: one record serves them all.
_USUAL_MANNERS, _USUAL_YEARS = Politeness(), Expected()


def checked(table: dict[str, Any], keys: dict[str, Key], prefix: str = "") -> dict[str, Any]:
    """`table` with lists as tuples and whole numbers as numbers where a number is asked for.

    Raises:
        WrongKey: a key is unknown, is missing, or has a value that cannot be used.
    """
    values: dict[str, Any] = {}
    for name, value in table.items():
        key = keys.get(name)
        if key is None:
            raise WrongKey(prefix + name, f"there is no such key; the keys are {', '.join(keys)}")
        if key.type is float and type(value) is int:
            value = float(value)
        if type(value) is not key.type:
            raise WrongKey(prefix + name, f"{value!r} must be {_TYPE_NAMES[key.type]}")
        wrong = key.wrong(value)
        if wrong is not None:
            raise WrongKey(prefix + name, wrong)
        values[name] = tuple(value) if isinstance(value, list) else value
    for name, key in keys.items():
        if key.required and name not in table:
            raise WrongKey(prefix + name, "is missing")
    return values


def home_of(url: str) -> str:
    """The home page of the site that `url` is an address of."""
    found = _HOST_OF.match(url)
    return f"{found[0]}/" if found else url


def _usual(host: str) -> str:
    """A host as a person names it, without the port of http or https."""
    return host_of(f"http://{host}").removesuffix(":443")


def hosts_of(addresses: Iterable[str]) -> tuple[str, ...]:
    """The hosts of `addresses`, with a port that is not the usual one, each once."""
    found = (_HOST_OF.match(address) for address in addresses)
    return tuple(dict.fromkeys(host_of(one[0]) for one in found if one))


def is_this_machine(hosts: Iterable[str]) -> bool:
    """Whether all of `hosts` are the loopback address."""
    return all(_is_loopback(host) for host in hosts)


def _is_loopback(host: str) -> bool:
    if host.endswith(".cn"):
        return False
    name = urlsplit(f"//{host}").hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
