"""Rules between years, between prose and tables, and on a report's frame."""

import datetime as dt
import re
from pathlib import Path

import pytest

import gongkai
from datasets.checks import check_reports, rules
from datasets.findings import described_rules
from datasets.merging import merge_reports
from datasets.tables import read_rows


def found(page, *reports, kind=None):
    merged = merge_reports([page(f"http://o/{one.report_year}", [one]) for one in reports], ())
    return {
        (year, finding.rule): (finding.expected, finding.actual)
        for year, finding in check_reports(merged, kind)
    }


@pytest.mark.parametrize(
    ("carried_out", "carried_in", "expected"),
    [
        (2.0, 2.0, {}),
        (2.0, 1.0, {(2022, "carried-between-years"): ("2", "1")}),
        (None, 1.0, {}),
        (0.0, None, {}),
    ],
)
def test_what_a_year_hands_over_the_next_one_takes(
    page, report, observation, carried_out, carried_in, expected
):
    before = report(2021, observation("applications.carried_out", carried_out))
    now = report(2022, observation("applications.carried_in", carried_in))
    assert found(page, before, now) == expected


def test_years_with_a_gap_between_them_are_not_compared(page, report, observation):
    before = report(2020, observation("applications.carried_out", 5.0))
    now = report(2022, observation("applications.carried_in", 1.0))
    assert found(page, before, now) == {}


def test_items_of_the_year_before(page, report, observation):
    before = report(
        2019,
        observation("penalties.items_last_year", 126.0),
        observation("penalties.items_change", -18.0),
        layout="tables-2019",
    )
    now = report(2020, observation("penalties.items_last_year", 126.0), layout="tables-2019")
    assert found(page, before, now) == {(2020, "penalties-items-between-years"): ("108", "126")}


def test_items_that_were_left_blank_the_year_before_hand_nothing_over(page, report, observation):
    before = report(
        2019,
        observation("penalties.items_last_year", None),
        observation("penalties.items_change", 0.0),
        layout="tables-2019",
    )
    now = report(2020, observation("penalties.items_last_year", 126.0), layout="tables-2019")
    assert found(page, before, now) == {}


@pytest.mark.parametrize(
    ("prose", "qualifier", "table", "agrees"),
    [
        (75.0, "exact", 74.0, False),
        (75.0, "exact", 75.0, True),
        (70.0, "at_least", 74.0, True),
        (80.0, "at_least", 74.0, False),
        (100.0, "at_most", 74.0, True),
        (3000.0, "about", 2950.0, True),
        (3000.0, "about", 1200.0, False),
    ],
)
def test_prose_and_table_agree_as_exactly_as_the_prose_speaks(
    page, report, observation, prose, qualifier, table, agrees
):
    one = report(
        2022,
        observation("applications.received", prose, source="narrative", qualifier=qualifier),
        observation("applications.received", table),
    )
    assert (found(page, one) == {}) is agrees


def test_lawsuits_of_the_prose_are_the_two_of_the_table(page, report, observation):
    one = report(
        2022,
        observation("litigation.total", 3.0, source="narrative"),
        observation("litigation_direct.total", 1.0),
        observation("litigation_after_reconsideration.total", 1.0),
    )
    assert found(page, one) == {(2022, "litigation-in-prose"): ("2", "3")}


def test_the_ways_in_which_applications_came_do_not_exceed_them(page, report, observation):
    def prose(name, value):
        return observation(name, value, source="narrative", applicant=None)

    received = observation("applications.received", 2.0, source="narrative")
    ways = [
        prose("applications.received_online", 2.0),
        prose("applications.received_by_letter", 1.0),
    ]
    one = report(2017, received, *ways, layout="narrative-2008")
    assert found(page, one) == {(2017, "received-by-channel"): ("<= 2", "3")}


@pytest.mark.parametrize(
    ("year", "published", "start", "end", "expected"),
    [
        (2022, (2023, 1, 20), (2022, 1, 1), (2022, 12, 31), set()),
        (2022, (2022, 12, 26), (2022, 1, 1), (2022, 12, 31), {"published-after-period"}),
        (2022, (2023, 3, 1), (2022, 1, 1), (2022, 12, 31), {"published-in-time"}),
        (2018, (2019, 3, 28), (2018, 1, 1), (2018, 12, 31), set()),
        (2018, (2019, 4, 28), (2018, 1, 1), (2018, 12, 31), {"published-in-time"}),
        (2020, (2021, 1, 20), (2020, 1, 1), (2020, 12, 30), {"period-is-the-year"}),
        (2020, (2021, 1, 20), (2020, 1, 1), (2020, 12, 31), set()),
    ],
)
def test_dates_of_a_report(page, report, year, published, start, end, expected):
    one = report(
        year,
        published_on=dt.date(*published),
        period_start=dt.date(*start),
        period_end=dt.date(*end),
    )
    assert {rule for _, rule in found(page, one)} == expected


@pytest.mark.parametrize(
    ("old", "new", "jumps"),
    [(3.0, 40.0, False), (30.0, 400.0, True), (5000.0, 400.0, True), (0.0, 200.0, True)],
)
def test_figures_that_jump(page, report, observation, old, new, jumps):
    one = report(2021, observation("applications.received", old))
    other = report(2022, observation("applications.received", new))
    assert ((2022, "jump") in found(page, one, other)) is jumps


def test_a_redefined_figure_does_not_jump(page, report, observation):
    one = report(
        2020, observation("normative_documents.total_disclosed", 5000.0), layout="tables-2019"
    )
    other = report(2021, observation("normative_documents.in_force", 10.0))
    assert found(page, one, other) == {}


def test_rules_have_one_name_a_known_severity_and_words():
    described = described_rules()
    names = [one["rule"] for one in described]
    assert len(names) == len(set(names))
    assert all(one["words"] for one in described)
    assert all(re.search("[一-鿿]", one["words_zh"]) for one in described)
    assert {one["severity"] for one in described} <= {"error", "warning", "note"}
    assert {rule.name for rule in rules()} <= set(names)


def test_findings_of_the_sample_site_are_described(sample_data: Path):
    described = {one["rule"]: one for one in described_rules()}
    rows = read_rows(sample_data, "findings")
    assert {row["rule"] for row in rows} <= set(described)
    by_year = {(row["report_year"], row["rule"]) for row in rows}
    assert (2017, "declared-parts") in by_year
    assert (2022, "published-after-period") in by_year


@pytest.mark.parametrize(
    ("name", "year", "published", "late"),
    [
        ("青川市水务局", 2021, dt.date(2022, 1, 31), False),
        ("青川市水务局", 2021, dt.date(2022, 2, 1), True),
        ("青川市人民政府", 2021, dt.date(2022, 3, 31), False),
        ("青川市人民政府", 2021, dt.date(2022, 4, 1), True),
        ("青川市水务局", 2018, dt.date(2019, 3, 31), False),
        ("青川市水务局", 2018, dt.date(2019, 4, 1), True),
    ],
)
def test_a_government_has_until_march_and_its_departments_until_january(
    page, report, name, year, published, late
):
    made = report(year, office_name=name, published_on=published)
    assert late == any(finding[1] == "published-in-time" for finding in found(page, made))


@pytest.mark.parametrize(
    ("kind", "name", "published", "late"),
    [
        # What the registry says of the office goes before what the report prints.
        ("government", "青川市政务公开办公室", dt.date(2022, 3, 31), False),
        ("organ", "青川市政府", dt.date(2022, 2, 1), True),
        ("organ", None, dt.date(2022, 2, 1), True),
        (None, "青川市人民政府", dt.date(2022, 3, 31), False),
        (None, "青川市水务局", dt.date(2022, 2, 1), True),
        (None, None, dt.date(2022, 3, 31), False),
    ],
)
def test_the_kind_of_an_office_tells_its_deadline_and_else_its_printed_name(
    page, report, kind, name, published, late
):
    made = report(2021, office_name=name, published_on=published)
    spoken = found(page, made, kind=kind)
    assert late == ((2021, "published-in-time") in spoken)


def test_the_deadlines_of_an_office_are_those_of_the_checks(sample_data: Path):
    due = gongkai.deadlines(data=sample_data)["due"]
    assert list(due.index) == list(range(2014, 2024))
    assert (due[2018], due[2019]) == (dt.date(2019, 3, 31), dt.date(2020, 1, 31))
    assert due[2015] == dt.date(2016, 3, 31)  # also of a year without a report


@pytest.mark.parametrize(
    ("granted", "concluded", "change", "finding"),
    [
        (3.0, 2.0, {}, ("<= 1", "1.5")),
        (2.0, 2.0, {}, None),
        (3.0, 2.0, {"qualifier": "at_least"}, ("<= 1", "1.5")),
        (3.0, 2.0, {"qualifier": "about"}, None),
        (3.0, 2.0, {"qualifier": "at_most"}, None),
        (3.0, 0.0, {}, None),
    ],
)
def test_a_share_of_more_than_the_whole_is_told(
    page, report, observation, granted, concluded, change, finding
):
    one = report(
        2022,
        observation("applications.granted", granted, **change),
        observation("applications.partly_granted", 0.0),
        observation("applications.concluded", concluded),
    )
    told = found(page, one)
    assert told.get((2022, "share-above-one")) == finding
