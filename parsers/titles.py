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
    r"(?:政府信息|政务信息|政务|信息)公开(?:和政务公开)?(?:工作)?(?:情况)?的?"
    r"(?:年度(?:工作)?(?:情况)?(?:的)?报告|年度?报(?!表|送)|工作报告|情况(?:的)?(?:年度)?报告"
    r"|(?:20\d\d|[〇零一二三四五六七八九十]{4})年度?(?:工作)?(?:年度)?报告|报告(?=$|[(（《》_\-—|]))"
)
_REPORT_BEFORE = re.compile(
    r"年度(?:政府信息|政务信息|政务|信息)公开(?:工作)?(?:情况)?(?:年度)?报告?$"
)
# Words that make of a title with those words another document than the report itself.
_ABOUT = re.compile(
    r"解读|通知|公告(?!栏)|函|要点|模板|格式|范文|填报|编制|工作方案|实施方案|办法|规定|报送|评估"
    r"|考核|培训|会议|目录|指南|汇总表|统计表|说明会|意见|关于做好|关于印发|一图读懂|图解|新闻稿"
)
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
    if not (_REPORT.search(folded) or _REPORT_BEFORE.search(folded)):
        return None
    years = [int(year) for year in _YEAR.findall(folded)]
    year = years[0] if len(set(years)) == 1 else None
    return Title("about_reports" if _ABOUT.search(folded) else "report", year, folded)
