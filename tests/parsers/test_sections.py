"""Headings: which lines are some, and the canonical section that each wording belongs to."""

from __future__ import annotations

import pytest

from parsers.sections import find_headings, read_heading, section_of


@pytest.mark.parametrize(
    ("heading", "code"),
    [
        ("总体情况", "overview"),
        ("概述", "overview"),
        ("概 述", "overview"),
        ("基本工作情况", "overview"),
        ("主动公开政府信息情况", "proactive"),
        ("政府信息主动公开情况", "proactive"),
        ("收到和处理政府信息公开申请情况", "applications"),
        ("依申请公开政府信息情况", "applications"),
        ("政府信息公开行政复议、行政诉讼情况", "disputes"),
        ("因政府信息公开工作被申请行政复议、提起行政诉讼情况", "disputes"),
        ("政府信息公开行政法复议、行政诉讼情况", "disputes"),
        ("政府信息公开的收费及减免情况", "fees"),
        ("存在的主要问题及改进情况", "problems"),
        ("主要问题和改进措施", "problems"),
        ("其他需要报告的事项", "other"),
        ("需要说明的事项与附表", "other"),
        ("受理提案建议及办理情况", "proposals"),
        ("政府信息公开保密审查及监督检查情况", "secrecy"),
        ("所属事业单位信息公开工作推进措施和落实情况", "affiliates"),
        ("组织领导和制度建设情况", "organisation"),
        ("发布解读、回应社会关切以及互动交流情况", "interpretation"),
        ("重点领域政府信息公开工作推进情况", "key_areas"),
        ("附表", "annex"),
        ("千言万语", None),
    ],
)
def test_a_section(heading: str, code: str | None) -> None:
    assert section_of(heading, 1) == code


@pytest.mark.parametrize(
    ("heading", "parent", "code"),
    [
        ("主动公开情况", "overview", "proactive"),
        ("依申请公开方面", "overview", "applications"),
        ("政府信息管理", "overview", "secrecy"),
        ("平台建设情况", "overview", "proactive"),
        ("监督保障", "overview", "secrecy"),
        ("收取信息处理费情况", "other", "fees"),
        ("存在的问题", "problems", "problems"),
        ("千言万语", "overview", "overview"),
        ("主动公开情况", "applications", "applications"),
    ],
)
def test_a_subsection(heading: str, parent: str, code: str) -> None:
    assert section_of(heading, 2, parent) == code


@pytest.mark.parametrize(
    ("line", "style", "number", "name", "rest"),
    [
        ("一、总体情况", "chinese", 1, "总体情况", ""),
        ("十三、需要说明的事项与附表", "chinese", 13, "需要说明的事项与附表", ""),
        ("一 、 总体情况", "chinese", 1, "总体情况", ""),
        ("二．主动公开政府信息情况", "chinese", 2, "主动公开政府信息情况", ""),
        ("一 概 述", "chinese", 1, "概 述", ""),
        ("（一）主动公开情况。2023年公开3条。", "bracketed", 1, "主动公开情况", "2023年公开3条。"),
        ("(二)、依申请公开", "bracketed", 2, "依申请公开", ""),
        (")依申请公开情况", "bracketed", 0, "依申请公开情况", ""),
        ("3.依申请公开", "arabic", 3, "依申请公开", ""),
        ("总体情况", "plain", 0, "总体情况", ""),
        ("（一）主动公开：全年公开信息5条。", "bracketed", 1, "主动公开", "全年公开信息5条。"),
        ("（一）主动公开 全年公开信息5条。", "bracketed", 1, "主动公开", "全年公开信息5条。"),
        ("（四）收费情况：无", "bracketed", 4, "收费情况：无", ""),
    ],
)
def test_a_heading(line: str, style: str, number: int, name: str, rest: str) -> None:
    heading = read_heading(line)
    assert heading is not None
    assert (heading.style, heading.number) == (style, number)
    assert (heading.name, heading.rest) == (name, rest)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "2021年，我局共公开信息3条。",
        "一是加强领导，二是健全制度。",
        "本年度收到申请3件",
        "3.5%",
    ],
)
def test_running_text_is_no_heading(line: str) -> None:
    assert read_heading(line) is None


FORM = ["总体情况", "主动公开政府信息情况", "收到和处理政府信息公开申请情况"]


@pytest.mark.parametrize(
    "lines",
    [
        [f"{n}、{name}" for n, name in zip("一二三", FORM, strict=True)],
        ["一、总体情况", "二、主动公开政府信息情况", "二、收到和处理政府信息公开申请情况"],
        FORM,
        [f"{n}.{name}" for n, name in enumerate(FORM, 1)],
    ],
    ids=["numbered", "repaired", "unnumbered", "arabic"],
)
def test_every_heading_of_level_1_is_found(lines: list[str]) -> None:
    text = [part for line in lines for part in (line, "推进各项工作。")]
    found = find_headings(text)
    assert sorted(found) == [0, 2, 4]
    assert {level for level, _ in found.values()} == {1}


def test_a_list_within_a_section_opens_none() -> None:
    lines = [
        "一、总体情况",
        "二、主动公开情况",
        "一、加强领导",
        "二、健全制度",
        "三、依申请公开情况",
    ]
    assert sorted(find_headings(lines)) == [0, 1, 4]
