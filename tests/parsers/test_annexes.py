"""Statistical annexes, however they are printed, and the signature in front of or behind them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from parsers import Observation, Report, parse_page

HEAD = ("指标名称", "计量单位", "2012年度", "历年累计")
ROWS = [
    ("一、主动公开信息数", "条", "421", "3380"),
    ("其中：1.网站公开数", "条", "380", "2900"),
    ("二、依申请公开信息申请总数", "条", "7", "52"),
    ("其中：1.当面申请数", "条", "1", "12"),
    ("2.传真申请数", "条", "0", "2"),
    ("3.网上申请数", "条", "5", "30"),
    ("4.信函申请数", "条", "1", "8"),
    ("三、对申请的答复总数", "条", "7", "52"),
    ("四、收取费用总数", "元", "0", "35"),
    ("五、行政复议数", "件", "0", "2"),
]
READ = {
    "disclosure.items_published": 421,
    "disclosure.website_items": 380,
    "applications.received": 7,
    "applications.received_in_person": 1,
    "applications.received_by_letter": 1,
    "applications.received_online": 5,
    "applications.answered": 7,
    "processing_fees.amount": 0,
    "reconsideration.total": 0,
}
OUTLINE = (
    "概述",
    "主动公开政府信息的情况",
    "依申请公开政府信息的情况",
    "政府信息公开的收费及减免情况",
    "因政府信息公开申请行政复议、提起行政诉讼的情况",
    "存在的主要问题及改进情况",
    "需要说明的事项与附表",
)
SIGNATURE = "<p>青川市水务局</p><p>2013年1月20日</p>"


def page_of(behind: str) -> str:
    sections = "".join(
        f"<p>{number}、{heading}</p><p>坚持以公开为常态，推进各项工作，完善各项制度。</p>"
        for number, heading in zip("一二三四五六七", OUTLINE, strict=True)
    )
    return f"<h1>青川市水务局2012年政府信息公开工作年度报告</h1>{sections}{behind}"


def table(rows: Sequence[Sequence[str]] = (HEAD, *ROWS)) -> str:
    cells = ("".join(f"<td>{text}</td>" for text in row) for row in rows)
    return "<table>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</table>"


def lines(joint: str, rows: Sequence[Sequence[str]] = (HEAD, *ROWS)) -> str:
    return "".join(f"<p>{joint.join(row)}</p>" for row in rows)


def report_of(page: str) -> Report:
    (document,) = parse_page(page.encode())
    assert document.report is not None
    return document.report


def annex_of(report: Report) -> dict[str, Observation]:
    return {o.indicator: o for o in report.observations if o.source == "annex"}


def figures(report: Report) -> dict[str, float | None]:
    return {name: o.value for name, o in annex_of(report).items()}


BARRED = [("", *row, "") for row in (HEAD, *ROWS)]
WITHOUT_UNITS = [(row[0], *row[2:]) for row in (HEAD, *ROWS)]


@pytest.mark.parametrize(
    "annex",
    [
        table(),
        lines(" | "),
        lines("|"),
        lines("｜"),
        lines(" | ", BARRED),
        lines(" | ", [HEAD, ("---",) * 4, *ROWS]),
        lines(" | ", [("指标名称", *HEAD[1:]), *ROWS]),
        lines(" | ", WITHOUT_UNITS),
        lines(" "),
        lines("　"),
        lines("&nbsp;&nbsp; "),
        "<pre>" + lines(" | ").replace("<p>", "").replace("</p>", "\n") + "</pre>",
        f"<p>附表：政府信息公开情况统计表</p>{lines(' | ')}<p>单位负责人：张某　填报人：王某</p>",
    ],
)
@pytest.mark.parametrize("signed", ["before", "behind"])
def test_an_annex_is_read_as_a_table_or_as_text(annex: str, signed: str) -> None:
    parts = [SIGNATURE, annex] if signed == "before" else [annex, SIGNATURE]
    report = report_of(page_of("".join(parts)))
    assert figures(report) == READ
    assert str(report.published_on) == "2013-01-20"
    assert report.office_name == "青川市水务局"
    assert (report.n_sections, report.findings) == (7, ())
    assert {o.source for o in report.observations} == {"annex"}


@pytest.mark.parametrize(
    "behind",
    [
        f"{SIGNATURE}<p>八、附表</p>{table()}",
        f"{SIGNATURE}<p>八、附表</p><p>（一）主动公开情况</p>{table()}",
        f"{SIGNATURE}<p>附件1</p><p>2012年度政府信息公开情况统计表</p>{table()}",
        f"{SIGNATURE}<h2>附表</h2>{table()}<p>填报日期：2013年1月15日</p>",
        f"<p>二〇一三年一月二十日</p>{table()}",
        f"<p>青川市水务局　2013年1月20日</p>{table()}{table([HEAD, ROWS[0]])}",
    ],
)
def test_a_signature_in_front_of_an_annex_dates_the_report(behind: str) -> None:
    report = report_of(page_of(behind))
    assert str(report.published_on) == "2013-01-20"
    assert figures(report) == READ
    codes = [section.section for section in report.sections if section.level == 1]
    assert codes[-2:] == ["signature", "annex"]
    for at, section in enumerate(report.sections, 1):
        assert section.ordinal == at


@pytest.mark.parametrize("border", ["{}", "| {} |", "{} |"])
def test_a_running_total_may_be_left_blank(border: str) -> None:
    rows = [HEAD, *([*row[:3], ""] for row in ROWS)]
    annex = "".join(f"<p>{border.format(' | '.join(row))}</p>" for row in rows)
    assert figures(report_of(page_of(annex))) == READ


def test_a_row_of_text_with_a_cell_too_few_is_unreadable_and_says_so() -> None:
    rows = [HEAD, *ROWS[:2], ("二、依申请公开信息申请总数", "条", "7"), *ROWS[3:]]
    report = report_of(page_of(lines(" | ", rows)))
    observation = annex_of(report)["applications.received"]
    assert (observation.status, observation.value_text) == ("unreadable", "条 | 7")
    assert [f.indicator for f in report.findings] == ["applications.received"]
    assert figures(report) == READ | {"applications.received": None}


@pytest.mark.parametrize(
    "text",
    [
        "<p>指标 | 说明</p><p>公开 | 好</p>",
        "<p>项目 内容 数量</p><p>坚持以公开为常态，推进各项工作。</p>",
        "<p>首页 | 统计指标 | 数据</p><p>打印 | 关闭</p>",
    ],
)
def test_text_that_only_resembles_an_annex_is_none(text: str) -> None:
    assert annex_of(report_of(page_of(text))) == {}
