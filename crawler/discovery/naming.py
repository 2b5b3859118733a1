"""What a site calls its office, where it is, and which short word names its organ.

Reads titles, the `<meta>` block and the footer that official sites must have (主办单位, 承办单位,
网站标识码); decides by what several of them say. Nothing is fetched.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from crawler.divisions import NATIONAL, Division, division, divisions_named, level_of
from parsers.characters import compact

_ORGANS = Path(__file__).with_name("organs.csv")
# The office in a report's title: before or after the year, before the words for the matter.
_TITLE_OFFICE = re.compile(
    r"^(?:(?:19|20)\d\d年?度?)?(.{2,40}?)(?:(?:19|20)\d\d年?度?)?(?:年度)?"
    r"(?:政府信息|政务信息|政务|信息)公开"
)
_META = re.compile(
    r"<meta\s[^>]*?name\s*=\s*[\"'](SiteName|SiteIDCode)[\"'][^>]*?content\s*=\s*[\"']([^\"']*)",
    re.I,
)
_HOST_ORGAN = re.compile(r"(?:主办单位|主办|版权所有)\s*[:：]\s*([一-鿿（）()·]{3,40})")
_TITLE = re.compile(r"<title>([^<]{2,80})</title>", re.I)
_ORGAN_END = re.compile(r"[一-鿿]{2,}(?:局|委员会|办公室|厅|政府|办事处|管委会)$")
# Not zeros, which stand where nobody filled the code in.
_SITE_CODE = re.compile(r"(?:网站)?标识码\s*[:：]?\s*(bm\d{8}|(?!00)\d{10})", re.I)
_TOWNSHIP = re.compile(r"(?:镇|乡|街道|苏木)(?:人民政府|办事处|党政)")
_NO_OFFICE = re.compile(r"门户网站|官方网站|官网$|^(?:我|本)[局办委县市区省]")
_MINISTRY_CODE = re.compile(r"bm", re.I)


@dataclass(frozen=True, slots=True)
class Names:
    """What an office is called: the name, other names, and the sentence that says where from."""

    name: str
    others: tuple[str, ...]
    said: str


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where an office is; "" for what cannot be told, with a sentence that says so."""

    level: str
    division_code: str
    said: str


def office_in_title(title: str) -> str:
    """The office that the title of a report names, "" when it names none."""
    found = _TITLE_OFFICE.match(compact(title))
    name = found[1] if found else ""
    return "" if _NO_OFFICE.search(name) or not re.search(r"[一-鿿]{3}", name) else name


def names_of(titles: Iterable[str], read: Iterable[str], markups: Iterable[str]) -> Names:
    """The names of an office, from titles of reports, names `read` in reports, and pages.

    The reports decide, because their names say later whether a report is the office's own; the
    site's name is that of a portal as often as of the office.
    """
    in_reports = Counter(name for name in map(office_in_title, titles) if name)
    in_reports.update(name for name in read if name and not _NO_OFFICE.search(name))
    markups = list(markups)
    hosts = Counter(name for markup in markups for name in _HOST_ORGAN.findall(_text(markup)))
    sites = Counter(
        value.strip() for markup in markups for key, value in _META.findall(markup)
        if key.lower() == "sitename"
    )  # fmt: skip
    tags = Counter(
        part for markup in markups for title in _TITLE.findall(markup)
        for part in re.split(r"[-_|—–·\s]+", title) if _ORGAN_END.search(part)
    )  # fmt: skip
    sources = (
        ("the reports", in_reports),
        ("主办单位 in the footer", hosts),
        ("SiteName", sites),
        ("the titles of the pages", tags),
    )
    for words, counted in sources:
        good = [name for name, _ in counted.most_common() if not _NO_OFFICE.search(name)]
        if good:
            # The fullest of the names that stand for each other is the name.
            name = max(good, key=lambda one: (counted[one] * 3 >= counted[good[0]], len(one)))
            others = [one for one in in_reports if one != name]
            return Names(name, tuple(others), f"said by {words}")
    return Names("", (), "no page says it")


def whereabouts_of(name: str, markups: Iterable[str]) -> Whereabouts:
    """Level and division of the office `name`, from the code that sites must print and its name."""
    codes = Counter(code.lower() for markup in markups for code in _site_codes(markup))
    site_code = next((code for code, _ in codes.most_common()), "")
    named = divisions_named(name)
    if _MINISTRY_CODE.match(site_code):
        return Whereabouts(
            "national", NATIONAL, f"网站标识码 {site_code}, a body of the State Council"
        )
    of_site = site_code[:6]
    deeper = [one for one in named if one.code.startswith(_stem(of_site))] if of_site else named
    if of_site and len(deeper) == 1:
        code = deeper[0].code if len(_stem(deeper[0].code)) > len(_stem(of_site)) else of_site
        return Whereabouts(_level(name, code), code, f"网站标识码 {site_code} and the name")
    if of_site:
        said = f"网站标识码 {site_code}"
        if division(of_site) is None:
            said += "; the table of divisions does not have it, so the places are left empty"
        elif named:
            said += f", which the name does not agree with ({_words(named)})"
        return Whereabouts(_level(name, of_site), of_site, said)
    if len(named) == 1:
        return Whereabouts(_level(name, named[0].code), named[0].code, "the name")
    if named:
        said = f"the name may stand for {_words(named)}; give --division"
    else:
        said = "neither a 网站标识码 nor the name tells of it; give --division"
    return Whereabouts("township" if _TOWNSHIP.search(name) else "", "", said)


def organ_of(name: str, host: str) -> str:
    """A short word for the organ: of the table, else of the host's first label; "" for neither.

    The words of the table are those that official hosts use, the initials of the name in pinyin.
    """
    short = next((short for organ, short in _organs() if name.endswith(organ)), "")
    label = host.partition(":")[0].partition(".")[0].lower()
    if not short and re.fullmatch(r"[a-z][a-z0-9]{1,11}", label) and label != "www":
        return label
    return short


def _level(name: str, code: str) -> str:
    return "township" if _TOWNSHIP.search(name) else level_of(code)


def _stem(code: str) -> str:
    """A code without the zeros of its level: 37 for a province, 3715 for a city."""
    return {"national": "", "province": code[:2], "city": code[:4]}.get(level_of(code), code)


def _words(divisions: list[Division]) -> str:
    listed = [f"{one.province}{one.city}{one.county} {one.code}" for one in divisions[:4]]
    return " or ".join(listed) + (f" or {len(divisions) - 4} more" if len(divisions) > 4 else "")


def _site_codes(markup: str) -> list[str]:
    return _SITE_CODE.findall(_text(markup)) + [
        value for key, value in _META.findall(markup)
        if key.lower() == "siteidcode" and re.fullmatch(r"(?:bm\d{8}|(?!00)\d{10})", value, re.I)
    ]  # fmt: skip


def _text(markup: str) -> str:
    return re.sub(r"<[^>]{0,2000}>|&nbsp;", " ", markup)


@cache
def _organs() -> list[tuple[str, str]]:
    """The endings of names and their short words, the longest endings first."""
    with _ORGANS.open(encoding="utf-8", newline="") as file:
        rows = [(row["name"], row["short"]) for row in csv.DictReader(file)]
    return sorted(rows, key=lambda row: -len(row[0]))
