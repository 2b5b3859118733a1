"""Read the dates that a page prints: publication dates, signatures and statistical periods.

Chinese dates are matched here; only what is left over goes to dateparser, which alone would read
2014年 as the year 12. A report year never comes from this module.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import dateparser

from parsers.characters import compact, fold
from parsers.quantities import NotAQuantity, read_numeral
from parsers.remembering import remembered

# A fixed end, not the current year: the same bytes read the same for ever.
_FIRST_YEAR, _LAST_YEAR = 1990, 2049
_Y = r"(?<!\d)(?:19|20)\d\d|[二一][〇○零0OoＯ九][〇○零0Oo一二三四五六七八九]{2}"
_N = r"\d{1,2}|[一二三四五六七八九十]{1,3}"
_CHINESE_DATE = re.compile(rf"({_Y})\s*年\s*({_N})\s*月\s*({_N})\s*[日号]")
_NUMERIC_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})(?!\d)")
_COMPACT_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)(0[1-9]|1[0-2])([0-2]\d|3[01])(?!\d)")


def _year(text: str) -> int:
    folded = fold(text).replace("O", "〇").replace("o", "〇").replace("零", "〇")
    digits = "".join(
        c if c.isdigit() and c.isascii() else str("〇一二三四五六七八九".index(c)) for c in folded
    )
    return int(digits)


def _number(text: str) -> int:
    return int(read_numeral(fold(text)))


def _date(year: str, month: str, day: str) -> dt.date | None:
    try:
        made = dt.date(_year(year), _number(month), _number(day))
    except (ValueError, NotAQuantity):
        return None
    return made if _plausible(made) else None


def _plausible(date: dt.date) -> bool:
    return _FIRST_YEAR <= date.year <= _LAST_YEAR


def dates_in(text: str) -> list[dt.date]:
    """The complete dates printed in `text` (year, month and day), in order."""
    folded = fold(text)
    found: list[tuple[int, dt.date]] = []
    for pattern in (_CHINESE_DATE, _NUMERIC_DATE):
        for match in pattern.finditer(folded):
            made = _date(*match.groups())
            if made:
                found.append((match.start(), made))
    return [date for _, date in sorted(found)]


@remembered(1024)
def read_date(text: str) -> dt.date | None:
    """The one date that a field such as 发布日期 or a `<meta>` value holds; None when there is none.

    `text` is the field's value: 2020-01-31, 2021-01-14 09:46, 2012.02.15, 20200120,
    二〇一九年三月二十四日. A date without a day, or outside 1990 to 2049, is none.
    """
    found = dates_in(text)
    if found:
        return found[0] if len(set(found)) == 1 else None
    folded = fold(text).strip()
    match = _COMPACT_DATE.search(folded)
    if match:
        return _date(*match.groups())
    if not re.search(r"(?<!\d)(19|20)\d\d(?!\d)", folded) or len(folded) > 40:
        return None
    if re.fullmatch(r"(19|20)\d\d\s*年?(\s*\d{1,2}\s*月?)?", folded):
        return None
    made = dateparser.parse(
        folded,
        languages=["zh", "en"],
        settings={"REQUIRE_PARTS": ["day", "month", "year"], "RETURN_AS_TIMEZONE_AWARE": False},
    )
    return made.date() if made and _plausible(made.date()) else None


# -- periods -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Period:
    """The statistical period that a report states. start is None when only its end is printed."""

    start: dt.date | None
    end: dt.date
    text: str


_TO = r"(?:0?0时|零时)?(?:起)?[,，]?(?:至|到|—{1,2}|-{1,2}|~|～|起)"
_PERIOD = re.compile(
    rf"(?:自|从|为)?({_Y})年(?:1|01|一)月(?:1|01|一)日{_TO}[至到]?"
    rf"(?:({_Y})年|同年|当年|本年度?)?(?:12|十二)月(?:31|三十一)日?"
)
# Other whole periods: 2014年12月1日至2015年11月30日.
_ANY_PERIOD = re.compile(rf"({_Y})年({_N})月({_N})日{_TO}[至到]?(?:({_Y})年)?({_N})月({_N})日?")
_END_ONLY = re.compile(rf"(?:截止|截至)(?:到|至)?({_Y})年(?:12|十二)月(?:31|三十一)日")
# 2018.1.1—12.31, 2018-01-01~2018-12-31.
_NUMERIC_PERIOD = re.compile(
    rf"(?<!\d)((?:19|20)\d\d)([-/.])(\d{{1,2}})\2(\d{{1,2}})日?{_TO}"
    r"(?:((?:19|20)\d\d)\2)?(\d{1,2})\2(\d{1,2})(?![\d.])"
)
# The year in front of the days, or no separators, or no days at all.
_WHOLE_YEAR = re.compile(
    rf"({_Y})年度?[^\d。;；]{{0,6}}1月1日{_TO}[至到]?12月31日"
    rf"|(?<!\d)((?:19|20)\d\d)0101{_TO}((?:19|20)\d\d)1231(?!\d)"
)
_MONTHS = re.compile(
    rf"({_Y})[年./-](?:1|01|一)月?{_TO}(?:({_Y})[年./-])?(?:12|十二)(?:月(?!\d)|(?![\d./月-]))"
)
_OF_STATISTICS = re.compile("统计|数据|期限|时段|报告期|本报告|本年报")
# Stored copies have lost 年, 月 or 日: 20231月1日…202312月31日, 20101120101231日.
_DAMAGED = re.compile(
    r"(?<!\d)((?:19|20)\d\d)年?1月?1日?[^\d。]{0,4}((?:19|20)\d\d)?年?12月?31日?(?!\d)"
)


def _other_writing(folded: str) -> Period | None:
    """A period in figures only, or without its days where the sentence is about statistics."""
    match = _NUMERIC_PERIOD.search(folded)
    if match:
        first = _date(match[1], match[3], match[4])
        last = _date(match[5] or match[1], match[6], match[7])
        if first and last and 80 <= (last - first).days <= 800:
            return Period(first, last, match[0])
    match = _WHOLE_YEAR.search(folded)
    if match is None and _OF_STATISTICS.search(folded):
        match = _MONTHS.search(folded)
    if match is None:
        return None
    stated = [_year(year) for year in match.groups() if year]
    if len(set(stated)) != 1:
        return None
    return Period(dt.date(stated[0], 1, 1), dt.date(stated[0], 12, 31), match[0])


def period_in(text: str) -> Period | None:
    """The statistical period stated in a sentence, or None.

    The words are those of the reports: 自2018年1月1日起至2018年12月31日止, …至12月31日,
    2018.1.1—2018.12.31, 2018年1-12月, 截止2018年12月31日 (the end only).
    """
    folded = compact(text)
    match = _PERIOD.search(folded)
    if match:
        start = _year(match[1])
        end = _year(match[2]) if match[2] else start
        if not 0 <= end - start <= 1:
            return None  # a plan's five years, 历年
        return Period(dt.date(start, 1, 1), dt.date(end, 12, 31), match[0])
    match = _ANY_PERIOD.search(folded)
    if match:
        first = _date(match[1], match[2], match[3])
        last = _date(match[4] or match[1], match[5], match[6])
        if first and last and 80 <= (last - first).days <= 800:
            return Period(first, last, match[0])
    if "12" in folded or "十二" in folded:
        period = _other_writing(folded)
        if period:
            return period
    match = _DAMAGED.search(folded)
    if match and (match[2] is None or match[2] == match[1]):
        year = int(match[1])
        return Period(dt.date(year, 1, 1), dt.date(year, 12, 31), match[0])
    match = _END_ONLY.search(folded)
    if match:
        return Period(None, dt.date(_year(match[1]), 12, 31), match[0])
    return None
