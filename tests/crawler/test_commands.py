"""What `gongkai crawl` prints and how it ends."""

from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner

from gongkai.commands import crawl as crawl_command
from gongkai.exit_codes import ExitCode


@pytest.fixture
def gongkai(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    app.callback()(lambda: None)
    crawl_command.register(app)
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
