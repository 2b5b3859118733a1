"""Sentences of reports, and the facts that each of them states, one a row of `sentences.csv`.

office: the report's, a bureau where none is given. facts: `indicator[applicant]=value`, joined by
`; `, empty for a sentence that only looks as if it stated one. A value may have the marks
`~at_least`, `~at_most`, `~about`, and `~none` where words say that there was none (`~none?` where
a zero is printed in words). `?` in front: a reader may also leave it unread or open (`unreadable`).
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from parsers import Document, Observation, parse_page

with Path(__file__).with_name("sentences.csv").open(encoding="utf-8", newline="") as _file:
    ROWS = list(csv.DictReader(_file))

OUTLINES = {
    "narrative-2008": [
        ("overview", "概述"),
        ("organisation", "组织领导和制度建设情况"),
        ("interpretation", "发布解读、回应社会关切以及互动交流情况"),
        ("key_areas", "重点领域政府信息公开工作推进情况"),
        ("proactive", "主动公开政府信息以及公开平台建设情况"),
        ("applications", "政府信息公开申请的办理情况"),
        ("fees", "政府信息公开的收费及减免情况"),
        ("disputes", "因政府信息公开申请提起行政复议、行政诉讼的情况"),
        ("proposals", "受理提案建议及办理情况"),
        ("secrecy", "政府信息公开保密审查及监督检查情况"),
        ("affiliates", "所属事业单位信息公开工作推进措施和落实情况"),
        ("problems", "政府信息公开工作存在的主要问题及改进情况"),
        ("other", "需要说明的事项与附表"),
    ],
    "tables": [
        ("overview", "总体情况"),
        ("proactive", "主动公开政府信息情况"),
        ("applications", "收到和处理政府信息公开申请情况"),
        ("disputes", "政府信息公开行政复议、行政诉讼情况"),
        ("problems", "存在的主要问题及改进情况"),
        ("other", "其他需要报告的事项"),
    ],
}
# Since 2019 the prose of these stands in sub-sections: (section, where, heading).
SUBSECTIONS = [
    ("organisation", "overview", "组织领导及制度建设情况"),
    ("proactive", "overview", "主动公开情况"),
    ("interpretation", "overview", "政策解读和回应关切情况"),
    ("applications", "overview", "依申请公开情况"),
    ("secrecy", "overview", "政府信息及平台管理情况"),
    ("fees", "other", "收取信息处理费情况"),
    ("proposals", "other", "人大代表建议和政协提案办理结果公开情况"),
]
NEUTRAL = "坚持以公开为常态、不公开为例外，把政务公开贯穿于业务工作全过程。"
NUMERALS = "一二三四五六七八九十"


def page_with(
    sentence: str, layout: str, year: int, section: str, office: str = "青川市水务局"
) -> bytes:
    """A report of prose with the sentence in the middle of a paragraph of the section."""
    title = f"{office}{year}年政府信息公开工作年度报告"
    lines = [title, f"本报告中所列数据的统计期限为{year}年1月1日至{year}年12月31日。"]
    placed = NEUTRAL + sentence + NEUTRAL
    outline = OUTLINES["narrative-2008" if layout == "narrative-2008" else "tables"]
    subsections = [] if layout == "narrative-2008" else SUBSECTIONS
    in_subsection = any(code == section for code, _, _ in subsections)
    for number, (code, heading) in enumerate(outline):
        numeral = NUMERALS[number] if number < 10 else f"十{NUMERALS[number - 10]}"
        lines.append(f"{numeral}、{heading}")
        lines.append(placed if code == section and not in_subsection else NEUTRAL)
        own = [(name, text) for name, where, text in subsections if where == code]
        for at, (name, text) in enumerate(own):
            lines += [f"（{NUMERALS[at]}）{text}", placed if name == section else NEUTRAL]
    return "".join(f"<p>{line}</p>" for line in lines).encode()


def fact_of(o: Observation) -> tuple[str, str]:
    """(name, value with its marks) of an observation, as the table writes them."""
    name = f"{o.indicator}[{o.applicant}]" if o.applicant else o.indicator
    marks = ["none"] if o.status == "reported_none" else []
    marks += [o.qualifier] if o.qualifier != "exact" else []
    value = o.status if o.value is None else f"{o.value:.12g}"
    return name, "~".join([value, *marks])


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['id']} {row['sentence'][:24]}" for row in ROWS])
def test_sentence(
    row: dict[str, str], broken_invariants: Callable[[list[Document]], list[str]]
) -> None:
    page = page_with(
        row["sentence"],
        row["layout"],
        int(row["report_year"]),
        row["section"],
        row["office"] or "青川市水务局",
    )
    documents = parse_page(page)
    assert broken_invariants(documents) == []
    report = documents[0].report
    assert report is not None
    assert (report.layout, str(report.report_year)) == (row["layout"], row["report_year"])
    read = dict(fact_of(o) for o in report.observations if o.source == "narrative")
    for fact in filter(None, row["facts"].split("; ")):
        name, _, value = fact.removeprefix("?").partition("=")
        accepted = {value.removesuffix("?")} | (
            {value.removesuffix("~none?")} if value.endswith("?") else set()
        )
        if fact.startswith("?"):
            accepted |= {"nothing", "unreadable"}
        assert read.pop(name, "nothing") in accepted, name
    assert read == {}, "read and not stated"


HEADED = [
    (["二、收费", "无。"], {"processing_fees.amount": "0~none"}),
    (["二、申请情况", "无此类情况。"], {"applications.received[total]": "0~none"}),
    (
        ["二、复议诉讼", "没有。"],
        {"reconsideration.total": "0~none", "litigation.total": "0~none"},
    ),
    (
        ["二、行政复议和行政诉讼：均为0", "三、收费：没有收费"],
        {
            "reconsideration.total": "0",
            "litigation.total": "0",
            "processing_fees.amount": "0~none",
        },
    ),
    (["二、收费", "按财政部门规定，不收取。"], {"processing_fees.amount": "0~none"}),
    (["（二）全年新收申请64件，上年为70件"], {"applications.received[total]": "64"}),
    (["二、其他事项", "无。"], {}),
    (["二、存在的问题", "（一）公开不够，全年仅公开86条", "（二）明年举办培训4次，提高能力"], {}),
    (["二、存在的问题", "无。"], {}),
]


@pytest.mark.parametrize(("lines", "facts"), HEADED, ids=[" ".join(lines) for lines, _ in HEADED])
def test_what_a_heading_says_of_the_text_below_it(lines: list[str], facts: dict[str, str]) -> None:
    title = "青川市水务局2016年政府信息公开工作年度报告"
    period = "本报告中所列数据的统计期限为2016年1月1日至2016年12月31日。"
    whole = [title, period, "一、概述", NEUTRAL, *lines, "九、需要说明的事项", NEUTRAL * 2]
    report = parse_page("".join(f"<p>{line}</p>" for line in whole).encode())[0].report
    assert report is not None
    read = dict(fact_of(o) for o in report.observations if o.source == "narrative")
    assert read == facts
