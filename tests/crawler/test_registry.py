"""Registries: offices as rows, what is said about a wrong one, and which rows are meant."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.divisions import NATIONAL, division, divisions_named, level_of
from crawler.offices import (
    COLUMNS,
    Office,
    OfficeError,
    Selection,
    UnknownOffice,
    add_row,
    load_offices,
    read_office,
    read_rows,
    row_of,
    select_offices,
    stream_offices,
)

HEAD = "id,name,level,division_code,family,entry_urls,expected_years,required_years,notes\n"
WATER = "cn-371502-slj,东昌府区水利局,county,371502,dated-detail,http://a.example/nb/,2014-2023,,\n"
TAX = "cn-371500-swj,聊城市税务局,city,371500,,http://b.example/nb/|http://b.example/nb2/,,,\n"


def registry(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def read(path: Path, **selection: str) -> tuple[list[Office], list[str]]:
    problems: list[OfficeError] = []
    chosen = Selection.of((), **selection)
    return list(read_rows(path, problem=problems.append, selection=chosen)), [
        str(one) for one in problems
    ]


def test_a_row_says_what_a_file_says(tmp_path):
    row = registry(
        tmp_path / "a.csv",
        "id,name,former_names,aliases,level,division_code,family,entry_urls,home_url,"
        "expected_years,required_years,minimum_figures,delay_seconds,notes\n"
        "cn-371502-slj,东昌府区水利局,区水务局,区水利局|水利局,county,371502,dated-detail,"
        "http://a.example/nb/,http://a.example/,2015-2023,2019-2021|2023,"
        "tables-2021=150|*=3,5,更换过域名\n",
    )
    file = tmp_path / "a.toml"
    file.write_text(
        'id = "cn-371502-slj"\nname = "东昌府区水利局"\nformer_names = ["区水务局"]\n'
        'aliases = ["区水利局", "水利局"]\nlevel = "county"\ndivision = "371502"\n'
        'family = "dated-detail"\nentry_urls = ["http://a.example/nb/"]\n'
        'home_url = "http://a.example/"\nnotes = "更换过域名"\n[politeness]\ndelay_seconds = 5\n'
        "[expected]\nfrom_year = 2015\nuntil_year = 2023\nrequired_years = [2019, 2020, 2021, 2023]"
        '\nminimum_figures = { tables-2021 = 150, "*" = 3 }\n',
        encoding="utf-8",
    )
    [office], problems = read(row)
    assert not problems
    assert replace(office, source=None, line=None) == replace(read_office(file), source=None)
    assert (office.province, office.city, office.county) == ("山东省", "聊城市", "东昌府区")
    assert (office.source, office.line) == (row, 2)


def test_an_office_survives_being_written(tmp_path):
    path = tmp_path / "new" / "offices.csv"
    given = [*read(registry(tmp_path / "a.csv", HEAD + WATER + TAX))[0]]
    given.append(load_offices()["cn-371500-wsb"])
    for office in given:
        add_row(path, office)
    offices, problems = read(path)
    assert not problems
    assert [replace(one, source=None, line=None) for one in offices] == [
        replace(one, source=None, line=None) for one in given
    ]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("last", ["", "\n"])
def test_a_registry_keeps_its_bytes_when_a_row_is_added(tmp_path, ending, mark, last):
    text = "name,id,entry_urls\n" + '"聊城市""某""局",cn-1-a,http://a.example/' + last
    before = mark + text.replace("\n", ending).encode()
    path = tmp_path / "offices.csv"
    path.write_bytes(before)
    office = Office(id="cn-1-b", name="乙局", home_url="", entry_urls=("http://b.example/nb/",))
    add_row(path, office)
    after = path.read_bytes()
    assert after.startswith(before)
    assert [one.name for one in read(path)[0]] == ['聊城市"某"局', "乙局"]


@pytest.mark.parametrize(
    ("office", "says"),
    [
        (Office(id="cn-371502-slj", name="乙", home_url="http://b.example/"), "line 2: cn-3715"),
        (Office(id="cn-1-b", name="乙", home_url="http://b.example/"), "has no column home_url"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_added_changes_nothing(tmp_path, office, says):
    path = registry(tmp_path / "offices.csv", HEAD + WATER)
    before = path.read_bytes()
    with pytest.raises(OfficeError, match=says):
        add_row(path, office)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("../x,某局,,,,http://a.example/,,,", "column id: must be like cn-371500-wsb"),
        ("cn-1-x,,,,,http://a.example/,,,", "column name: is missing"),
        ("cn-1-x,某局,,,,,,,", "column home_url: is missing"),
        ("cn-1-x,某局,village,,,http://a.example/,,,", "column level: must be one of national, "),
        ("cn-1-x,某局,,3715,,http://a.example/,,,", "column division_code: must be like 371500"),
        ("cn-1-x,某局,,,trs,http://a.example/,,,", "column family: must be one of art-col, "),
        ("cn-1-x,某局,,,,ftp://a.example/,,,", "column entry_urls: “ftp://a.example/” is no http"),
        ("cn-1-x,某局,,,,http://a.example/,from 2014,,", "column expected_years: “from 2014” must"),
        ("cn-1-x,某局,,,,http://a.example/,2023-2014,,", "must be years in their order"),
        ("cn-1-x,某局,,,,http://a.example/,|,,", "column expected_years: “|” must be years like"),
        ("cn-1-x,某局,,,,http://a.example/,,20,", "column required_years: 20 is no year between"),
        ("cn-1-x,某局,,,,http://a.example/", ": 6 cells where line 1 names 9 columns"),
        ('cn-1-x,"某局,,,,http://a.example/,,,', ": a quotation mark is opened and not closed"),
        (
            "cn-371502-slj,某局,,,,http://a.example/,,,",
            "column id: cn-371502-slj is also the id in",
        ),
    ],
)
def test_a_wrong_row_is_one_sentence_and_costs_no_other(tmp_path, row, says):
    path = registry(tmp_path / "mine.csv", f"{HEAD}{WATER}{row}\n{TAX}")
    offices, problems = read(path)
    assert [office.id for office in offices] == ["cn-371502-slj", "cn-371500-swj"]
    [said] = problems
    assert said.startswith(f"Registry {path}, line 3")
    assert says in said
    assert "\n" not in said


def test_a_row_in_another_charset_costs_no_other(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_bytes(HEAD.encode() + WATER.encode() + TAX.encode("gb18030"))
    offices, [said] = read(path)
    assert [office.id for office in offices] == ["cn-371502-slj"]
    assert "line 3, column name: is not in UTF-8" in said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty; its first line names the columns"),
        ("id,name,nmae\n", "line 1: there is no column “nmae”; the columns are id, name"),
        ("id,home_url\n", "line 1: the column name is missing"),
        ("id,name,id\n", "line 1: the column id is there twice"),
    ],
)
def test_a_registry_without_its_columns_is_refused(tmp_path, text, says):
    path = registry(tmp_path / "mine.csv", text)
    with pytest.raises(OfficeError, match=says):
        read(path)


@pytest.mark.parametrize(
    ("selection", "ids"),
    [
        ({}, ["cn-371502-slj", "cn-371500-swj"]),
        ({"level": "city"}, ["cn-371500-swj"]),
        ({"family": "dated-detail"}, ["cn-371502-slj"]),
        ({"family": "generic"}, ["cn-371500-swj"]),
        ({"place": "东昌府区"}, ["cn-371502-slj"]),
        ({"place": "山东省"}, ["cn-371502-slj", "cn-371500-swj"]),
        ({"place": "3715"}, ["cn-371502-slj", "cn-371500-swj"]),
        ({"place": "371500", "level": "city"}, ["cn-371500-swj"]),
        ({"place": "江苏省"}, []),
    ],
)
def test_rows_are_selected(tmp_path, selection, ids):
    offices, problems = read(registry(tmp_path / "a.csv", HEAD + WATER + TAX), **selection)
    assert [office.id for office in offices] == ids
    assert not problems


@pytest.mark.parametrize(
    ("ids", "found"),
    [
        (["cn-371500-swj"], ["cn-371500-swj"]),
        (["cn-3715*"], ["cn-371502-slj", "cn-371500-swj", "cn-371500-wsb"]),
        (["cn-371500-wsb", "cn-371502*"], ["cn-371500-wsb", "cn-371502-slj"]),
        ([], ["cn-371502-slj", "cn-371500-swj"]),
    ],
)
@pytest.mark.parametrize("way", ["given", "in the data directory"])
def test_offices_are_chosen_by_id_or_its_beginning(tmp_path, monkeypatch, ids, found, way):
    monkeypatch.delenv("GONGKAI_OFFICES", raising=False)
    path = registry(tmp_path / "offices.csv", HEAD + WATER + TAX)
    where = {"path": path} if way == "given" else {"data_dir": tmp_path}
    assert [office.id for office in select_offices(ids, **where)] == found


def test_a_wrong_row_stops_nobody_who_asks_for_another(tmp_path):
    path = registry(tmp_path / "a.csv", f"{HEAD}cn-1-x,,,,,,,,\n{WATER}")
    assert select_offices(["cn-371502-slj"], path)[0].line == 3
    with pytest.raises(OfficeError, match="line 2, column name"):
        select_offices(["cn-1-x"], path)
    with pytest.raises(OfficeError, match="line 2, column name"):
        select_offices((), path)
    problems: list[OfficeError] = []
    assert [one.id for one in select_offices((), path, problems=problems)] == ["cn-371502-slj"]
    assert [one.office_id for one in problems] == ["cn-1-x"]


def test_an_unknown_office_among_many_is_told_the_nearest(tmp_path):
    rows = "".join(
        f"cn-{code}-czj,某局,,,,http://a.example/,,,\n" for code in range(110000, 110900)
    )
    path = registry(tmp_path / "a.csv", HEAD + rows)
    with pytest.raises(
        UnknownOffice, match=r"of 901 known offices the nearest are cn-110500-czj, "
    ):
        select_offices(["cn-110500-czy"], path)


def test_a_folder_may_hold_both_kinds(tmp_path):
    registry(tmp_path / "a.csv", HEAD + WATER + TAX)
    registry(tmp_path / "b.csv", HEAD + WATER)
    (tmp_path / "c.toml").write_text(
        'id = "cn-1-c"\nname = "丙局"\nhome_url = "http://c.example/"\n', encoding="utf-8"
    )
    (tmp_path / "d.toml").write_text('id = "cn-1-d"\n', encoding="utf-8")
    problems: list[OfficeError] = []
    offices = list(stream_offices(tmp_path, problem=problems.append))
    assert [one.id for one in offices] == ["cn-371502-slj", "cn-371500-swj", "cn-1-c"]
    twice, wrong = map(str, problems)
    assert f"{tmp_path / 'b.csv'}, line 2, column id: cn-371502-slj is also the id in" in twice
    assert f"{tmp_path / 'd.toml'}, key name: is missing" in wrong


def test_every_column_can_be_written(tmp_path):
    office = load_offices()["cn-371500-wsb"]
    assert list(row_of(office)) == list(COLUMNS)
    path = tmp_path / "a.csv"
    add_row(path, office)
    with path.open(encoding="utf-8", newline="") as file:
        [row] = csv.DictReader(file)
    assert row["required_years"] == "2014|2017-2023"
    assert row["delay_seconds"] == "3"


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("聊城市人民政府外事办公室", ["371500"]),
        ("山东省聊城市东昌府区水利局", ["371502"]),
        ("东昌府区水利局", ["371502"]),
        ("聊城外事办", ["371500"]),
        ("北京市朝阳区教育局", ["110105"]),
        ("朝阳区教育局", ["110105", "220104"]),
        ("吉林市财政局", ["220200"]),
        ("吉林省财政厅", ["220000"]),
        ("广西壮族自治区人民政府", ["450000"]),
        ("济源市水利局", ["419001"]),
        ("外交部", []),
        ("市外办", []),
    ],
)
def test_the_division_that_a_name_begins_with(name, codes):
    assert [one.code for one in divisions_named(name)] == codes


@pytest.mark.parametrize(
    ("code", "places"),
    [
        ("371502", ("山东省", "聊城市", "东昌府区")),
        ("371500", ("山东省", "聊城市", "")),
        ("370000", ("山东省", "", "")),
        ("110105", ("北京市", "", "朝阳区")),
        (NATIONAL, ("", "", "")),
    ],
)
def test_the_places_of_a_code(code, places):
    found = division(code)
    assert found is not None
    assert (found.province, found.city, found.county) == places


@pytest.mark.parametrize(
    ("code", "level"),
    [("000000", "national"), ("370000", "province"), ("371500", "city"), ("371502", "county")],
)
def test_the_level_of_a_code(code, level):
    assert level_of(code) == level
