"""Find what is a figure in a sentence: a number that counts something a report states.

Ordinals, dates, numbers of people and of pages, and articles (一次, 一个) are none. What a figure
means is decided by the words round it, in `clauses` and by the rules.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from parsers.quantities import FIGURE, NotAQuantity, read_numeral
from parsers.records import Qualifier

# Units of measure that a fact can have, and units of other things.
COUNTED = "条次|篇次|件次|期次|场次|班次|批次|万元|亿元|元|条|篇|件|份|封|个班|个|项|次|宗|例|起|期|场|则|稿|幅|轮|类"
_MEASURED = (
    "人次|人|名|家|户|天|个工作日|工作日|日|年|个月|月|号|时|小时|分钟|分|秒|页|字|部|册|种|班|处|台|块|部门"
    "|个百分点|%|％|‰|倍|位|公里|平方|楼|层|岁|届|批|级|步|度|室|路|成|张|枚|辆|所|套|笔|亩|吨|版|辑|式|档|支"
    "|本|卷|株|对|方面|大类"
)
QUANTITY_TEXT = (
    rf"(?:{FIGURE})(?:余|多|来|几)?[万亿]?(?:余|多)?"
    rf"(?:个工作日|个月|个百分点|部门|人次|{COUNTED}|{_MEASURED})?"
    r"(?:左右|以上|以内|以下|余|之多|上下)?"
)
_QUANTITY = re.compile(
    r"(?P<approx>大约|约为?|将近|近|逾|不超过|超过|超|不足|不到)?"
    rf"(?P<figure>{FIGURE})(?P<more>余|多|来|几)?(?P<myriad>[万亿])?(?P<more2>余|多)?"
    rf"(?:(?P<long>人次|个工作日|个月|个百分点|部门)|(?P<unit>{COUNTED})|(?P<other>{_MEASURED}))?"
    r"(?P<after>左右|以上|以内|以下|余|之多|上下)?"
)
_QUALIFIERS: dict[str, Qualifier] = {
    **dict.fromkeys(("约", "约为", "大约", "近", "将近", "左右", "上下", "来"), "about"),
    **dict.fromkeys(("余", "多", "逾", "超过", "超", "以上", "几", "之多"), "at_least"),
    **dict.fromkeys(("不足", "不到", "不超过", "以内", "以下"), "at_most"),
}
_MYRIADS = {"万": 10_000, "亿": 100_000_000}
# 按档案利用标准收取，不是信息公开收费; 与信息公开无关; 未列入上述条数.
DISCLAIMS = re.compile(
    r"(?:不是|不属于?|并非|[不未](?:计|列|纳|归|并)入|[不未]作为|不在|不算|未算)[^，。；、]{0,10}?"
    r"(?:信息公开|公开(?:收费|申请|信息|统计|数|范围|内容)|统计|之[列内]|本报告|上述|前述|以上|年报|当年|本年)"
    r"|与(?:政府)?信息公开(?:工作|申请)?(?:均|都)?(?:无关|无涉|没有关[系联]|不相关)|[与和]此无关|(?:另行|单独)统计"
)
_MARKS = "，；;。：:！？、"
_HOLDS = re.compile(
    rf"[\d〇零一二三四五六七八九十百千两壹贰叁肆伍陆柒捌玖拾佰仟]\s*[余多来几]?\s*[万萬亿億]?[余餘多]?\s*(?:{COUNTED}|[條個項場類])"
    r"|[为為是计計达達数數量共：:]\s*[\d零]"
)
# What is counted in 个, 类 and 期; in a sentence without these words they count nothing reported.
_OF_PIECES = re.compile("专题|专栏|栏目|发布会|解读|培训|讲座|轮训|学习班|建议|提案")
_MORE = re.compile(r"共?计?\d")
_ARTICLE_AFTER = re.compile(r"(?:申请|建议|提案|复议|诉讼|信息|培训|发布会|专栏)(?:了|案件|案)?$")
_HELD_BEFORE = re.compile(r"(?:举办|召开|组织|开展|举行)了?$")


@dataclass(frozen=True, slots=True)
class Figure:
    """A printed figure.

    value: after 万 and 亿 are multiplied out; money is in 元. unit: as printed, 元 for 万元. text:
    as printed. near: the words of its clause before it.
    """

    value: float
    qualifier: Qualifier
    unit: str
    text: str
    near: str


def holds_figures(text: str) -> bool:
    """Whether there may be a figure in the text: a quick look, before it is taken apart."""
    return _HOLDS.search(text) is not None


def figure_at(text: str, start: int, end: int, near: int) -> Figure | None:
    """The figure that `text[start:end]` is; None when it counts nothing that a report states.

    near: where its clause begins, or the figure before it ends.
    """
    match = _QUANTITY.fullmatch(text, start, end)
    if match is None or not _counts(match, text):
        return None
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
    qualifier = _QUALIFIERS[words[0]] if words else "exact"
    return Figure(value, qualifier, unit, match[0], text[near:start])


def _counts(match: re.Match[str], text: str) -> bool:
    """Whether a quantity is a figure: not an ordinal, a date, a number of people or a rough 数十."""
    if match["other"] or match["long"]:
        return False
    start, end = match.span()
    before = text[max(0, start - 8) : start]
    # 专栏由12个…为9个: what it was before
    if before.endswith(("第", "-", "—", "各", "每", "由", "从")):
        return False
    if text.startswith("的", end) and (end + 1 == len(text) or text[end + 1] in _MARKS):
        # 超过10件的，每增加1件加收100元: a case that is imagined
        return False
    figure, unit = match["figure"], match["unit"]
    if figure[0] in "十百千" and before.endswith(("数", "上", "几")):
        return False
    if unit is None:
        # 申请数为5。
        return before.endswith(("为", "是", "计", "达", "数", "量", "共")) and (
            end == len(text) or text[end] in _MARKS
        )
    if unit in {"个", "类", "期"} and (not _OF_PIECES.search(text) or _MORE.match(text, end)):
        # 23个村, 共7类1085条, 346期共892条
        return False
    if figure == "一" and unit not in {"件", "份", "宗", "例", "起", "封"}:
        # 一次, 一个, 一批 and 一项 are articles as often as numbers; 一件 counts.
        return _ARTICLE_AFTER.search(before) is not None or (
            unit in {"次", "期", "场"} and _HELD_BEFORE.search(before) is not None
        )
    return True
