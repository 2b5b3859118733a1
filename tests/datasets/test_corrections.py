"""Corrections by hand: what they do, and how they fail."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.offices import load_offices
from datasets.build import build
from datasets.corrections import (
    Correction,
    CorrectionError,
    apply_corrections,
    read_corrections,
)
from datasets.merging import merge_reports
from datasets.registry import APPLICANTS, registry_rows
from datasets.tables import read_rows
from datasets.validation import violations
from parsers.identities import broken_among

RIGHT = """
[[correction]]
office_id = "cn-371500-wsb"
report_year = 2023
indicator = "applications.granted"
applicant = "natural_person"
source = "table"
expected = 2
value = 3
reason = "the figure and its total disagree with the list of decisions"
evidence = "the list of decisions of 2023"
"""


@pytest.fixture
def data_dir(tmp_path: Path, sample_data: Path) -> Path:
    return Path(shutil.copytree(sample_data, tmp_path / "data"))


def test_a_correction_changes_the_value_and_keeps_the_printed_one(data_dir: Path):
    (data_dir / "corrections.toml").write_text(RIGHT, "utf-8")
    build(data_dir, load_offices())
    rows = [row for row in read_rows(data_dir, "observations") if row["correction"]]
    (row,) = rows
    assert (row["value"], row["printed_value"], row["value_text"]) == (3.0, 2.0, "2")
    assert "list of decisions of 2023" in row["correction"]
    findings = [row for row in read_rows(data_dir, "findings") if row["rule"] == "corrected"]
    assert [one["report_year"] for one in findings] == [2023]
    panel = {row["report_year"]: row for row in read_rows(data_dir, "panel")}
    assert panel[2023]["applications_granted"] == 2.0  # the total was not corrected
    assert {row["corrected"] for row in panel.values()} == {None}


def test_the_identities_of_the_form_are_told_of_the_corrected_figures(data_dir: Path):
    """Those of 2023 add up as printed; with one corrected its total does not, with both it does."""
    (data_dir / "corrections.toml").write_text(RIGHT, "utf-8")
    build(data_dir, load_offices())
    assert broken(data_dir) == ["applicants-sum", "outcomes-sum"]
    (message, *_) = (
        row["message"] for row in read_rows(data_dir, "findings") if row["rule"] == "applicants-sum"
    )
    assert "2 with the figures corrected by hand" in message
    total = RIGHT.replace("natural_person", "total")
    (data_dir / "corrections.toml").write_text(RIGHT + total, "utf-8")
    build(data_dir, load_offices())
    assert broken(data_dir) == ["outcomes-sum", "outcomes-sum"]
    panel = {row["report_year"]: row for row in read_rows(data_dir, "panel")}
    assert panel[2023]["corrected"] == "applications_granted granted_share"
    assert panel[2022]["corrected"] is None
    assert violations(data_dir) == []


def broken(data_dir: Path) -> list[str]:
    rules = {
        row["rule"] for row in registry_rows("other_rules.csv") if "identities" in row["source"]
    }
    return [row["rule"] for row in read_rows(data_dir, "findings") if row["rule"] in rules]


def test_a_correction_takes_away_what_it_mends(observation, report, page):
    """As printed the total of a row is not that of its columns; corrected it is."""
    columns = dict.fromkeys(APPLICANTS, 0.0) | {"business": 1.0, "total": 2.0}
    printed = report(
        2023,
        *(observation("applications.received", value, applicant=name)
          for name, value in columns.items()),
    )  # fmt: skip
    printed = replace(printed, findings=tuple(broken_among(printed.observations)))
    (merged,) = merge_reports([page("http://o/2023", [printed])], ())
    assert [one.rule for one in merged.findings] == ["applicants-sum"]
    one = Correction(
        "cn-test", 2023, "applications.received", "total", "table", 2.0, 1.0, "why", "where", "here"
    )
    (corrected,), _ = apply_corrections([merged], [one])
    assert [one.rule for one in corrected.findings] == ["corrected"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("expected = 2", "expected = 4", "expects 4.0 and 2.0 was read"),
        ("expected = 2", 'expected = "blank"', "expects blank and 2.0 was read"),
        ("2023\nindicator", "2016\nindicator", "no report of 2016"),
        ("cn-371500-wsb", "cn-000000-none", "nothing is archived"),
        ('"table"', '"narrative"', "matches no figure"),
        ("applications.granted", "applications.grants", "no indicator applications.grants"),
        ("natural_person", "person", "applicant must be one of"),
        ("reason", "why", "no such key: why"),
        ('evidence = "the list of decisions of 2023"', "", "says no evidence"),
        ("value = 3", 'value = "three"', "must be a number"),
        ("value = 3", "value = nan", "must be a number"),
        ("value = 3", "value = inf", "must be a number"),
        ("expected = 2", "expected = nan", 'a number, "blank"'),
        ("[[correction]]", "[[corrections]]", "no such key: corrections"),
        ("[[correction]]", "[[correction", "cannot be read as TOML"),
    ],
)
def test_a_correction_that_does_not_fit_stops_the_build_and_names_itself(
    data_dir: Path, old: str, new: str, words: str
):
    path = data_dir / "corrections.toml"
    path.write_text(RIGHT.replace(old, new), "utf-8")
    with pytest.raises(CorrectionError, match=words) as raised:
        build(data_dir, load_offices())
    assert "corrections.toml" in str(raised.value)
    assert all(row["correction"] is None for row in read_rows(data_dir, "observations"))


def test_two_corrections_of_one_figure_are_refused(tmp_path: Path):
    path = tmp_path / "corrections.toml"
    path.write_text(RIGHT * 2, "utf-8")
    with pytest.raises(CorrectionError, match="the same figure"):
        read_corrections(path)


def test_a_wrong_figure_can_be_taken_out(data_dir: Path):
    (data_dir / "corrections.toml").write_text(RIGHT.replace("value = 3\n", ""), "utf-8")
    build(data_dir, load_offices())
    (row,) = (row for row in read_rows(data_dir, "observations") if row["correction"])
    assert (row["value"], row["status"], row["printed_value"]) == (None, "unreadable", 2.0)


def test_a_named_file_that_is_not_there_is_said(data_dir: Path):
    with pytest.raises(CorrectionError, match=r"no corrections file .*nowhere\.toml"):
        build(data_dir, load_offices(), corrections=data_dir / "nowhere.toml")
