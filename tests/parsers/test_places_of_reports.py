"""Where on a page the report stands: in its text, in a file, in a store of a script, in a table."""

from __future__ import annotations

import html
import json

import pytest

from parsers import Document, parse_page
from tests.parsers.report_writing import Writing, make_report, write_page

OFFICE = "青川市水务局"
TITLE = f"{OFFICE}2021年政府信息公开工作年度报告"
BODY = write_page(make_report(2021, 2021, 1), Writing(seed=2021)).html
BODY = BODY[BODY.index("<h1>") : BODY.index("</body>")]
PROSE = "".join(
    f"<p>{heading}</p><p>坚持以公开为常态、不公开为例外，把政务公开贯穿于业务工作全过程。</p>"
    for heading in ("一、概述", "二、主动公开政府信息情况", "三、依申请公开情况", "四、收费情况")
)
MENU = "".join(
    f"<li><a href='/{at}.html'>{name}</a></li>"
    for at, name in enumerate(
        ("规章", "行政规范性文件", "行政许可", "行政处罚", "行政强制", "行政事业性收费")
    )
)


def the_document(page: str) -> Document:
    documents = parse_page(f"<html><head><title>{OFFICE}</title></head>{page}</html>".encode())
    assert len(documents) == 1, [d.reason for d in documents]
    return documents[0]


def figures(document: Document) -> dict[tuple[str, str | None], float | None]:
    assert document.report is not None
    return {(o.indicator, o.applicant): o.value for o in document.report.observations}


SHOWN = figures(the_document(f"<body>{BODY}</body>"))


@pytest.mark.parametrize(
    "store",
    [
        f"<textarea style='display:none'>{html.escape(BODY)}</textarea>",
        f"<script type='text/template'>{BODY}</script>",
        f"<template>{BODY}</template>",
        f"<script>var content = {json.dumps(BODY)}; show(content);</script>",
        f"<script>show({json.dumps(BODY, ensure_ascii=False)});</script>",
    ],
)
def test_a_report_that_a_script_would_show_is_read(store: str) -> None:
    document = the_document(f"<body><div id='show'></div>{store}</body>")
    assert document.report is not None
    assert document.report.report_year == 2021
    assert figures(document) == SHOWN


def test_what_is_in_store_is_not_read_beside_a_report_that_is_shown() -> None:
    other = BODY.replace("2021", "2020")
    document = the_document(f"<body>{BODY}<textarea>{html.escape(other)}</textarea></body>")
    assert figures(document) == SHOWN


INTRODUCTION = "根据《中华人民共和国政府信息公开条例》的规定，现公布本报告。" * 10


@pytest.mark.parametrize(
    "inner",
    [
        "<a href='/files/2021.pdf'>2021年年度报告.pdf</a>",
        f"<p>{INTRODUCTION}</p><p>全文见附件。</p><a href='/files/2021.docx'>年度报告.docx</a>",
        "<object data='/files/2021.pdf' type='application/pdf'></object>",
        f"<ul>{MENU}</ul><a href='/files/2021.pdf'>2021年年度报告.pdf</a>",
    ],
)
def test_a_report_that_is_a_file_is_said_to_be_one(inner: str) -> None:
    report = the_document(f"<body><h1>{TITLE}</h1>{inner}</body>").report
    assert report is not None
    assert (report.status, report.observations) == ("attachment_only", ())


def test_a_menu_with_the_words_of_the_form_is_no_table() -> None:
    document = the_document(f"<body><ul>{MENU}</ul>{BODY}</body>")
    assert figures(document) == SHOWN
    assert document.report is not None
    assert not any(finding.rule == "missing-head" for finding in document.report.findings)


def test_a_table_of_one_column_arranges_lines() -> None:
    lines = PROSE.replace("<p>", "<tr><td>").replace("</p>", "</td></tr>")
    report = the_document(f"<body><h1>{TITLE}</h1><table>{lines}</table></body>").report
    assert report is not None
    sections = [section.section for section in report.sections]
    assert sections == ["overview", "proactive", "applications", "fees"]


@pytest.mark.parametrize(("year", "missing"), [(2018, False), (2019, False), (2020, True)])
def test_from_2020_on_a_report_of_prose_alone_lacks_its_tables(year: int, missing: bool) -> None:
    title = TITLE.replace("2021", str(year))
    report = the_document(f"<body><h1>{title}</h1>{PROSE}</body>").report
    assert report is not None
    assert missing == any(finding.rule == "missing-table" for finding in report.findings)
