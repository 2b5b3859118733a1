"""What the cells of tables say: figures, blanks, words for none, and what is no quantity."""

from __future__ import annotations

import pytest

from parsers.quantities import NotAQuantity, looks_like_value, read_cell, read_numeral


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("0", 0, ""),
        ("12", 12, ""),
        ("３", 3, ""),
        ("１，２３４", 1234, ""),
        ("1,234", 1234, ""),
        ("12.5", 12.5, ""),
        ("0件", 0, "件"),
        ("3 件", 3, "件"),
        ("二十三", 23, ""),
        ("一百零五件", 105, "件"),
        ("251000元", 251000, "元"),
        ("1.2万元", 12000, "万元"),
        ("24252.311082万元", 242523110.82, "万元"),
        ("8.33亿元", 833000000, "亿元"),
        ("+1036", 1036, ""),
        ("-18", -18, ""),
        ("－8", -8, ""),
        ("减8", -8, ""),
        ("增5", 5, ""),
    ],
)
def test_a_figure(text: str, value: float, unit: str) -> None:
    quantity = read_cell(text)
    assert quantity.value == pytest.approx(value, abs=1e-6)
    assert (quantity.status, quantity.qualifier) == ("reported", "exact")
    assert (quantity.unit, quantity.text) == (unit, text)


@pytest.mark.parametrize(
    "text", ["", " ", "\xa0", "　", "/", "—", "——", "-", "----", "空", "无数据"]
)
def test_a_blank_is_not_zero(text: str) -> None:
    assert (read_cell(text).value, read_cell(text).status) == (None, "blank")


@pytest.mark.parametrize("text", ["无", "無", "没有", "暂无", "未发生"])
def test_a_word_for_none_is_zero_and_says_so(text: str) -> None:
    assert (read_cell(text).value, read_cell(text).status) == (0, "reported_none")


@pytest.mark.parametrize(
    ("text", "value", "qualifier"),
    [
        ("600余", 600, "at_least"),
        ("600余条", 600, "at_least"),
        ("18万余条", 180000, "at_least"),
        ("近3000", 3000, "about"),
        ("约80万", 800000, "about"),
        ("不足10", 10, "at_most"),
        ("50左右", 50, "about"),
    ],
)
def test_a_qualified_figure(text: str, value: float, qualifier: str) -> None:
    assert (read_cell(text).value, read_cell(text).qualifier) == (value, qualifier)


@pytest.mark.parametrize(
    "text",
    ["12 3", "1\n2", "12/3", "007", "1,23", "三十十", "两三", "1.2.3", "申请3件", "件", "1-2"],
)
def test_more_or_less_than_one_quantity_is_none(text: str) -> None:
    with pytest.raises(NotAQuantity):
        read_cell(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("12①", 12), ("33²", 33), ("33 ³", 33), ("0❶", 0), ("1,234⑴", 1234), ("8件②", 8), ("5₁", 5)],
)
def test_the_mark_of_a_note_is_no_digit(text: str, value: float) -> None:
    assert (read_cell(text).value, read_cell(text).text) == (value, text)


@pytest.mark.parametrize("text", ["①", "①2", "1②3", "⒈2", "²", "㈠", "一", " 一 ", "\u4e00\u200b"])
def test_what_may_be_a_mark_or_a_dash_is_no_quantity(text: str) -> None:
    with pytest.raises(NotAQuantity):
        read_cell(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("两百", 200),
        ("一千零二", 1002),
        ("二〇一九", 2019),
        ("零", 0),
        ("贰拾叁", 23),
    ],
)
def test_a_chinese_numeral(text: str, number: int) -> None:
    assert read_numeral(text) == number


@pytest.mark.parametrize(
    ("text", "is_value"),
    [("3", True), ("—", True), ("无", True), ("3件", True), ("", False), ("总计", False),
     ("1.属于国家秘密", False), ("（一）", False), ("规章", False)],
)  # fmt: skip
def test_values_are_told_from_labels(text: str, is_value: bool) -> None:
    assert looks_like_value(text) is is_value
