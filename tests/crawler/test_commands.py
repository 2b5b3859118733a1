"""What `gongkai crawl` and `gongkai archive` print, and how they end."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from gongkai.app import app
from gongkai.exit_codes import ExitCode


@pytest.fixture
def gongkai(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, list(map(str, arguments)))


def test_a_crawl_prints_what_it_found_and_where_it_is(runs, gongkai, tmp_path):
    offices = runs.site.office_file(tmp_path / "office.toml")
    done = gongkai("crawl", "--offices", offices, "--data", runs.data)
    assert done.exit_code == ExitCode.OK
    assert "cn-990000-test: 4 report pages; 7 new" in done.stdout
    assert f"Archive: {runs.data / 'archive'}" in done.stdout
    assert done.stderr == ""


def test_the_data_directory_comes_from_the_environment(runs, gongkai, tmp_path, monkeypatch):
    monkeypatch.setenv("GONGKAI_DATA", str(runs.data))
    monkeypatch.setenv("GONGKAI_OFFICES", str(runs.site.office_file(tmp_path / "o.toml")))
    assert gongkai("crawl", "--sample", 1).exit_code == ExitCode.OK
    assert (runs.data / "sample" / "archive").is_dir()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["nobody"], ExitCode.USAGE, "Unknown office “nobody”"),
        (["--from-year", "2022", "--until-year", "2020"], ExitCode.USAGE, "is after until_year"),
        (["--from-year", "12"], ExitCode.USAGE, "from_year 12 is not between 1990 and 2100"),
        (["--sample", "0"], ExitCode.USAGE, "sample 0 is not between"),
        (["--offices", "nowhere.toml"], ExitCode.USAGE, "Office file nowhere.toml cannot be read"),
        (
            ["--from-wayback", "--replay"],
            ExitCode.USAGE,
            "goes with no --replay, --sample or --partition",
        ),
        (["--from-year", "2050"], ExitCode.NOTHING_FOUND, "no report of 2050–… is linked"),
        (["--replay"], ExitCode.UNREACHABLE, "it is not in the archive"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_an_exit_code(
    runs, gongkai, tmp_path, arguments, code, says
):
    offices = runs.site.office_file(tmp_path / "office.toml")
    given = arguments if "--offices" in arguments else [*arguments, "--offices", offices]
    done = gongkai("crawl", *given, "--data", runs.data)
    assert done.exit_code == code
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_the_archive_is_listed_and_shown(runs, gongkai):
    runs.site.pages["/gk/2019.html"].status = 404
    runs.crawl()
    listed = gongkai("archive", "list", "--kind", "report", "--data", runs.data)
    rows = [line.split("\t") for line in listed.stdout.splitlines()]
    assert [(row[2], row[4], row[6].rsplit("/", 1)[1]) for row in rows] == [
        ("200", "live", f"{year}.html") for year in (2022, 2021, 2020)
    ]
    url = f"{runs.site.url}/gk/2021.html"
    shown = gongkai("archive", "show", url, "--data", runs.data)
    assert shown.exit_code == ExitCode.OK
    assert f"capture {runs.latest()['/gk/2021.html'].capture_id}" in shown.stdout
    assert "Content-Type: text/html; charset=utf-8" in shown.stdout
    assert f"linked as {runs.site.TITLE.format(year=2021)}" in shown.stdout
    payload = gongkai("archive", "show", url, "--payload", "--data", runs.data)
    assert payload.stdout_bytes.decode() == runs.site.report(2021)


def test_failures_are_listed(runs, gongkai):
    runs.site.pages["/robots.txt"] = runs.site.Answer("User-agent: *\nDisallow: /gk/2020")
    runs.crawl()
    listed = gongkai("archive", "list", "--failures", "--data", runs.data)
    [row] = [line.split("\t") for line in listed.stdout.splitlines()]
    assert (row[2], row[6]) == ("robots", f"{runs.site.url}/gk/2020.html")


def test_an_archive_is_verified_and_its_index_rebuilt(runs, gongkai):
    runs.crawl()
    sound = gongkai("archive", "verify", "--data", runs.data)
    assert sound.exit_code == ExitCode.OK
    assert "1 files, 15 records, 7 captures, 0 problems" in sound.stdout
    before = runs.captures()
    rebuilt = gongkai("archive", "rebuild-index", "--data", runs.data)
    assert rebuilt.stdout == f"{runs.site.OFFICE_ID}: 7 captures, 0 failures\n"
    assert runs.captures() == before


def test_a_page_is_added_by_hand(runs, gongkai, tmp_path):
    page = tmp_path / "saved.html"
    page.write_text(runs.site.report(2016), encoding="utf-8")
    offices = runs.site.office_file(tmp_path / "office.toml")
    url = f"{runs.site.url}/gk/2016.html"
    common = ["archive", "add", page, "--office", runs.site.OFFICE_ID, "--offices", offices]
    common += ["--data", runs.data]
    done = gongkai(*common, "--url", url, "--fetched-at", "2019-05-01T20:00+08:00")
    assert done.exit_code == ExitCode.OK, done.stderr
    assert "added as report" in done.stdout
    assert runs.captures()[0].fetched_at.isoformat() == "2019-05-01T12:00:00+00:00"
    assert gongkai(*common).exit_code == ExitCode.USAGE
    assert gongkai(*common, "--url", url, "--fetched-at", "May").exit_code == ExitCode.USAGE


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["list"], "There is no archive in"),
        (["show", "http://x/"], "There is no archive in"),
        (["verify", "cn-1"], "There is no archive in"),
    ],
)
def test_an_archive_that_is_not_there_is_said(gongkai, tmp_path, arguments, says):
    done = gongkai("archive", *arguments, "--data", tmp_path / "none")
    assert done.exit_code == ExitCode.NOTHING_FOUND
    assert says in done.stderr


def test_an_office_or_address_that_is_not_archived_is_said(runs, gongkai):
    runs.crawl()
    done = gongkai("archive", "list", "cn-1", "--data", runs.data)
    assert done.exit_code == ExitCode.NOTHING_FOUND
    assert "There is nothing of “cn-1”" in done.stderr
    done = gongkai("archive", "show", "http://x/", "--data", runs.data)
    assert done.exit_code == ExitCode.NOTHING_FOUND
    assert "There is no capture of http://x/" in done.stderr


def test_lost_pages_are_asked_of_the_internet_archive(
    runs, other_site, gongkai, tmp_path, monkeypatch
):
    monkeypatch.setenv("GONGKAI_WAYBACK", other_site.url)
    other_site.resolve = lambda target: other_site.Answer("", content_type="text/plain")
    offices = runs.site.office_file(tmp_path / "office.toml")
    done = gongkai("crawl", "--from-wayback", "--offices", offices, "--data", runs.data)
    assert done.exit_code == ExitCode.OK, done.stderr
    assert f"run: {runs.data / 'wayback.json'}" in done.stdout
    assert runs.site.requests == []
    assert any("/cdx/search/cdx?" in path for path in other_site.asked())
