"""Read office files and say in one sentence what is wrong with one."""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler.offices.office import Expected, Office, Politeness

# Names a file or folder of office files, as --offices does.
OFFICES_VARIABLE = "GONGKAI_OFFICES"
LEVELS = ("national", "province", "city", "county", "township")
# `generic` follows what links and titles say; a site with habits of its own gets a family.
FAMILIES = ("generic",)
_BUNDLED = Path(__file__).parent
_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,63}")
_YEARS = (1990, 2100)


class OfficeError(Exception):
    """An office file cannot be used; the message names the file and the key."""


class UnknownOffice(OfficeError):
    """No office has this id; the message lists the known ones."""


@dataclass(frozen=True, slots=True)
class _Key:
    """One key of an office file: its type, whether it must be there, and what is wrong with it."""

    type: type
    wrong: Callable[[Any], str | None] = lambda value: None
    required: bool = False


def _all_of(check: Callable[[Any], str | None]) -> Callable[[list[Any]], str | None]:
    return lambda values: next((wrong for wrong in map(check, values) if wrong), None)


def _text(value: Any) -> str | None:
    return None if isinstance(value, str) and value.strip() else "must be text and not empty"


def _url(value: Any) -> str | None:
    try:
        parts = urlsplit(value)
        named = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except (AttributeError, TypeError, ValueError):
        named = False
    return None if named else f"“{value}” is no http or https address"


def _host(value: Any) -> str | None:
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9.\-\[\]:]+", value):
        return None
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


_OFFICE_KEYS = {
    "id": _Key(str, _matches(_ID.pattern, "cn-371500-wsb"), required=True),
    "name": _Key(str, _text, required=True),
    "home_url": _Key(str, _url, required=True),
    "name_en": _Key(str),
    "former_names": _Key(list, _all_of(_text)),
    "aliases": _Key(list, _all_of(_text)),
    "level": _Key(str, _one_of(LEVELS)),
    "division": _Key(str, _matches(r"\d{6}", "371500")),
    "family": _Key(str, _one_of(FAMILIES)),
    "entry_urls": _Key(list, _all_of(_url)),
    "hosts": _Key(list, _all_of(_host)),
    "politeness": _Key(dict),
    "expected": _Key(dict),
}
_POLITENESS_KEYS = {
    "delay_seconds": _Key(float, _at_least(0)),
    "max_requests": _Key(int, _at_least(1)),
    "timeout_seconds": _Key(float, _at_least(0.1)),
    "max_megabytes": _Key(int, _at_least(1)),
    "robots_override_reason": _Key(str, _text),
    "contact": _Key(str, _text),
}
_EXPECTED_KEYS = {
    "from_year": _Key(int, _year),
    "until_year": _Key(int, _year),
    "required_years": _Key(list, _all_of(_year)),
    "minimum_figures": _Key(dict, _counts),
}
_TYPE_NAMES = {
    str: "text",
    list: "a list",
    dict: "a table",
    int: "a whole number",
    float: "a number",
}


def load_offices(path: str | Path | None = None) -> dict[str, Office]:
    """The bundled offices and those of `path` (a file or a folder; else of GONGKAI_OFFICES).

    An office of `path` takes the place of a bundled one with the same id.

    Raises:
        OfficeError: a file cannot be read, or says something that cannot be used.
    """
    return _read_folder(_BUNDLED) | _given(path)


def select_offices(ids: Iterable[str] = (), path: str | Path | None = None) -> list[Office]:
    """The offices named by `ids`; without any, those of `path`, or else all that are bundled.

    Raises:
        UnknownOffice: one of `ids` is no office.
        OfficeError: a file cannot be used.
    """
    ids = list(dict.fromkeys(ids))
    known = load_offices(path)
    if not ids:
        return list((_given(path) or known).values())
    for office_id in ids:
        if office_id not in known:
            raise UnknownOffice(
                f"Unknown office “{office_id}”; the known offices are {', '.join(sorted(known))}."
                f" An office of your own goes into a file given with --offices."
            )
    return [known[office_id] for office_id in ids]


def read_office(path: Path) -> Office:
    """The office that the file `path` describes.

    Raises:
        OfficeError: the file cannot be read, or a key in it is unknown, missing or wrong.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OfficeError(f"Office file {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OfficeError(f"Office file {path} is no TOML in UTF-8: {error}.") from error
    values = _checked(path, "", table, _OFFICE_KEYS)
    manners = _checked(path, "politeness.", values.pop("politeness", {}), _POLITENESS_KEYS)
    expected = Expected(**_checked(path, "expected.", values.pop("expected", {}), _EXPECTED_KEYS))
    if expected.from_year > expected.until_year:
        raise OfficeError(
            f"Office file {path}, key expected.from_year: {expected.from_year} is after"
            f" until_year, {expected.until_year}."
        )
    hosts = [urlsplit(url).netloc for url in (*values.get("entry_urls", ()), values["home_url"])]
    values["hosts"] = tuple(
        dict.fromkeys(host.lower() for host in (*values.get("hosts", ()), *hosts))
    )
    if all(_is_this_machine(host) for host in values["hosts"]):
        manners.setdefault("delay_seconds", 0.0)  # a copy on this machine burdens nobody
    return Office(**values, politeness=Politeness(**manners), expected=expected, source=path)


def _is_this_machine(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _given(path: str | Path | None) -> dict[str, Office]:
    path = path or os.environ.get(OFFICES_VARIABLE)
    if not path:
        return {}
    path = Path(path)
    if path.is_dir():
        offices = _read_folder(path)
        if not offices:
            raise OfficeError(f"There is no office file (*.toml) in {path}.")
        return offices
    office = read_office(path)
    return {office.id: office}


def _read_folder(folder: Path) -> dict[str, Office]:
    offices: dict[str, Office] = {}
    for path in sorted(folder.glob("*.toml")):
        office = read_office(path)
        if office.id in offices:
            raise OfficeError(
                f"Office file {path}, key id: {office.id} is also the id in"
                f" {offices[office.id].source}."
            )
        offices[office.id] = office
    return offices


def _checked(
    path: Path, prefix: str, table: dict[str, Any], keys: dict[str, _Key]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in table.items():
        key = keys.get(name)
        where = f"Office file {path}, key {prefix}{name}"
        if key is None:
            raise OfficeError(f"{where}: there is no such key; the keys are {', '.join(keys)}.")
        if key.type is float and type(value) is int:
            value = float(value)
        if type(value) is not key.type:
            raise OfficeError(f"{where}: {value!r} must be {_TYPE_NAMES[key.type]}.")
        wrong = key.wrong(value)
        if wrong is not None:
            raise OfficeError(f"{where}: {wrong}.")
        values[name] = tuple(value) if isinstance(value, list) else value
    missing = [name for name, key in keys.items() if key.required and name not in table]
    if missing:
        raise OfficeError(f"Office file {path}: the key {prefix}{missing[0]} is missing.")
    return values
