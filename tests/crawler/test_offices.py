"""Office files: what is read, and what is said about a wrong one."""

from __future__ import annotations

import json

import pytest

from crawler.offices import (
    OfficeError,
    UnknownOffice,
    load_offices,
    office_from_json,
    office_to_json,
    read_office,
    select_offices,
    served_at,
)

GOOD = 'id = "cn-990000-x"\nname = "某局"\nhome_url = "http://127.0.0.1:8000/"\n'


def test_the_bundled_office_is_whole():
    office = load_offices()["cn-371500-wsb"]
    assert office.name == "聊城市人民政府外事办公室"
    assert office.hosts == ("wsb.liaocheng.gov.cn",)
    assert office.expected.required_years[0] == 2014
    assert not office.politeness.robots_override_reason


def test_an_office_survives_json():
    office = load_offices()["cn-371500-wsb"]
    assert office_from_json(json.loads(json.dumps(office_to_json(office)))) == office


def test_an_office_moves_to_another_host():
    office = served_at(load_offices()["cn-371500-wsb"], "http://127.0.0.1:8000")
    assert office.urls[0].startswith("http://127.0.0.1:8000/channel_lc_")
    assert office.hosts == ("127.0.0.1:8000",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id = ", "is no TOML in UTF-8"),
        (GOOD.replace("cn-990000-x", "../x"), "key id: must be like cn-371500-wsb"),
        (GOOD.replace("http://127.0.0.1:8000/", "file:///etc/passwd"), "key home_url"),
        (GOOD.replace("127.0.0.1:8000", "[half"), "is no http or https address"),
        (GOOD.replace('name = "某局"\n', ""), "key name: is missing"),
        (GOOD + 'nmae = "x"\n', "key nmae: there is no such key; the keys are id, name"),
        (GOOD + 'entry_urls = "http://x/"\n', "key entry_urls: 'http://x/' must be a list"),
        (GOOD + 'entry_urls = ["ftp://x/"]\n', "“ftp://x/” is no http or https address"),
        (GOOD + 'level = "village"\n', "must be one of national, province"),
        (GOOD + 'family = "x"\n', "key family: must be one of"),
        (GOOD + 'division = "37"\n', "key division_code"),
        (GOOD + 'hosts = ["http://x"]\n', "is no host"),
        (GOOD + "[politeness]\ndelay_seconds = -1\n", "politeness.delay_seconds: must be at least"),
        (GOOD + "[politeness]\nmax_requests = true\n", "True must be a whole number"),
        (GOOD + "[expected]\nfrom_year = 20\n", "expected.from_year: 20 is no year"),
        (GOOD + "[expected]\nfrom_year = 2020\nuntil_year = 2019\n", "is after until_year, 2019"),
        (GOOD + '[expected]\nminimum_figures = { a = "b" }\n', "whole numbers by layout"),
    ],
)
def test_a_wrong_file_is_one_sentence_with_file_and_key(tmp_path, text, says):
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(OfficeError) as told:
        read_office(path)
    assert says in str(told.value)
    assert str(path) in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("host", "more", "delay"),
    [
        ("127.0.0.1:8000", "", 0.0),
        ("localhost", "", 0.0),
        ("[::1]:80", "", 0.0),
        ("127.0.0.1:8000", "[politeness]\ndelay_seconds = 1\n", 1.0),
        ("wsb.example.cn", "", 2.0),
        ("127.0.0.1.example.cn", "", 2.0),
        ("127.0.0.1", 'hosts = ["wsb.example.cn"]\n', 2.0),
    ],
)
def test_only_a_copy_on_this_machine_is_crawled_without_a_pause(tmp_path, host, more, delay):
    path = tmp_path / "a.toml"
    path.write_text(GOOD.replace("127.0.0.1:8000", host) + more, encoding="utf-8")
    assert read_office(path).politeness.delay_seconds == delay


def test_an_unknown_office_lists_the_known_ones(tmp_path):
    (tmp_path / "a.toml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(UnknownOffice, match=r"“cn-1”.* are cn-371500-wsb, cn-990000-x"):
        select_offices(["cn-1"], tmp_path)


@pytest.mark.parametrize("way", ["file", "folder", "environment"])
def test_offices_of_ones_own_come_alone_when_none_is_named(tmp_path, monkeypatch, way):
    path = tmp_path / "a.toml"
    path.write_text(GOOD, encoding="utf-8")
    given = {"file": path, "folder": tmp_path, "environment": None}[way]
    if way == "environment":
        monkeypatch.setenv("GONGKAI_OFFICES", str(path))
    assert [office.id for office in select_offices((), given)] == ["cn-990000-x"]
    assert select_offices(["cn-371500-wsb"], given)[0].id == "cn-371500-wsb"


@pytest.mark.parametrize(
    ("names", "says"),
    [((), "There is no office file"), (("a", "b"), "cn-990000-x is also the id in")],
)
def test_a_folder_that_cannot_be_used(tmp_path, names, says):
    for name in names:
        (tmp_path / f"{name}.toml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(OfficeError, match=says):
        select_offices((), tmp_path)
