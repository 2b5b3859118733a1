"""The key that the registry declares of a table names one row of it, whatever the pages do."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.offices import load_offices
from datasets.codebook import codebook_rows, comparability_rows
from datasets.merging import revisions_of
from datasets.office_tables import Rows, office_tables
from datasets.pages import Page
from datasets.registry import files_of, tables
from datasets.schemas import key_columns
from parsers.records import Section

OFFICE = "cn-test"


def rows_of(pages: list[Page]) -> Rows:
    """Every table of an office with these pages."""
    archive: Any = SimpleNamespace(damages=lambda office_id: [])
    with patch("datasets.office_tables.read_pages", lambda *_: pages):
        return office_tables(archive, OFFICE, next(iter(load_offices().values())))


def repeated(rows: list[dict[str, Any]], key: tuple[str, ...]) -> list[tuple[Any, ...]]:
    seen: set[tuple[Any, ...]] = set()
    twice = []
    for row in rows:
        named = tuple(row[name] for name in key)
        if named in seen:
            twice.append(named)
        seen.add(named)
    return twice


FIGURES = st.lists(
    st.tuples(
        st.sampled_from(["applications.received", "reconsideration.total", "fees.amount"]),
        st.sampled_from([None, 0.0, 1.0, 2.0]),
        st.sampled_from(["table", "narrative"]),
    ),
    max_size=4,
)
REPORTS = st.lists(st.tuples(st.sampled_from([2021, 2022, None]), FIGURES), max_size=3)
# The contents of a page one after the other, and the day of each; two may be of one day.
CONTENTS = st.lists(st.tuples(REPORTS, st.integers(0, 2)), min_size=1, max_size=4)
SECTIONS = tuple(Section(at, "overview", 1, None, "一、概述", "") for at in (1, 2))


@pytest.mark.parametrize("table", [one for one in tables() if files_of(one) == "registry"])
def test_the_registrys_own_tables_have_each_key_once(table: str):
    rows = {"codebook": codebook_rows, "comparability": comparability_rows}[table]()
    assert repeated(rows, key_columns(table)) == []


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=st.lists(CONTENTS, min_size=1, max_size=3))
def test_every_table_has_each_key_once(
    drawn: Any,
    page: Callable[..., Page],
    report: Callable[..., Any],
    observation: Callable[..., Any],
):
    def made(year: int | None, figures: Any) -> Any:
        stated = (observation(name, value, source=source) for name, value, source in figures)
        return replace(report(year, *stated), sections=SECTIONS)

    pages = []
    for number, contents in enumerate(drawn):
        reports = [[made(*one) for one in some] for some, _ in contents]
        days = sorted(day for _, day in contents)
        pages.append(page(f"http://o/{number}", *reports, days=days))
    for table, rows in rows_of(pages).items():
        key = key_columns(table)
        assert not key or repeated(rows, key) == [], table


def test_two_reports_of_one_year_on_a_page_change_apart(page, report, observation):
    """A channel page may hold a report twice, and correct both."""
    old = [report(2022, observation("applications.received", value)) for value in (1.0, 5.0)]
    new = [report(2022, observation("applications.received", value)) for value in (2.0, 6.0)]
    pages = [page("http://o/channel", old, new)]
    assert [(one.position, one.new.value) for one in revisions_of(pages)] == [(1, 2.0), (2, 6.0)]
    rows = rows_of(pages)["revisions"]
    assert repeated(rows, key_columns("revisions")) == []
    documents = {
        (row["capture_id"], row["url"], row["position"]) for row in rows_of(pages)["documents"]
    }
    assert {(row["new_capture_id"], row["url"], row["position"]) for row in rows} <= documents
