"""Take a sentence of prose apart into figures, each with the words that belong to it.

Rewrites the turns of phrase that put several figures into one (分别为, 各, 由…增至), leaves out what
is no figure of the report (titles, file numbers, remarks in brackets), and tells for every figure
its clause and its context. What a figure means is decided in `narrative`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from parsers.characters import compact
from parsers.quantities import FIGURE, NUMERAL, NotAQuantity, read_numeral
from parsers.records import Qualifier

# Units of measure that a fact can have, and units of other things: a figure with one of these is
# passed over as if it were a word.
COUNTED = "条次|篇次|件次|期次|场次|班次|批次|万元|亿元|元|条|篇|件|份|封|个班|个|项|次|宗|例|起|期|场|则|稿|幅|轮|类"
_OTHER_UNITS = (
    "人次|人|名|家|户|天|个工作日|工作日|日|年|个月|月|号|时|小时|分钟|分|秒|页|字|部|册|种|班|处|台|块|部门"
    "|个百分点|%|％|‰|倍|位|公里|平方|楼|层|岁|届|批|级|步|度|室|路"
)
_QUANTITY = re.compile(
    rf"(?P<approx>大约|约为?|将近|近|逾|不超过|超过|超|不足|不到)?"
    rf"(?P<figure>{FIGURE})(?P<more>余|多|来|几)?(?P<myriad>[万亿])?(?P<more2>余|多)?"
    rf"(?:(?P<long>人次|个工作日|个月|个百分点|部门)|(?P<unit>{COUNTED})|(?P<other>{_OTHER_UNITS}))?"
    rf"(?P<after>左右|以上|以内|以下|余|之多|上下)?"
)
_QUALIFIERS: dict[str, Qualifier] = {
    **dict.fromkeys(("约", "约为", "大约", "近", "将近", "左右", "上下", "来"), "about"),
    **dict.fromkeys(("余", "多", "逾", "超过", "超", "以上", "几", "之多"), "at_least"),
    **dict.fromkeys(("不足", "不到", "不超过", "以内", "以下"), "at_most"),
}
_MYRIADS = {"万": 10_000, "亿": 100_000_000}
_STOPS = "，；;。：:！？"

_TITLES = re.compile(r"《[^》]{0,120}》|〔[^〕]{0,12}〕\d*号?|\[\d{4}\]\d*号?|\d{4}年第?\d+号")
# A remark in brackets is left out, unless it goes on counting: （其中网络申请3件）.
_REMARK = re.compile(r"[（(](?!其中|包括|分别|当面|网络|网上|信函|均为|全部为|为)[^（()）]*[)）]")
_OPENED = re.compile(r"[（(]([^（()）]*)[)）]")
_FROM_TO = re.compile(
    rf"(?:由|从)[^，。；]{{0,14}}?{FIGURE}[余多]?万?(?:{COUNTED})?"
    rf"(?:大幅|小幅)?(?:增加|增长|增|减少|减|上升|升|下降|降低|降|提高|提升|扩大)了?(?:至|到|为)(?:了)?"
)
_LIST = r"[\u4e00-\u9fff（）()“”]{2,14}?(?:[、和与及][\u4e00-\u9fff]{2,14}?)+"
_RESPECTIVELY = re.compile(
    rf"(?P<names>{_LIST})(?:的?(?:数量|件数|数))?(?:分别|各)(?:有|为|是|收到|受理|达到?|办理|发生|计)?"
    rf"(?P<figures>{FIGURE}(?:{COUNTED})?(?:[、，和与及]{FIGURE}(?:{COUNTED})?)+)"
)
_EACH = re.compile(
    rf"(?P<names>{_LIST})(?:的?(?:数量|件数|数|案件))?(?:各|均为|均|都为|都是)(?P<figure>{FIGURE}(?:{COUNTED}))"
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a sentence.

    value: after 万 and 亿 are multiplied out; money is in 元. unit: as printed, 元 for 万元.
    text: as printed. near: its own clause; head: the clause up to the figure; tail: behind it.
    far: the clause and the clauses without figures before it. before: the sentence up to the
    clause.
    """

    value: float
    qualifier: Qualifier
    unit: str
    text: str
    near: str
    head: str
    tail: str
    far: str
    before: str
    behind: str


def clean_sentence(sentence: str) -> str:
    """The sentence without spaces, titles, file numbers and remarks, its lists written out."""
    text = compact(sentence).replace(",", "，").replace(";", "；")
    # A comma between digits is a thousands separator.
    text = re.sub(r"(?<=\d)，(?=\d{3}(?!\d))", ",", text)
    # 申请数量：44件 counts as 申请数量为44件 does.
    text = re.sub(rf"[：:](?=(?:约|近)?{FIGURE}(?:{COUNTED}))", "为", text)
    text = _TITLES.sub("《》", text)
    text = _REMARK.sub("", text)
    text = _OPENED.sub(r"，\1，", text)
    if "分别" in text or "各" in text:
        text = _RESPECTIVELY.sub(_write_out, text)
    if "各" in text or "均" in text or "都" in text:
        text = _EACH.sub(_write_each, text)
    return _FROM_TO.sub("", text)


def _names(text: str) -> list[str]:
    names = re.split(r"[、和与及]", text)
    # 当面、网络、信函申请: what the last one is called, all are.
    if names[-1].endswith("申请"):
        names = [name if "申请" in name else name + "申请" for name in names]
    return names


def _write_out(match: re.Match[str]) -> str:
    names = _names(match["names"])
    figures = re.split(r"[、，和与及]", re.sub(r"(?<=\d),(?=\d{3})", "", match["figures"]))
    if len(figures) < 2:
        return match[0]
    # The first name may have the beginning of the sentence in front of it; the last figures count.
    if len(names) != len(figures):
        return match[0].replace("分别", "各自")
    return "、".join(name + figure for name, figure in zip(names, figures, strict=True))


def _write_each(match: re.Match[str]) -> str:
    return "、".join(name + match["figure"] for name in _names(match["names"]))


def figures_in(clean: str) -> Iterator[Figure]:
    """The figures with a counting unit (or none, behind 为 or 数) of a cleaned sentence, in order."""
    matches = [m for m in _QUANTITY.finditer(clean) if _counts(clean, m)]
    previous_end = 0
    for index, match in enumerate(matches):
        following = matches[index + 1].start() if index + 1 < len(matches) else len(clean)
        tail_end = match.end()
        while tail_end < following and clean[tail_end] not in _STOPS + "、":
            tail_end += 1
        if tail_end == following and following < len(clean):
            # Another figure stands in the same clause: what is between belongs to that one.
            tail_end = match.end()
        stop = max(clean.rfind(mark, 0, match.start()) for mark in _STOPS) + 1
        start = max(previous_end, stop)
        figure = _figure(clean, match, previous_end, start, tail_end)
        if figure is not None:
            yield figure
        previous_end = tail_end


def _counts(clean: str, match: re.Match[str]) -> bool:
    """Whether a quantity is a figure: not an ordinal, a date, a number of people or a rough 数十."""
    if match["other"] or match["long"]:
        return False
    before = clean[: match.start()]
    if before.endswith(("第", "每", "-", "—")):
        return False
    if match["figure"][0] in "十百千" and before.endswith(("数", "上", "几")):
        return False
    if match["unit"] is None:
        # 申请数为5。
        return bool(re.search(r"(为|是|计|达|数|量|共)$", before)) and (
            match.end() == len(clean) or clean[match.end()] in _STOPS + "、"
        )
    figure = match["figure"]
    if figure[0] in NUMERAL and len(figure) == 1 and figure == "一":
        # 一次, 一个, 一批 and 一项 are articles as often as numbers; 一件 counts.
        counted = r"(申请|建议|提案|复议|诉讼|信息|培训|发布会|专栏)(了|案件|案)?$"
        held = r"(举办|召开|组织|开展|举行)了?$"
        return re.search(counted, before) is not None or (
            match["unit"] in {"次", "期", "场"} and re.search(held, before) is not None
        )
    return True


def _figure(
    clean: str, match: re.Match[str], previous_end: int, start: int, tail_end: int
) -> Figure | None:
    try:
        value = read_numeral(match["figure"])
    except NotAQuantity:
        return None
    if match["myriad"]:
        value = round(value * _MYRIADS[match["myriad"]], 6)
    unit = match["unit"] or ""
    if unit in {"万元", "亿元"}:
        value = round(value * _MYRIADS[unit[0]], 6)
        unit = "元"
    words = [match[name] for name in ("approx", "more", "more2", "after") if match[name]]
    return Figure(
        value=value,
        qualifier=_QUALIFIERS[words[0]] if words else "exact",
        unit=unit,
        text=match[0],
        near=clean[start:tail_end],
        head=clean[start : match.start()],
        tail=clean[match.end() : tail_end],
        far=clean[previous_end:tail_end],
        before=clean[:start],
        behind=clean[match.end() :],
    )
