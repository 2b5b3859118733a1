"""Failures that a person knows of and accepts: told and counted, they make nothing partial."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from typer.testing import CliRunner

from crawler.accepted import Accepted, read_accepted
from crawler.offices import OfficeError
from gongkai.app import app

HEAD = "office_id,address,title,reason,date\n"
ELSEWHERE = "http://elsewhere.example/2018.html"
NO_ADDRESS = "平湖市测试局2017年政府信息公开工作年度报告"


@pytest.fixture
def runs_with_lost_reports(runs):
    """A list with a report on another host, and one of which only a script knows the address."""
    site = runs.site
    links = [(f"/gk/{year}.html", site.TITLE.format(year=year)) for year in (2022, 2021)]
    links += [(ELSEWHERE, site.TITLE.format(year=2018)), ("javascript:open(7)", NO_ADDRESS)]
    site.pages["/nb/"] = site.Answer(site.listing(links))
    return runs


def _accept(runs, *rows: str) -> None:
    runs.data.mkdir(exist_ok=True)
    (runs.data / "accepted.csv").write_text(HEAD + "".join(f"{row}\n" for row in rows), "utf-8")


def test_a_run_with_only_accepted_failures_is_complete_and_tells_them(runs_with_lost_reports):
    runs = runs_with_lost_reports
    office_id = runs.site.OFFICE_ID
    before = runs.crawl()
    assert (before.verdict, before.offices[0].is_complete) == ("partial", False)
    assert [row["reason"] for row in before.offices[0].failed] == ["no_address", "outside"]

    _accept(
        runs,
        f"{office_id},{ELSEWHERE},,主站不归本项目,2026-01-31",
        f"{office_id},,{NO_ADDRESS},asked the office by telephone,2026-02-01",
        f"cn-110000-x,{ELSEWHERE},,of another office,2026-02-01",
    )
    for mode in ("crawl", "update", "replay"):
        result = runs.crawl(mode=mode)
        [office] = result.offices
        assert (result.verdict, office.is_complete, office.failed) == ("ok", True, [])
        assert {row["url"]: (row["why"], row["since"]) for row in office.accepted} == {
            ELSEWHERE: ("主站不归本项目", "2026-01-31"),
            office.accepted[0]["url"]: ("asked the office by telephone", "2026-02-01"),
        }
        assert result.count("accepted") == office.outcomes["accepted"] == 2
        assert "failed" not in office.outcomes
    manifest = runs.manifest()
    assert manifest["is_complete"]
    assert manifest["outcomes"]["accepted"] == 2
    assert [row["reason"] for row in manifest["offices"][0]["accepted"]] == [
        "no_address", "outside",
    ]  # fmt: skip
    page = (runs.data / "crawl.md").read_text("utf-8")
    assert "Failures that are known and accepted: 2." in page
    assert f"## Failed, known and accepted: {office_id}" in page
    assert "accepted since 2026-01-31: 主站不归本项目" in page
    assert "## Failed: " not in page


@pytest.mark.parametrize(
    "row",
    [
        f"OFFICE,{ELSEWHERE},,one of the two,2026-01-31",
        f"OFFICE,{ELSEWHERE},another title,both must be as said,2026-01-31",
        f"cn-110000-x,{ELSEWHERE},,of another office,2026-01-31",
    ],
)
def test_what_is_not_accepted_is_a_failure_as_before(runs_with_lost_reports, row):
    runs = runs_with_lost_reports
    _accept(runs, row.replace("OFFICE", runs.site.OFFICE_ID))
    result = runs.crawl()
    assert result.verdict == "partial"
    assert not result.offices[0].is_complete
    assert len(result.offices[0].failed) + len(result.offices[0].accepted) == 2


@pytest.mark.parametrize("path", ["/nb/", "/", "/robots.txt"])
def test_what_leads_to_other_pages_cannot_be_accepted(runs, path):
    runs.site.pages[path] = runs.site.Answer("busy", status=500)
    _accept(runs, f"{runs.site.OFFICE_ID},{runs.site.url}{path},,never mind,2026-01-31")
    result = runs.crawl()
    assert result.verdict in ("partial", "unreachable")
    assert result.offices[0].accepted == []


def test_a_report_that_answers_with_an_error_can_be_accepted(runs):
    runs.site.pages["/gk/2021.html"] = runs.site.Answer("gone", status=500)
    _accept(runs, f"{runs.site.OFFICE_ID},{runs.site.url}/gk/2021.html,,broken,2026-01-31")
    assert runs.crawl().verdict == "ok"
    # Once it is there again it is fetched, and the row says nothing any more.
    runs.site.pages["/gk/2021.html"] = runs.site.Answer(runs.site.report(2021))
    result = runs.crawl()
    assert (result.verdict, result.count("accepted"), result.count("new")) == ("ok", 0, 1)


@pytest.mark.parametrize(
    ("row", "covers"),
    [
        (("http://a.cn/nb/", ""), True),
        (("http://A.cn:80/nb/", ""), True),
        (("http://a.cn/nb/#2017年报告", ""), True),
        (("http://a.cn/nb/#2017%E5%B9%B4%E6%8A%A5%E5%91%8A", ""), True),
        (("http://a.cn/nb/#2016年报告", ""), False),
        (("http://a.cn/", ""), False),
        (("", " 2017 年报告"), True),
        (("", "2016年报告"), False),
        (("http://a.cn/nb/", "2017年报告"), True),
    ],
)
def test_a_row_covers_an_address_or_a_title(row, covers):
    accepted = Accepted("cn-1-x", *row, "so", dt.date(2026, 1, 31))
    url = "http://a.cn/nb/#2017%E5%B9%B4%E6%8A%A5%E5%91%8A"
    assert accepted.covers(url, "2017年报告") is covers


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "line 1: the first line must be office_id,address,title,reason,date."),
        ("office_id,reason\n", "line 1: the first line must be"),
        (f"{HEAD}cn-1-x,http://a.cn/,,why\n", "line 2: it has not 5 cells."),
        (f"{HEAD}cn-1-x,http://a.cn/,,why,2026-01-31,more\n", "line 2: it has not 5 cells."),
        (f"{HEAD},http://a.cn/,,why,2026-01-31\n", "line 2: office_id is missing."),
        (f"{HEAD}cn-1-x,,,why,2026-01-31\n", "line 2: it needs an address or the title"),
        (f"{HEAD}cn-1-x,a.cn,,why,2026-01-31\n", "line 2: “a.cn” is no http or https address."),
        (f"{HEAD}cn-1-x,http://a.cn/,,,2026-01-31\n", "line 2: it needs a reason"),
        (f"{HEAD}cn-1-x,http://a.cn/,,why,31.1.\n", "line 2: “31.1.” is no date like 2026-01-31."),
        (f'{HEAD}cn-1-x,"http://a.cn/,,why,2026-01-31\n', "cannot be read: "),
    ],
)
def test_a_wrong_file_is_told_by_line_before_anything_is_asked(runs, text, sentence):
    path = runs.data / "accepted.csv"
    runs.data.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    with pytest.raises(OfficeError) as error:
        read_accepted(runs.data)
    assert sentence in str(error.value)
    assert str(path) in str(error.value)
    files = runs.site.office_file(runs.data / "office.toml")
    done = CliRunner().invoke(app, ["crawl", "--data", str(runs.data), "--offices", str(files)])
    assert (done.exit_code, sentence in done.stderr) == (2, True)
    assert runs.site.requests == []


def test_a_file_of_a_spreadsheet_program_is_read(tmp_path):
    text = HEAD + 'cn-1-x,http://a.cn/,,"of two\nlines, and a comma",2026-01-31\n'
    (tmp_path / "accepted.csv").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    [row] = read_accepted(tmp_path)
    assert json.dumps(row.reason) == '"of two\\r\\nlines, and a comma"'
    assert read_accepted(tmp_path / "nowhere") == []
