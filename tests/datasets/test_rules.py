"""Every rule that is described speaks where it should, and every rule that speaks is described."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from datasets.checks import check_reports, rules
from datasets.findings import described_rules
from datasets.merging import merge_reports
from datasets.registry import expression_parts, registry_rows
from parsers import Document, parse_page
from tests.parsers.report_writing import FormReport, Writing, make_report, write_page

Bytes = str | bytes


def form(change: dict[tuple[str, str], float], **writing: int) -> str:
    """A page in the form of 2021 whose figures add up, but for those that are changed."""
    report = make_report(11, 2022, 1)
    figures = report.figures | {key: report.figures[key] + more for key, more in change.items()}
    changed = FormReport(report.year, report.forms, report.three_others, figures)
    return write_page(changed, Writing(**writing)).html


PLAIN = form({})


def prose(*paragraphs: str, title: str = "青川市水务局2017年政府信息公开工作年度报告") -> str:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f"<html><body><h1>{title}</h1>{body}</body></html>"


SECTIONS = (
    "一、概述",
    "加强组织领导，推进政府信息公开工作。",
    "二、主动公开政府信息的情况",
    "全年主动公开政府信息120条。",
    "三、依申请公开政府信息办理情况",
    "全年收到政府信息公开申请3件，均已答复。",
    "四、存在的主要问题和改进措施",
    "公开的主动性有待提高。",
)


def annex(*rows: tuple[str, ...]) -> str:
    table = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return prose(*SECTIONS, "附表：政府信息公开情况统计表", f"</p><table>{table}</table><p>")


ANNEX = (
    ("指标名称", "计量单位", "2017年度"),
    ("一、主动公开信息数", "条", "120"),
    ("二、依申请公开信息申请总数", "件", "3"),
    ("其中：1.当面申请数", "件", "1"),
    ("2.网上申请数", "件", "2"),
    ("三、对申请的答复总数", "件", "3"),
    ("四、行政复议数", "件", "0"),
    ("五、行政诉讼数", "件", "0"),
)

# Of the rules of the parser: a page about which each speaks.
SPEAKING: dict[str, Bytes] = {
    "carried-over": form({("applications.carried_in", "total"): 1}),
    "outcomes-sum": form({("applications.granted", "business"): 1}),
    "applicants-sum": form({("applications.received", "total"): 1}),
    "reconsideration-sum": form({("reconsideration.total", ""): 1}),
    "litigation-direct-sum": form({("litigation_direct.total", ""): 1}),
    "litigation-after-sum": form({("litigation_after_reconsideration.upheld", ""): 1}),
    "blank-total": re.sub(
        r"(（一）予以公开.*?)<td>\d*</td></tr>", r"\1<td></td></tr>", PLAIN, count=1
    ),
    "unreadable-cell": PLAIN.replace("<td>规章</td><td>", "<td>规章</td><td>见附件 "),
    "missing-head": PLAIN.replace(
        '<tr><td>信息内容</td><td colspan="3">本年收费金额（单位：万元）</td></tr>', ""
    ),
    "missing-row": form({}, missing_rows=1),
    "missing-table": re.sub(r"<table.*?</table>", "", PLAIN, count=1, flags=re.DOTALL),
    "unknown-row": PLAIN.replace(
        "<tr><td>行政许可", "<tr><td>留言答复</td><td>4</td></tr><tr><td>行政许可"
    ),
    "declared-parts": PLAIN.replace(
        "<p>一、总体情况", "<p>本报告由五个部分组成。</p><p>一、总体情况"
    ),
    "report-year-conflict": PLAIN.replace("局2022年政府信息", "局2021年政府信息"),
    "unknown-heading": PLAIN.replace("五、存在的主要问题及改进情况", "五、天气与收成"),
    "office-names-differ": PLAIN.replace(
        "</body>", "<p>临江县交通运输局</p><p>2023年1月20日</p></body>"
    ),
    "year-inferred": prose(*SECTIONS, "2018年1月20日", title="政府信息公开工作年度报告"),
    "no-report-year": prose(*SECTIONS, title="青川市水务局政府信息公开工作年度报告"),
    "publication-dates-differ": PLAIN.replace(
        "<head>", '<head><meta name="PubDate" content="2023-01-20">'
    ).replace("<p>本报告", "<p>发布日期：2023-01-25</p><p>本报告"),
    "prose-contradicts-itself": prose(
        *SECTIONS[:6], "全年收到政府信息公开申请5件。", *SECTIONS[6:]
    ),
    "prose-unexplained": prose(
        *SECTIONS[:6], "其中以电子邮件形式提出的4件，网上填单3件。", *SECTIONS[6:]
    ),
    "empty-page": prose(),
    "characters-lost": PLAIN.encode() + b"<p>\xff\xfe\xff</p>",
    "not-a-page": b"%PDF-1.4 and so on",
    "not-text": b"<p>\0\0\0" * 1000,
    "page-too-large": f'<p title="{"x" * 70_000}">',
    "annex-contradicts-itself": annex(*ANNEX, ("四、行政复议数", "件", "2")),
    "annex-without-year": annex(("指标名称", "计量单位", "历年累计"), *ANNEX[1:]),
}
# Rules whose pages are kept among the pages of the tests, with goldens that name them.
IN_PAGES = {
    "attachment-only",
    "merged-cell",
    "missing-column",
    "mixed-forms",
    "other-year",
    "printed-twice",
    "undecided-columns",
    "undecided-row",
    "unreadable",
    "copy-on-page",
    "copies-differ",
}


def spoken(documents: list[Document]) -> set[str]:
    return {
        finding.rule
        for one in documents
        for finding in (*one.findings, *(one.report.findings if one.report else ()))
    }


@pytest.mark.parametrize("rule", SPEAKING)
def test_a_rule_of_the_parser_speaks(rule: str):
    page = SPEAKING[rule]
    assert rule in spoken(parse_page(page.encode() if isinstance(page, str) else page))


def test_of_a_page_that_is_in_order_no_rule_speaks():
    assert spoken(parse_page(PLAIN.encode())) == set()
    assert spoken(parse_page(prose(*SECTIONS).encode())) == set()
    assert spoken(parse_page(annex(*ANNEX).encode())) == set()


def items(left: str, year: int, report: Callable, observation: Callable):
    """Two reports of the form of 2019: the later one takes over another number of items."""
    row = left.split(".")[0]
    before = [observation(f"{row}.items_last_year", 100.0), observation(f"{row}.items_change", 2.0)]
    now = [observation(f"{row}.items_last_year", 101.0)]
    return [
        report(year, *before, layout="tables-2019"),
        report(year + 1, *now, layout="tables-2019"),
    ]


BETWEEN_ITEMS = [rule for rule in rules() if rule.left.endswith("items_change")]
IN_PROSE = [rule for rule in rules() if rule.scope == "prose"]


@pytest.mark.parametrize("rule", BETWEEN_ITEMS, ids=lambda rule: rule.name)
def test_items_that_a_year_does_not_take_over(rule, page, report, observation):
    reports = items(rule.left, 2019, report, observation)
    merged = merge_reports([page(f"http://o/{one.report_year}", [one]) for one in reports], ())
    ((year, finding),) = check_reports(merged)
    assert (year, finding.rule) == (2020, rule.name)
    assert (finding.expected, finding.actual) == ("102", "101")


@pytest.mark.parametrize("rule", IN_PROSE, ids=lambda rule: rule.name)
def test_what_the_prose_states_otherwise(rule, page, report, observation):
    parts = expression_parts(rule.right, "tables-2021")
    table = [observation(part, 1.0) for part in parts]
    total = observation(rule.left, len(parts) + 4.0, source="narrative", applicant=None)
    if rule.left.startswith("applications."):
        total = observation(rule.left, len(parts) + 4.0, source="narrative")
    merged = merge_reports([page("http://o/", [report(2022, *table, total)])], ())
    assert rule.name in {finding.rule for _, finding in check_reports(merged)}


@pytest.mark.parametrize(("online", "speaks"), [("2", False), ("7", True)])
def test_the_ways_in_an_annex_do_not_exceed_its_total(online, speaks, page):
    rows = (*ANNEX[:4], ("2.网上申请数", "件", online), *ANNEX[5:])
    (document,) = parse_page(annex(*rows).encode())
    merged = merge_reports([page("http://o/", [document.report])], ())
    found = {finding.rule: finding for _, finding in check_reports(merged)}
    assert ("received-by-channel-in-annex" in found) is speaks
    if speaks:
        finding = found["received-by-channel-in-annex"]
        assert (finding.expected, finding.actual) == ("<= 3", "8")


# What makes findings, and where among the arguments the rule stands.
_MAKERS = {"Finding": 0, "_unreadable": 1}


def constants(path: Path) -> set[str]:
    """The rules that the findings made in a module name as constants."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _MAKERS:
            at = _MAKERS[node.func.id]
            given = [word.value for word in node.keywords if word.arg == "rule"]
            given += node.args[at : at + 1]
            names |= {one.value for one in given if isinstance(one, ast.Constant)}
    return names


# A report that is not `parsed` has its status as a finding.
STATUSES = {"empty-page", "attachment-only", "unreadable"}


def test_the_rules_that_are_described_are_those_that_can_speak(repository: Path):
    spoken_of = {row["rule"] for row in registry_rows("rules.csv")} | STATUSES
    identities = repository / "parsers" / "layouts" / "identities.csv"
    lines = [line for line in identities.read_text("utf-8").splitlines() if line[0] != "#"]
    spoken_of |= {line.split(",")[0] for line in lines[1:]}
    for room in ("parsers", "datasets"):
        for path in (repository / room).rglob("*.py"):
            spoken_of |= constants(path)
    assert spoken_of == {one["rule"] for one in described_rules()}, (
        "datasets/registry/other_rules.csv describes the rules of the parsers and of the build"
    )


def test_every_rule_of_the_parser_has_a_page_about_which_it_speaks(repository: Path):
    described = {one["rule"] for one in described_rules() if one.get("scope") == "parser"}
    assert described == set(SPEAKING) | IN_PAGES
    kept = "".join(
        path.read_text("utf-8")
        for path in (repository / "tests").rglob("*")
        if path.suffix in {".json", ".py"} and path.name != Path(__file__).name
    )
    assert [rule for rule in sorted(IN_PAGES) if rule not in kept] == []
