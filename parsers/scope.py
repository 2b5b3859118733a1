"""Whether a figure or a clause of the prose is this report's: of its year, of its office, done.

A figure of another year, of another body, of a plan, of a change or of a running total is left
unread. The words that make it so hold on through a sentence until others take them back.
"""

from __future__ import annotations

import re

from parsers.sentences import Figure

_OTHER_YEAR = re.compile(
    r"上年|上一年|去年|前年|往年|同期|明年|下年|下一年|次年|年均|月均|日均|平均"
)
# Periods longer than the year, and another year named at a clause of its own, hold on.
_OTHER_PERIOD = re.compile(
    r"近[两三四五几\d]年|近年|历年|(?<![一\d])[两三四五六七八九十]年来|过去[一二三四五六七八九十\d两几]+年|十[一二三四]五|本届|任期"
    r"|(?<![告计])期间|(?:^|，)(?:去年|上年度?|前年|上一年度?)，"
)
_THIS_YEAR = re.compile(r"20\d\d年|今年|本年|全年(?!度?公开)|年度")
_PART_OF_YEAR = re.compile(
    r"季度|上半年|下半年|前\d+个?月|\d{1,2}[-—至到]\d{1,2}月(?!\d)|\d{1,2}月份|当[月日]|[一二三四五六七八九十]月份"
)
_CHANGE = re.compile(
    r"(增加|增长|减少|下降|上升|提高|提升|增幅|降幅|多出|少于|多于|同比|环比|(?<!新)增|减)了?$"
    r"|(比|较)[^，。；]{0,12}(多|少|增|减|升|降)"
)
_RUNNING = re.compile(
    r"累计|总计达|迄今|(开通|建站|实施|施行|运行|上线|成立|建立|启用|发布|公布)以来|截[至止]目前|目前|至今|总存量|历史|现有|存有|库存"
)
_OF_THIS_YEAR = re.compile(r"全年|本年|年内|当年|今年|一年来|年度|报告期|统计期|本期")
_OTHER_BODY = re.compile(
    r"全(市|省|县|区|州|国|镇|盟|旗|系统|行业|街道)|各(县|区|市|乡|镇|街道|部门|单位|科室|处室|地|级|局|委|分局)"
    r"|县(市)?区|县市|市直|省直|区直|县直|下级|基层|所属|下属|直属|辖区|局属|系统内|乡镇(?!人民政府)|兄弟"
    r"|其他(部门|单位)|上级(部门|单位|机关)|(市|省|县|区)政府新闻办|(?<!我)(?<!本)新闻办"
)
_OWN_BODY = re.compile(
    r"我[局办委厅院部镇乡县市区街省州旗会中队行所站]|本[局办委厅院部镇乡县机单级]"
)
_PLAN = re.compile(
    r"计划|下一步|下步|至少|最少|拟(?!定)|力争|争取|目标|预计|应当|不少于|不低于|不得|每(年|月|周|季|天|日|个|件|条|名|人)"
    r"|原则上|规定|可以|需在|(按|按照|根据|上级)[^，]{0,8}要求|要求各|将(?!政府|信息|有关|相关|本|其|申请|这|涉)"
)
_GOVERNMENT = re.compile(r"(市|县|区|省|州|旗|镇|乡)(人民)?政府(办公室|办公厅)?$")


def is_of_this_report(figure: Figure, year: int | None, office: str | None) -> bool:
    """Whether nothing in the sentence says that the figure is another's, another year's or a plan."""
    # What stands before the last ； is another sentence for all that matters here.
    sentence = (figure.before + figure.head).rpartition("；")[2]
    clause = figure.head
    if _OTHER_YEAR.search(clause) or _PART_OF_YEAR.search(clause):
        return False
    if _of_other_period(sentence):
        return False
    if _CHANGE.search(clause) or re.search(r"^[左右]?(的?(增|减)(幅|长)|同比)", figure.tail):
        return False
    if _PLAN.search(clause) or "下一步" in sentence:
        return False
    if _of_other_body(sentence, office):
        return False
    if _of_other_year(sentence, year):
        return False
    stock = figure.unit in {"个", "类"} and re.search(r"专题|专栏|栏目", clause) is not None
    # Columns of a site are a stock: how many there are now is what is asked.
    return stock or not _is_running_total(sentence, year)


def clause_is_of_this_report(
    clause: str, before: str, year: int | None, office: str | None
) -> bool:
    """The same for a clause that says that there was none of something."""
    sentence = (before + clause).rpartition("；")[2]
    if _OTHER_YEAR.search(clause) or _of_other_year(sentence, year):
        return False
    if _of_other_body(clause, office):
        return False
    return re.search(r"如果|若|凡|应当|必须|力争|争取|计划|下一步|按要求|要求各", clause) is None


def _of_other_period(sentence: str) -> bool:
    last = max((m.end() for m in _OTHER_PERIOD.finditer(sentence)), default=-1)
    return last >= 0 and _THIS_YEAR.search(sentence, last) is None


def _of_other_body(sentence: str, office: str | None) -> bool:
    found = [m.end() for m in _OTHER_BODY.finditer(sentence)]
    if not found or (office is not None and _GOVERNMENT.search(office)):
        # A government's report speaks for 全市 or 全县 as its own.
        return False
    own = [m.start() for m in _OWN_BODY.finditer(sentence)]
    if not own:
        return True
    # 我局向各县区…: the other body is only spoken to.
    return own[-1] < found[-1] and not re.search(r"向|对|为|由", sentence[own[-1] : found[-1]])


def _of_other_year(sentence: str, year: int | None) -> bool:
    years = re.findall(r"(?:19|20)\d\d(?=年|-|—)", sentence)
    return bool(years) and year is not None and int(years[-1]) != year


def _is_running_total(sentence: str, year: int | None) -> bool:
    found = [m.start() for m in _RUNNING.finditer(sentence)]
    if not found:
        return False
    words = sentence[max(0, found[-1] - 24) :]
    if _OF_THIS_YEAR.search(words):
        return False
    named = year is not None and f"{year}年" in words
    return not named or (re.search(r"截[至止]", words) is not None and "累计" in words)
