"""Many offices: what each is, and coverage and figures by level and division."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import gongkai
from crawler.offices import Office
from datasets.build import build
from datasets.formats.duckdb_file import export_duckdb
from datasets.national import NoGrouping, coverage_by, totals_by
from datasets.registry import columns, panel_columns
from datasets.tables import offices_built, read_rows
from gongkai.app import app
from gongkai.exit_codes import ExitCode

# Number of the small office -> what a registry says of it; the last one is in no registry.
PLACES = {
    0: ("city", "371500", "山东省", "聊城市", ""),
    1: ("county", "371502", "山东省", "聊城市", "东昌府区"),
    2: ("county", "371521", "山东省", "聊城市", "阳谷县"),
    3: ("province", "130000", "河北省", "", ""),
    4: ("county", "130102", "河北省", "石家庄市", "长安区"),
    5: ("national", "000000", "", "", ""),
}
YEARS = (2015, 2016)
# The one that is a government; the others are organs.
GOVERNMENT = 3


def office(office_id: str, number: int) -> Office:
    level, code, province, city, county = PLACES[number]
    return Office(
        id=office_id,
        name="河北省人民政府" if number == GOVERNMENT else f"青川市第{number}局",
        home_url=f"http://o{number}.example/",
        level=level,
        division_code=code,
        province=province,
        city=city,
        county=county,
    )


@pytest.fixture(scope="module", params=["single", "partitioned"])
def country(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    small_office_id: Callable[[int], str],
    small_archive: Callable[[Path, int, Iterable[int]], None],
) -> Path:
    data_dir = tmp_path_factory.mktemp("national")
    small_archive(data_dir, len(PLACES) + 1, YEARS)
    known = {small_office_id(number): office(small_office_id(number), number) for number in PLACES}
    build(data_dir, known, arrangement=request.param)
    return data_dir


def test_every_office_has_one_row_that_says_what_it_is(
    country: Path, small_office_id: Callable[[int], str]
):
    rows = {row["office_id"]: row for row in read_rows(country, "offices")}
    assert sorted(rows) == offices_built(country)
    one = rows[small_office_id(1)]
    assert (one["name"], one["level"], one["county"]) == ("青川市第1局", "county", "东昌府区")
    assert (one["expected_from"], one["expected_until"], one["family"]) == (2014, 2023, "generic")
    assert rows[small_office_id(3)]["city"] is None
    unknown = rows[small_office_id(len(PLACES))]
    assert unknown["name"] is unknown["level"] is unknown["family"] is None
    assert unknown["expected_from"] == 2014


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("level", [("national",), ("province",), ("city",), ("county",), (None,)]),
        ("province", [("山东省",), ("河北省",), (None,)]),
        ("city", [("山东省", "聊城市"), ("河北省", "石家庄市"), ("河北省", None), (None, None)]),
        ("family", [("generic",), (None,)]),
    ],
)
def test_coverage_is_counted_by_group(country: Path, by: str, groups: list[tuple[str | None, ...]]):
    counted = coverage_by(country, by)
    assert list(counted) == groups
    rows = Counter((row["report_year"], row["status"]) for row in read_rows(country, "coverage"))
    assert sum(counted.values(), Counter()) == rows


def test_coverage_of_some_offices_is_counted(country: Path, small_office_id: Callable[[int], str]):
    some = sorted(small_office_id(number) for number in (1, 2, 3))
    counted = coverage_by(country, "level", some)
    assert list(counted) == [("province",), ("county",)]
    assert counted[("county",)][2015, "parsed"] == 2


def test_figures_are_added_up_by_group_and_year(country: Path):
    found = totals_by(country, "province", ["applications_received"])
    received = {
        row["office_id"]: row["applications_received"]
        for row in read_rows(country, "panel")
        if row["report_year"] == 2016
    }
    of_province = {row["office_id"]: row["province"] for row in read_rows(country, "offices")}
    of_kind = {row["office_id"]: row["kind"] for row in read_rows(country, "offices")}
    for province in ("山东省", "河北省", None):
        for kind in {of_kind[one] for one, name in of_province.items() if name == province}:
            total = found[(province, kind), 2016]["applications_received"]
            values = [
                received[one]
                for one, name in of_province.items()
                if (name, of_kind[one]) == (province, kind)
            ]
            assert total.value == sum(values)
            assert (total.n_offices, total.n_inexact) == (len(values), 0)
            assert total.forms == ("narrative-2008",)
    assert {key[0] for key in found} >= {("河北省", "government"), ("河北省", "organ")}


def test_a_figure_that_nobody_states_has_no_sum(country: Path):
    total = totals_by(country, "level", ["applications_granted"])[("county", "organ"), 2015]
    assert total["applications_granted"].value is None
    assert total["applications_granted"].n_offices == 0


@pytest.mark.parametrize(
    ("by", "figures", "words"),
    [
        ("organ", ["applications_received"], "by level, province, city, county or family, not by"),
        ("level", ["granted_share"], "no column granted_share that can be added up"),
        ("level", ["nonsense"], "no column nonsense"),
    ],
)
def test_what_cannot_be_put_together_is_said(
    country: Path, by: str, figures: list[str], words: str
):
    with pytest.raises(NoGrouping, match=words):
        totals_by(country, by, figures)


def test_offices_that_nobody_describes_cannot_be_grouped(country: Path, tmp_path: Path):
    shutil.copytree(country / "archive", tmp_path / "archive")
    build(tmp_path, {})
    done = CliRunner().invoke(app, ["coverage", "--by", "level", "--data", str(tmp_path)])
    assert done.exit_code == ExitCode.USAGE
    assert "Nothing says the level of the offices" in done.output


def test_a_frame_of_totals_for_notebooks(country: Path):
    frame = gongkai.totals("applications_received", by="city", data=country)
    assert list(frame.columns) == [
        "province",
        "city",
        "kind",
        "report_year",
        "applications_received",
        "applications_received__offices",
        "applications_received__inexact",
        "applications_received__forms",
    ]
    liaocheng = frame[(frame["city"] == "聊城市") & (frame["report_year"] == 2016)]
    assert liaocheng["applications_received__offices"].tolist() == [3]
    county = gongkai.totals("applications_received", by="level", data=country, office="cn-*-o1")
    assert county["level"].tolist() == ["county", "county"]


@pytest.mark.parametrize(
    ("by", "words"),
    [
        ("level", "county 3 0% 100% 100% 0%"),
        ("city", "山东省 聊城市 3 0% 100%"),
        ("province", "not known 2 0% 100%"),
    ],
)
def test_the_command_says_the_share_of_offices_that_were_read(country: Path, by: str, words: str):
    done = CliRunner(env={"COLUMNS": "200"}).invoke(
        app, ["coverage", "--by", by, "--data", str(country)]
    )
    assert done.exit_code == ExitCode.OK, done.output
    assert words in " ".join(done.output.split())


@pytest.mark.parametrize("copy", [False, True])
def test_the_duckdb_file_answers_for_the_country(country: Path, tmp_path: Path, copy: bool):
    path = export_duckdb(country, tmp_path / "gongkai.duckdb", copy=copy)
    is_partitioned = (country / "dataset" / "panel").is_dir()
    with duckdb.connect(str(path), read_only=True) as connection:
        kinds = dict(
            connection.execute(
                "SELECT table_name, table_type FROM information_schema.tables"
            ).fetchall()
        )
        assert kinds["panel"] == ("VIEW" if is_partitioned and not copy else "BASE TABLE")
        assert kinds["codebook"] == "BASE TABLE"
        described = connection.execute("DESCRIBE panel").fetchall()
        assert [row[0] for row in described] == [one.name for one in columns("panel")]
        assert {row[0]: row[1] for row in described}["report_year"] == "SMALLINT"
        counted = connection.execute(
            "SELECT offices FROM coverage_by_level "
            "WHERE level = 'county' AND report_year = 2015 AND status = 'parsed'"
        ).fetchall()
        assert counted == [(3,)]
        ours = totals_by(country, "province", ["applications_received"])
        theirs = connection.execute(
            "SELECT province, kind, report_year, applications_received, "
            "applications_received__offices, applications_received__inexact, "
            "applications_received__forms FROM totals_by_province"
        ).fetchall()
        assert {((row[0], row[1]), row[2]): row[3:] for row in theirs} == {
            key: (one.value, one.n_offices, one.n_inexact, " ".join(one.forms))
            for key, totals in ours.items()
            for one in [totals["applications_received"]]
        }
        (comment,) = connection.execute(
            "SELECT comment FROM duckdb_columns() WHERE table_name = 'panel' "
            "AND column_name = 'applications_received'"
        ).fetchone()
        assert panel_columns()["applications_received"].label_en in comment
        named = connection.execute(
            "SELECT count(*) FROM panel_offices WHERE city = '聊城市' AND report_year = 2016"
        ).fetchone()
        assert named == (3,)


def test_an_office_that_is_described_anew_changes_its_row_alone(
    country: Path, tmp_path: Path, small_office_id: Callable[[int], str]
):
    shutil.copytree(country, tmp_path / "copy")
    known = {small_office_id(number): office(small_office_id(number), number) for number in PLACES}
    moved = small_office_id(4)
    known[moved] = replace(known[moved], county="桥西区", notes="moved", line=7)
    summary = build(tmp_path / "copy", known, arrangement="partitioned")
    assert summary.n_parsed == 0
    rows = {row["office_id"]: row for row in read_rows(tmp_path / "copy", "offices")}
    before = {row["office_id"]: row for row in read_rows(country, "offices")}
    assert [one for one in rows if rows[one] != before[one]] == [moved]


@pytest.fixture
def late(tmp_path: Path, country: Path, small_office_id: Callable[[int], str]) -> Path:
    """The country in a year in which some offices follow the form of 2019 and some that of 2021."""
    shutil.copytree(country / "dataset", tmp_path / "dataset")
    forms = {small_office_id(1): "tables-2019", small_office_id(2): "tables-2021"}
    for path in sorted((tmp_path / "dataset").rglob("*.parquet")):
        name = path.relative_to(tmp_path / "dataset").parts[0]
        if name.partition(".")[0] != "panel":
            continue
        data = pq.ParquetFile(path).read()
        rows = data.to_pylist()
        for row in rows:
            if row["office_id"] in forms:
                for figure in ("normative_documents_in_force", "applications_other"):
                    row[figure] = 10.0
                    row[f"{figure}__status"] = "reported"
                    row[f"{figure}__qualifier"] = "at_least"
                    row[f"{figure}__form"] = forms[row["office_id"]]
        pq.write_table(pa.Table.from_pylist(rows, schema=data.schema), path)
    return tmp_path


def test_figures_that_mean_different_things_are_not_added_up(late: Path):
    figures = ("normative_documents_in_force", "applications_other")
    frame = gongkai.totals(*figures, by="level", data=late)
    (row,) = frame[(frame["level"] == "county") & (frame["report_year"] == 2016)].to_dict("records")
    assert pd.isna(row["normative_documents_in_force"])
    for figure in figures:
        assert row[f"{figure}__forms"] == "tables-2019 tables-2021"
        assert (row[f"{figure}__offices"], row[f"{figure}__inexact"]) == (2, 2)
    assert row["applications_other"] == 20
    frame = gongkai.totals(*figures, by="level", form="tables-2021", data=late)
    (row,) = frame[(frame["level"] == "county") & (frame["report_year"] == 2016)].to_dict("records")
    assert (row["normative_documents_in_force"], row["applications_other"]) == (10, 10)
    with pytest.raises(NoGrouping, match="no form tables-2020"):
        gongkai.totals(*figures, by="level", form="tables-2020", data=late)


def test_the_view_does_not_add_them_up_either(late: Path, tmp_path: Path):
    path = export_duckdb(late, tmp_path / "gongkai.duckdb")
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute(
            "SELECT normative_documents_in_force, normative_documents_in_force__offices, "
            "normative_documents_in_force__inexact, normative_documents_in_force__forms, "
            "applications_other FROM totals_by_level "
            "WHERE level = 'county' AND kind = 'organ' AND report_year = 2016"
        ).fetchall()
        (comment,) = connection.execute(
            "SELECT comment FROM duckdb_views() WHERE view_name = 'totals_by_level'"
        ).fetchone()
    assert found == [(None, 2, 2, "tables-2019 tables-2021", 20.0)]
    assert "never to be added up together" in comment
