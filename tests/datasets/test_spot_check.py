"""Drawing figures, showing their place, keeping verdicts, the error rate."""

import datetime as dt
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from datasets.passages import Passage, Places
from datasets.spot_check import _allocation, draw, error_rate, not_yet_judged, wilson
from datasets.tables import read_rows
from datasets.verdicts import (
    NotAFigure,
    Stated,
    figure_key,
    read_stated,
    read_verdicts,
    save_verdict,
)
from gongkai.app import app
from gongkai.spot_sheet import spot_sheet
from parsers import parse_page
from parsers.characters import compact

# Tables that are written as text have no lines of their own.
PAGES = sorted((Path(__file__).parents[1] / "pages").glob("style[!2]*.html"))
NOW = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def data_dir(tmp_path: Path, sample_data: Path) -> Path:
    shutil.copytree(sample_data / "dataset", tmp_path / "dataset")
    return tmp_path


def test_a_seed_draws_the_same_figures_and_another_one_others(data_dir: Path):
    keys = [[figure_key(one.observation) for one in draw(data_dir, 30, seed)] for seed in (1, 1, 2)]
    assert keys[0] == keys[1] != keys[2]
    assert len(set(keys[0])) == 30


def test_every_stratum_is_drawn_from(data_dir: Path):
    everything = {one.stratum for one in draw(data_dir, 100_000, 1)}
    assert {one.stratum for one in draw(data_dir, 30, 1)} == everything
    assert len(everything) > 4


def test_figures_of_chosen_offices_are_drawn_from_some_of_their_reports(
    country: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("datasets.spot_check._REPORTS_AT_MOST", 12)
    drawn = draw(country, 200, 1, offices=["cn-000003-wsb", "cn-000007-wsb", "cn-000009-wsb"])
    reports = {(one.report["office_id"], one.report["report_year"]) for one in drawn}
    assert len(reports) <= 12
    assert {office for office, _ in reports} == {
        "cn-000003-wsb", "cn-000007-wsb", "cn-000009-wsb",
    }  # fmt: skip
    assert all(one.passage.marked or one.passage.before for one in drawn)


def test_the_rate_is_that_of_the_chosen_offices(tmp_path: Path, country: Path):
    shutil.copytree(country / "dataset", tmp_path / "dataset")
    offices = ["cn-000003-wsb", "cn-000007-wsb"]
    for office, verdict in zip(offices, ("right", "wrong"), strict=True):
        for one in draw(tmp_path, 5, 1, offices=[office]):
            save_verdict(tmp_path, one.observation, verdict, NOW)
    rates = [error_rate(tmp_path, offices=chosen).rate for chosen in ([offices[0]], [offices[1]])]
    assert rates == [0.0, 1.0]
    assert (error_rate(tmp_path).right, error_rate(tmp_path).wrong) == (5, 5)


@pytest.mark.parametrize(
    ("sizes", "n", "expected"),
    [
        ({"a": 90, "b": 10}, 10, {"a": 9, "b": 1}),
        ({"a": 1000, "b": 1}, 10, {"a": 9, "b": 1}),
        ({"a": 2, "b": 1}, 10, {"a": 2, "b": 1}),
        ({"a": 5, "b": 4, "c": 3}, 2, {"a": 1, "b": 1}),
        ({}, 5, {}),
    ],
)
def test_how_many_figures_each_stratum_gives(sizes, n, expected):
    assert _allocation(sizes, n) == expected


def test_every_figure_of_the_sample_is_shown_at_its_place(sample_data: Path):
    texts, figures = by_year(sample_data, "sections"), by_year(sample_data, "observations")
    unplaced = []
    for year, rows in figures.items():
        places = Places(rows, texts[year])
        for one in rows:
            passage = places.passage_of(one)
            if compact(one["value_text"]) not in compact(passage.marked) or not passage.marked:
                unplaced.append((year, one["indicator"], one["source"]))
    assert unplaced == []


def by_year(data_dir: Path, table: str) -> dict[int, list[dict]]:
    found: dict[int, list[dict]] = {}
    for row in read_rows(data_dir, table):
        found.setdefault(row["report_year"], []).append(row)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_row_of_a_table_is_shown_at_its_own_line(page: Path):
    """By labels alone: what stands in the line that is marked, and above it the head."""
    for document in parse_page(page.read_bytes()):
        report = document.report
        if report is None or report.status != "parsed":
            continue
        rows = [asdict(one) for one in report.observations]
        places = Places(rows, [asdict(one) for one in report.sections])
        lines: dict[Passage, set[str]] = {}
        for row in rows:
            if row["source"] != "table" or row["applicant"] is None:
                continue
            passage = places.passage_of(row)
            assert passage.is_table
            lines.setdefault(passage, set()).add(row["indicator"])
            label = compact(row["evidence"].split(" × ")[0].split(" / ")[-1])
            if row["matched_by"] == "label":
                assert label in compact(passage.marked), row
            assert "自然人" in compact(passage.head + passage.before)
        shared = {line: names for line, names in lines.items() if len(names) > 1}
        assert shared == {}, "one line is marked for the figures of several rows"


def test_a_row_without_a_label_is_shown_at_its_own_line(data_dir: Path):
    """The form of 2023 lost the label of every second reason: the row number tells it."""
    (figures,) = [rows for year, rows in by_year(data_dir, "observations").items() if year == 2023]
    places = Places(figures, by_year(data_dir, "sections")[2023])
    (one,) = [
        row
        for row in figures
        if (row["indicator"], row["applicant"]) == ("applications.refused.process", "total")
    ]
    assert one["matched_by"] == "position"
    passage = places.passage_of(one)
    assert passage.before.splitlines()[-1].startswith("5.属于三类内部事务信息")
    assert passage.after.splitlines()[0].startswith("7.属于行政执法案卷")


def test_verdicts_give_an_error_rate_with_an_interval(data_dir: Path):
    drawn = draw(data_dir, 20, 7)
    for number, one in enumerate(drawn):
        save_verdict(data_dir, one.observation, "wrong" if number == 0 else "right", NOW)
    found = error_rate(data_dir)
    assert (found.right, found.wrong, found.unsure) == (19, 1, 0)
    assert found.low is not None
    assert found.rate is not None
    assert found.high is not None
    assert 0 < found.low < found.rate < found.high < 1
    assert not_yet_judged(data_dir, drawn) == []


def test_the_rate_weighs_each_stratum_by_its_size(data_dir: Path):
    drawn = draw(data_dir, 100_000, 1)
    tables = [one for one in drawn if one.stratum == ("tables-2021", "table", "label")]
    prose = [one for one in drawn if one.stratum == ("narrative-2008", "narrative", "label")]
    for one in tables[:10]:
        save_verdict(data_dir, one.observation, "right", NOW)
    for one in prose[:10]:
        save_verdict(data_dir, one.observation, "wrong", NOW)
    found = error_rate(data_dir)
    assert found.rate == pytest.approx(len(prose) / (len(prose) + len(tables)))


def test_a_later_verdict_replaces_an_earlier_one_and_unsure_counts_in_neither(data_dir: Path):
    one, other = draw(data_dir, 2, 3)
    save_verdict(data_dir, one.observation, "wrong", NOW)
    save_verdict(data_dir, one.observation, "right", NOW, note="looked again")
    save_verdict(data_dir, other.observation, "unsure", NOW)
    found = error_rate(data_dir)
    assert (found.right, found.wrong, found.unsure, found.rate) == (1, 0, 1, 0.0)
    assert read_verdicts(data_dir)[figure_key(one.observation)]["note"] == "looked again"


@pytest.mark.parametrize(
    "judged",
    [
        {"value": 99.0},
        {"status": "unreadable"},
        {"qualifier": "at_least"},
        {"capture_id": "the page as it was before the office printed it anew"},
    ],
)
def test_a_verdict_on_a_figure_that_changed_counts_no_more(data_dir: Path, judged: dict):
    (one,) = draw(data_dir, 1, 3)
    assert judged.items() - one.observation.items()
    changed = replace(one, observation=one.observation | judged)
    save_verdict(data_dir, changed.observation, "wrong", NOW)
    assert error_rate(data_dir).wrong == 0
    assert not_yet_judged(data_dir, [one]) == [one]


def as_recaptured(data_dir: Path, content_digest: str | None = None) -> None:
    """The dataset as it is when every page was captured anew; with other words, if given."""
    changes = {"observations": {"capture_id": "another"}, "reports": {"capture_id": "another"}}
    if content_digest is not None:
        changes["reports"]["content_digest"] = content_digest
    for table, changed in changes.items():
        path = data_dir / "dataset" / f"{table}.parquet"
        data = pq.read_table(path)
        rows = [row | changed for row in data.to_pylist()]
        pq.write_table(pa.Table.from_pylist(rows, data.schema), path)


@pytest.mark.parametrize(("words", "counts"), [(None, 2), ("other words", 0)])
def test_a_verdict_outlives_a_new_capture_of_the_same_words(data_dir: Path, words, counts):
    """A page that was captured again with another menu says what was judged."""
    arguments = ["spot-check", "--n", "2", "--seed", "5", "--data", str(data_dir)]
    done = CliRunner().invoke(app, arguments, input="r\nr\n")
    assert "2 right" in done.output, done.output
    drawn = draw(data_dir, 2, 5)
    as_recaptured(data_dir, words)
    assert error_rate(data_dir).right == counts
    assert len(not_yet_judged(data_dir, draw(data_dir, 2, 5))) == 2 - counts
    assert len(drawn) == 2


def test_a_verdict_of_an_older_version_speaks_of_its_capture_alone(data_dir: Path):
    (one,) = draw(data_dir, 1, 3)
    save_verdict(data_dir, one.observation, "right", NOW)
    assert error_rate(data_dir).right == 1
    as_recaptured(data_dir)
    assert error_rate(data_dir).right == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe\x00", "cannot be read"),
        (b"verdict,office_id\nright,cn-1\n", "row 2: is no verdict"),
        (
            b"verdict,office_id,report_year,indicator,applicant,source,value\nright,cn-1,x,a,,t,1\n",
            "row 2: is no verdict",
        ),
        (
            b"verdict,office_id,report_year,value,indicator,applicant,source\nright,cn-1,2020,1,a\n",
            "row 2: has no applicant",
        ),
    ],
)
@pytest.mark.parametrize("option", ["--rate", "--save-golden=goldens", "--n=2"])
def test_a_broken_file_of_verdicts_is_said_in_one_sentence(
    data_dir: Path, content: bytes, words: str, option: str
):
    (data_dir / "spot-checks.csv").write_bytes(content)
    done = CliRunner().invoke(app, ["spot-check", option, "--data", str(data_dir)], input="q\n")
    assert (done.exit_code, done.output.count("\n")) == (2, 1), done.output
    assert f"{data_dir / 'spot-checks.csv'}" in done.output
    assert words in done.output


def test_what_was_corrected_by_hand_is_neither_drawn_nor_counted(data_dir: Path):
    everything = draw(data_dir, 100_000, 1)
    for one in everything:
        save_verdict(data_dir, one.observation, "right", NOW)
    by_position = {figure_key(d.observation) for d in everything if d.stratum[2] == "position"}
    path = data_dir / "dataset" / "observations.parquet"
    table = pq.read_table(path)
    rows = table.to_pylist()
    for row in rows:
        if figure_key(row) in by_position:
            row |= {"correction": "the list of decisions says so", "printed_value": row["value"]}
    pq.write_table(pa.Table.from_pylist(rows, table.schema), path)
    left = {figure_key(one.observation) for one in draw(data_dir, 100_000, 1)}
    assert left == {figure_key(one.observation) for one in everything} - by_position
    found = error_rate(data_dir)
    assert (found.right, found.share) == (len(left), 1.0)
    assert not any(stratum[2] == "position" for stratum in found.strata)


@pytest.mark.parametrize(
    ("rate", "n", "low", "high"),
    [(0.0, 20, 0.0, 0.1611), (0.5, 20, 0.2993, 0.7007), (1.0, 20, 0.8389, 1.0)],
)
def test_wilsons_interval(rate, n, low, high):
    assert wilson(rate, n) == pytest.approx((low, high), abs=1e-4)


def test_the_sheet_escapes_what_pages_say(data_dir: Path):
    (one,) = draw(data_dir, 1, 3)
    nasty = replace(one, observation=one.observation | {"evidence": "<script>alert(1)</script>"})
    text = spot_sheet([nasty], "title & more")
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert "<title>title &amp; more</title>" in text


def test_the_command_asks_saves_and_tells_the_rate(data_dir: Path):
    runner = CliRunner()
    arguments = ["spot-check", "--n", "3", "--seed", "5", "--data", str(data_dir)]
    done = runner.invoke(app, arguments, input="r\nx\nw\nnonsense\n1200余\ncut off\nq\n")
    assert done.exit_code == 0, done.output
    assert "1 right, 1 wrong, 0 unsure" in done.output
    assert "“nonsense” is no figure" in done.output
    right, wrong = read_verdicts(data_dir).values()
    assert (right["verdict"], right["right_status"], right["note"]) == ("right", "", "")
    said = [wrong[name] for name in ("right_value", "right_status", "right_qualifier", "note")]
    assert said == ["1200.0", "reported", "at_least", "cut off"]
    again = runner.invoke(app, arguments, input="u\n\n")
    assert "1 right, 1 wrong, 1 unsure" in again.output


def test_the_command_writes_a_sheet(data_dir: Path):
    path = data_dir / "sheet.html"
    done = CliRunner().invoke(
        app,
        ["spot-check", "--n", "4", "--seed", "5", "--export", str(path), "--data", str(data_dir)],
    )
    assert done.exit_code == 0, done.output
    assert path.read_text("utf-8").count("<article") == 4


@pytest.mark.parametrize(
    ("typed", "stated"),
    [
        ("12", Stated(12.0, "reported")),
        (" 1,200 ", Stated(1200.0, "reported")),
        ("-18", Stated(-18.0, "reported")),
        ("25.1", Stated(25.1, "reported")),
        ("≥600", Stated(600.0, "reported", "at_least")),
        ("600余", Stated(600.0, "reported", "at_least")),
        ("<=30", Stated(30.0, "reported", "at_most")),
        ("约3000", Stated(3000.0, "reported", "about")),
        ("0", Stated(0.0, "reported")),
        ("none", Stated(0.0, "reported_none")),
        ("无", Stated(0.0, "reported_none")),
        ("Blank", Stated(None, "blank")),
        ("unreadable", Stated(None, "unreadable")),
        ("absent", Stated(None, "absent")),
    ],
)
def test_what_a_person_types_for_a_figure(typed, stated):
    assert read_stated(typed) == stated


@pytest.mark.parametrize("typed", ["", "twelve", "1 2", "≥600余", "1.2.3", "9" * 400, "nan"])
def test_what_is_no_figure_is_refused(typed):
    with pytest.raises(NotAFigure, match="figure"):
        read_stated(typed)


def test_a_file_of_verdicts_without_the_newer_columns_is_kept(data_dir: Path):
    one, other = draw(data_dir, 2, 3)
    save_verdict(data_dir, one.observation, "right", NOW)
    path = data_dir / "spot-checks.csv"
    lines = path.read_text("utf-8").splitlines()
    cut = [line.rsplit(",", 6)[0] + ",old note" for line in lines]
    path.write_text("\n".join([cut[0].replace("old note", "note"), *cut[1:]]) + "\n", "utf-8")
    assert error_rate(data_dir).right == 1
    save_verdict(data_dir, other.observation, "wrong", NOW, right=Stated(3.0, "reported"))
    verdicts = read_verdicts(data_dir)
    assert verdicts[figure_key(one.observation)]["note"] == "old note"
    assert verdicts[figure_key(other.observation)]["right_value"] == "3.0"
