"""A report that is there and could not be read: nobody says what its form asks."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

import gongkai
from crawler.archive.writing import ArchiveWriter
from datasets.build import build
from datasets.comparison import year_by_year
from datasets.one_report import NoFigures, report_figures
from datasets.panel import panel_figures
from datasets.registry import panel_columns
from datasets.tables import read_rows
from datasets.two_years import compare_years
from datasets.validation import violations

TITLE = "青川市第0局2016年政府信息公开工作年度报告"
ATTACHED = f"""<html><head><title>{TITLE}</title></head><body><h1>{TITLE}</h1>
<p><a href="/files/2016.pdf">{TITLE}.pdf</a></p></body></html>"""


@pytest.fixture(scope="module")
def unread(
    tmp_path_factory: pytest.TempPathFactory,
    small_archive: Callable[..., None],
    small_office_id: Callable[[int], str],
) -> tuple[Path, str]:
    """A dataset with the reports of 2015 and 2017, and a page with a file for that of 2016."""
    data_dir, office = tmp_path_factory.mktemp("unread"), small_office_id(0)
    small_archive(data_dir, 1, (2015, 2017))
    with ArchiveWriter(data_dir / "archive", office) as writer:
        writer.write_response(
            "http://o0.example/2016.html",
            fetched_at=dt.datetime(2024, 3, 2, tzinfo=dt.UTC),
            header_block=b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n",
            body=ATTACHED.encode(),
            kind="report",
            link_text=TITLE,
        )
    build(data_dir, {})
    return data_dir, office


def test_its_figures_are_not_said_to_be_not_asked():
    for status in ("attachment_only", "empty_page", "unreadable"):
        figures = panel_figures(None, [], status)
        assert {one.status for one in figures.values()} == {"no_report"}


def test_the_panel_carries_that_the_report_could_not_be_read(unread: tuple[Path, str]):
    data_dir, _ = unread
    rows = {row["report_year"]: row for row in read_rows(data_dir, "panel")}
    assert rows[2016]["status"] == "attachment_only"
    for name in panel_columns():
        assert (rows[2016][name], rows[2016][f"{name}__status"]) == (None, "no_report")
        assert rows[2016][f"{name}__vs_previous"] is None
    assert rows[2017]["previous_year"] == 2015
    assert violations(data_dir) == []


def test_a_series_says_what_the_site_offers_in_its_place(unread: tuple[Path, str]):
    data_dir, office = unread
    series = gongkai.series("applications_concluded", data=data_dir)
    assert series.loc[2016, "status"] == "no_report"
    assert series.loc[2016, "why"] == read_rows(data_dir, "coverage")[2]["evidence"]
    assert series.loc[2015, "status"] == "not_asked"
    lines = {line.column: line for line in year_by_year(data_dir, office).lines}
    assert lines["applications_received"].cells[2].status == "no_report"


def test_what_it_states_cannot_be_told(unread: tuple[Path, str]):
    data_dir, office = unread
    with pytest.raises(
        NoFigures, match=r"could not be read \(attachment only\): .*2016.pdf"
    ) as said:
        report_figures(data_dir, office, 2016, "applications.received")
    assert "not asked" not in str(said.value)


@pytest.mark.parametrize("every_indicator", [False, True])
def test_two_years_with_it_are_not_a_series_that_began(
    unread: tuple[Path, str], every_indicator: bool
):
    data_dir, office = unread
    found = compare_years(data_dir, office, 2015, 2016, every_indicator=every_indicator)
    assert {(one.verdict, one.reason) for one in found.changes} == {
        ("no_figure", "the report of the second year could not be read")
    }
