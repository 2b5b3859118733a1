"""Read a printed quantity: digits, Chinese numerals, units and qualifiers.

One function for the cell of a table, one that finds the quantities of a sentence, and the reading
of numerals that both share. It never decides what a quantity *means*: that is the business of the
table or the sentence it stands in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from parsers.characters import compact, fold
from parsers.records import ObservationStatus, Qualifier
from parsers.remembering import remembered

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_DIGITS |= dict(zip("壹贰叁肆伍陆柒捌玖", range(1, 10), strict=True))
_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_MYRIADS = {"万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000}
NUMERAL = "〇零一二三四五六七八九十百千两壹贰叁肆伍陆柒捌玖拾佰仟"
# A printed figure: digits with thousands separators and decimals, or Chinese numerals.
FIGURE = rf"(?:\d{{1,3}}(?:,\d{{3}})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|[{NUMERAL}]+)"


class NotAQuantity(ValueError):
    """There is no quantity in the text, or more than one."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity as printed.

    value: in base units (件, 元) after 万 and 亿 are multiplied out; None for a blank.
    status: `reported`, `reported_none` (无) or `blank`.
    qualifier: how exactly it is stated; "exact" when nothing qualifies it.
    unit: the unit as printed, "" when there is none.
    text: the characters it was read from, unchanged.
    """

    value: float | None
    status: ObservationStatus
    qualifier: Qualifier
    unit: str
    text: str


def read_numeral(text: str) -> float:
    """The number that `text` writes in digits or in Chinese numerals, such as 1,234 or 二十三.

    Raises:
        NotAQuantity: `text` is no numeral, or a malformed one (三十十, 1,23).
    """
    if text and (text[0].isascii() and text[0].isdigit()):
        plain = text.replace(",", "")
        if "," in text and not re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", text):
            raise NotAQuantity(f"“{text}” has its thousands separators in the wrong places")
        return float(plain)
    return float(_read_chinese(text))


def _read_chinese(text: str) -> int:
    if not text:
        raise NotAQuantity("nothing to read a numeral from")
    if all(c in _DIGITS for c in text):
        # 二〇一九 is read digit by digit; 两三 (two or three) is no number at all.
        if len(text) == 2 and "〇" not in text and "零" not in text:
            raise NotAQuantity(f"“{text}” names two numbers, not one")
        return int("".join(str(_DIGITS[c]) for c in text))
    total, section, digit, last_unit = 0, 0, None, 10**9
    for c in text:
        if c in _DIGITS:
            if digit not in (None, 0):
                raise NotAQuantity(f"“{text}” is no well-formed numeral")
            digit = _DIGITS[c]
        elif c in _TENS:
            unit = _TENS[c]
            if unit >= last_unit:
                raise NotAQuantity(f"“{text}” is no well-formed numeral")
            section += (1 if digit is None else digit) * unit
            digit, last_unit = None, unit
        elif c in _MYRIADS:
            total += (section + (digit or 0)) * _MYRIADS[c]
            section, digit, last_unit = 0, None, 10**9
        else:
            raise NotAQuantity(f"“{text}” is no numeral")
    return total + section + (digit or 0)


# -- a cell of a table ---------------------------------------------------------------------------

# 空 and 无数据 are words for an empty cell; 无 alone is a figure of none.
_BLANK = re.compile(r"[\s/\\—\-_.·、*＊]*|空|空白|无数据|不适用|N/A", re.IGNORECASE)
_BLANK_MARKS = re.compile(r"/+|\\+|—+|-+|_+|·+|\.+|空白?|无数据|不适用|N/A", re.IGNORECASE)
_NONE = re.compile(r"[无無]|没有|未发生|未收取|未收到|暂无|无此项|无此类情况")
_UNITS = "件|个|項|项|条|條|次|份|宗|例|起|部|篇|人|家|元|圆|人民币元|件次|条次|笔|場|场|户"
_CELL = re.compile(
    rf"(?P<approx>约|近|逾|超过?|不足|不到)?"
    rf"(?P<sign>增加?了?|减少?了?|[+\-↑↓])?"
    rf"(?:人民币|¥|￥)?"
    rf"(?P<figure>{FIGURE})"
    rf"(?P<more>余|多)?(?P<myriad>[万萬亿億])?(?P<more2>余|多)?"
    rf"(?P<unit>{_UNITS})?(?P<after>左右|以上|以内|余)?(?:人民币|整)?"
)
_SIGNS = {"增": 1, "+": 1, "↑": 1, "减": -1, "-": -1, "↓": -1}
_QUALIFIERS: dict[str, Qualifier] = {
    "约": "about",
    "近": "about",
    "左右": "about",
    "余": "at_least",
    "多": "at_least",
    "逾": "at_least",
    "超": "at_least",
    "超过": "at_least",
    "以上": "at_least",
    "以内": "at_most",
    "不足": "at_most",
    "不到": "at_most",
}


# Marks of footnotes, which the compatibility form makes digits: 12① and 33² are 12 and 33.
_NOTES = "¹²³⁰⁴-⁹₀-₉①-⒛⓪-⓿❶-➓㈠-㈩㊀-㊉"
_NOTE = re.compile(f"[{_NOTES}]")
_WITH_NOTE = re.compile(rf"([^{_NOTES}]*[^{_NOTES}\s])\s*[{_NOTES}]+\s*")


def may_be_dash(text: str) -> bool:
    """Whether a cell's text is 一 and nothing else: the numeral, or a dash typed with an input method."""
    return "一" in text and compact(text) == "一"


@remembered(8192)
def read_cell(text: str) -> Quantity:
    """Read the one quantity of a table cell, such as "3", "０件", "1.2万元", "—", "无", "-8".

    An empty cell and the marks that stand for one (/, —, -, 空) are `blank`, never zero.

    Raises:
        NotAQuantity: there is none, or more than one. The message quotes the text.
    """
    if not text.isascii() and _NOTE.search(text):
        noted = _WITH_NOTE.fullmatch(text)
        if noted is None:
            raise NotAQuantity(f"“{_quote(text)}” is the mark of a note, or has one within")
        return replace(read_cell(noted[1]), text=text)
    if may_be_dash(text):
        raise NotAQuantity(f"“{_quote(text)}” may be the numeral or a dash")
    folded = compact(text)
    if not folded or _BLANK_MARKS.fullmatch(folded):
        return Quantity(None, "blank", "exact", "", text)
    if folded.isascii() and folded.isdigit():
        # Two paragraphs of digits in one cell are two figures, not one long one.
        if any(len(part) > 1 for part in text.split()[1:]) or "\n" in text.strip():
            raise NotAQuantity(f"the cell holds more than one figure: “{_quote(text)}”")
        if len(text.split()) > 1:
            raise NotAQuantity(f"the cell holds more than one figure: “{_quote(text)}”")
        if len(folded) > 1 and folded[0] == "0":
            raise NotAQuantity(f"“{folded}” begins with a zero: more than one figure, glued")
        return Quantity(float(folded), "reported", "exact", "", text)
    if _NONE.fullmatch(folded):
        return Quantity(0.0, "reported_none", "exact", "", text)
    match = _CELL.fullmatch(folded.replace("，", ","))
    if match is None:
        raise NotAQuantity(f"“{_quote(text)}” is no single quantity")
    if len(re.findall(r"\d+", fold(text).strip())) > 1 and re.search(
        r"\d\s+\d", fold(text).strip()
    ):
        raise NotAQuantity(f"the cell holds more than one figure: “{_quote(text)}”")
    figure = match["figure"]
    if len(figure) > 1 and figure[0] == "0" and figure[1] != ".":
        raise NotAQuantity(f"“{figure}” begins with a zero: more than one figure, glued")
    value = read_numeral(figure) * _MYRIADS.get(match["myriad"] or "", 1)
    sign = match["sign"]
    if sign:
        value *= _SIGNS[sign[0]]
    words = [match[name] for name in ("approx", "more", "more2", "after") if match[name]]
    qualifier: Qualifier = _QUALIFIERS[words[0]] if words else "exact"
    unit = (match["myriad"] or "") + (match["unit"] or "")
    if not match["unit"] and re.search(r"人民币|[¥￥]", folded):
        unit += "元"
    return Quantity(value + 0.0, "reported", qualifier, unit, text)


def _quote(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 40 else flat[:39] + "…"


_LONGEST_VALUE = 24
_WITHOUT_TEXT = "\ufffc"  # a form's control, as `grids` writes one that shows nothing
_PARAGRAPH = 60


@remembered(8192)
def looks_like_value(text: str) -> bool:
    """Whether a cell's text is a quantity or a mark for none, and so no label; not for ""."""
    if len(text) > _PARAGRAPH:
        # Its beginning shows a paragraph: too long for a quantity, and not all digits.
        beginning = compact(text[:_PARAGRAPH])
        if len(beginning) > _LONGEST_VALUE + 2 and not beginning.isdigit():
            return False
    folded = compact(text)
    if not folded:
        return False
    if folded.isascii() and folded.isdigit():
        return True
    if _WITHOUT_TEXT in folded:
        return True
    if folded[0] in "(（" or len(folded) > _LONGEST_VALUE:
        return False
    if _BLANK_MARKS.fullmatch(folded) or _NONE.fullmatch(folded):
        return True
    if _CELL.fullmatch(folded.replace("，", ",")):
        return True
    # Figures without any word of a label: 12 3, 0.0.1, 1/2. Not a value, yet no label either.
    return re.fullmatch(rf"[\d.,/+\-—、;；:：%‰{_UNITS.replace('|', '')}万亿]+", folded) is not None
