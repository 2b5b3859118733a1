"""Cells and rows of which it cannot be told what they state: unreadable, and said so."""

from __future__ import annotations

import pytest

from parsers import Report, parse_page
from tests.parsers.report_writing import Writing, make_report, write_page

PAGE = write_page(make_report(5, 2022, 1), Writing()).html


def report_of(html: str) -> Report:
    report = parse_page(html.encode())[0].report
    assert report is not None
    return report


def merged(first_row: str, over: str, figure: str) -> str:
    """The page with the first cell of a row merged with its neighbour, or with the one below."""
    start = PAGE.index("<td>", PAGE.index(first_row) + len(first_row))
    second = PAGE.index("<td>", start + 1)
    third = PAGE.index("<td>", second + 1)
    if over == "columns":
        return PAGE[:start] + f'<td colspan="2">{figure}</td>' + PAGE[third:]
    below = PAGE.index("<tr>", start)
    cell = PAGE.index("<td>", PAGE.index("</td>", below) + 1)
    after = PAGE.index("<td>", cell + 1)
    return PAGE[:start] + f'<td rowspan="2">{figure}</td>' + PAGE[second:cell] + PAGE[after:]


@pytest.mark.parametrize(
    ("row", "over", "unread"),
    [
        ("<td>规章</td>", "columns", {"regulations.made", "regulations.repealed"}),
        ("<td>规章</td>", "rows", {"normative_documents.made"}),
        ("（一）予以公开</td>", "columns", {"applications.granted"}),
        ("（一）予以公开</td>", "rows", {"applications.partly_granted"}),
        ("<td>总计</td></tr>", "columns", {"reconsideration.upheld", "reconsideration.corrected"}),
    ],
)
def test_a_figure_merged_over_two_is_nobodys(row: str, over: str, unread: set[str]) -> None:
    report = report_of(merged(row, over, "987654"))
    found = {o.indicator for o in report.observations if "987654" in o.value_text}
    read = {o.indicator for o in report.observations if o.value == 987654}
    assert {o.indicator for o in report.observations if o.status == "unreadable"} == unread
    assert found - read == unread
    assert {f.indicator for f in report.findings if f.rule == "merged-cell"} == unread
    assert all("987654" in f.message for f in report.findings if f.rule == "merged-cell")
