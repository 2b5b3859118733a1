"""What a crawl fetches, stores and reports, against a real server on the loopback address."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.archive import Archive
from tests.crawler.conftest import Site

EVERYTHING = {"/robots.txt", "/", "/nb/", *(f"/gk/{year}.html" for year in range(2019, 2023))}


def test_a_crawl_archives_the_reports_and_says_so(runs):
    result = runs.crawl()
    assert result.verdict == "ok"
    assert result.messages == []
    latest = runs.latest()
    assert latest.keys() == EVERYTHING
    kinds = {path: capture.kind for path, capture in latest.items()}
    assert kinds["/robots.txt"] == "robots"
    assert kinds["/nb/"] == "channel"
    assert kinds["/"] == "listing"
    assert kinds["/gk/2021.html"] == "report"
    assert latest["/gk/2021.html"].link_text == "平湖市测试局2021年政府信息公开工作年度报告"
    assert latest["/gk/2021.html"].via == f"{runs.site.url}/nb/"
    assert runs.payload("/gk/2021.html").decode() == runs.site.report(2021)
    manifest = runs.manifest()
    assert manifest["is_complete"]
    assert not manifest["is_sample"]
    assert len(manifest["offices"][0]["new"]) == 7
    assert manifest["offices"][0]["report_years"] == [2019, 2020, 2021, 2022]
    assert manifest.keys() == {
        "arguments", "versions", "started_at", "finished_at", "verdict", "is_sample",
        "is_complete", "finish_reason", "outcomes", "statuses", "offices",
    }  # fmt: skip
    assert manifest["finish_reason"] == "finished"
    assert manifest["outcomes"] == {"new": 7}
    assert manifest["statuses"] == {"200": 7}
    assert manifest["versions"].keys() == {"python", "gongkai", "scrapy", "warcio"}


def test_the_same_command_again_takes_everything_from_the_archive(runs):
    runs.crawl()
    asked = len(runs.site.requests)
    result = runs.crawl()
    assert len(runs.site.requests) == asked
    assert result.count("archived") == 6
    assert result.offices[0].report_years == [2019, 2020, 2021, 2022]


def test_an_update_asks_with_a_condition_and_stores_the_answer_as_a_revisit(runs):
    runs.site.fill(range(2024, 2026))
    runs.crawl()
    before = len(runs.site.requests)
    result = runs.crawl(mode="update", max_age_hours=0)
    conditions = {
        path: asked.get("if-none-match") for _, path, asked in runs.site.requests[before:]
    }
    assert conditions["/gk/2025.html"] == runs.site.pages["/gk/2025.html"].etag
    assert conditions["/nb/"] == runs.site.pages["/nb/"].etag
    assert result.offices[0].statuses["304"] == 4
    assert result.count("unchanged") == 5
    assert (result.count("new"), result.count("changed")) == (0, 0)
    latest = runs.latest()["/gk/2025.html"]
    assert latest.http_status == 304
    assert latest.revisit_of is not None
    assert runs.payload("/gk/2025.html").decode() == runs.site.report(2025)


def test_an_update_asks_for_listings_and_open_years_only(runs, monkeypatch):
    year = __import__("datetime").date.today().year - 1
    runs.site.fill([2015, 2016, year])
    runs.crawl()
    before = len(runs.site.requests)
    result = runs.crawl(mode="update")
    asked = {path for _, path, _ in runs.site.requests[before:]}
    assert asked == {"/robots.txt", "/", "/nb/", f"/gk/{year}.html"}
    assert result.count("archived") == 2


def test_a_changed_page_is_a_new_capture_and_the_old_one_stays(runs):
    runs.crawl()
    runs.site.pages["/gk/2021.html"] = runs.site.Answer(runs.site.report(2021, "<p>更正</p>"))
    result = runs.crawl(max_age_hours=0)
    assert result.offices[0].changed == [f"{runs.site.url}/gk/2021.html"]
    versions = [c for c in runs.captures() if c.url.endswith("2021.html")]
    assert len({capture.capture_id for capture in versions}) == 2
    with Archive(runs.data) as archive:
        assert archive.payload(versions[0]).decode() == runs.site.report(2021)


def test_a_page_that_is_gone_is_missing_and_its_capture_stays(runs):
    runs.crawl()
    runs.site.fill(range(2019, 2022))
    runs.site.pages["/gk/2019.html"] = runs.site.Answer("gone", status=404)
    result = runs.crawl(max_age_hours=0)
    assert result.verdict == "partial"
    assert "2019.html failed: HTTP status 404" in result.messages[0]
    again = runs.crawl(max_age_hours=0)
    assert again.verdict == "ok"
    assert [url.rsplit("/", 1)[1] for url in again.offices[0].missing] == ["2019.html", "2022.html"]
    assert runs.latest()["/gk/2019.html"].kind == "error"
    assert [c.http_status for c in runs.captures() if c.url.endswith("2022.html")] == [200]


def test_replay_needs_no_network_and_a_miss_is_an_error(runs):
    runs.crawl(until_year=2021)
    asked = len(runs.site.requests)
    runs.site.close()
    assert runs.crawl(mode="replay", until_year=2021).verdict == "ok"
    result = runs.crawl(mode="replay")
    assert len(runs.site.requests) == asked
    assert result.verdict == "partial"
    assert "2022.html failed: it is not in the archive" in result.messages[0]


@pytest.mark.parametrize(
    ("options", "years"),
    [
        ({"from_year": 2021}, {2021, 2022}),
        ({"until_year": 2019}, {2019}),
        ({"from_year": 2020, "until_year": 2021}, {2020, 2021}),
    ],
)
def test_only_the_years_asked_for_are_fetched(runs, options, years):
    runs.crawl(**options)
    assert {int(path[4:8]) for path in runs.latest() if path.startswith("/gk/")} == years


def test_a_year_that_nobody_lists_is_nothing_found(runs):
    result = runs.crawl(from_year=2031, until_year=2031)
    assert result.verdict == "nothing_found"
    assert result.messages == [
        f"{runs.site.OFFICE_ID}: no report of 2031 is linked from {runs.site.url}/nb/."
    ]


def test_a_sample_is_kept_apart(runs):
    result = runs.crawl(sample=2)
    assert result.data_dir == runs.data / "sample"
    assert not (runs.data / "archive").exists()
    assert not (runs.data / "crawl.json").exists()
    manifest = json.loads((runs.data / "sample" / "crawl.json").read_text("utf-8"))
    assert manifest["is_sample"]
    assert not manifest["is_complete"]
    assert manifest["offices"][0]["report_years"] == [2021, 2022]


def test_further_pages_and_columns_are_followed(runs):
    site = runs.site
    site.pages["/"] = site.Answer(site.listing([("/xxgk/", "政府信息公开")], "测试局"))
    site.pages["/xxgk/"] = site.Answer(
        site.listing([("/nb/index.html", "政府信息公开年报")], "公开")
    )
    links = [(f"/gk/{year}.html", site.TITLE.format(year=year)) for year in (2022, 2021)]
    more = '<a href="index_2.html">下一页</a> <a href="/nb/index_2.html">2</a>'
    site.pages["/nb/index.html"] = site.Answer(site.listing(links, more=more))
    links = [(f"/gk/{year}.html", site.TITLE.format(year=year)) for year in (2020, 2019)]
    site.pages["/nb/index_2.html"] = site.Answer(site.listing(links))
    office = replace(site.office(), entry_urls=())
    result = runs.crawl(office)
    assert result.offices[0].report_years == [2019, 2020, 2021, 2022]
    assert max(site.asked().values()) == 1


def test_documents_below_an_entry_page_are_fetched_whatever_their_title(runs):
    site = runs.site
    links = [
        ("/nb/doc_1.html", "平湖市测试局政府信息公开指南"),
        ("/nb/doc_2.html", "政府信息公开工作年度报告"),
        ("/zwdt/1.html", "局长调研"),
    ]
    site.pages["/nb/"] = site.Answer(site.listing(links))
    for href, text in links:
        site.pages[href] = site.Answer(site.page(text, "<p>正文</p>"))
    runs.crawl()
    kinds = {path: c.kind for path, c in runs.latest().items() if "." in path}
    assert kinds == {"/robots.txt": "robots", "/nb/doc_1.html": "other", "/nb/doc_2.html": "report"}


def test_attachments_of_a_report_are_fetched(runs):
    site = runs.site
    pdf = b"%PDF-1.4\n%\xe4\xf6\n1 0 obj\n"
    site.pages["/gk/2022.html"] = site.Answer(
        site.report(
            2022, '<a href="/files/nb2022.pdf">附件：年度报告.pdf</a><img src="/img/logo.png">'
        )
    )
    site.pages["/files/nb2022.pdf"] = site.Answer(pdf, content_type="application/pdf")
    runs.crawl()
    capture = runs.latest()["/files/nb2022.pdf"]
    assert (capture.kind, capture.content_type) == ("attachment", "application/pdf")
    assert capture.via == f"{site.url}/gk/2022.html"
    assert runs.payload("/files/nb2022.pdf") == pdf
    assert "/img/logo.png" not in site.asked()


@pytest.mark.faults
def test_header_bytes_and_compressed_bodies_are_stored_as_received(runs):
    body = gzip.compress(runs.site.report(2022).encode())
    half = len(body) // 2
    head = (
        "HTTP/1.1 200 好\r\nServer: 某某\r\ncontent-TYPE: text/html;charset=utf-8\r\n"
        "X-Twice: 1\r\nX-Twice: 2\r\nContent-Encoding: gzip\r\n"
        "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    ).encode("gbk")
    chunks = b"".join(
        f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in (body[:half], body[half:], b"")
    )
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    runs.site.pages["/gk/2022.html"] = runs.site.Answer(raw=early + head + chunks)
    runs.crawl()
    assert runs.payload("/gk/2022.html").decode() == runs.site.report(2022)
    capture = runs.latest()["/gk/2022.html"]
    with Archive(runs.data) as archive:
        assert archive.message(capture) == (head, body)
        assert archive.headers(capture)[0] == ("Server", "某某".encode("gbk").decode("latin-1"))


def test_several_offices_in_one_run(runs, other_site):
    other_site.fill([2020])
    other = replace(other_site.office(), id="cn-990001-test")
    from crawler.run import crawl

    result = crawl([runs.site.office(), other], data_dir=runs.data)
    assert [office.verdict for office in result.offices] == ["ok", "ok"]
    with Archive(runs.data) as archive:
        assert archive.offices() == ["cn-990000-test", "cn-990001-test"]


def test_scrapy_crawl_works_too(runs, tmp_path):
    path = runs.site.office_file(tmp_path / "office.toml")
    project = Path(__file__).parents[2]
    environment = {
        "PATH": "/usr/bin:/bin",
        "SCRAPY_PROJECT": "default",
        "GONGKAI_DATA": str(runs.data),
        "GONGKAI_OFFICES": str(path),
    }
    arguments = ["-a", f"office={runs.site.OFFICE_ID}", "-a", "from_year=2022"]
    command = [sys.executable, "-m", "scrapy", "crawl", "annual_reports", *arguments]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert runs.manifest()["verdict"] == "ok"
    assert runs.latest().keys() == {"/robots.txt", "/", "/nb/", "/gk/2022.html"}


def test_the_run_is_told_on_one_page(runs):
    runs.crawl()
    runs.site.pages["/gk/2021.html"] = runs.site.Answer(runs.site.report(2021, "<p>更正</p>"))
    runs.site.pages["/gk/2020.html"] = runs.site.Answer("x", status=500)
    runs.crawl(max_age_hours=0)
    page = (runs.data / "crawl.md").read_text("utf-8")
    assert ": partial" in page.splitlines()[0]
    assert f"| {runs.site.OFFICE_ID} | partial | 3 | 0 | 1 | 5 | 0 | 1 | 9 | finished |" in page
    assert f"- {runs.site.url}/gk/2021.html" in page
    title = runs.site.TITLE.format(year=2020)
    assert f"- {runs.site.url}/gk/2020.html (HTTP status 500), linked as {title}" in page


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_log_has_a_line_for_each_address(runs, form):
    runs.crawl(log_format=form)
    lines = (runs.data / "crawl.log").read_text("utf-8").splitlines()
    url = f"{runs.site.url}/gk/2021.html"
    if form == "text":
        assert any(line.endswith(f"] new {url}") for line in lines)
        return
    [row] = [row for row in map(json.loads, lines) if row.get("url") == url]
    assert (row["outcome"], row["kind"], row["report_year"]) == ("new", "report", 2021)
    assert (row["office_id"], row["level"]) == (runs.site.OFFICE_ID, "info")


# What is on the pages of a portal of several offices, and which of them are followed: the reports
# of the office whose entry page is /nb/, those of others, which are linked from the home page.
OTHERS = [
    (f"/other/{year}.html", f"平湖市财政局{year}年政府信息公开工作年度报告")
    for year in (2021, 2022)
]
MINE = [(f"/gk/{year}.html", Site.TITLE.format(year=year)) for year in (2021, 2022)]
LIST_OF_ALL = ("/all/", "政府信息公开年报")
PORTALS = {
    "the entry page lists the reports": ({"/nb/": MINE}, {}, "mine"),
    "a column of the entry page does": (
        {"/nb/": [("/nb/gk/", "政府信息公开")], "/nb/gk/": MINE}, {}, "mine",
    ),
    "not of the year that is asked for": ({"/nb/": MINE}, {"from_year": 2023}, "none"),
    "by years alone": ({"/nb/": [("/gk/2021.html", "2021年")]}, {}, "mine"),
    "the entry page lists none": ({"/nb/": []}, {}, "others"),
}  # fmt: skip


@pytest.mark.parametrize(("pages", "options", "found"), PORTALS.values(), ids=PORTALS.keys())
def test_the_home_page_is_followed_when_the_entry_pages_lead_to_no_report(
    runs, pages, options, found
):
    site = runs.site
    for path, links in (pages | {"/": [*OTHERS[:1], LIST_OF_ALL], "/all/": OTHERS}).items():
        site.pages[path] = site.Answer(site.listing(links))
    for path, title in OTHERS:
        site.pages[path] = site.Answer(site.page(title, "<p>一、总体情况</p>" * 40))
    for mode in ("crawl", "update", "replay"):
        result = runs.crawl(mode=mode, **options)
        assert result.verdict == ("nothing_found" if found == "none" else "ok")
    # A home page that nobody follows is asked for all the same.
    assert site.asked()["/"] >= 1
    assert bool(site.asked()["/all/"]) is (found == "others")
    assert {path.split("/")[1] for path in site.asked() if path.endswith(".html")} == {
        "mine": {"gk"}, "others": {"other"}, "none": set(),
    }[found]  # fmt: skip


REPORTS = ("/nb/", "公开年报")


def _columns_behind_each_other(site, words):
    for depth in range(6):
        links = [REPORTS, (f"/c{depth + 1}/", words)]
        site.pages["/" if depth == 0 else f"/c{depth}/"] = site.Answer(site.listing(links))


def _a_long_list(site):
    for n in range(40):
        more = f'<a href="/nb/index_{n + 1}.html">下一页</a>'
        links = [(f"/gk/{n}.html", site.TITLE.format(year=1990 + n % 30))]
        site.pages["/nb/" if n == 0 else f"/nb/index_{n}.html"] = site.Answer(
            site.listing(links, more=more)
        )
        site.pages[links[0][0]] = site.Answer(site.report(2000))


def _many_columns(site):
    columns = [(f"/xxgk/{n}/", "政府信息公开") for n in range(80)]
    site.pages["/"] = site.Answer(site.listing([REPORTS, *columns]))
    for href, _ in columns:
        site.pages[href] = site.Answer(site.listing([]))


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (_a_long_list, "a list goes on beyond its page 30 ("),
        (_many_columns, "60 pages of links were opened and there are more"),
        (
            lambda site: _columns_behind_each_other(site, "政府信息公开年报"),
            "columns lie deeper than 3 steps from the entry pages (",
        ),
        (lambda site: _columns_behind_each_other(site, "政府信息公开"), ""),
    ],
)
def test_a_limit_that_cut_the_run_is_said(runs, prepare, words):
    prepare(runs.site)
    result = runs.crawl(replace(runs.site.office(), entry_urls=()))
    [office] = result.offices
    assert (result.verdict, office.is_complete) == (("partial", False) if words else ("ok", True))
    assert words in office.message


@pytest.mark.parametrize(
    ("more", "count"),
    [
        ('<a href="javascript:;" onclick="gopage(2)">2</a> <a onclick="gopage(3)">尾页</a>', 3),
        ("<p>共 5 页</p>", 5),
        ("<p>第1/4页</p>", 4),
        ("<script>var countPage = 6;</script>", 6),
        ("<p>共1页</p>", None),
        ('<p>共5页</p><a href="index_1.html">下一页</a>', None),
    ],
)
def test_a_list_whose_further_pages_are_not_found_is_said(runs, more, count):
    site = runs.site
    site.pages["/nb/"].body = site.listing(
        [("/gk/2022.html", site.TITLE.format(year=2022))], more=more
    )
    site.pages["/nb/index_1.html"] = site.Answer(site.listing([]))
    result = runs.crawl()
    if count is None:
        assert result.verdict == "ok"
        return
    assert result.verdict == "partial"
    assert f"/nb/ says that its list has {count} pages" in result.messages[0]


def test_a_list_in_the_brackets_of_a_callback_is_read(runs):
    site = runs.site
    site.pages["/"] = site.Answer(site.listing([]))
    records = [{"title": site.TITLE.format(year=2022), "url": "/gk/2022.html"}]
    site.pages["/nb/"] = site.Answer(
        f"/**/callback({json.dumps(records)});", content_type="application/javascript"
    )
    result = runs.crawl(replace(site.office(), family="json-listing"))
    assert (result.verdict, result.offices[0].report_years) == ("ok", [2022])


def test_a_title_without_an_address_is_a_failure_with_the_title(runs):
    site = runs.site
    title = site.TITLE.format(year=2018)
    site.pages["/nb/"].body += f'<a href="javascript:go(7)">{title}</a>'
    result = runs.crawl()
    [failed] = result.offices[0].failed
    assert (failed["reason"], failed["link_text"]) == ("no_address", title)
    assert [(one.reason, one.link_text) for one in runs.failures()] == [("no_address", title)]
    assert result.verdict == "partial"
    assert runs.latest()["/nb/"].kind == "channel"


@pytest.mark.parametrize(
    ("refresh", "asked", "years"),
    [
        ("60;url=/nb/", 1, [2019, 2020, 2021, 2022]),
        ("0;url=/nb/", 1, [2019, 2020, 2021, 2022]),
        ("60;url=/other/", 1, [2019, 2020, 2021, 2022]),
        ("3;url=/other/", 1, [2018]),
    ],
)
def test_a_page_that_loads_itself_is_the_page(runs, refresh, asked, years):
    site = runs.site
    body = f'<html><head><meta http-equiv="refresh" content="{refresh}"></head>'
    site.pages["/nb/"].body = body + site.pages["/nb/"].body
    site.pages["/"] = site.Answer(site.listing([]))
    links = [("/gk/2018.html", site.TITLE.format(year=2018))]
    site.pages["/other/"] = site.Answer(site.listing(links))
    site.pages["/gk/2018.html"] = site.Answer(site.report(2018))
    result = runs.crawl()
    assert (result.verdict, result.offices[0].report_years) == ("ok", years)
    assert site.asked()["/nb/"] == asked
