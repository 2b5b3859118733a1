"""The commands over a built dataset: what they print, and how they leave."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import gongkai
from crawler.offices import load_offices
from crawler.sample_site import PAGES
from datasets.build import build
from datasets.comparison import office_by_office
from datasets.coverage_counts import coverage_counts
from datasets.findings import read_findings
from datasets.national import coverage_by
from datasets.one_report import NoReport, WhichOffice
from datasets.registry import panel_columns
from datasets.selection import NoSuchOffice
from datasets.spot_check import draw, error_rate
from gongkai.app import app
from gongkai.exit_codes import ExitCode

OFFICE = "cn-371500-wsb"


def run(*arguments: str | Path, data: Path | None = None) -> tuple[int, str]:
    given = [str(one) for one in arguments] + (["--data", str(data)] if data else [])
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, given)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, " ".join(done.output.split())


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["show", "2023", "applications.granted"], 0, "（一）予以公开 × 自然人"),
        (["show", "2019", "disclosure"], 0, "≥179"),
        (["show", "2023", "processing_fees.amount"], 0, "0 万元"),
        (["show", "2015"], 3, "no report (empty_page): the site lists 8 documents"),
        (["show", "1999"], 3, "none is expected"),
        (["show", "2014", "fees.amount"], 3, "not asked in narrative-2008"),
        (["show", "2014", "nonsense"], 3, "there is no indicator nonsense"),
        (["show", "2023", "--office", "cn-nobody"], 3, "holds no office cn-nobody"),
        (["compare"], 0, "‖ 2021, redefined: Normative documents made"),
        (["compare", "2019", "2023"], 0, "rose"),
        (["compare", "2019", "2023", "--all"], 0, "ended: only the earlier form asks it"),
        (["compare", "2023", "2019"], 0, "外事办公室: from 2019 to 2023"),
        (["compare", "2023", "2019"], 0, "rose Applications received 2 3"),
        (["compare", "2019", "2019"], 2, "2019 and 2019 are one report; give two years."),
        (["compare", "2019"], 2, "Give two years"),
        (
            ["compare", "--figure", "applications_received"],
            0,
            "¦ renamed in 2019: the older outline leaves the count to the prose",
        ),
        (["compare", "--figure", "fees_amount"], 0, "or no report"),
        (["compare", "--figure", "applications_received"], 0, "外事办公室 0 1 1 ¦2 1 0 0 3"),
        (
            ["compare", "--figure", "fees_amount"],
            0,
            "Administrative fees 行政事业性收费金额 (万元)",
        ),
        (["compare", "--figure", "applications"], 2, "no harmonised column applications; it has"),
        (["compare", "--office", "a", "--office", "b"], 2, "Years are compared of one office"),
        (["compare", "2016", "2023"], 3, "no report (empty_page)"),
        (["coverage"], 0, "● ○ ○ ● ● ● ● ● ● ● 8"),
        (["coverage"], 0, "2016 empty page: the site lists 8 documents"),
        (["check"], 0, "0 departures from the registry"),
        (["check", "--year", "2017", "--fail-on", "warning"], 1, "12 parts and has 13"),
        (["check", "--year", "2017", "--fail-on", "never"], 0, "declared-parts"),
        (["check", "--rule", "jumps"], 2, "There is no rule jumps; did you mean jump?"),
        (["check", "--rule", "no-such-rule"], 2, "`gongkai check --rules` lists them"),
        (["check", "--rule", "applicants-sum", "--fail-on", "note"], 0, "0 errors, 0 warnings"),
        (["check", "--most", "1"], 0, "1 of 19 findings are listed: narrow them down"),
        (["check", "--most", "1"], 0, "published-after-period note"),
        (
            ["check", "--office", "cn-nobody"],
            3,
            "holds no office cn-nobody; it holds cn-371500-wsb",
        ),
        (["check", "--office", "cn-37*", "--year", "2017"], 0, "0 errors, 1 warning, 0 notes"),
        (["coverage", "--office", "cn-3715*"], 0, "2016 empty page: the site lists 8 documents"),
        (["coverage", "--office", "cn-9*"], 3, "holds no office cn-9*"),
    ],
)
def test_what_a_command_says(sample_data: Path, arguments: list[str], code: int, words: str):
    exit_code, output = run(*arguments, data=sample_data)
    assert exit_code == code, output
    assert words in output


@pytest.mark.parametrize(
    "arguments", [["show", "2023"], ["compare"], ["coverage"], ["check"], ["spot-check"]]
)
def test_without_a_dataset_a_command_says_how_to_make_one(tmp_path: Path, arguments: list[str]):
    exit_code, output = run(*arguments, data=tmp_path)
    assert exit_code == ExitCode.NOTHING_FOUND
    assert "gongkai build" in output


def test_a_broken_file_is_named(tmp_path: Path, sample_data: Path):
    shutil.copytree(sample_data / "dataset", tmp_path / "dataset")
    (tmp_path / "dataset" / "coverage.parquet").write_bytes(b"no parquet")
    exit_code, output = run("coverage", data=tmp_path)
    assert exit_code == ExitCode.NOTHING_FOUND
    assert "coverage.parquet cannot be read" in output


def test_a_file_that_departs_from_the_registry_fails_the_check(tmp_path: Path, sample_data: Path):
    shutil.copytree(sample_data / "dataset", tmp_path / "dataset")
    (tmp_path / "dataset" / "sections.parquet").unlink()
    exit_code, output = run("check", data=tmp_path)
    assert exit_code == ExitCode.PARTIAL
    assert "no table sections" in output


def test_several_offices_need_a_choice(tmp_path: Path, archive_site: Callable[..., None]):
    for office in (OFFICE, "cn-000000-other"):
        archive_site(tmp_path, PAGES, office=office)
    build(tmp_path, load_offices())
    exit_code, output = run("show", "2023", data=tmp_path)
    assert exit_code == ExitCode.USAGE
    assert "holds 2 offices; name one: cn-000000-other, cn-371500-wsb. Use --office." in output
    assert run("show", "2023", "--office", OFFICE, data=tmp_path)[0] == 0
    exit_code, output = run("coverage", data=tmp_path)
    assert output.count("●") == 2 * 8 + 1  # and once in the legend
    with pytest.raises(WhichOffice):
        gongkai.figures(2023, data=tmp_path)
    assert len(gongkai.load("reports", data=tmp_path, office=OFFICE)) == 8


def test_many_offices_are_counted_and_patterns_choose_some(country: Path):
    exit_code, output = run("coverage", data=country)
    assert exit_code == 0
    assert output.count("cn-") == 60 + 0
    exit_code, output = run("coverage", "--office", "cn-00001*", data=country)
    assert output.count("cn-00001") == 10
    exit_code, output = run("coverage", "--office", "cn-000001-wsb", "--office", "cn-000003-*",
                            data=country)  # fmt: skip
    assert output.count("cn-00000") == 2
    exit_code, output = run("show", "2023", "--office", "cn-00001*", data=country)
    assert exit_code == ExitCode.USAGE
    assert "holds 10 offices like cn-00001*; name one: cn-000010-wsb" in output
    figure = ["compare", "--figure", "applications_concluded", "--office", "cn-00001*"]
    exit_code, output = run(*figure, data=country)
    assert output.count(" 2 1 0 0 3") == 10
    figure = ["compare", "--figure", "normative_documents_made", "--office", "cn-00001*"]
    exit_code, output = run(*figure, data=country)
    assert "‖ redefined in 2021 (10 offices): 本年新制作数量 counts" in output
    exit_code, output = run("check", data=country)
    assert exit_code == 0
    assert "200 of 1,140 findings are listed" in output
    assert len(gongkai.load("reports", data=country, office="cn-00001*")) == 80


def test_more_offices_than_a_grid_shows_are_counted(
    tmp_path: Path, sample_data: Path, make_country: Callable[..., None]
):
    make_country(tmp_path, sample_data, 61)
    exit_code, output = run("coverage", data=tmp_path)
    assert exit_code == 0
    assert "○ empty page 61 61" in output
    assert "61 offices; the grid shows at most 60" in output
    exit_code, output = run("compare", "--figure", "granted_share", data=tmp_path)
    assert exit_code == ExitCode.USAGE
    assert "61 offices; at most 60 are set beside each other" in output


def test_two_equal_builds_do_not_differ(sample_data: Path):
    assert run("diff", sample_data, sample_data / "dataset") == (
        0,
        "No figure, report or coverage differs.",
    )


def test_the_codebook_lists_and_writes(tmp_path: Path):
    exit_code, output = run("codebook", "fees")
    assert exit_code == 0
    assert "本年收费金额" in output
    assert run("codebook", "nonsense")[0] == ExitCode.NOTHING_FOUND
    path = tmp_path / "dictionary.md"
    assert run("codebook", "--write", path)[0] == 0
    assert path.read_text("utf-8").startswith("# Data dictionary\n")


def test_exports_by_command(tmp_path: Path, sample_data: Path):
    exit_code, output = run("export", "csv", tmp_path / "csv", data=sample_data)
    assert exit_code == 0, output
    assert (tmp_path / "csv" / "panel.csv").exists()
    exit_code, output = run("export", "duckdb", tmp_path / "one.duckdb", data=sample_data)
    assert exit_code == 0, output
    assert (tmp_path / "one.duckdb").exists()
    assert run("export", "csv", tmp_path / "none", data=tmp_path)[0] == ExitCode.NOTHING_FOUND


def test_a_correction_that_does_not_fit_is_a_configuration_error(tmp_path: Path, sample_data: Path):
    shutil.copytree(sample_data, tmp_path, dirs_exist_ok=True)
    (tmp_path / "corrections.toml").write_text("[[correction]]\n", "utf-8")
    exit_code, output = run("build", data=tmp_path)
    assert exit_code == ExitCode.USAGE
    assert "correction 1 says no office_id" in output


def test_figures_for_notebooks(sample_data: Path):
    frame = gongkai.figures(2023, "applications.granted", data=sample_data)
    assert frame.set_index("applicant").value["natural_person"] == 2
    assert "予以公开" in frame.evidence[0]
    assert {"source", "unit", "value_text", "correction"} <= set(frame.columns)
    with pytest.raises(NoReport, match="empty_page"):
        gongkai.figures(2015, data=sample_data)


def test_breaks_for_notebooks():
    assert set(gongkai.breaks("normative_documents_made").comparability) == {"redefined"}
    assert set(gongkai.breaks().comparability) == {"renamed", "redefined"}


def test_offices_for_notebooks(sample_data: Path, country: Path):
    assert gongkai.offices(data=sample_data) == [OFFICE]
    assert gongkai.offices("cn-00001*", data=country)[-1] == "cn-000019-wsb"
    with pytest.raises(NoSuchOffice, match="holds no office cn-9"):
        gongkai.offices("cn-9*", data=country)


def test_a_series_says_its_breaks_and_its_missing_years(sample_data: Path):
    received = gongkai.series("applications_received", data=sample_data)
    assert list(received.index) == list(range(2014, 2024))
    assert received.value.tolist() == [0, pd.NA, pd.NA, 1, 1, 2, 1, 0, 0, 3]
    assert set(received.status[received.value.isna()]) == {"no_report"}
    assert received.loc[2015, "why"].startswith("the site lists 8 documents")
    assert received.break_before.dropna().to_dict() == {2019: "renamed"}
    made = gongkai.series("normative_documents_made", data=sample_data)
    assert made.break_before.dropna().to_dict() == {2021: "redefined"}
    assert "another act" in made.loc[2021, "why"]
    with pytest.raises(KeyError, match="it has applications_received"):
        gongkai.series("applications_recieved", data=sample_data)


@pytest.mark.parametrize("table", ["panel", "observations", "coverage", "captures", "offices"])
def test_of_no_offices_there_are_no_rows(sample_data: Path, table: str):
    some = gongkai.load(table, data=sample_data, office=[OFFICE])
    none = gongkai.load(table, data=sample_data, office=[])
    assert (len(some) > 0, len(none)) == (True, 0)
    assert none.dtypes.to_dict() == some.dtypes.to_dict()
    assert none.attrs == some.attrs


def test_of_no_offices_there_are_no_totals(country: Path):
    figures = ("applications_received", "fees_amount")
    some = gongkai.totals(*figures, by="level", data=country, office=["cn-000001-wsb"])
    none = gongkai.totals(*figures, by="level", data=country, office=[])
    assert (len(some) > 0, len(none)) == (True, 0)
    assert none.dtypes.to_dict() == some.dtypes.to_dict()
    assert gongkai.offices([], data=country) == []


def test_no_columns_are_none(sample_data: Path):
    assert gongkai.load("panel", columns=[], data=sample_data).shape == (8, 0)


def test_of_no_offices_nothing_is_drawn_counted_or_found(sample_data: Path):
    assert draw(sample_data, 5, 1, offices=[]) == []
    assert error_rate(sample_data, offices=[]).rate is None
    assert read_findings(sample_data, offices=[]).counts.total() == 0
    assert coverage_by(sample_data, "level", []) == {}
    assert coverage_counts(sample_data, []) == {}
    assert office_by_office(sample_data, "fees_amount", [])[1] == ()


@pytest.mark.parametrize("column", panel_columns())
def test_every_point_of_a_series_leads_to_its_words(sample_data: Path, column: str):
    """And from them to the page: whatever has a value has evidence, and an address."""
    series = gongkai.series(column, data=sample_data)
    words = gongkai.evidence(column, data=sample_data)
    for year in series.index[series["value"].notna()]:
        behind = words.loc[[year]]
        assert (behind["evidence"].str.len() > 0).all()
        assert behind["url"].str.startswith("http").all()
        assert behind["fetched_at"].notna().all()
    assert set(words.index) <= set(series.index)


def test_the_words_behind_a_total_are_those_of_its_parts(sample_data: Path):
    words = gongkai.evidence("applications_unavailable", data=sample_data).loc[2023]
    assert list(words["indicator"].str.removeprefix("applications.unavailable.")) == [
        "not_held",
        "needs_creation",
        "still_unclear",
    ]
    share = gongkai.evidence("granted_share", data=sample_data).loc[2023]
    assert set(share["indicator"]) == {
        "applications.granted",
        "applications.partly_granted",
        "applications.concluded",
    }
    with pytest.raises(KeyError, match="it has applications_refused"):
        gongkai.evidence("applications_refusd", data=sample_data)
