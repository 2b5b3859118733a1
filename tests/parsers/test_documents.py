"""Several documents on one page: where each begins and ends, and which is only a copy."""

from __future__ import annotations

import re

import pytest

from parsers import Report, parse_page
from tests.parsers.report_writing import Writing, make_report, write_page

YEARS = (2022, 2021, 2020)
OFFICE = "青川市水务局"


def body_of(year: int, signed: bool = True) -> str:
    """A report without its title: the period, six sections with tables, and a signature."""
    html = write_page(make_report(year, year, 1), Writing(seed=year)).html
    body = html[html.index("</h1>") + 5 : html.index("</body>")]
    signature = f"<p>{OFFICE}</p><p>{year + 1}年1月{year % 7 + 1}日</p>"
    return body + (signature if signed else "")


def page_of(inner: str, head: str = "") -> str:
    return (
        f"<html><head><title>{OFFICE}</title>{head}</head><body><div><a href='/'>首页</a></div>"
        f"{inner}<div>主办单位：{OFFICE}</div></body></html>"
    )


def reports_of(page: str) -> list[Report]:
    documents = parse_page(page.encode())
    assert all(d.kind == "report" for d in documents), [d.reason for d in documents]
    return [d.report for d in documents if d.report is not None]


def panels(line: str, wrap: str = "<div>{}</div>", signed: bool = True) -> str:
    """A panel a year; line: what each prints at its top, {year} and {next} filled in."""
    return "".join(
        wrap.replace("{}", line.format(year=year, next=year + 1) + body_of(year, signed))
        for year in YEARS
    )


SIGNED = [f"{year + 1}-01-{year % 7 + 1:02}" for year in YEARS]
DATED = [f"{year + 1}-02-08" for year in YEARS]
ONLY_NONE = ["None"] * 3


@pytest.mark.parametrize(
    ("inner", "published"),
    [
        (panels(""), SIGNED),
        (panels("", "{}"), SIGNED),
        (panels("", "<div style='display:none'>{}</div>"), SIGNED),
        (panels("<h2>{year}年政府信息公开工作年度报告</h2>"), SIGNED),
        (panels("<h2>{year}年政府信息公开工作年度报告</h2>", "{}"), SIGNED),
        (panels("<h3>{year}年度</h3>", "<li>{}</li>"), SIGNED),
        (panels("<p>{year}年政府信息公开工作年度报告</p>", "{}"), SIGNED),
        (panels("<p>发布日期：{next}-02-08</p>"), DATED),
        (panels("<p>发布日期：{next}-02-08</p>", "{}"), DATED),
        (panels("<p>发布日期：{next}-02-08</p>", "{}", signed=False), DATED),
        (panels("<p>发布日期：{next}-02-08</p>", "<section>{}</section>", signed=False), DATED),
        (panels("<p>（{next}年2月8日）</p>", signed=False), DATED),
        (
            panels("<h2>{year}年政府信息公开工作年度报告</h2><p>{next}-02-08</p>", signed=False),
            DATED,
        ),
        (panels("", signed=False), ONLY_NONE),
        (panels("", "{}", signed=False), ONLY_NONE),
    ],
)
def test_every_report_behind_a_tab_has_its_own_year_and_date(
    inner: str, published: list[str]
) -> None:
    reports = reports_of(page_of(inner))
    assert [r.report_year for r in reports] == list(YEARS)
    assert [str(r.published_on) for r in reports] == published
    assert [r.period_start and r.period_start.year for r in reports] == list(YEARS)
    assert [f.rule for r in reports for f in r.findings] == []


def test_a_title_in_front_of_its_panel_is_that_panels() -> None:
    panes = "".join(
        f"<h3>{OFFICE}{y}年政府信息公开工作年度报告</h3><div>{body_of(y)}</div>" for y in YEARS
    )
    reports = reports_of(page_of(panes))
    assert [r.title for r in reports] == [f"{OFFICE}{y}年政府信息公开工作年度报告" for y in YEARS]
    assert [str(r.published_on) for r in reports] == SIGNED


# -- copies --------------------------------------------------------------------------------------

TITLE = f"<h1>{OFFICE}2021年政府信息公开工作年度报告</h1>"
META = '<meta name="PubDate" content="2022-01-20 09:00">'
BODY = body_of(2021, signed=False)
PHONE = BODY.replace("<table border=1>", "<table class=phone>")


def changed(html: str, label: str, value: str) -> str:
    """The report with another first figure behind a label."""
    at = html.index("<td", html.index(label))
    return html[:at] + re.sub(r">[^<]*<", f">{value}<", html[at:], count=1)


@pytest.mark.parametrize(
    "inner",
    [
        f"<div>{TITLE}{BODY}</div><div style='display: none'>{TITLE}{BODY}</div>",
        f"<div style='display:none;'>{TITLE}{BODY}</div><div>{TITLE}{BODY}</div>",
        f"<div hidden>{TITLE}{BODY}</div><div>{TITLE}{BODY}</div>",
        f"{TITLE}<div class=pc>{BODY}</div><div class=mobile>{PHONE}</div>",
        f"{TITLE}{BODY}{TITLE}{BODY}",
        f"<div>{TITLE}{BODY}</div><div class=visible-xs><h2>青川市水务局</h2>{BODY}</div>",
        f"{TITLE}<div>{BODY}</div><span style='display:none'><div>{BODY}</div></span>",
        f"{TITLE}{BODY}<div style='visibility:hidden'>{BODY}</div><div hidden>{BODY}</div>",
    ],
)
def test_a_copy_of_a_report_is_one_report_and_a_finding(inner: str) -> None:
    (report,) = reports_of(page_of(inner, META))
    (alone,) = reports_of(page_of(f"{TITLE}{BODY}", META))
    assert report.observations == alone.observations
    assert (report.office_name, report.report_year) == (OFFICE, 2021)
    assert str(report.published_on) == "2022-01-20"
    assert [(f.rule, f.severity) for f in report.findings] == [("copy-on-page", "note")]


@pytest.mark.parametrize(
    ("first", "second", "value"),
    [
        ("<div>{}</div>", "<div style='display:none'>{}</div>", 3),
        ("<div style='display:none'>{}</div>", "<div>{}</div>", 5),
        ("<div>{}</div>", "<div>{}</div>", 3),
        ("<style>@media (min-width:900px){.m{display:none}}</style><div class=m>{}</div>",
         "<div>{}</div>", 5),
        ("<style>.m, #x{color:red;display:none}</style><div class='a m'>{}</div>",
         "<div>{}</div>", 5),
        ("<style>@media (max-width:700px){.m{display:none}}</style><div class=m>{}</div>",
         "<div>{}</div>", 3),
        ("<div class='d-md-none'>{}</div>", "<div class='d-none d-md-block'>{}</div>", 5),
    ],
)  # fmt: skip
def test_of_copies_that_differ_the_visible_one_is_read_with_a_warning(
    first: str, second: str, value: float
) -> None:
    one, other = changed(BODY, ">行政许可<", "3"), changed(BODY, ">行政许可<", "5")
    inner = first.replace("{}", TITLE + one) + second.replace("{}", TITLE + other)
    (report,) = reports_of(page_of(inner))
    read = {o.indicator: o.value for o in report.observations}
    assert read["licensing.decisions"] == value
    (finding,) = report.findings
    assert (finding.rule, finding.severity) == ("copies-differ", "warning")
    assert finding.indicator == "licensing.decisions"
    assert {finding.expected, finding.actual} == {"3", "5"}


def test_reports_of_two_offices_in_the_same_words_are_no_copies() -> None:
    other = BODY.replace(OFFICE, "青川市林业局")
    inner = f"{TITLE}{BODY}<p>{OFFICE}</p>" + f"{TITLE}{other}".replace(OFFICE, "青川市林业局")
    assert [r.office_name for r in reports_of(page_of(inner))] == [OFFICE, "青川市林业局"]


def test_reports_of_two_years_in_the_same_words_are_no_copies() -> None:
    inner = "".join(f"<div>{TITLE}{BODY}</div>".replace("2021", str(year)) for year in (2021, 2022))
    assert [r.report_year for r in reports_of(page_of(inner))] == [2021, 2022]


def test_a_hidden_copy_of_a_table_is_not_read_beside_the_visible_one() -> None:
    start, end = BODY.index("<table", BODY.index("三、")), BODY.index("四、政府")
    table = BODY[start : BODY.rindex("</table>", 0, end) + 8]
    hidden = changed(table, "（一）予以公开", "77")
    for copy, rule in ((table, "copy-on-page"), (hidden, "copies-differ")):
        page = page_of(TITLE + BODY.replace(table, f"<div hidden>{copy}</div>{table}"))
        (report,) = reports_of(page)
        (alone,) = reports_of(page_of(TITLE + BODY))
        assert [o.value for o in report.observations] == [o.value for o in alone.observations]
        assert [f.rule for f in report.findings] == [rule]


def test_hidden_parts_of_a_report_that_are_no_copies_are_read() -> None:
    parts = re.split(r"(?=<p>[一二三四五六]、)", BODY)
    folded = "".join(f"<div style='display:none'>{part}</div>" for part in parts[1:])
    for inner in (TITLE + parts[0] + folded, f"<div hidden>{TITLE}{BODY}</div>"):
        (report,) = reports_of(page_of(inner))
        (alone,) = reports_of(page_of(TITLE + BODY))
        assert [o.value for o in report.observations] == [o.value for o in alone.observations]
        assert report.findings == ()


@pytest.mark.parametrize("hide", ["style='display:none'", "style='DISPLAY : none ;color:red'"])
def test_characters_that_nobody_sees_are_no_part_of_a_sentence(hide: str) -> None:
    sentence = f"<p>2021年公开信息3<span {hide}>77</span>0条。</p>"
    page = f"{TITLE}<p>一、总体情况</p>{sentence}<p>二、主动公开政府信息情况</p><p>已公开。</p>"
    (report,) = reports_of(page + "<p>三、其他</p>" + "<p>推进各项公开工作。</p>" * 30)
    assert [
        o.value for o in report.observations if o.indicator == "disclosure.items_published"
    ] == [30]


@pytest.mark.parametrize(
    ("lines", "office"),
    [
        (["青川市水务局", "2021年政府信息公开工作年度报告"], "青川市水务局"),
        (["青川市水务局", "现将情况报告如下。"], None),
        (["水务局", "2021年政府信息公开工作年度报告"], None),
    ],
)
def test_the_office_stands_above_a_title_that_the_text_repeats(
    lines: list[str], office: str | None
) -> None:
    repeated = "".join(f"<p>{line}</p>" for line in lines)
    heading = "<h1>2021年政府信息公开工作年度报告</h1>"
    page = f"<html><body>{heading}{repeated}{body_of(2021, signed=False)}</body></html>"
    (report,) = reports_of(page)
    assert report.office_name == office


@pytest.mark.parametrize("kept", ["", "<p><a href='/files/2021.pdf'>{title}.pdf</a></p>"])
@pytest.mark.parametrize("wrap", ["<div>{}</div>", "{}"])
@pytest.mark.parametrize("cut", ["", "政府信息", "工作"])  # the title goes on in a second line
@pytest.mark.parametrize("empty", [{2022}, {2021}, {2020}, {2021, 2020}, {2023, 2022}])
def test_the_empty_place_of_one_year_takes_nothing_from_the_next_report(
    empty: set[int], cut: str, wrap: str, kept: str
) -> None:
    inner = ""
    for year in (2023, 2022, 2021, 2020, 2019):
        title = f"{OFFICE}{year}年政府信息公开工作年度报告"
        body = kept.format(title=title) if year in empty else body_of(year, signed=year % 2 == 0)
        lines = title.replace(cut, f"{cut}</h1><h1>", 1) if cut else title
        inner += wrap.replace("{}", f"<h1>{lines}</h1>{body}")
    read = {report.report_year: report for report in reports_of(page_of(inner))}
    assert list(read) == [2023, 2022, 2021, 2020, 2019]
    for year, report in read.items():
        place = "attachment_only" if kept else "empty_page"
        assert report.status == (place if year in empty else "parsed")
        assert not any(finding.rule == "report-year-conflict" for finding in report.findings)
        if year not in empty:
            assert report.period_end is None or report.period_end.year == year


def one_report(body: str, title: str = f"{OFFICE}2021年政府信息公开工作年度报告") -> Report:
    (report,) = reports_of(page_of(f"<h1>{title}</h1>{body}"))
    return report


@pytest.mark.parametrize(
    ("heading", "inner"),
    [
        ("三、收到和处理政府信息公开申请情况", ["一、申请情况"]),
        ("五、存在的主要问题及改进情况", ["一、主要问题", "二、改进措施"]),
        (
            "五、存在的主要问题及改进情况",
            ["一、主动公开方面", "二、依申请公开方面", "三、平台方面"],
        ),
        ("六、其他需要报告的事项", ["一、收取信息处理费情况", "二、落实年度工作要点情况"]),
    ],
)
def test_a_list_within_a_section_that_begins_with_one_opens_no_other_report(
    heading: str, inner: list[str]
) -> None:
    plain = one_report(body_of(2021))
    lines = "".join(f"<p>{line}</p><p>做好各项工作，主动接受监督。</p>" for line in inner)
    body = body_of(2021).replace(f"<p>{heading}</p>", f"<p>{heading}</p>{lines}")
    assert body != body_of(2021)
    report = one_report(body)
    assert len(report.observations) == len(plain.observations)
    assert report.published_on == plain.published_on
    known = {section.section for section in plain.sections}
    assert known <= {section.section for section in report.sections}


TOOLS = "<div>字体：【大 中 小】</div>"


@pytest.mark.parametrize(
    "page",
    [
        f"{TOOLS}<h1>{{title}}</h1>{{body}}{TOOLS}",
        f"<div>欢迎访问{TOOLS}</div><h1>{{title}}</h1>{TOOLS}{{body}}",
        f"<h1>{{title}}</h1>{TOOLS}{{body}}<p>打印本页</p>{TOOLS}",
        f"{TOOLS}<div><a href='/'>首页</a></div><h1>{{title}}</h1>{TOOLS}{{body}}{TOOLS}",
    ],
)
def test_tools_that_are_printed_twice_make_no_second_document(page: str) -> None:
    title = f"{OFFICE}2021年政府信息公开工作年度报告"
    html = page_of(
        page.format(title=title, body=body_of(2021, signed=False)),
        "<meta name='PubDate' content='2022-01-25'>",
    )
    (report,) = reports_of(html)
    assert (report.office_name, report.report_year) == (OFFICE, 2021)
    assert str(report.published_on) == "2022-01-25"


SHORT_TITLE = "2021年政府信息公开工作年度报告"
SOURCE = "<meta name='ContentSource' content='{}'>"


@pytest.mark.parametrize(
    ("banner", "title", "source", "signature", "office", "differs"),
    [
        ("青川市人民政府", SHORT_TITLE, OFFICE, None, OFFICE, True),
        ("青川市人民政府", f"市水务局{SHORT_TITLE}", None, None, "市水务局", True),
        ("青川市人民政府", SHORT_TITLE, None, OFFICE, OFFICE, True),
        ("欢迎访问青川市人民政府门户网站", SHORT_TITLE, OFFICE, None, OFFICE, True),
        (OFFICE, SHORT_TITLE, "青川市人民政府办公室", None, OFFICE, False),
        (OFFICE, SHORT_TITLE, None, OFFICE, OFFICE, False),
        ("青川市人民政府", SHORT_TITLE, None, None, "青川市人民政府", False),
    ],
)
def test_the_banner_of_a_site_above_a_title_is_not_the_office(
    banner: str, title: str, source: str | None, signature: str | None, office: str, differs: bool
) -> None:
    signed = f"<p>{signature}</p><p>2022年1月20日</p>" if signature else ""
    body = body_of(2021, signed=False) + signed
    head = SOURCE.format(source) if source else ""
    html = f"<html><head>{head}</head><body><div>{banner}</div><h1>{title}</h1>{body}</body></html>"
    (report,) = reports_of(html)
    assert report.office_name == office
    assert differs == any(f.rule == "office-names-differ" for f in report.findings)


@pytest.mark.parametrize(
    ("titled", "signed", "differs"),
    [
        ("青川市林业局", "青川市水务局", True),
        ("青川市教育局", "青川市教育和体育局", False),
        ("青川市人民政府外事侨务办公室", "青川市外侨办公室", False),
        ("青川市人民政府外事办公室", "市外事办公室", False),
        ("青川市审计局", "青川市统计局", True),
    ],
)
def test_a_title_copied_from_another_office_is_a_finding(
    titled: str, signed: str, differs: bool
) -> None:
    body = body_of(2021, signed=False) + f"<p>{signed}</p><p>2022年1月20日</p>"
    report = one_report(body, f"{titled}2021年政府信息公开工作年度报告")
    assert differs == any(f.rule == "office-names-differ" for f in report.findings)


@pytest.mark.parametrize("tag", ["h1", "p"])
def test_a_list_of_other_years_above_the_title_gives_no_year(tag: str) -> None:
    title = f"{OFFICE}{{}}年政府信息公开工作年度报告"
    listed = "".join(f"<p>{title.format(year)}</p>" for year in (2023, 2022, 2021))
    body = body_of(2021).replace("2021年1月1日至2021年12月31日", "全年")
    html = page_of(f"<div>{listed}</div><{tag}>{title.format(2021)}</{tag}>{body}")
    (report,) = reports_of(html)
    assert report.report_year == 2021


def test_a_report_that_came_out_before_its_year_is_a_finding() -> None:
    body = body_of(2021, signed=False) + f"<p>{OFFICE}</p><p>2019年1月20日</p>"
    report = one_report(body)
    (finding,) = [f for f in report.findings if f.rule == "report-year-conflict"]
    assert "it was published in 2019" in finding.message
