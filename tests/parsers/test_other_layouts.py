"""The form's tables laid out otherwise: turned, cut in halves, as lists, beside another year's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest

from parsers import Report, parse_page
from tests.parsers.report_writing import (
    APPLICANTS,
    DISPUTE_COLUMNS,
    DISPUTES,
    OTHER_THREE,
    OUTCOMES,
    Key,
    make_report,
)

FORM = make_report(21, 2021, 1)
ROWS = [
    ("received", "", "一、本年新收政府信息公开申请数量"),
    ("carried_in", "", "二、上年结转政府信息公开申请数量"),
    *OUTCOMES,
    *OTHER_THREE,
    ("concluded", "", "（七）总计"),
    ("carried_out", "", "四、结转下年度继续办理"),
]
APPLIED = {key: value for key, value in FORM.figures.items() if key[0].startswith("applications")}
DISPUTED = {
    (f"{group}.{name}", ""): FORM.figures[f"{group}.{name}", ""]
    for group, _ in DISPUTES
    for name, _ in DISPUTE_COLUMNS
}
Made = list[list[str]]


def figure(name: str, applicant: str) -> str:
    return f"{FORM.figures[f'applications.{name}', applicant]:g}"


def dispute(group: str, name: str) -> str:
    return f"{FORM.figures[f'{group}.{name}', '']:g}"


def html(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells; a cell that begins with `<` is markup of its own."""
    lines = ("".join(c if c.startswith("<t") else f"<td>{c}</td>" for c in row) for row in rows)
    return "<table border=1>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


def page(applications: str = "", disputes: str = "", proactive: str = "") -> str:
    return (
        "<h1>青川市水务局2021年政府信息公开工作年度报告</h1><p>一、总体情况</p><p>推进工作。</p>"
        f"<p>二、主动公开政府信息情况</p>{proactive}"
        f"<p>三、收到和处理政府信息公开申请情况</p>{applications}"
        f"<p>四、政府信息公开行政复议、行政诉讼情况</p>{disputes}"
        "<p>五、存在的主要问题及改进情况</p><p>加强学习。</p><p>六、其他需要报告的事项</p><p>无</p>"
    )


def report_of(markup: str) -> Report:
    report = parse_page(markup.encode())[0].report
    assert report is not None
    return report


def read(report: Report) -> dict[Key, float | None]:
    return {(o.indicator, o.applicant or ""): o.value for o in report.observations}


def flagged(report: Report) -> set[str]:
    return {f.rule for f in report.findings if f.severity != "note"} - {"missing-table"}


# -- applications --------------------------------------------------------------------------------


def upright(applicants: Sequence[tuple[str, str]] = APPLICANTS, corner: str = "") -> Made:
    head = [corner, "", *(label for _, label in applicants)]
    return [head] + [
        [group, label, *(figure(name, key) for key, _ in applicants)] for name, group, label in ROWS
    ]


def turned() -> Made:
    rows = upright()
    return [[row[at] for row in rows] for at in range(len(rows[0]))]


def turned_with_spans() -> Made:
    """Applicants as rows, the groups of rows over their columns, 法人 beside its five kinds."""
    top = ["<td rowspan=3 colspan=2>申请人情况</td>"]
    groups, leaves = [], []
    for name, group, label in ROWS:
        if name == "granted":
            top.append("<td colspan=22>三、本年度办理结果</td>")
        if name in {"received", "carried_in", "carried_out"}:
            top.append(f"<td rowspan=3>{label}</td>")
        elif not group:
            groups.append(f"<td rowspan=2>{label}</td>")
        else:
            size = sum(1 for _, g, _ in ROWS if g == group)
            first = next(n for n, g, _ in ROWS if g == group) == name
            groups += [f"<td colspan={size}>{group}</td>"] if first else []
            leaves.append(label)
    order = [name for name, _, _ in ROWS if name != "carried_out"] + ["carried_out"]
    body = []
    for key, label in APPLICANTS:
        cells = [f"<td colspan=2>{label}</td>"]
        if key == "business":
            cells = ["<td rowspan=5>法人或其他组织</td>", label]
        elif key not in {"natural_person", "total"}:
            cells = [label]
        body.append(cells + [figure(name, key) for name in order])
    return [top, groups, leaves, *body]


def halves(*cuts: int) -> str:
    """The columns in several tables, one behind another."""
    places = [0, *cuts, len(APPLICANTS)]
    return "<p>（续表）</p>".join(html(upright(APPLICANTS[a:b])) for a, b in pairwise(places))


def captioned(wrap: str) -> str:
    return "".join(
        wrap.format(applicant[1]) + html([["处理情况", "数量"], *upright([applicant])[1:]])
        for applicant in APPLICANTS
    )


APPLICATIONS: dict[str, Callable[[], str]] = {
    "turned": lambda: html(turned()),
    "turned, with spans": lambda: html(turned_with_spans()),
    "turned, cut in two": lambda: (
        html([row[:12] for row in turned()])
        + html([[row[0], *row[12:]] for row in turned()])
    ),
    "cut in two": lambda: halves(3),
    "cut in three": lambda: halves(1, 6),
    "one table an applicant": lambda: halves(1, 2, 3, 4, 5, 6),
    "one table an applicant, named above it": lambda: captioned("<p>{}</p>"),
    "one table an applicant, numbered above it": lambda: captioned("<p>（一）{}情况：</p>"),
    "last year's columns first": lambda: html(beside_last_year()),
    "this year's columns first": lambda: html(beside_last_year(years=("本年", "上年"))),
    "years as numbers": lambda: html(beside_last_year(years=("2020年", "2021年"))),
    "years and the change": lambda: html(beside_last_year(years=("2020年度", "2021年度", "增减"))),
    "last year's rows": lambda: html(rows_beside_last_year()),
    "last year's rows behind": lambda: html(rows_beside_last_year(("本年", "上年"))),
}  # fmt: skip


# Heads of columns beside the form's own, which say themselves that they are not the year's.
OTHERS = [
    ["2020年总计", "同比"],
    ["上年"],
    ["上年度合计", "增减"],
    ["去年同期", "增幅"],
    ["增减", "上年数"],
    ["同比增减（%）"],
    ["较2020年增减"],
    ["2019年", "2020年"],
]


def with_others(heads: Sequence[str], at: int) -> Made:
    head, *rows = upright()
    figures = ["+3.1%" if "增" in h or "比" in h else "777" for h in heads]
    return [
        [*row[:at], *more, *row[at:]]
        for row, more in [(head, heads), *((r, figures) for r in rows)]
    ]


@pytest.mark.parametrize("at", [2, 3, 9])
@pytest.mark.parametrize("heads", OTHERS, ids=" ".join)
def test_columns_that_name_another_year_or_a_change_are_set_aside(
    heads: Sequence[str], at: int
) -> None:
    report = report_of(page(html(with_others(heads, at))))
    assert read(report) == APPLIED
    assert [(f.rule, f.severity) for f in report.findings if f.rule != "missing-table"] == [
        ("other-year", "note")
    ]


@pytest.mark.parametrize("head", ["增减", "2020", "2021年总计"])
def test_beside_a_column_that_may_be_the_forms_own_only_sums_tell_the_figures(head: str) -> None:
    report = report_of(page(html(with_others([head], 9))))
    applied = [o for o in report.observations if o.indicator.startswith("applications.")]
    assert {o.matched_by for o in applied} == {"position"}
    for key, value in read(report).items():
        assert value in {None, APPLIED[key]}


@pytest.mark.parametrize(
    "years", [("2020年", "2021年", "同比"), ("本年", "上年", "增减"), ("2021年", "同比增减")]
)
def test_disputes_of_another_year_in_a_row_of_their_own_are_set_aside(years: Sequence[str]) -> None:
    size = len(DISPUTE_COLUMNS)
    top = ["<td rowspan=3>年度</td>", f"<td colspan={size}>行政复议</td>"]
    top.append(f"<td colspan={2 * size}>行政诉讼</td>")
    middle = [f"<td rowspan=2>{label}</td>" for _, label in DISPUTE_COLUMNS]
    middle += [f"<td colspan={size}>{label}</td>" for label in ("未经复议直接起诉", "复议后起诉")]
    own = [dispute(group, name) for group, _ in DISPUTES for name, _ in DISPUTE_COLUMNS]
    rows = [[y, *(own if y in {"本年", "2021年"} else ["7"] * len(own))] for y in years]
    markup = html([top, middle, [label for _, label in DISPUTE_COLUMNS] * 2, *rows])
    report = report_of(page(disputes=markup))
    assert read(report) == DISPUTED
    assert flagged(report) == set()


def beside_last_year(years: Sequence[str] = ("上年", "本年")) -> Made:
    own = {"本年", "2021年", "2021年度"}
    head = ["<td rowspan=2></td>"]
    head += [f"<td colspan={len(years)}>{label}</td>" for _, label in APPLICANTS]
    rows = [head, list(years) * len(APPLICANTS)]
    for name, _, label in ROWS:
        cells = [label]
        for key, _ in APPLICANTS:
            cells += [figure(name, key) if year in own else "777" for year in years]
        rows.append(cells)
    return rows


def rows_beside_last_year(years: Sequence[str] = ("上年", "本年")) -> Made:
    rows = [["", "", *(label for _, label in APPLICANTS)]]
    for name, _, label in ROWS:
        for at, year in enumerate(years):
            cells = [figure(name, k) if year == "本年" else "777" for k, _ in APPLICANTS]
            rows.append([*([] if at else [f"<td rowspan=2>{label}</td>"]), year, *cells])
    return rows


@pytest.mark.parametrize("name", APPLICATIONS)
def test_applications_in_another_layout_are_read_whole(name: str) -> None:
    report = report_of(page(APPLICATIONS[name]()))
    assert read(report) == APPLIED
    assert flagged(report) == set()


def test_an_applicant_without_any_column_is_missed() -> None:
    report = report_of(page(html(upright(APPLICANTS[:3])) + html(upright(APPLICANTS[4:]))))
    assert read(report) == {k: v for k, v in APPLIED.items() if k[1] != "public_interest"}
    assert [(f.rule, f.indicator) for f in report.findings if f.rule == "missing-column"] == [
        ("missing-column", "applications.received")
    ]


@pytest.mark.parametrize("years", [("2018年", "2019年"), ("上年", "上上年"), ("甲", "乙")])
def test_where_no_head_names_this_year_nothing_is_read(years: Sequence[str]) -> None:
    report = report_of(page(html(beside_last_year(years))))
    assert {value for value in read(report).values() if value is not None} == set()
    assert flagged(report)


def test_the_columns_of_another_year_are_named_in_a_note() -> None:
    report = report_of(page(html(beside_last_year())))
    (note,) = [finding for finding in report.findings if finding.rule == "other-year"]
    assert (note.severity, "上年" in (note.actual or "")) == ("note", True)


def another(times: int = 7) -> Made:
    """The same table with other figures, which add up as well."""
    head, *rows = upright()
    return [head] + [[*row[:2], *(f"{int(cell) * times}" for cell in row[2:])] for row in rows]


def received(report: Report) -> list[float | None]:
    return [read(report)["applications.received", applicant] for applicant, _ in APPLICANTS]


OWN = [float(figure("received", applicant)) for applicant, _ in APPLICANTS]
CAPTION = "<p>{}收到和处理政府信息公开申请情况</p>"


@pytest.mark.parametrize("caption", ["{}年{}", "（{}年度）{}", "表二：{}年{}统计表"])
@pytest.mark.parametrize("last", [0, 1])
def test_of_two_tables_that_under_the_reports_year_is_read(caption: str, last: int) -> None:
    words = "收到和处理政府信息公开申请情况"
    tables = [
        f"<p>{caption.format(year, words)}</p><p>单位：件</p>{html(rows)}"
        for year, rows in ((2020, another()), (2021, upright()))
    ]
    report = report_of(page("".join(tables[::-1] if last else tables)))
    assert received(report) == OWN
    assert [f.severity for f in report.findings if f.rule == "other-year"] == ["note"]
    assert flagged(report) == set()


@pytest.mark.parametrize("captions", [("", ""), ("全县汇总：", "县水务局本级：")])
@pytest.mark.parametrize("blank", ["0", ""])
def test_of_two_tables_that_both_add_up_none_is_read(captions: tuple[str, str], blank: str) -> None:
    tables = [
        CAPTION.format(caption) + html(rows).replace("<td>0<", f"<td>{blank}<")
        for caption, rows in zip(captions, (another(), upright()), strict=True)
    ]
    for both in (tables, tables[::-1]):
        report = report_of(page("".join(both)))
        wrong = {
            value for o in report.observations if o.applicant for value in [o.value] if value
        } - {0.0}
        assert wrong == set()
        assert flagged(report) == {"printed-twice"}
        assert not any("is read, since" in f.message for f in report.findings)


@pytest.mark.parametrize("title", [True, False])
def test_a_table_under_another_year_alone_is_read_with_a_warning(title: bool) -> None:
    words = "2020年度收到和处理政府信息公开申请情况"
    table = html(upright())
    if title:
        markup = table.replace("<table border=1>", f"<table><tr><td colspan=9>{words}</td></tr>")
    else:
        markup = f"<p>{words}</p>{table}"
    report = report_of(page(markup))
    assert received(report) == OWN
    spoken = {
        f.indicator for f in report.findings if (f.rule, f.severity) == ("other-year", "warning")
    }
    assert {o.indicator for o in report.observations if o.applicant} <= spoken


@pytest.mark.parametrize(
    "line", ["2020年，我局收到申请3件，均已办结。", "2021年收到和处理政府信息公开申请情况", "表三"]
)
def test_a_sentence_or_the_reports_own_year_above_a_table_says_nothing(line: str) -> None:
    report = report_of(page(f"<p>{line}</p>{html(upright())}"))
    assert received(report) == OWN
    assert [f for f in report.findings if f.rule == "other-year"] == []


# -- disputes ------------------------------------------------------------------------------------

RESULTS = [label for _, label in DISPUTE_COLUMNS]


def group_cells(group: str) -> list[str]:
    return [dispute(group, name) for name, _ in DISPUTE_COLUMNS]


def listed(line: str, block: str) -> str:
    return "".join(
        block.format(
            label,
            "".join(line.format(name, dispute(group, key)) for key, name in DISPUTE_COLUMNS),
        )
        for group, label in DISPUTES
    )


DISPUTE_LAYOUTS: dict[str, Callable[[], str]] = {
    "groups as rows": lambda: html(
        [["", *RESULTS], *([label, *group_cells(group)] for group, label in DISPUTES)]
    ),
    "a table a group, under its caption": lambda: "".join(
        f"<p>{label}</p>{html([RESULTS, group_cells(group)])}" for group, label in DISPUTES
    ),
    "a table a group, in brackets in its caption": lambda: "".join(
        f"<p>{caption}</p>{html([RESULTS, group_cells(group)])}"
        for (group, _), caption in zip(
            DISPUTES,
            ("行政复议情况", "行政诉讼（未经复议直接起诉）", "行政诉讼（复议后起诉）："),
            strict=True,
        )
    ),
    "groups as rows, litigation over two": lambda: html(
        [
            ["<td colspan=2>类别</td>", *RESULTS],
            ["<td colspan=2>行政复议</td>", *group_cells("reconsideration")],
            ["<td rowspan=2>行政诉讼</td>", "未经复议直接起诉", *group_cells("litigation_direct")],
            ["复议后起诉", *group_cells("litigation_after_reconsideration")],
        ]
    ),
    "groups as columns": lambda: html(
        [["", *(label for _, label in DISPUTES)]]
        + [[name, *(dispute(g, key) for g, _ in DISPUTES)] for key, name in DISPUTE_COLUMNS]
    ),
    "a row a figure": lambda: html(
        [
            [*[f"<td rowspan=5>{label}</td>"][at:], name, dispute(group, key)]
            for group, label in DISPUTES
            for at, (key, name) in enumerate(DISPUTE_COLUMNS)
        ]
    ),
    "a row a figure, a head": lambda: html(
        [["类别", "结果", "数量（件）"]]
        + [[label, name, dispute(g, key)] for g, label in DISPUTES for key, name in DISPUTE_COLUMNS]
    ),
    "a row a figure, groups in between": lambda: html(
        [
            cells
            for group, label in DISPUTES
            for cells in [
                [f"<td colspan=2>{label}</td>"],
                *([name, dispute(group, key)] for key, name in DISPUTE_COLUMNS),
            ]
        ]
    ),
    "a table a group, a row a figure": lambda: "".join(
        f"<p>{label}</p>" + html([[name, dispute(g, key)] for key, name in DISPUTE_COLUMNS])
        for g, label in DISPUTES
    ),
    "a definition list a group": lambda: listed("<dt>{}</dt><dd>{}</dd>", "<p>{}</p><dl>{}</dl>"),
    "a definition list with counts": lambda: listed(
        "<dt>{}：</dt><dd>{}件</dd>", "<h4>{}</h4><dl>{}</dl>"
    ),
    "one definition list": lambda: "<dl>" + listed("<dd>{}：{}件</dd>", "<dt>{}</dt>{}") + "</dl>",
    "lines of label and figure": lambda: listed("<p>{} {}</p>", "<p>{}</p>{}"),
    "lines of label and count": lambda: listed("<li>{}：{}件</li>", "<p>{}：</p><ul>{}</ul>"),
}  # fmt: skip


@pytest.mark.parametrize("name", DISPUTE_LAYOUTS)
def test_disputes_in_another_layout_are_read_whole(name: str) -> None:
    report = report_of(page(disputes=DISPUTE_LAYOUTS[name]()))
    assert read(report) == DISPUTED
    assert flagged(report) == set()


def test_a_list_of_disputes_without_its_group_is_not_read() -> None:
    markup = page(disputes=listed("<dt>{}</dt><dd>{}</dd>", "<dl>{1}</dl>"))
    report = report_of(markup)
    assert {value for value in read(report).values() if value is not None} == set()
    assert flagged(report)


def test_a_list_of_disputes_that_leaves_a_figure_out_is_blank_there() -> None:
    markup = page(disputes=DISPUTE_LAYOUTS["lines of label and count"]())
    cut = markup.replace(f"结果维持：{dispute('reconsideration', 'upheld')}件", "结果维持：", 1)
    found = read(report_of(cut))
    assert found == DISPUTED | {("reconsideration.upheld", ""): None}


# -- proactive disclosure ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "head",
    [
        ["信息内容", "上年处理决定数量", "本年处理决定数量"],
        ["信息内容", "2020年处理决定数量", "2021年处理决定数量"],
        ["信息内容", "上年同期", "本年处理决定数量"],
        ["信息内容", "去年处理决定数量", "本年处理决定数量"],
        ["信息内容", "增幅", "本年处理决定数量"],
        ["信息内容", "2020年数量", "处理决定数量"],
    ],
)
def test_last_years_decisions_beside_this_years_are_not_read(head: list[str]) -> None:
    rows = [["第二十条第（六）项"], head, ["行政处罚", "7", "3"], ["行政强制", "8", "4"]]
    report = report_of(page(proactive=html(rows)))
    assert read(report) == {("penalties.decisions", ""): 3, ("coercion.decisions", ""): 4}


@pytest.mark.parametrize("only", ["上年处理决定数量", "去年处理决定数量", "2019年处理决定数量"])
def test_a_head_that_names_only_another_year_gives_no_figure(only: str) -> None:
    rows = [["第二十条第（六）项"], ["信息内容", only], ["行政处罚", "7"], ["行政强制", "8"]]
    report = report_of(page(proactive=html(rows)))
    assert {value for value in read(report).values() if value is not None} == set()
    assert flagged(report)


def test_figures_that_look_like_years_are_figures() -> None:
    rows = [["第二十条第（六）项"], ["信息内容", "本年处理决定数量"]]
    rows += [["行政处罚", "2020"], ["行政强制", "2021"]]
    report = report_of(page(proactive=html(rows)))
    assert read(report) == {("penalties.decisions", ""): 2020, ("coercion.decisions", ""): 2021}
