"""Take a sentence of prose apart into words of known kinds; what is no known word is `unknown`.

The words stand in `layouts/narrative_words.csv`; figures, periods, government sites and the
suggestions of deputies, which are made up of names and numbers, have patterns here. Each kind of
word has one letter, so that a clause is a short string, which patterns can be matched against. What
a kind of word does to a figure is decided in `clauses` and by the rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from parsers.figures import QUANTITY_TEXT
from parsers.quantities import NUMERAL
from parsers.registry import read_table

_PLACES = "省市县区州旗盟镇乡"
_BODIES = (
    "局|办|委|厅|院|部门?|镇|乡|县|市|区|街道?|省|州|旗|会|中心|[大支总]?队|行政机关|行|所|站|署|社|馆|校"
    "|公司|单位|办事处|管委会|机关|开发区|园区|关(?![系键于注联闭])"
)
_SITE = r"(?:人民)?政府(?:门户|官方|信息公开|公众信息|公众|信息|政务)*(?:网站群?|网|官网)"
_GOVERNMENT = r"(?:人民)?政府(?:办公室|办公厅|新闻办公室|新闻办|法制办)?(?!信息|采购|门户)"
_SUGGESTION = "建议、批评和意见|议案建议|意见建议|建议意见|建议、意见|意见、建议|意见和建议|建议和意见|书面建议|建议|意见"
_AN_ORGAN = r"[十百\d一二三四五六七八九]+届"
_A_MEETING = r"[十\d一二三四五六七八九]+次会议"
# 政协委员关于“”的提案: what a single suggestion is about.
_ABOUT = r"(?:关于[^，。；、\d]{1,30}?的)?"
_DIGITS = "0123456789"
_APPROXIMATELY = "大约将近逾不超"
# Words that are made up of names and numbers: (kind, characters they begin with, pattern), in the
# order in which they are tried; first those that go before the words of the table.
_BEFORE_WORDS = (
    ("title", "《", "《》"),
    ("name", "“", "“”"),
    (
        "span",
        "自过近" + _DIGITS + NUMERAL,
        r"自[^，；。、]{1,30}?(?:以来|至今)|(?:19|20)\d\d年(?:\d{1,2}月)?(?:\d{1,2}日)?(?:以来|至今)"
        r"|[二两三四五六七八九十\d]+(?:周年|年)多?来|过去[二两三四五几\d]+年|近[二两三四五几\d十]+年来?"
        r"|(?:19|20)\d\d年?(?:\d{1,2}月)?(?:\d{1,2}日)?[底末初]?(?:[-—~～至到]|起至)(?:19|20)\d\d年"
        r"|十[一二三四]五(?:期间|时期)?",
    ),
    (
        "now",
        _DIGITS,
        r"(?<!\d)1月1?日?[-—至到起]+12月(?:31日|底)?止?|(?<!\d)1[-—至到]12月",
    ),
    ("part_year", _DIGITS, r"(?<!\d)\d{1,2}月?[-—至到]\d{1,2}月份?"),
    (
        "as_of",
        "截",
        r"截[至止]到?(?:(?:19|20)\d\d年度?|今年|本年度?)?(?:12月(?:[23]\d|1[5-9])日|(?:12月)?(?:31日|底|年底|末|年末)?)止?"
        r"(?=[，\u4e00-\u9fff])",
    ),
    ("year", _DIGITS, r"(?:19|20)\d\d(?:学?年[度底末初]?|(?=[-—]))"),
    ("until", _DIGITS, r"12月(?:31日|份|底)|1月1日"),
    ("part_year", _DIGITS, r"\d{1,2}月(?:\d{1,2}日|份|底|末|初)?|\d{1,2}日"),
    (
        "ordinal",
        "第一二三四五六七八九十",
        rf"第[{NUMERAL}\d]+(?:[届次号条期批位名章款项轮件])?|[一二三四五六七八九十]是(?=[^否])",
    ),
    (
        "figure",
        _DIGITS + _APPROXIMATELY,
        rf"(?:大约|约为?|将近|近|逾|不超过|超过|超|不足|不到)?(?:(?<=[约近逾过超足到为])|(?=\d)){QUANTITY_TEXT}",
    ),
    ("own", "我本", rf"[我本](?:{_BODIES})(?:机关)?"),
    (
        "npc",
        "人代" + NUMERAL + _DIGITS,
        rf"(?:{_AN_ORGAN})?(?:人大(?:{_A_MEETING})?(?:闭会期间)?(?:代表)?|代表)(?:提出)?的?{_ABOUT}"
        rf"(?:{_SUGGESTION})(?:议案|案)?(?:件|数量|数)?类?",
    ),
    (
        "cppcc",
        "政",
        rf"政协(?:{_AN_ORGAN})?(?:{_A_MEETING})?(?:委员)?(?:提出)?的?{_ABOUT}提案(?:件|数量|数)?类?",
    ),
    (
        "req",
        "公任单",
        r"公民[、和及]?法人(?:[、和及或]|或者|以及)*(?:其他|其它)?(?:社会)?组织|任?何?单位[、和及或]个人",
    ),
    (
        "until",
        "人政" + NUMERAL + _DIGITS,
        rf"(?:{_AN_ORGAN})?(?:人大|政协)(?:{_AN_ORGAN})?{_A_MEETING}(?:及闭会)?(?:期间)?",
    ),
    ("npc_body", "人政", r"人大代表|人大(?!常委)|政协委员|政协"),
    ("gov_site", _PLACES, f"[{_PLACES}]{_SITE}"),
    ("gov", _PLACES, f"[{_PLACES}]{_GOVERNMENT}"),
    ("stop", "，；。：:！？", "."),
)
_AFTER_WORDS = (("figure", NUMERAL, QUANTITY_TEXT),)
# Of any place: 青川县政府网站.
_OF_A_PLACE = (
    ("gov_site", r"[\u4e00-\u9fff]{1,4}?" + f"[{_PLACES}]{_SITE}"),
    ("gov", r"[\u4e00-\u9fff]{1,4}?" + f"[{_PLACES}]{_GOVERNMENT}"),
)
# Kinds that no row of the table has: those of the patterns, and what is made of words.
_MORE_KINDS = (
    *dict.fromkeys(name for name, *_ in (*_BEFORE_WORDS, *_AFTER_WORDS, *_OF_A_PLACE)),
    "unknown",
    "some_body",
    "measure",
    "compared",
)
_FIRST_LETTER = 0xE000


@cache
def _kinds() -> dict[str, int]:
    names = [row["kind"] for row in read_table("parsers.layouts", "narrative_words.csv")]
    return {name: 1 << at for at, name in enumerate(dict.fromkeys([*names, *_MORE_KINDS]))}


def kinds(names: str) -> int:
    """The bits of kinds of words, by their names, together.

    Raises:
        KeyError: a name that no row of `narrative_words.csv` and no pattern has.
    """
    bits = 0
    for name in names.split():
        bits |= _kinds()[name]
    return bits


def letter(name: str) -> str:
    """The letter that stands for a kind of word in a coded clause."""
    return chr(_FIRST_LETTER + _kinds()[name].bit_length() - 1)


def letters(names: str) -> frozenset[str]:
    """The letters of several kinds of words."""
    return frozenset(letter(name) for name in names.split())


@lru_cache(maxsize=4096)
def kinds_in(code: str) -> int:
    """The kinds of the words of a coded clause, together, as bits."""
    bits = 0
    for character in set(code):
        bits |= 1 << (ord(character) - _FIRST_LETTER)
    return bits


def coded(pattern: str) -> re.Pattern[str]:
    """A pattern over coded clauses: `<to|by>` is one word of either kind, `<^stop>` any other."""

    def written(match: re.Match[str]) -> str:
        return f"[{match[1]}{''.join(letter(name) for name in match[2].split('|'))}]"

    return re.compile(re.sub(r"<(\^?)([a-z_|]+)>", written, pattern))


# -- finding words ---------------------------------------------------------------------------------


@cache
def _vocabulary() -> dict[str, str]:
    """Every word of the table, with the letter of its kind."""
    words: dict[str, str] = {}
    for row in read_table("parsers.layouts", "narrative_words.csv"):
        for word in row["words"].split():
            if words.setdefault(word, letter(row["kind"])) != letter(row["kind"]):
                raise ValueError(f"“{word}” stands in two rows of narrative_words.csv")
    return words


def is_word(text: str) -> bool:
    """Whether the whole of `text` is one word of the table."""
    return text in _vocabulary()


@cache
def _lengths() -> dict[str, tuple[int, ...]]:
    """How long the words are that begin with two characters, the longest first."""
    lengths: dict[str, set[int]] = {}
    for word in _vocabulary():
        if len(word) > 1:
            lengths.setdefault(word[:2], set()).add(len(word))
    return {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}


_Patterns = tuple[re.Pattern[str], tuple[str, ...]]


def _one_of(patterns: Iterable[tuple[str, str]]) -> _Patterns:
    """One pattern for several, and the letters of the kinds of its groups."""
    names, sources = zip(*patterns, strict=True)
    return re.compile("|".join(f"({s})" for s in sources)), ("", *map(letter, names))


@cache
def _by_first(before: bool) -> dict[str, _Patterns]:
    """The patterns to try where a character stands, before or after the words of the table."""
    table = _BEFORE_WORDS if before else _AFTER_WORDS
    made: dict[tuple[tuple[str, str], ...], _Patterns] = {}
    found: dict[str, _Patterns] = {}
    for first in {character for _, begins, _ in table for character in begins}:
        patterns = tuple((name, source) for name, begins, source in table if first in begins)
        found[first] = made.setdefault(patterns, _one_of(patterns))
    return found


@cache
def _of_a_place() -> _Patterns:
    return _one_of(_OF_A_PLACE)


def words_of(text: str) -> list[tuple[str, int, int]]:
    """(letter, start, end) of the words of a plainly written sentence, marks among them.

    What lies between known words is one word of the kind `unknown`.
    """
    before, after, lengths, vocabulary = (
        _by_first(True),
        _by_first(False),
        _lengths(),
        _vocabulary(),
    )
    places = _of_a_place() if "政府" in text else None
    unknown = letter("unknown")
    found: list[tuple[str, int, int]] = []
    at = open_at = 0
    size = len(text)
    while at < size:
        first = text[at]
        end, word = at, ""
        patterns = before.get(first)
        if patterns is not None and (match := patterns[0].match(text, at)) is not None:
            end, word = match.end(), patterns[1][match.lastindex or 0]
        if not word:
            for length in lengths.get(text[at : at + 2], ()):
                known = vocabulary.get(text[at : at + length])
                if known is not None:
                    end, word = min(at + length, size), known
                    break
            else:
                word = vocabulary.get(first, "")
                end = at + 1
        if not word and first in after:
            end, word = _matched(after[first], text, at)
        if not word and places is not None:
            end, word = _matched(places, text, at)
        if not word:
            at += 1
            continue
        if at > open_at:
            found.append((unknown, open_at, at))
        found.append((word, at, end))
        at = open_at = end
    if size > open_at:
        found.append((unknown, open_at, size))
    return found


def _matched(patterns: _Patterns, text: str, at: int) -> tuple[int, str]:
    """(end, letter) of what stands at a place, letter "" when nothing does."""
    match = patterns[0].match(text, at)
    if match is None:
        return at, ""
    return match.end(), patterns[1][match.lastindex or 0]
