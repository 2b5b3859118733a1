"""Makers of small pages, reports and archives, so that a test shows only what it is about."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crawler.archive import Capture
from datasets.pages import Page, Reading, Version
from parsers import Document, Observation, Report

DAY = dt.datetime(2024, 3, 1, tzinfo=dt.UTC)


def make_observation(indicator: str, value: float | None = 1.0, **changed: Any) -> Observation:
    one = Observation(
        indicator=indicator,
        applicant="total" if indicator.startswith("applications.") else None,
        value=value,
        value_text="" if value is None else f"{value:g}",
        unit="count",
        status="blank" if value is None else "reported",
        qualifier="exact",
        source="table",
        matched_by="label",
        evidence=f"{indicator} as printed",
        locator="table 1, row 1, column 1",
    )
    return replace(one, **changed)


def make_report(year: int | None, *observations: Observation, **changed: Any) -> Report:
    report = Report(
        office_name="聊城市人民政府外事办公室",
        report_year=year,
        title=f"{year}年政府信息公开工作年度报告",
        layout="tables-2021",
        layout_reason="the heads of table 2",
        published_on=dt.date(year + 1, 1, 20) if year else None,
        period_start=None,
        period_end=None,
        status="parsed",
        observations=observations,
    )
    return replace(report, **changed)


def make_empty(title: str = "政府信息公开工作年度报告") -> Report:
    return make_report(
        None, title=title, layout=None, status="empty_page", published_on=None, office_name=None
    )


def make_page(
    url: str,
    *contents: list[Report],
    days: list[int] | None = None,
    gone: bool = False,
    link_text: str | None = None,
) -> Page:
    """A page with one content after another, a day apart, and a 404 at last when `gone`."""
    captures: list[Capture] = []
    versions: list[Version] = []
    for number, reports in enumerate(contents):
        day = days[number] if days else number
        capture = Capture(
            office_id="cn-test",
            url=url,
            fetched_at=DAY + dt.timedelta(days=day),
            http_status=200,
            content_type="text/html",
            bytes=1000,
            capture_id=f"{url}#{number}",
            kind="report",
            origin="live",
            warc_file="cn-test/one.warc.gz",
            warc_offset=number,
            link_text=link_text,
        )
        captures.append(capture)
        documents = tuple(
            Document("report", "it has the title of a report", one.title, None, one)
            for one in reports
        )
        current = number == len(contents) - 1
        versions.append(Version(capture, capture, Reading(documents), number, current))
    if gone:
        last = captures[-1]
        captures.append(
            replace(
                last,
                fetched_at=last.fetched_at + dt.timedelta(days=30),
                http_status=404,
                kind="error",
                capture_id="404",
            )
        )
    return Page(url, tuple(captures), (), tuple(versions))


@pytest.fixture
def observation() -> Callable[..., Observation]:
    return make_observation


@pytest.fixture
def report() -> Callable[..., Report]:
    return make_report


@pytest.fixture
def empty() -> Callable[..., Report]:
    return make_empty


@pytest.fixture
def page() -> Callable[..., Page]:
    return make_page


@pytest.fixture
def repository() -> Path:
    return Path(__file__).parents[2]
