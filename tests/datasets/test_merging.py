"""Which copy of a report stands, what is filled from others, what differs."""

import datetime as dt
from dataclasses import replace

import pytest

from crawler.offices import load_offices
from datasets.coverage import coverage_rows
from datasets.expectations import failed_expectations
from datasets.merging import merge_reports, names_agree, revisions_of

NAMES = ("聊城市人民政府外事办公室", "聊城市外办")


def test_the_reports_own_page_goes_before_the_channel_page(page, report, observation):
    ours = report(2022, observation("applications.received", 2.0))
    others = [report(year) for year in (2021, 2023)]
    pages = [page("http://o/channel", [ours, *others]), page("http://o/doc", [ours])]
    merged = {one.year: one for one in merge_reports(pages, NAMES)}
    assert merged[2022].chosen.page.url == "http://o/doc"
    assert len(merged[2022].copies) == 2
    assert merged[2021].chosen.page.url == "http://o/channel"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({"status": "empty_page"}, {}, "http://o/b"),
        ({"status": "unreadable"}, {"status": "attachment_only"}, "http://o/b"),
        (
            {"published_on": dt.date(2023, 1, 1)},
            {"published_on": dt.date(2023, 2, 1)},
            "http://o/b",
        ),
        ({"published_on": None}, {}, "http://o/b"),
        ({"office_name": "民政部"}, {}, "http://o/b"),
        ({}, {}, "http://o/a"),
    ],
    ids=["content", "attachment", "later date", "a date", "own name", "address"],
)
def test_the_order_of_copies_does_not_depend_on_the_order_of_the_crawl(
    page, report, first, second, expected
):
    one = page("http://o/a", [report(2022, **first)], days=[5])
    two = page("http://o/b", [report(2022, **second)], days=[1])
    for pages in ([one, two], [two, one]):
        assert merge_reports(pages, NAMES)[0].chosen.page.url == expected


def test_the_newest_content_of_an_address_counts(page, report, observation):
    old, new = (report(2022, observation("applications.received", v)) for v in (2.0, 3.0))
    merged = merge_reports([page("http://o/doc", [old], [new])], NAMES)[0]
    assert merged.report.observations[0].value == 3.0
    assert merged.findings == ()


def test_what_the_chosen_copy_leaves_open_is_filled_and_named(page, report):
    own = report(2022, title=None, published_on=None)
    channel = report(2022)
    pages = [page("http://o/channel", [channel, report(2021)]), page("http://o/doc", [own])]
    merged = next(one for one in merge_reports(pages, NAMES) if one.year == 2022)
    assert merged.chosen.page.url == "http://o/doc"
    assert merged.report.title == "2022年政府信息公开工作年度报告"
    assert merged.report.published_on == dt.date(2023, 1, 20)
    assert merged.supplemented == {
        "title": "http://o/channel",
        "published_on": "http://o/channel",
    }


def test_differing_figures_of_two_copies_are_a_finding_and_the_chosen_one_stays(
    page, report, observation
):
    pages = [
        page("http://o/a", [report(2022, observation("applications.received", 2.0))]),
        page("http://o/b", [report(2022, observation("applications.received", 7.0))]),
    ]
    merged = merge_reports(pages, NAMES)[0]
    (finding,) = merged.findings
    assert (finding.rule, finding.expected, finding.actual) == ("copies-disagree", "2", "7")
    assert "http://o/b" in finding.message
    assert merged.report.observations[0].value == 2.0


def test_many_differing_figures_are_told_as_one_finding(page, report, observation):
    def with_value(value):
        names = [f"applications.refused.{number}" for number in range(30)]
        return report(2022, *(observation(name, value) for name in names))

    pages = [page("http://o/a", [with_value(1.0)]), page("http://o/b", [with_value(2.0)])]
    (finding,) = merge_reports(pages, NAMES)[0].findings
    assert finding.message.startswith("30 figures differ")


def test_a_figure_stated_twice_stays_once_with_a_finding(page, report, observation):
    twice = report(
        2022,
        observation("proposals.npc", 1.0, source="narrative"),
        observation("proposals.npc", 4.0, source="narrative"),
    )
    merged = merge_reports([page("http://o/doc", [twice])], NAMES)[0]
    assert [one.value for one in merged.report.observations] == [1.0]
    assert [one.rule for one in merged.findings] == ["stated-twice"]


def test_a_report_that_left_the_site_is_kept(page, report, observation, empty):
    held = report(2022, observation("applications.received", 2.0))
    emptied = report(2022, status="empty_page")
    merged = merge_reports([page("http://o/doc", [held], [emptied])], NAMES)[0]
    assert merged.report.status == "parsed"
    assert not merged.chosen.is_standing


@pytest.mark.parametrize(
    ("printed", "agrees"),
    [
        ("聊城市人民政府外事办公室", True),
        ("市外办", True),
        ("山东省聊城市人民政府外事办公室", True),
        ("聊城市 外办", True),
        (None, True),
        ("民政部", False),
        ("聊城市财政局", False),
    ],
)
def test_printed_names(printed, agrees):
    assert names_agree(printed, NAMES) is agrees


def test_the_report_of_another_office_is_a_finding(page, report):
    merged = merge_reports([page("http://o/doc", [report(2022, office_name="民政部")])], NAMES)[0]
    assert [(one.rule, one.severity) for one in merged.findings] == [("other-office", "error")]
    (row,) = coverage_rows("cn-test", [2022], [merged.chosen.page], [merged])
    assert row["status"] == "parsed"
    assert row["evidence"].endswith("it names another office as its own: 民政部")


@pytest.mark.parametrize(
    ("printed", "name", "agrees"),
    [
        ("聊城市人民政府", "聊城市人民政府外事办公室", False),
        ("市政府", "聊城市人民政府外事办公室", False),
        ("聊城市人民政府办公室", "聊城市人民政府外事办公室", False),
        ("聊城市外办", "聊城市人民政府外事办公室", True),
        ("山东省聊城市人民政府外事办公室", "聊城市人民政府外事办公室", True),
        ("聊城市人民政府外事办公室", "聊城市人民政府", False),
        ("聊城市人民政府", "聊城市人民政府", True),
        ("市政府", "聊城市人民政府", True),
        ("山东省聊城市人民政府", "聊城市人民政府", True),
        ("聊城市人民政府", "山东省聊城市人民政府", True),
        ("聊城市人民政府", "聊城市东昌府区人民政府", False),
        ("聊城市发展和改革委员会", "聊城市发展和改革委员会", True),
        ("聊城市发展和改革委员会（聊城市能源局）", "聊城市发展和改革委员会", True),
        ("市发展改革委", "聊城市发展和改革委员会", True),
        ("聊城市卫生健康委员会", "聊城市卫生健康委员会保健办公室", False),
    ],
)
def test_a_government_or_commission_is_named_in_full(printed, name, agrees):
    assert names_agree(printed, (name,)) is agrees


def test_the_report_of_another_office_is_not_the_required_one():
    office = replace(load_offices()["cn-371500-wsb"], name="聊城市人民政府外事办公室")
    office = replace(office, expected=replace(office.expected, required_years=(2022,)))
    row = {"report_year": 2022, "status": "parsed", "layout": None, "n_observations": 10**6}
    own = [{**row, "office_name": "聊城市外办"}]
    assert list(failed_expectations(office, own)) == []
    ((key, sentence),) = failed_expectations(office, [{**row, "office_name": "聊城市人民政府"}])
    assert key == "cn-371500-wsb 2022 there"
    assert "the one that was found is that of 聊城市人民政府" in sentence


def test_a_changed_figure_is_one_revision_wherever_it_stands(page, report, observation):
    def content(value):
        return report(2022, observation("applications.received", value))

    other = report(2021, observation("applications.received", 5.0))
    pages = [
        page("http://o/channel", [content(2.0), other], [content(3.0), other]),
        page("http://o/doc", [content(2.0)], [content(3.0)]),
    ]
    (revision,) = revisions_of(pages)
    assert (revision.year, revision.url) == (2022, "http://o/doc")
    assert revision.old is not None
    assert revision.new is not None
    assert (revision.old.value, revision.new.value) == (2.0, 3.0)


def test_a_figure_that_goes_to_and_fro_is_a_revision_each_time(page, report, observation):
    contents = [[report(2022, observation("applications.received", v))] for v in (2.0, 3.0) * 2]
    pages = [page("http://o/channel", *contents), page("http://o/doc", *contents)]
    changes = [(one.old.value, one.new.value) for one in revisions_of(pages)]
    assert changes == [(2.0, 3.0), (3.0, 2.0), (2.0, 3.0)]


def test_words_round_a_figure_that_change_are_no_revision(page, report, observation):
    one = report(2022, observation("applications.received", 2.0))
    other = report(2022, observation("applications.received", 2.0, evidence="other words"))
    assert revisions_of([page("http://o/doc", [one], [other])]) == []


def test_two_copies_of_a_year_on_one_page_are_compared_in_their_order(page, report, observation):
    a, b, c = (report(2022, observation("applications.received", v)) for v in (1.0, 2.0, 3.0))
    (revision,) = revisions_of([page("http://o/channel", [a, b], [a, c])])
    assert (revision.old.value, revision.new.value) == (2.0, 3.0)
