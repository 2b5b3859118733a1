"""Makers of small pages, reports and archives, so that a test shows only what it is about."""

import datetime as dt
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crawler.archive import Capture
from crawler.archive.writing import ArchiveWriter
from crawler.offices import load_offices
from crawler.sample_site import CHANNEL, PAGES
from datasets.build import build
from datasets.formats.beside import write_descriptions
from datasets.pages import Page, Reading, Version
from datasets.writing import ROWS_PER_GROUP
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


OFFICE = "cn-371500-wsb"
BASE = "http://127.0.0.1:8000/"
LINK = re.compile(r'<a href="([^"]*)"[^>]*>([^<]+)</a>')


def write_site(
    data_dir: Path, site: Path, day: dt.datetime = DAY, only: str = "*.html", office: str = OFFICE
) -> None:
    """Put the pages of a site's folder into an archive, as a crawl on that day would."""
    texts = dict(LINK.findall((site / CHANNEL.strip("/") / "index.html").read_text("utf-8")))
    with ArchiveWriter(data_dir / "archive", office) as writer:
        for number, path in enumerate(sorted(site.rglob(only))):
            place = "/" + str(path.relative_to(site)).removesuffix("index.html").rstrip("/")
            writer.write_response(
                BASE + place.strip("/"),
                fetched_at=day + dt.timedelta(seconds=number),
                header_block=b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n",
                body=path.read_bytes(),
                kind="report" if place in texts else "channel" if place == CHANNEL else "listing",
                link_text=texts.get(place),
            )


# What a report of a small office says: the figures change with the office and the year.
SMALL_REPORT = """<html><head><title>{title}</title></head><body><h1>{title}</h1>
<p>本报告的统计期限自{year}年1月1日起至{year}年12月31日止。</p>
<p>一、概述</p><p>{name}按照《条例》的要求编制本报告，各项工作有序推进。</p>
<p>二、主动公开政府信息的情况</p><p>{year}年主动公开政府信息{disclosed}条。</p>
<p>三、依申请公开政府信息办理情况</p><p>{year}年收到政府信息公开申请{received}件，均已答复。</p>
<p>四、复议、诉讼情况</p><p>未收到因政府信息公开引起的行政复议，行政诉讼{sued}件。</p>
</body></html>"""


def small_office(number: int) -> str:
    """The id of an office of a small country; ids are spread over the divisions."""
    return f"cn-{110000 + number * 7919 % 540000:06}-o{number}"


def write_small_reports(
    data_dir: Path, number: int, years: Iterable[int], more: int = 0, day: dt.datetime = DAY
) -> None:
    """Archive the reports of the small office `number` for `years`; `more` changes a figure."""
    with ArchiveWriter(data_dir / "archive", small_office(number)) as writer:
        for year in years:
            name = f"青川市第{number}局"
            title = f"{name}{year}年政府信息公开工作年度报告"
            page = SMALL_REPORT.format(
                title=title,
                name=name,
                year=year,
                disclosed=100 + number + more,
                received=year - 2000 + number,
                sued=number % 3,
            )
            writer.write_response(
                f"http://o{number}.example/{year}.html",
                fetched_at=day + dt.timedelta(seconds=year),
                header_block=b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n",
                body=page.encode(),
                kind="report",
                link_text=title,
            )


def write_small_country(data_dir: Path, offices: int, years: Iterable[int]) -> None:
    """Archive the reports of so many offices."""
    years = list(years)
    for number in range(offices):
        write_small_reports(data_dir, number, years)


@pytest.fixture(scope="session")
def small_office_id() -> Callable[[int], str]:
    return small_office


@pytest.fixture(scope="session")
def small_archive() -> Callable[[Path, int, Iterable[int]], None]:
    return write_small_country


@pytest.fixture
def archive_small_country() -> Callable[[Path, int, Iterable[int]], None]:
    return write_small_country


@pytest.fixture
def archive_small_reports() -> Callable[..., None]:
    return write_small_reports


@pytest.fixture(scope="session")
def small_country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the archive of sixty offices and three years. Only to be copied."""
    data_dir = tmp_path_factory.mktemp("country")
    write_small_country(data_dir, 60, (2015, 2016, 2017))
    return data_dir


@pytest.fixture(scope="session")
def sample_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the sample site archived once and built. Only to be read."""
    data_dir = tmp_path_factory.mktemp("sample")
    write_site(data_dir, PAGES)
    build(data_dir, load_offices())
    return data_dir


def write_country(data_dir: Path, sample: Path, offices: int) -> None:
    """The tables of the sample as those of many offices, one after the other."""
    (data_dir / "dataset").mkdir(parents=True)
    for path in sorted((sample / "dataset").glob("*.parquet")):
        one = pq.read_table(path)
        if "office_id" not in one.column_names:
            shutil.copy(path, data_dir / "dataset" / path.name)
            continue
        field = one.schema.field("office_id")
        names = [f"cn-{number:06}-wsb" for number in range(offices)]
        many = [
            one.set_column(0, field, pa.array([name] * one.num_rows, field.type)) for name in names
        ]
        target = data_dir / "dataset" / path.name
        pq.write_table(pa.concat_tables(many), target, row_group_size=ROWS_PER_GROUP)
    write_descriptions(data_dir / "dataset")


@pytest.fixture(scope="session")
def country(tmp_path_factory: pytest.TempPathFactory, sample_data: Path) -> Path:
    """A data directory whose dataset holds the figures of the sample for 60 offices."""
    data_dir = tmp_path_factory.mktemp("country")
    write_country(data_dir, sample_data, 60)
    return data_dir


@pytest.fixture
def make_country() -> Callable[..., None]:
    return write_country


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A copy of the sample site, to be changed."""
    return Path(shutil.copytree(PAGES, tmp_path / "site"))


@pytest.fixture
def archive_site() -> Callable[..., None]:
    return write_site


@pytest.fixture
def repository() -> Path:
    return Path(__file__).parents[2]
