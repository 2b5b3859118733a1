"""Tables of the form that survive only as text, and prose that is none."""

from __future__ import annotations

import pytest

from parsers import Observation, parse_page

TITLE = (
    "<h1>青川市水务局2021年政府信息公开工作年度报告</h1><p>一、总体情况</p><p>推进各项工作。</p>"
)
HEAD = ["信息内容", "本年制发件数", "本年废止件数", "现行有效件数"]
ROWS = [["规章", "0", "1", "12"], ["行政规范性文件", "3", "", "40"]]
DECISIONS = [["信息内容", "本年处理决定数量"], ["行政处罚", "396"], ["行政强制", "4"]]


def read(lines: list[str]) -> dict[str, str]:
    page = TITLE + "<p>二、主动公开政府信息情况</p>" + "".join(f"<p>{line}</p>" for line in lines)
    report = parse_page(page.encode())[0].report
    assert report is not None

    def said(o: Observation) -> str:
        return o.status if o.value is None else f"{o.value:g}"

    return {o.indicator: said(o) for o in report.observations if o.source == "table"}


WHOLE = {
    "regulations.made": "0",
    "regulations.repealed": "1",
    "regulations.in_force": "12",
    "normative_documents.made": "3",
    "normative_documents.repealed": "blank",
    "normative_documents.in_force": "40",
    "penalties.decisions": "396",
    "coercion.decisions": "4",
}
ALL_ROWS = [["第二十条第（一）项"], HEAD, *ROWS, ["第二十条第（六）项"], *DECISIONS]


@pytest.mark.parametrize("joint", [" | ", "|", "｜", " │ "])
def test_cells_joined_by_bars_keep_their_places(joint: str) -> None:
    assert read([joint.join(row) for row in ALL_ROWS]) == WHOLE


def test_bars_round_every_row() -> None:
    assert read(["| " + " | ".join(row) + " |" for row in ALL_ROWS]) == WHOLE


LAST_BLANK = [*ALL_ROWS[:3], ["行政规范性文件", "3", "40", ""], *ALL_ROWS[4:]]


@pytest.mark.parametrize("border", ["{}", "| {} |", "{} |"])
def test_a_blank_cell_at_the_end_of_a_row_is_no_border(border: str) -> None:
    assert read([border.format(" | ".join(row)) for row in LAST_BLANK]) == WHOLE | {
        "normative_documents.repealed": "40",
        "normative_documents.in_force": "blank",
    }


def filled(row: list[str]) -> list[str]:
    return [cell for cell in row if cell]


@pytest.mark.parametrize("joint", [" ", "</p><p>"], ids=["spaces", "a cell a paragraph"])
def test_where_blanks_are_dropped_a_short_row_is_left_open(joint: str) -> None:
    found = read([joint.join(filled(row)) for row in ALL_ROWS])
    assert {name: value for name, value in found.items() if "normative" not in name} == {
        name: value for name, value in WHOLE.items() if "normative" not in name
    }
    assert {value for name, value in found.items() if "normative" in name} == {"unreadable"}


def test_glued_digits_of_one_column_are_read() -> None:
    found = read(["".join(row) for row in ALL_ROWS])
    assert found["penalties.decisions"] == "396"
    assert found["regulations.made"] in {"0", "unreadable"}
    assert found["normative_documents.made"] == "unreadable"


def test_prose_with_bars_is_no_table() -> None:
    assert read(["首页 | 政务公开 | 年度报告", "打印 | 关闭", "规章 | 制度"]) == {}
