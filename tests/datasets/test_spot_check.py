"""Drawing figures, showing their place, keeping verdicts, the error rate."""

import datetime as dt
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from datasets.passages import passage_of
from datasets.spot_check import (
    _allocation,
    draw,
    error_rate,
    figure_key,
    not_yet_judged,
    read_verdicts,
    save_verdict,
    wilson,
)
from datasets.tables import read_rows
from gongkai.app import app
from gongkai.spot_sheet import spot_sheet
from parsers.characters import compact

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
    sections: dict[int, list[dict[str, object]]] = {}
    for row in read_rows(sample_data, "sections"):
        sections.setdefault(row["report_year"], []).append(row)
    unplaced = []
    for one in read_rows(sample_data, "observations"):
        passage = passage_of(one, sections[one["report_year"]])
        if compact(one["value_text"]) not in compact(passage.marked) or not passage.marked:
            unplaced.append((one["report_year"], one["indicator"], one["source"]))
    assert unplaced == []


def test_verdicts_give_an_error_rate_with_an_interval(data_dir: Path):
    drawn = draw(data_dir, 20, 7)
    for number, one in enumerate(drawn):
        save_verdict(data_dir, one, "wrong" if number == 0 else "right", NOW)
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
        save_verdict(data_dir, one, "right", NOW)
    for one in prose[:10]:
        save_verdict(data_dir, one, "wrong", NOW)
    found = error_rate(data_dir)
    assert found.rate == pytest.approx(len(prose) / (len(prose) + len(tables)))


def test_a_later_verdict_replaces_an_earlier_one_and_unsure_counts_in_neither(data_dir: Path):
    one, other = draw(data_dir, 2, 3)
    save_verdict(data_dir, one, "wrong", NOW)
    save_verdict(data_dir, one, "right", NOW, "looked again")
    save_verdict(data_dir, other, "unsure", NOW)
    found = error_rate(data_dir)
    assert (found.right, found.wrong, found.unsure, found.rate) == (1, 0, 1, 0.0)
    assert read_verdicts(data_dir)[figure_key(one.observation)]["note"] == "looked again"


def test_a_verdict_on_a_figure_that_changed_counts_no_more(data_dir: Path):
    (one,) = draw(data_dir, 1, 3)
    changed = type(one)(one.observation | {"value": 99.0}, one.report, one.passage)
    save_verdict(data_dir, changed, "wrong", NOW)
    assert error_rate(data_dir).wrong == 0
    assert not_yet_judged(data_dir, [one]) == [one]


@pytest.mark.parametrize(
    ("rate", "n", "low", "high"),
    [(0.0, 20, 0.0, 0.1611), (0.5, 20, 0.2993, 0.7007), (1.0, 20, 0.8389, 1.0)],
)
def test_wilsons_interval(rate, n, low, high):
    assert wilson(rate, n) == pytest.approx((low, high), abs=1e-4)


def test_the_sheet_escapes_what_pages_say(data_dir: Path):
    (one,) = draw(data_dir, 1, 3)
    nasty = type(one)(
        one.observation | {"evidence": "<script>alert(1)</script>"}, one.report, one.passage
    )
    text = spot_sheet([nasty], "title & more")
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert "<title>title &amp; more</title>" in text


def test_the_command_asks_saves_and_tells_the_rate(data_dir: Path):
    runner = CliRunner()
    arguments = ["spot-check", "--n", "3", "--seed", "5", "--data", str(data_dir)]
    done = runner.invoke(app, arguments, input="r\nx\nw\nq\n")
    assert done.exit_code == 0, done.output
    assert "1 right, 1 wrong, 0 unsure" in done.output
    assert len(read_verdicts(data_dir)) == 2
    again = runner.invoke(app, arguments, input="u\n")
    assert "1 right, 1 wrong, 1 unsure" in again.output


def test_the_command_writes_a_sheet(data_dir: Path):
    path = data_dir / "sheet.html"
    done = CliRunner().invoke(
        app,
        ["spot-check", "--n", "4", "--seed", "5", "--export", str(path), "--data", str(data_dir)],
    )
    assert done.exit_code == 0, done.output
    assert path.read_text("utf-8").count("<article") == 4
