"""Titles of reports, of other papers about them, and of the columns that list them."""

from __future__ import annotations

import pytest

from parsers.titles import recognise_title

OFFICE = "青川市水务局"


@pytest.mark.parametrize(
    ("text", "kind", "year"),
    [
        (f"{OFFICE}2018年政府信息公开工作年度报告", "report", 2018),
        (f"2018年{OFFICE}政府信息公开工作年度报告", "report", 2018),
        (f"{OFFICE}2018年度政府信息公开年度报告", "report", 2018),
        (f"{OFFICE}2018年政府信息公开工作报告", "report", 2018),
        (f"{OFFICE}2018年政府信息公开工作年报", "report", 2018),
        (f"{OFFICE}2018年政务公开年度报告", "report", 2018),
        (f"{OFFICE}2018年政府信息\n公开工作 年度报告", "report", 2018),
        (f"２０１８年{OFFICE}政府信息公开工作年度报告", "report", 2018),
        (f"2009{OFFICE}政府信息公开年度报告", "report", None),
        (f"{OFFICE}政府信息公开工作年度报告", "report", None),
        ("关于做好2018年政府信息公开工作年度报告编制工作的通知", "about_reports", 2018),
        (f"文字解读：{OFFICE}2022年政府信息公开工作年度报告", "about_reports", 2022),
        ("政府信息公开工作年度报告范文", "about_reports", None),
        ("政府信息公开工作年度报告（模板）", "about_reports", None),
        (f"{OFFICE}关于做好2021年政府信息公开年度报告工作的通知", "about_reports", 2021),
        (f"图解：{OFFICE}2021年政府信息公开工作年度报告", "about_reports", 2021),
        (f"一图读懂{OFFICE}2021年政府信息公开工作年度报告", "about_reports", 2021),
        (f"《{OFFICE}2021年政府信息公开工作年度报告》解读", "about_reports", 2021),
        (f"{OFFICE}召开2021年政府信息公开年度报告编制培训会", "about_reports", 2021),
        (f"{OFFICE}关于2021年政府信息公开工作情况的报告", "report", 2021),
        (f"关于公布{OFFICE}2021年政府信息公开工作年度报告的公告", "report", 2021),
        (f"2014年度{OFFICE}政府信息公开工作总结暨年度报告", "report", 2014),
        (f"{OFFICE}2014年政府信息公开工作总结及年报", "report", 2014),
        ("青山县机构编制委员会办公室2021年政府信息公开工作年度报告", "report", 2021),
        ("青山县绩效考核办公室2021年政府信息公开工作年度报告", "report", 2021),
        ("灵宝市函谷关镇2021年政府信息公开工作年度报告", "report", 2021),
        ("青山县会议服务中心政府信息公开工作年度报告（2021年）", "report", 2021),
        ("2021年政府信息公开工作年度报告（绩效考核办公室）", "report", 2021),
        ("2021年政府信息公开工作年度报告-青山县编制委员会办公室", "report", 2021),
        ("政府信息公开年度报告", "column", None),
        ("年度报告", "column", None),
        (f"{OFFICE}2018年工作总结", None, None),
        ("2018年法治政府建设年度报告", None, None),
        ("政府信息公开指南", None, None),
        ("", None, None),
    ],
)
def test_a_title(text: str, kind: str | None, year: int | None) -> None:
    title = recognise_title(text)
    assert (title.kind if title else None) == kind
    assert (title.report_year if title else None) == year
