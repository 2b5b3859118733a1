"""Tables of the form with one defect each: what is read then, and what is left unreadable."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from parsers import Observation, Report, parse_page
from tests.parsers.report_writing import (
    APPLICANTS,
    OTHER_THREE,
    OUTCOMES,
)

ROWS = {
    "received": "一、本年新收政府信息公开申请数量",
    "carried_in": "二、上年结转政府信息公开申请数量",
    **{name: label for name, _, label in [*OUTCOMES, *OTHER_THREE]},
    "concluded": "（七）总计",
    "carried_out": "四、结转下年度继续办理",
}
HEAD = ["", *(label for _, label in APPLICANTS)]
TITLE = "<h1>青川市水务局{year}年政府信息公开工作年度报告</h1><p>一、总体情况</p><p>推进工作。</p>"
SECTION_2 = TITLE.format(year=2020) + "<p>二、主动公开政府信息情况</p>"
SECTION_3 = TITLE.format(year=2021) + "<p>三、收到和处理政府信息公开申请情况</p>"


def figures_of(name: str) -> list[str]:
    """Seven different figures a row, so that one taken for another shows."""
    at = list(ROWS).index(name) * 10
    return [str(at + column) for column in range(1, 8)]


def cells(texts: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<td>{text}</td>" for text in texts) + "</tr>"


def table(
    head: Sequence[str] = HEAD, change: dict[str, str] | None = None, without: Sequence[str] = ()
) -> str:
    """The applications table; change: row -> its markup, without: rows that are left out."""
    rows = [cells(head)]
    for name, label in ROWS.items():
        if name not in without:
            rows.append((change or {}).get(name) or cells([label, *figures_of(name)]))
    return SECTION_3 + "<table>" + "".join(rows) + "</table>"


def report_of(page: str) -> Report:
    report = parse_page(page.encode())[0].report
    assert report is not None
    return report


def said(o: Observation) -> str:
    return o.status if o.value is None or o.status == "reported_none" else f"{o.value:g}"


def row_of(page: str, name: str) -> list[str]:
    """What is read of a row, in the order of the form; "" for what is not."""
    read = {(o.indicator, o.applicant): said(o) for o in report_of(page).observations}
    return [read.get((f"applications.{name}", applicant), "") for applicant, _ in APPLICANTS]


def figures(page: str, part: str) -> list[str]:
    return [said(o) for o in report_of(page).observations if o.indicator.startswith(part)]


# -- heads ---------------------------------------------------------------------------------------

REVERSED = ["", *(label for _, label in reversed(APPLICANTS))]


@pytest.mark.parametrize(
    "fourth", ["社会公益组织", "社会公益组某", "社会公益组某（含历年结转）", "公益类", "？"]
)
def test_a_head_in_another_order_is_read_by_its_labels_and_the_last_by_elimination(
    fourth: str,
) -> None:
    page = table([*REVERSED[:4], fourth, *REVERSED[5:]])
    assert row_of(page, "granted") == figures_of("granted")[::-1]


@pytest.mark.parametrize("lost", ["", "公益类"])
def test_a_head_in_another_order_with_two_labels_lost_tells_nothing(lost: str) -> None:
    page = table([*REVERSED[:3], "公益", lost, *REVERSED[5:]])
    assert set(row_of(page, "granted")) == {"unreadable"}
    assert report_of(page).findings


@pytest.mark.parametrize("corner", ["项目", "内容", "指标", "名称"])
@pytest.mark.parametrize("total", ["合计", "总计"])
def test_the_forms_table_is_no_annex_whatever_its_corner_says(corner: str, total: str) -> None:
    page = table([corner, *HEAD[1:-1], total])
    assert len(figures(page, "applications.")) == len(ROWS) * len(APPLICANTS)
    assert row_of(page, "granted") == figures_of("granted")


CORNER = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
ORGANISATIONS = [label for _, label in APPLICANTS[1:-1]]


def three_rows(
    corner: str = "rowspan=3", again: str = "", last: Sequence[str] = ORGANISATIONS
) -> str:
    """The head as the form prints it, in three rows over three columns of labels."""
    first = f"<td {corner} colspan=3>{CORNER}</td><td colspan=7>申请人情况</td>"
    second = "<td rowspan=2>自然人</td><td colspan=5>法人或其他组织</td><td rowspan=2>总计</td>"
    return f"<tr>{first}</tr>{again and f'<tr>{first}</tr>'}<tr>{second}</tr>{cells(last)}"


def under(head: str, change: dict[str, str] | None = None) -> str:
    rows = [
        (change or {}).get(name) or f"<tr><td colspan=3>{label}</td>{cells(figures_of(name))[4:]}"
        for name, label in ROWS.items()
    ]
    return SECTION_3 + "<table>" + head + "".join(rows) + "</table>"


@pytest.mark.parametrize(
    "head",
    [
        three_rows(),
        three_rows("rowspan=2"),
        three_rows("rowspan=1"),
        three_rows("rowspan=4"),
        three_rows(again="again"),
        three_rows(last=[*ORGANISATIONS[:3], "", *ORGANISATIONS[3:]]),
        three_rows(last=["", *ORGANISATIONS]),
    ],
)
def test_a_wrong_span_in_the_head_permutes_no_figures(head: str) -> None:
    for name in ("received", "granted", "carried_out"):
        assert row_of(under(head), name) in (figures_of(name), ["unreadable"] * 7)


def test_a_head_of_wrong_spans_in_another_order_tells_nothing() -> None:
    head = three_rows("rowspan=2", last=ORGANISATIONS[::-1])
    assert set(row_of(under(head), "granted")) == {"unreadable"}
    assert report_of(under(head)).findings


DISPUTE_GROUPS = ["行政复议", "未经复议直接起诉", "复议后起诉"]
RESULTS = ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"]


def disputes(row: str, tall: int = 2, taller: int = 0) -> str:
    """The table of disputes under the form's head; taller: a label that spans into the figures."""
    own = "".join(
        f"<td rowspan={tall + (taller == at)}>{label}</td>" for at, label in enumerate(RESULTS, 1)
    )
    return (
        TITLE.format(year=2021)
        + "<p>四、政府信息公开行政复议、行政诉讼情况</p><table>"
        + "<tr><td colspan=5>行政复议</td><td colspan=10>行政诉讼</td></tr>"
        + f"<tr>{own}<td colspan=5>未经复议直接起诉</td><td colspan=5>复议后起诉</td></tr>"
        + cells(RESULTS * 2)
        + row
        + "</table>"
    )


FIFTEEN = ["1", "2", "3", "4", "10", "2", "0", "0", "0", "2", "3", "0", "0", "0", "3"]


@pytest.mark.parametrize("tall", [1, 2, 3])
def test_no_figure_of_disputes_vanishes_under_a_head_of_wrong_spans(tall: int) -> None:
    page = disputes(cells(FIFTEEN), tall)
    assert figures(page, "reconsideration") + figures(page, "litigation") in (
        FIFTEEN,
        ["unreadable"] * 15,
    )


@pytest.mark.parametrize("corner", ["项目", "内容", "指标名称", ""])
@pytest.mark.parametrize("total", ["合计", "总计"])
def test_a_table_of_disputes_is_no_annex_whatever_its_corner_says(corner: str, total: str) -> None:
    rows = [[group, *FIFTEEN[at * 5 : at * 5 + 5]] for at, group in enumerate(DISPUTE_GROUPS)]
    page = disputes("").partition("<table>")[0]
    page += "<table>" + "".join(map(cells, [[corner, *RESULTS[:4], total], *rows])) + "</table>"
    assert figures(page, "reconsideration") + figures(page, "litigation") == FIFTEEN


@pytest.mark.parametrize("taller", [1, 2, 3, 5])
def test_a_label_that_spans_into_the_figures_takes_none_of_them(taller: int) -> None:
    page = disputes(cells(FIFTEEN), taller=taller)
    read = figures(page, "reconsideration") + figures(page, "litigation")
    assert read in (FIFTEEN, ["unreadable"] * 15)


@pytest.mark.parametrize(
    "row",
    [
        ["3", "1", "3", "1", "8", "0", "0", "0", "3", "1", "0", "3", "0", "4"],
        ["0", "0", "0", "3", "1", "0", "0", "4", "0", "0", "0", "0", "0", "0"],
        ["", "", "", "3", "3", "", "", "2", "", "", "", "", "", ""],
    ],
)
def test_no_reading_that_leaves_a_total_blank_beside_figures_is_chosen(row: list[str]) -> None:
    report = report_of(disputes(cells(row)))
    totals = [o for o in report.observations if o.indicator.endswith(".total")]
    assert {said(o) for o in totals if o.indicator == "litigation_direct.total"} <= {"unreadable"}
    assert "undecided-columns" in {f.rule for f in report.findings}


@pytest.mark.parametrize("extra", ["小计", "备注", "单位"])
@pytest.mark.parametrize("at", [1, 4, 6, 8])
@pytest.mark.parametrize("value", ["9", "", "见说明", "件"])
def test_a_column_that_the_form_does_not_ask_is_left_out(extra: str, at: int, value: str) -> None:
    head = [*HEAD[:at], extra, *HEAD[at:]]
    rows = {}
    for name, label in ROWS.items():
        row = [label, *figures_of(name)]
        rows[name] = cells([*row[:at], value, *row[at:]])
    page = table(head, rows)
    for name in ("received", "granted", "carried_out"):
        assert row_of(page, name) in (figures_of(name), ["unreadable"] * 7)
        if value != "见说明":
            assert row_of(page, name) == figures_of(name)


# -- a cell too many ------------------------------------------------------------------------------

FIGURES = ["4", "", "", "", "3", "", "7"]


@pytest.mark.parametrize("at", range(7))
@pytest.mark.parametrize("extra", ["", "4", "7"])
def test_a_row_with_a_cell_too_many_is_read_where_its_sum_tells_or_not_at_all(
    at: int, extra: str
) -> None:
    """The cell in the wrong place pushes those behind it on, and the last blank off the table."""
    row = [*FIGURES[:at], extra, *FIGURES[at:]]
    read = row_of(table(change={"granted": cells([ROWS["granted"], *row])}), "granted")
    true = [text or "blank" for text in FIGURES]
    assert all(one in {expected, "unreadable"} for one, expected in zip(read, true, strict=True))


@pytest.mark.parametrize("row", [["4", "", "", "", "", "", ""], ["", "2", "", "3", "", "", ""]])
@pytest.mark.parametrize("at", range(7))
def test_a_blank_too_many_in_a_row_without_a_total_leaves_it_open(row: list[str], at: int) -> None:
    pushed = [*row[:at], "", *row[at:]]
    read = row_of(table(change={"granted": cells([ROWS["granted"], *pushed])}), "granted")
    true = [text or "blank" for text in row]
    assert all(one in {expected, "unreadable"} for one, expected in zip(read, true, strict=True))


def test_an_empty_column_behind_those_of_the_form_is_no_cell_too_many() -> None:
    row = ["4", "", "", "", "3", "", ""]  # no total that could confirm where the others stand
    blank = {name: cells([label, *row, ""]) for name, label in ROWS.items()}
    page = table([*HEAD, ""], change=blank)
    assert row_of(page, "granted") == [text or "blank" for text in row]


def test_under_a_wrong_span_no_column_is_left_out_by_mistake() -> None:
    """The head's 小计 stands over 其他 then."""
    head = cells([*HEAD[:3], "", *HEAD[3:7], "小计", HEAD[7]])
    rows = {
        n: cells([label, *figures_of(n)[:6], "9", figures_of(n)[6]]) for n, label in ROWS.items()
    }
    page = table(change=rows).replace(cells(HEAD), head)
    for name in ("received", "granted"):
        assert row_of(page, name) in (figures_of(name), ["unreadable"] * 7)


# -- rows ----------------------------------------------------------------------------------------


def test_a_lost_label_is_no_cell_of_figures() -> None:
    row = "<tr><td></td><td>40</td><td colspan=2></td><td></td><td></td><td></td><td>40</td></tr>"
    page = table(change={"granted": row})
    assert row_of(page, "granted") == ["40", *["blank"] * 5, "40"]


@pytest.mark.parametrize("label", ["3.其他", "3．其他", "３、其他", "③其他"])
def test_the_third_row_of_other_handling_is_known_by_its_number(label: str) -> None:
    page = table(
        change={"other.other": cells([label, *figures_of("other.other")])},
        without=["other.not_corrected", "other.fee_unpaid"],
    )
    assert row_of(page, "other.other") == figures_of("other.other")
    assert row_of(page, "other") == [""] * 7


def test_a_row_that_may_be_one_of_two_is_neither_and_says_so() -> None:
    page = table(change={"granted": cells(["", *"1234567"])}, without=["partly_granted"])
    report = report_of(page)
    assert set(row_of(page, "granted") + row_of(page, "partly_granted")) == {"unreadable"}
    assert {o.evidence for o in report.observations if o.status == "unreadable"} == {"(no label)"}
    assert "undecided-row" in {f.rule for f in report.findings}


# -- text without cells --------------------------------------------------------------------------

ITEM_5 = ["信息内容", "上一年项目数量", "本年增/减", "处理决定数量"]


def as_text(licensing: str, joint: str = " ") -> str:
    lines = ["第二十条第（五）项", joint.join(ITEM_5), licensing]
    lines += [joint.join(["其他对外管理服务事项", "3", "4", "5"])]
    lines += ["第二十条第（六）项", joint.join(ITEM_5)]
    lines += [joint.join([label, "1", "2", "3"]) for label in ("行政处罚", "行政强制")]
    return SECTION_2 + "".join(f"<p>{line}</p>" for line in lines)


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("行政许可 39 1 无", ["39", "1", "reported_none"]),
        ("行政许可 无 0 无", ["reported_none", "0", "reported_none"]),
        ("行政许可 无 无 无", ["reported_none"] * 3),
        ("行政许可 无", ["unreadable"] * 3),
        ("行政许可 39 无", ["unreadable"] * 3),
        ("行政许可251-18", ["unreadable"] * 3),
        ("行政许可0-884", ["unreadable"] * 3),
        ("行政许可251－18", ["unreadable"] * 3),
        ("行政许可-18", ["unreadable"] * 3),
        ("行政许可", ["blank"] * 3),
        ("", []),
    ],
)
def test_what_is_left_of_a_row_in_text_is_read_or_flagged_and_never_blank(
    line: str, read: list[str]
) -> None:
    page = as_text(line)
    assert figures(page, "licensing.") == read
    assert ("unreadable" in read) == bool(
        [f for f in report_of(page).findings if f.indicator == "licensing.items_last_year"]
    )


def one_cell_a_line(change: dict[str, list[str]]) -> str:
    lines: list[str] = HEAD[1:]
    for name, label in ROWS.items():
        lines = [*lines, *change.get(name, [label, *figures_of(name)])]
    return SECTION_3 + "".join(f"<p>{line}</p>" for line in lines if line)


NOT_HELD = ROWS["unavailable.not_held"]


@pytest.mark.parametrize(
    ("own", "behind"),
    [
        (["0", "0", "0"], ["0", "0", "0", "0"]),
        (["5"], ["1", "2", "3", "4", "5", "6"]),
        ([], ["1", "2", "3", "4", "5", "6", "7"]),
        (["0", "0", "0"], ["其中涉企", "0", "0", "0", "0"]),
        ([], ["其中涉企", "1", "2", "3", "4", "5", "6", "7"]),
    ],
)
def test_figures_behind_a_label_may_be_those_of_a_row_that_lost_its_own(
    own: list[str], behind: list[str]
) -> None:
    page = one_cell_a_line(
        {"unavailable.not_held": [NOT_HELD, *own], "unavailable.needs_creation": behind}
    )
    assert set(row_of(page, "unavailable.not_held")) == {"unreadable"}
    assert row_of(page, "unavailable.still_unclear") == figures_of("unavailable.still_unclear")
    named = {f.indicator for f in report_of(page).findings}
    assert "applications.unavailable.not_held" in named


def test_rows_of_one_cell_a_line_are_read_where_every_label_is_there() -> None:
    page = one_cell_a_line({})
    for name in ROWS:
        assert row_of(page, name) == figures_of(name)


@pytest.mark.parametrize(
    ("row", "read"),
    [
        (["一", "一", "一"], ["unreadable"] * 3),
        (["一", "2", "无"], ["unreadable", "2", "reported_none"]),
        (["一", "二", "3"], ["1", "2", "3"]),
        (["一", "十二", "〇"], ["1", "12", "0"]),
        (["一件", "2", "3"], ["1", "2", "3"]),
    ],
)
def test_one_is_a_numeral_beside_numerals_and_else_perhaps_a_dash(
    row: list[str], read: list[str]
) -> None:
    rows = cells(["第二十条第（五）项"]) + cells(ITEM_5) + cells(["行政许可", *row])
    page = f"{SECTION_2}<table>{rows}</table>"
    assert figures(page, "licensing") == read


@pytest.mark.parametrize(
    ("row", "read"),
    [
        (["1", "-2", "3"], ["1", "-2", "3"]),
        (["1", "减2", "3"], ["1", "-2", "3"]),
        (["-1", "2", "-3"], ["unreadable", "2", "unreadable"]),
        (["1.5", "2.5", "12.5件"], ["unreadable"] * 3),
        (["1.2万", "2.0", "1,234"], ["12000", "2", "1234"]),
    ],
)
def test_a_count_is_whole_and_only_a_change_is_negative(row: list[str], read: list[str]) -> None:
    rows = cells(["第二十条第（五）项"]) + cells(ITEM_5) + cells(["行政许可", *row])
    page = f"{SECTION_2}<table>{rows}</table>"
    assert figures(page, "licensing") == read
    flagged = [f.indicator for f in report_of(page).findings if f.rule == "unreadable-cell"]
    assert len(flagged) == read.count("unreadable")


# -- amounts of money ----------------------------------------------------------------------------


def procurement(
    head: str, amount: str, above: str = "", corner: str = "信息内容", label: str = "政府集中采购"
) -> str:
    rows = cells(["第二十条第（九）项"]) + cells([corner, "采购项目数量", head])
    return f"{SECTION_2}{above}<table>{rows}{cells([label, '7', amount])}</table>"


@pytest.mark.parametrize(
    ("page", "read"),
    [
        (procurement("采购总金额", "88382.9973"), "unreadable"),
        (procurement("采购总金额", "88382.99"), "unreadable"),
        (procurement("采购总金额", "88382"), "unreadable"),
        (procurement("采购总金额", "0"), "0"),
        (procurement("采购总金额", "无"), "reported_none"),
        (procurement("采购总金额（万元）", "88382.9973"), "88383"),
        (procurement("采购总金额（单位：元）", "88382.99"), "8.8383"),
        (procurement("采购总金额", "88382.9973万元"), "88383"),
        (procurement("采购总金额", "75394432.52元"), "7539.44"),
        (procurement("采购总金额", "12.5", "<p>单位：万元</p>"), "12.5"),
        (procurement("采购总金额", "12.5", "<p>（单位：件、万元）</p>"), "12.5"),
        (procurement("采购总金额", "12.5", "<p>金额单位：元</p>"), "0.00125"),
        (procurement("采购总金额", "12.5", "<p>单位：元/万元</p>"), "unreadable"),
        (procurement("采购总金额（亿元）", "1.2"), "12000"),
        (procurement("采购总金额（单位：千元）", "120"), "12"),
        (procurement("采购总金额（百元）", "120"), "1.2"),
        (procurement("采购总金额（百万元）", "1.5"), "150"),
        (procurement("采购总金额（千万元）", "1.5"), "1500"),
        (procurement("采购总金额", "1.2", "<p>单位：亿元</p>"), "12000"),
        (procurement("采购总金额（美元）", "120"), "unreadable"),
        (procurement("采购总金额（美元）", "12万"), "unreadable"),
        (procurement("采购总金额（万美元）", "120"), "unreadable"),
        (procurement("采购总金额（万美元）", "120元"), "0.012"),
        (procurement("采购总金额（千元）", "12万"), "12"),
        (procurement("采购总金额", "12.5元", "<p>单位：万元</p>"), "0.00125"),
        (procurement("采购总金额", "12.5", corner="信息内容（单位：万元）"), "12.5"),
        (procurement("采购总金额", "12.5", label="政府集中采购（万元）"), "12.5"),
    ],
)
def test_an_amount_is_read_where_its_unit_is_printed(page: str, read: str) -> None:
    assert figures(page, "procurement.amount") == [read]
    flagged = {f.indicator for f in report_of(page).findings if f.rule == "unreadable-cell"}
    assert flagged == ({"procurement.amount"} if read == "unreadable" else set())
