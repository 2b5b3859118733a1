"""What stands in the place of a year without a report."""

import datetime as dt
import re
from dataclasses import replace

import pytest

from crawler.archive import Failure
from datasets.coverage import coverage_rows
from datasets.merging import merge_reports
from datasets.pages import Page


def rows(pages, years=range(2014, 2019)):
    made = coverage_rows("cn-test", years, pages, merge_reports(pages, ()))
    for row in made:  # whatever is said is said in both languages
        assert re.search("[一-鿿]", row["evidence_zh"]), row
        assert not re.search("[;:]|\\b(the|page|report|of)\\b", row["evidence_zh"]) or (
            row["status"] in ("http_error", "blocked", "unreadable")  # what a machine answered
        ), row["evidence_zh"]
    return {row["report_year"]: row for row in made}


def test_undated_empty_documents_fill_the_years_between_their_neighbours(page, report, empty):
    listed = [report(2018), report(2017), *[empty()] * 8, report(2014)]
    covered = rows([page("http://o/channel", listed)])
    assert [covered[year]["status"] for year in sorted(covered)] == [
        "parsed",
        "empty_page",
        "empty_page",
        "parsed",
        "parsed",
    ]
    evidence = covered[2015]["evidence"]
    assert "8 documents titled 政府信息公开工作年度报告" in evidence
    assert "between the reports of 2017 and 2014" in evidence
    assert covered[2016]["source_url"] == "http://o/channel"


def test_undated_empty_documents_elsewhere_say_nothing_of_a_year(page, report, empty):
    listed = [report(2018), report(2017), empty(), report(2016), report(2014)]
    covered = rows([page("http://o/channel", listed)])
    assert covered[2015]["status"] == "never_listed"


@pytest.mark.parametrize(("count", "status"), [(2, "empty_page"), (1, "never_listed")])
def test_lone_empty_pages_count_when_there_are_enough_of_them(page, report, empty, count, status):
    pages = [page(f"http://o/{year}", [report(year)]) for year in (2014, 2017, 2018)]
    pages += [page(f"http://o/empty{number}", [empty()]) for number in range(count)]
    assert rows(pages)[2015]["status"] == status


def test_one_lone_empty_page_fills_a_single_missing_year(page, report, empty):
    pages = [page(f"http://o/{year}", [report(year)]) for year in (2014, 2016, 2017, 2018)]
    covered = rows([*pages, page("http://o/empty", [empty()])])
    assert (covered[2015]["status"], covered[2015]["source_url"]) == (
        "empty_page",
        "http://o/empty",
    )


def test_the_times_of_a_report(page, report, observation):
    def content(value, words):
        return [report(2018, observation("applications.received", value), layout_reason=words)]

    # The third content differs only in what is no part of the report's words and figures.
    contents = [content(1.0, "a"), content(2.0, "a"), content(2.0, "b")]
    covered = rows([page("http://o/doc", *contents, days=[0, 10, 20])])[2018]
    start = dt.datetime(2024, 3, 1, tzinfo=dt.UTC)
    assert covered["first_seen"] == start
    assert covered["last_changed"] == start + dt.timedelta(days=10)
    assert covered["last_checked"] == start + dt.timedelta(days=20)


def test_a_page_that_is_gone_leaves_its_data_and_says_so(page, report):
    covered = rows([page("http://o/doc", [report(2018)], gone=True)])[2018]
    assert covered["status"] == "removed"
    assert "404" in covered["evidence"]


def test_a_report_that_one_of_two_pages_still_holds_is_not_removed(page, report):
    pages = [page("http://o/a", [report(2018)], gone=True), page("http://o/b", [report(2018)])]
    assert rows(pages)[2018]["status"] == "parsed"


def test_a_page_that_was_emptied_is_removed(page, report):
    emptied = report(2018, status="empty_page")
    covered = rows([page("http://o/doc", [report(2018)], [emptied])])[2018]
    assert covered["status"] == "removed"
    assert "empty_page" in covered["evidence"]


def failed(url: str, reason: str, text: str) -> Page:
    failure = Failure(
        office_id="cn-test",
        url=url,
        failed_at=dt.datetime(2024, 3, 1, tzinfo=dt.UTC),
        reason=reason,
        message="in words",
        kind="report",
        origin="live",
        warc_file="cn-test/one.warc.gz",
        warc_offset=0,
        link_text=text,
    )
    return Page(url, (), (failure,), ())


@pytest.mark.parametrize(
    ("reason", "status"), [("timeout", "http_error"), ("robots", "blocked"), ("dns", "http_error")]
)
def test_a_listed_report_that_could_not_be_fetched(page, report, reason, status):
    pages = [
        page("http://o/channel", [report(2018), report(2014)]),
        failed("http://o/doc", reason, "2015年政府信息公开工作年度报告"),
    ]
    covered = rows(pages)
    assert covered[2015]["status"] == status
    assert reason in covered[2015]["evidence"]
    assert covered[2016]["status"] == "never_listed"


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"http_status": 404, "kind": "error"}, "http_error"),
        ({"http_status": 412, "kind": "challenge"}, "blocked"),
        ({"kind": "attachment"}, "attachment_only"),
    ],
)
def test_a_listed_report_that_is_no_page(page, report, changed, status):
    text = "2015年政府信息公开工作年度报告"
    held = page("http://o/doc", [], link_text=text)
    broken = Page(held.url, (replace(held.captures[0], **changed),), (), ())
    covered = rows([page("http://o/channel", [report(2018), report(2014)]), broken])
    assert covered[2015]["status"] == status


def test_an_office_that_could_not_be_reached_says_why(page):
    covered = rows([failed("http://o/channel", "dns", "")])
    assert {row["status"] for row in covered.values()} == {"http_error"}
    assert "dns" in covered[2014]["evidence"]


def test_a_found_year_outside_the_expected_ones_has_a_row(page, report):
    covered = rows([page("http://o/doc", [report(2012)])])
    assert (covered[2012]["expected"], covered[2014]["expected"]) == (False, True)


def test_a_linked_report_outside_the_expected_years_that_cannot_be_had_has_a_row(page, report):
    pages = [
        page("http://o/channel", [report(2018)]),
        failed("http://o/doc", "timeout", "2009年政府信息公开工作年度报告"),
    ]
    covered = rows(pages)
    assert covered[2009]["expected"] is False
    assert covered[2009]["status"] == "http_error"
    assert "timeout" in covered[2009]["evidence"]


def test_a_link_to_the_report_of_another_year_says_which_one_is_there(page, report):
    text = "2015年政府信息公开工作年度报告"
    covered = rows([page("http://o/doc", [report(2016)], link_text=text)])
    assert covered[2015]["status"] == "unreadable"
    assert "holds the report of 2016" in covered[2015]["evidence"]
    linked_early = page("http://o/doc", [report(2016)], link_text=text.replace("2015", "2009"))
    assert 2009 not in rows([linked_early])
