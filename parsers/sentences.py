"""Write a sentence of prose out plainly, so that every figure stands beside its own words.

Turns of phrase that put several figures into one are rewritten (分别为, 各, 由…增至); what is no
figure of the report is left out (titles, file numbers, names, remarks in brackets). What a figure
means is decided in `clauses` and `narrative`.
"""

from __future__ import annotations

import re

from parsers.characters import compact
from parsers.figures import COUNTED, DISCLAIMS
from parsers.officenames import Names
from parsers.quantities import FIGURE, NUMERAL
from parsers.words import is_word

# 1.未收取费用: the number of a list.
_NUMBERING = re.compile(r"^(?:\d{1,2}[.、．)](?!\d)|[(（][\d一二三四五六七八九十]{1,2}[)）]|[①-⑳])")
# 【主动公开】网站公开515条: a heading within the line.
_HEADED = re.compile(r"^【([^】]{1,12})】")
_TITLES = re.compile(r"《[^》]{0,120}》|〔[^〕]{0,12}〕\d*号?|\[\d{4}\]\d*号?|\d{4}年第?\d+号")
# A comma between digits is a thousands separator.
_SEPARATOR = re.compile(r"(?<=\d)，(?=\d{3}(?!\d))")
_MARKS_OF_QUOTATION = re.compile(r"[“‘\"「『]")
# What stands between marks of quotation is a name, unless it is a known word: “两微一端”.
_QUOTED = re.compile(r"[“‘\"「『]([^”’\"」』“‘]{0,40})[”’\"」』]")
# A remark in brackets is left out, unless it goes on counting: （其中网络申请3件）.
_BY_WAY = "(?:当面|现场|窗口|网络|网上|在线|线上|电子|信函|邮寄|传真|微信|网站)"
_REMARK = re.compile(
    rf"[（(](?!\d+[件宗份]{_BY_WAY}|(?:通过|以)?{_BY_WAY}[^（()）\d]{{0,8}}\d|(?:涉及)?(?:政府)?信息公开[^（()）\d]{{0,6}}\d|其中|包括|分别|当面|现场|窗口|网络|网上|在线|线上|电子|信函|邮寄|传真|均为|全部为|为|人大|政协|行政复议|含(?=[^（()）]*(?:当面|网络|信函|邮寄)[^（()）]*\d))[^（()）]*[)）]"
)
_OPENED = re.compile(r"[（(]([^（()）]*)[)）]")
# A remark that the figure before it is the year's: （均为本年度新增）, （1月1日至12月31日）.
_OF_THE_YEAR = re.compile(
    r"[（(](?:(?:均|全部|都)?(?:为|是|系)(?:本年度?|当年|今年)[^（()）\d]{0,8}|(20\d\d年)?1月1日[^（()）]{1,8}12月31日)[)）]"
)
# 按照《条例》规定, 受疫情影响: how or why a thing was done.
_MANNER = re.compile(
    r"(?:按照?|根据|依照|依据|遵照|参照|对照)[^，。；：、\d]{1,16}?(?:要求|规定|部署|安排|精神|原则|标准|程序|制度|办法)"
    r"(?=[\u4e00-\u9fff])|(?:按照?|根据|依照|依据|遵照|参照)《》|受[^，。；：、\d]{1,10}影响"
)
# “喜迎十八大”等新专栏5个
_NEW_COLUMNS = re.compile("(?<![更最])新(?=专题|专栏|栏目)")
# 来厅当面提交, 到水务局政务大厅现场提交: where it was handed in.
_CAME = re.compile(
    r"(?:前来|(?<![年以])来|(?<![收接达提])到)[^，。；、\d]{0,8}?(?:厅|局|馆|镇|乡|委|府|中心|办公室|窗口|机关|单位|办事处)"
    r"(?=当面|现场)"
)
# 面向各县和高校的业务培训: for whom it was held.
_FOR_WHOM = re.compile(r"(?:面向|针对)[^，。；\d]{1,24}?的(?=[^，。；的]{0,10}(?:培训|讲座))")
# 符合条例规定形式要件的申请
_FULFILLING = re.compile(
    r"(?:符合|满足)[^，。；：、\d]{1,18}?的(?=申请|政府信息公开申请|信息公开申请)"
)
# 政府信息公开网络申请 is 网络政府信息公开申请: the way stands inside the name of what came.
_WAY_INSIDE = re.compile(
    r"((?:政府)?信息公开|依申请公开)的?(网络|网上|在线|线上|当面|现场|信函|邮寄|传真|电子邮件)(?=申请)"
)
_FROM_TO = re.compile(
    rf"(?:由|从)[^，。；]{{0,14}}?{FIGURE}[余多]?万?(?:{COUNTED})?(?:，?(?:大幅|小幅|逐年|逐步|进一步))?"
    r"[增加长减少升降提高上下压缩扩大跃攀跌回落翻精简调整拓优化合归并]{1,4}了?(?:至|到|为|成)了?"
)
_LIST = r"[\u4e00-\u9fff（）()“”]{2,14}?(?:(?<!涉)[、和与及][\u4e00-\u9fff]{2,14}?)+"
_RESPECTIVELY = re.compile(
    rf"(?P<names>{_LIST})(?:的?(?:数量|件数|数))?(?:分别|各)(?:有|为|是|收到|受理|达到?|办理|发生|计"
    r"|(?P<deed>(?:主动)?(?:公开|发布|推送|更新)(?:(?:政府|政务)?信息)?))?"
    rf"(?P<figures>{FIGURE}(?:{COUNTED})?(?:[、和与及]{FIGURE}(?:{COUNTED})?|，{FIGURE}(?:{COUNTED}))+)"
)
# Quick looks for the two: a figure behind 分别 or 各.
_DEALT = re.compile(rf"(?:分别|各)[\u4e00-\u9fff]{{0,9}}?[\d{NUMERAL}]")
_EACH_OF = re.compile(rf"[各均都][为是]?[\d{NUMERAL}]")
_STILL_APART = re.compile(
    rf"分别(?=(?:有|为|是)?{FIGURE}(?:{COUNTED})?[和、与及，]{FIGURE}(?:{COUNTED}))"
)
_EACH = re.compile(
    rf"(?P<names>{_LIST})(?:的?(?:数量|件数|数|案件))?[：:]?(?:各|均为|均是|均|都为|都是)"
    rf"(?P<figure>{FIGURE}(?:{COUNTED})|[零〇0](?![\u4e00-\u9fff\d.,%]))"
)


def _remark(match: re.Match[str]) -> str:
    """Nothing in place of a remark, unless it says that the figure is no part of the report."""
    return f"，{match[0][1:-1]}，" if DISCLAIMS.search(match[0]) else ""


# 公开财政信息12条、人事信息3条 are counted by matters, of which the office's own is only one.
_INFORMATION = re.compile(
    rf"(?<!发布)(?<!公开)(?<!推送)(?<!更新)(?<!各类)(?<!政[府务])信息(?:数量?)?[为共]?(?:约|近)?{FIGURE}"
)
_STATED = re.compile(rf"(?<![件条份宗个次篇])[：:](?=(?:约|近)?{FIGURE}(?:{COUNTED})|0[。；]?$)")


def written_plainly(sentence: str, name: Names | None = None) -> str:
    """The sentence without spaces, titles, names, file numbers and remarks, its lists written out.

    A title is left as 《》, a name as “”: that there is one tells of the words beside it. The
    office's own name (`officenames`) is written as 本机关, and 警务信息 of the police as 信息.
    """
    text = _NUMBERING.sub("", compact(sentence)).replace(",", "，").replace(";", "；")
    if text.startswith("【"):
        text = _HEADED.sub(r"\1：", text)
    if "，" in text:
        text = _SEPARATOR.sub(",", text)
    # 申请数量：44件 counts as 申请数量为44件 does.
    if "：" in text or ":" in text:
        text = _STATED.sub("为", text)
    if "《" in text or "号" in text or "〔" in text or "[" in text:
        text = _TITLES.sub("《》", text)
    if name is not None:
        text = name.own.sub("本机关", text)
        matter = name.matter
        if matter is not None and matter.search(text) and len(_INFORMATION.findall(text)) < 2:
            text = matter.sub("", text)
    if _MARKS_OF_QUOTATION.search(text) is not None:
        text = _QUOTED.sub(_quoted, text)
    if "(" in text or "（" in text:
        of_the_year = _OF_THE_YEAR.search(text)
        if of_the_year is not None:
            text = (of_the_year[1] or "全年") + _OF_THE_YEAR.sub("", text)
        text = _REMARK.sub(_remark, text)
        text = _OPENED.sub(r"，\1，", text)
    text = _MANNER.sub("", text)
    if "公开" in text and "申请" in text:
        text = _WAY_INSIDE.sub(r"\2\1", text)
    if "新专" in text or "新栏" in text:
        text = _NEW_COLUMNS.sub("新增", text)
    if "当面" in text or "现场" in text:
        text = _CAME.sub("", text)
    if "面向" in text or "针对" in text:
        text = _FOR_WHOM.sub("", text)
    if "符合" in text or "满足" in text:
        text = _FULFILLING.sub("", text)
    if ("分别" in text or "各" in text) and _DEALT.search(text) is not None:
        text = _RESPECTIVELY.sub(_write_out, text)
        text = _STILL_APART.sub("各自", text)  # of which of them each is, is not told
    if _EACH_OF.search(text) is not None:
        text = _EACH.sub(_write_each, text)
    return _FROM_TO.sub("为", text) if "由" in text or "从" in text else text


def _quoted(match: re.Match[str]) -> str:
    return match[1] if is_word(match[1]) else "“”"


_SUGGESTIONS = re.compile("(?:人大|政协)[^、]*(?:建议|提案)$")
_OF_A_LEVEL = re.compile("(?:全国|国家|[省市县区州旗]级?)$")


def _names(text: str, marks: str = "、和与及") -> list[str]:
    names = re.split(rf"以及|(?<!涉)[{marks}]", text)
    # 当面、网络、信函申请: what the last one is called, all are.
    if (shared := _SUGGESTIONS.search(names[-1])) is not None and _OF_A_LEVEL.search(names[0]):
        # 承办省、市人大代表建议
        return [name if _SUGGESTIONS.search(name) else name + shared[0] for name in names]
    if names[-1].endswith("申请"):
        names = [name if "申请" in name else name + "申请" for name in names]
    return names


def _write_out(match: re.Match[str]) -> str:
    names = _names(match["names"])
    figures = re.split(r"[、，和与及]", re.sub(r"(?<=\d),(?=\d{3})", "", match["figures"]))
    if len(figures) < 2:
        return match[0]
    if len(names) != len(figures):
        # 省、市人大代表建议和政协委员提案分别为6件和9件: the bodies of one name stand apart by 、
        names = _names(match["names"], "和与及")
    if len(names) != len(figures):
        return match[0].replace("分别", "各自")
    deed = match["deed"] or ""
    return "、".join(name + deed + figure for name, figure in zip(names, figures, strict=True))


def _write_each(match: re.Match[str]) -> str:
    figure = match["figure"] if len(match["figure"]) > 1 else "为" + match["figure"]
    return "、".join(name + figure for name in _names(match["names"]))
