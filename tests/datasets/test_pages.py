"""The history of an address, from a real archive."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.archive import Archive
from crawler.archive.writing import ArchiveWriter
from crawler.offices import load_offices
from crawler.sample_site import PAGES
from datasets.build import build
from datasets.pages import Page, content_digest, read_pages
from datasets.tables import read_rows

OFFICE = "cn-371500-wsb"
URL = "http://127.0.0.1:8000/report.html"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
GONE = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n"
GUARD = b"HTTP/1.1 412 Precondition Failed\r\nContent-Type: text/html\r\n\r\n"
BODY = next(PAGES.rglob("doc_65ad*.html")).read_bytes()
OTHER = next(PAGES.rglob("doc_61ed*.html")).read_bytes()


def day(number: int) -> dt.datetime:
    return dt.datetime(2024, 3, number, tzinfo=dt.UTC)


@pytest.fixture
def history(tmp_path: Path) -> Callable[..., Page]:
    """Write a history into an archive, and read the page of it."""

    def write(*steps: Callable[[ArchiveWriter], object]) -> Page:
        with ArchiveWriter(tmp_path / "archive", OFFICE) as writer:
            for step in steps:
                step(writer)
        with Archive(tmp_path) as archive:
            (page,) = read_pages(archive, OFFICE)
        return page

    return write


def fetched(number, body=BODY, header=OK, kind="report", **more):
    return lambda writer: writer.write_response(
        URL, fetched_at=day(number), header_block=header, body=body, kind=kind, **more
    )


def years(page: Page) -> list[list[int | None]]:
    return [[one.report_year for one in version.reading.reports] for version in page.versions]


def test_equal_contents_are_one_version_with_its_first_and_last_capture(history):
    page = history(fetched(1), fetched(2), fetched(3))
    (version,) = page.versions
    assert (version.first.fetched_at, version.last.fetched_at) == (day(1), day(3))
    assert len(page.captures) == 3
    assert page.last_checked == day(3)


def test_a_content_that_came_back_is_a_version_again(history):
    page = history(fetched(1), fetched(2, OTHER), fetched(3))
    assert years(page) == [[2023], [2021], [2023]]
    assert [version.is_current for version in page.versions] == [False, False, True]


def test_not_modified_extends_the_version(history):
    def unchanged(writer: ArchiveWriter) -> None:
        (earlier,) = writer.index.captures()
        writer.write_not_modified(
            URL, earlier, fetched_at=day(9), header_block=b"HTTP/1.1 304 Not Modified\r\n\r\n"
        )

    page = history(fetched(1), unchanged)
    assert [version.last.fetched_at for version in page.versions] == [day(9)]
    assert years(page) == [[2023]]


@pytest.mark.parametrize(
    ("header", "kind", "is_gone"),
    [(GONE, "error", True), (OK, "error", True), (GUARD, "challenge", False)],
    ids=["404", "soft 404", "challenge"],
)
def test_an_error_or_a_challenge_is_no_content(history, header, kind, is_gone):
    page = history(fetched(1), fetched(2, b"<p>2030</p>", header, kind))
    assert years(page) == [[2023]]
    assert page.is_gone is is_gone


def test_a_clock_that_goes_back_does_not_turn_history_round(history):
    page = history(fetched(5), fetched(2, OTHER))
    assert years(page) == [[2023], [2021]]


def test_what_another_archive_held_stands_where_its_time_puts_it(history):
    page = history(fetched(5), fetched(2, OTHER, origin="wayback"))
    assert years(page) == [[2021], [2023]]
    assert page.current is not None
    assert page.current.first.fetched_at == day(5)


def test_a_saved_page_is_read_like_a_fetched_one(history):
    page = history(
        lambda writer: writer.write_resource(
            URL, fetched_at=day(1), payload=BODY, content_type="text/html", kind="report"
        )
    )
    assert years(page) == [[2023]]


def test_a_link_tells_the_year_of_a_page_that_names_none(history):
    body = "<html><body><h1>政府信息公开工作年度报告</h1><div></div></body></html>".encode()
    page = history(fetched(1, body, link_text="2016年政府信息公开工作年度报告"))
    assert page.linked_year == 2016
    found = [one for version in page.versions for one in version.reading.reports]
    assert [one.report_year for one in found] in ([2016], [])


def test_a_hit_counter_does_not_change_the_content(history):
    counted = BODY.replace(b"</body>", "<p>访问量：4711</p></body>".encode())
    assert counted != BODY
    page = history(fetched(1), fetched(2, counted))
    digests = {content_digest(one) for v in page.versions for one in v.reading.reports}
    assert len(page.versions) == 2
    assert len(digests) == 1


def test_a_lost_record_is_a_finding_and_the_rest_is_built(
    tmp_path: Path, archive_site: Callable[..., None]
):
    archive_site(tmp_path, PAGES)
    (path,) = (tmp_path / "archive" / OFFICE).glob("*.warc.gz")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2000] = bytes(2000)
    path.write_bytes(bytes(data))
    build(tmp_path, load_offices())
    rules = [row["rule"] for row in read_rows(tmp_path, "findings")]
    assert {"page-unreadable", "archive-damaged"} & set(rules)
    assert len(read_rows(tmp_path, "reports")) == 8  # each stands in the channel page too
