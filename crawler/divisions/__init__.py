"""Administrative divisions: which province, city and county a six-digit code stands for.

`divisions.csv` has the codes and names of the provinces, prefectures and counties as the National
Bureau of Statistics listed them for 2023: the first six digits of its 统计用区划代码, which are
those of GB/T 2260, with the bureau's own codes of development zones. Codes that were given up
before are not in it. Nothing is looked up anywhere else.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# The code of offices of the whole country, which GB/T 2260 has no code for.
NATIONAL = "000000"
_TABLE = Path(__file__).with_name("divisions.csv")
# 聊城 for 聊城市; names of counties are too short and too often shared to be cut.
_SUFFIXES = ("特别行政区", "壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "省", "市")


@dataclass(frozen=True, slots=True)
class Division:
    """One administrative division and those it lies in.

    province, city, county: names; "" below the level of the division, and for the city of a
        county that no city administers (北京市朝阳区, 济源市).
    """

    code: str
    name: str
    province: str = ""
    city: str = ""
    county: str = ""

    @property
    def level(self) -> str:
        """`national`, `province`, `city` or `county`."""
        return level_of(self.code)


def level_of(code: str) -> str:
    """The level that the zeros at the end of a six-digit code tell of, known code or not."""
    endings = (("000000", "national"), ("0000", "province"), ("00", "city"))
    return next((level for zeros, level in endings if code.endswith(zeros)), "county")


def division(code: str) -> Division | None:
    """The division with this six-digit code; None when the table does not have it."""
    return _divisions().get(code)


def divisions() -> list[Division]:
    """Every division of the table, in the order of the codes."""
    return [one for one in _divisions().values() if one.code != NATIONAL]


def divisions_named(name: str) -> list[Division]:
    """The divisions whose names `name` begins with, from the province down as far as they go.

    `name` is the name of an office, such as 山东省聊城市东昌府区水利局 or 东昌府区水利局. Of
    several readings the one that takes most characters is given; divisions of one name (鼓楼区) are
    all given, in the order of their codes.
    """
    found: dict[str, int] = {}
    for start, taken in _beginning(name, divisions()):
        _descend(name[taken:], start, taken, found)
    longest = max(found.values(), default=0)
    return [_divisions()[code] for code, taken in sorted(found.items()) if taken == longest]


def _descend(rest: str, at: Division, taken: int, found: dict[str, int]) -> None:
    found[at.code] = max(taken, found.get(at.code, 0))
    if at.county:
        return
    stem = at.code[:2] if at.level == "province" else at.code[:4]
    inside = (one for one in divisions() if one.code.startswith(stem) and one != at)
    for below, more in _beginning(rest, inside):
        _descend(rest[more:], below, taken + more, found)


def _beginning(text: str, among: Iterable[Division]) -> Iterator[tuple[Division, int]]:
    for one in among:
        if text.startswith(one.name):
            yield one, len(one.name)
            continue
        short = _short(one)
        # 吉林市 begins with the short name of its province: what follows has to be more than 市.
        if short and text.startswith(short) and not text[len(short) :].startswith(_SUFFIXES):
            yield one, len(short)


def _short(one: Division) -> str:
    if one.county:
        return ""
    return next((one.name.removesuffix(end) for end in _SUFFIXES if one.name.endswith(end)), "")


@cache
def _divisions() -> dict[str, Division]:
    with _TABLE.open(encoding="utf-8", newline="") as file:
        names = {row["code"]: row["name"] for row in csv.DictReader(file)}
    made = {NATIONAL: Division(NATIONAL, "")}
    for code, name in names.items():
        level = level_of(code)
        made[code] = Division(
            code,
            name,
            province=names[code[:2] + "0000"],
            city=names.get(code[:4] + "00", "") if level != "province" else "",
            county=name if level == "county" else "",
        )
    return made
