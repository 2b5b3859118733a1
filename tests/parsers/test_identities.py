"""The form's identities: what they check, and which readings they decide between."""

from __future__ import annotations

import pytest

from parsers import Report, parse_page
from tests.parsers.report_writing import Writing, make_report, write_page

PAGE = write_page(make_report(11, 2022, 1), Writing()).html
FIRST = "一、本年新收政府信息公开申请数量</td>"


def report_of(html: str) -> Report:
    report = parse_page(html.encode())[0].report
    assert report is not None
    return report


def changed(html: str, label: str, cells: list[str]) -> str:
    """The page with other figures in the row of a label."""
    start = html.index(label) + len(label)
    end = html.index("</tr>", start)
    return html[:start] + "".join(f"<td>{cell}</td>" for cell in cells) + html[end:]


def figures(html: str, label: str) -> list[str]:
    start = html.index(label) + len(label)
    row = html[start : html.index("</tr>", start)]
    return [cell.removesuffix("</td>") for cell in row.split("<td>")[1:]]


def test_a_page_that_adds_up_has_no_finding() -> None:
    assert report_of(PAGE).findings == ()


@pytest.mark.parametrize(
    ("label", "at", "rules"),
    [
        ("（一）予以公开</td>", 0, {"outcomes-sum", "applicants-sum"}),
        ("（一）予以公开</td>", 6, {"outcomes-sum", "applicants-sum"}),
        (FIRST, 2, {"carried-over", "applicants-sum"}),
        ("（七）总计</td>", 3, {"carried-over", "outcomes-sum", "applicants-sum"}),
        ("四、结转下年度继续办理</td>", 6, {"carried-over", "applicants-sum"}),
    ],
)
def test_a_figure_that_does_not_add_up_is_found_and_left_as_printed(
    label: str, at: int, rules: set[str]
) -> None:
    cells = figures(PAGE, label)
    cells[at] = str(int(cells[at]) + 7)
    report = report_of(changed(PAGE, label, cells))
    assert {f.rule for f in report.findings if f.severity == "error"} == rules
    assert sum(o.value_text == cells[at] for o in report.observations) >= 1
    assert not any(o.status == "unreadable" for o in report.observations)


def test_the_total_of_disputes_is_checked() -> None:
    row = PAGE[PAGE.rindex("<tr>") : PAGE.rindex("</tr>")]
    cells = row.split("<td>")[1:]
    cells[4] = "99</td>"
    report = report_of(PAGE.replace(row, "<tr><td>" + "<td>".join(cells)))
    assert [f.rule for f in report.findings] == ["reconsideration-sum"]


def test_blank_totals_state_nothing_that_could_be_wrong() -> None:
    page = PAGE
    for label in (FIRST, "（一）予以公开</td>", "（七）总计</td>"):
        page = changed(page, label, [*figures(page, label)[:6], ""])
    report = report_of(page)
    # A note says that they are blank.
    assert {f.severity for f in report.findings if f.rule == "blank-total"} == {"note"}
    blank = [o for o in report.observations if o.status == "blank"]
    assert {(o.indicator, o.applicant) for o in blank} == {
        ("applications.received", "total"),
        ("applications.granted", "total"),
        ("applications.concluded", "total"),
    }


def test_of_a_row_printed_twice_the_reading_that_adds_up_is_taken() -> None:
    label = "四、结转下年度继续办理</td>"
    cells = figures(PAGE, label)
    wrong = [str(int(cells[0]) + 5), *cells[1:6], str(int(cells[6]) + 5)]
    start = PAGE.rindex("<tr>", 0, PAGE.index(label))
    end = PAGE.index("</tr>", start) + len("</tr>")
    row = PAGE[start:end]
    report = report_of(PAGE[:end] + changed(row, label, wrong) + PAGE[end:])
    read = {o.applicant: o for o in report.observations if o.indicator.endswith("carried_out")}
    assert read["natural_person"].value == float(cells[0])
    assert {f.rule for f in report.findings} == {"printed-twice"}
