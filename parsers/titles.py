"""Recognise the title of an annual report, of a notice about reports, and the links to them.

A crawler decides by this what to fetch, and a parser what a page is. It never reads a figure, and
never takes a publication year for a report year.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from parsers.characters import fold

TitleKind = Literal["report", "about_reports", "column"]

# 政府信息公开工作年度报告 and the printed variants of it: 年报, 政务公开, 工作报告, 工作情况.
_REPORT = re.compile(
    r"(?:政府信息|政务信息|政务|信息)公开(?:和政务公开)?(?:工作)?(?:情况)?(?:总结[暨及和与、])?的?"
    r"(?:年度(?:工作)?(?:情况)?(?:的)?报告|年度?报(?!表|送)|工作报告|情况(?:的)?(?:年度)?报告"
    r"|(?:20\d\d|[〇零一二三四五六七八九十]{4})年度?(?:工作)?(?:年度)?报告|报告(?=$|[(（《》_\-—|]))"
)
_REPORT_BEFORE = re.compile(
    r"年度(?:政府信息|政务信息|政务|信息)公开(?:工作)?(?:情况)?(?:年度)?报告?$"
)
# What makes of a title with those words another document than the report itself: a model of one, a
# picture or an explanation of it, what is said behind its name, and how a notice begins. An office
# may be called so too (机构编制委员会, 绩效考核办公室, 函谷关镇), so words in its name say nothing.
_MODEL = re.compile(r"模板|模版|格式|范文|范本")
_ABOUT_IN_FRONT = re.compile(
    r"^\W?(?:[\u4e00-\u9fff]{2}|H5)?(?:解读|图解|图说)|^\W?(?:一图|图)(?:读懂|看懂|说|解)|(?:解读|图解)\W*$|问答"
    r"|关于(?:做好|印发|报送|编制|填报|转发|召开|举办|组织|开展|加强|规范|进一步|征集)"
)
_ABOUT_BEHIND = re.compile(
    r"解读|通知|公告(?!栏)|函|要点|填报|编制|工作方案|实施方案|办法|规定|报送|评估|考核|培训|会议|目录|指南"
    r"|汇总表|统计表|说明会?$|意见|一图读懂|图解|新闻稿|问答"
)
# 关于公布……年度报告的公告 has the report below it, or attached.
_PUBLISHED_BY = re.compile(r"关于(?:发布|公布|公开)")
_PUBLISHED_AS = re.compile(r"^的?(?:公告|通告|公示)$")
_NAME_BEHIND = re.compile(
    r"^[^的]{2,24}(?:政府|委员会|办公室|办事处|管委会|[厅局委办院社署队中心站所校会司镇乡])$"
)
_PIECES = re.compile(r"[\-_—|（）()《》【】\[\]：:]+")
_COLUMN = re.compile(
    r"^(?:政府)?(?:信息|政务)公开(?:工作)?(?:年度报告|年报)$|^年度报告$|^年报$|^工作年报$"
)
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)\s*(?:年|(?=政府信息|政务|信息公开))")


@dataclass(frozen=True, slots=True)
class Title:
    """What a title or a link's text says.

    kind: `report`, `about_reports` (a notice, an explanation, a template) or `column` (the name
        of the column that lists reports, with neither an office nor a year).
    report_year: the year named in it, None when there is none.
    text: the title with white space folded.
    """

    kind: TitleKind
    report_year: int | None
    text: str


def recognise_title(text: str) -> Title | None:
    """What `text` is the title of, or None when it has nothing to do with annual reports.

    `text` is a link's text, a heading or a page title; breaks and spaces inside it do not matter.
    """
    folded = re.sub(r"\s+", "", fold(text))
    if len(folded) > 120:
        return None
    if _COLUMN.match(folded):
        return Title("column", None, folded)
    name = _REPORT.search(folded) or _REPORT_BEFORE.search(folded)
    if name is None:
        return None
    years = [int(year) for year in _YEAR.findall(folded)]
    year = years[0] if len(set(years)) == 1 else None
    is_about = _is_about(folded, folded[: name.start()], folded[name.end() :])
    return Title("about_reports" if is_about else "report", year, folded)


def _is_about(text: str, before: str, behind: str) -> bool:
    """Whether a title speaks of a report; `before` and `behind` stand round the report's name."""
    if _MODEL.search(text) or _ABOUT_IN_FRONT.search(before):
        return True
    if _PUBLISHED_BY.search(before) and _PUBLISHED_AS.match(behind):
        return False
    directly, *apart = _PIECES.split(behind)
    return _ABOUT_BEHIND.search(directly) is not None or any(
        _ABOUT_BEHIND.search(piece) and not _NAME_BEHIND.match(piece) for piece in apart
    )
