"""`gongkai offices`: what it proposes for a site, what it writes, lists, shows and checks."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from crawler import sample_site
from crawler.discovery.naming import names_of, office_in_title, organ_of, whereabouts_of
from crawler.sample_site import SITES
from gongkai.app import app

# site -> where to look, and what the row has to say; {base} is where the site is served.
SHOWN = [
    (
        "dated-detail",
        "/slj/",
        {
            "id": "cn-990100-shwj",
            "name": "云溪市水务局",
            "level": "city",
            "division_code": "990100",
            "entry_urls": "{base}/slj/zfxxgk/nb/",
            "expected_years": "2015-2023",
        },
    ),
    (
        "dated-detail",
        "/yjj/zfxxgk/nb/",
        {"id": "cn-990100-yjj", "name": "云溪市应急管理局", "expected_years": "2022-2023"},
    ),
    (
        "art-col",
        "/",
        {
            "id": "cn-990231-jtj",
            "name": "青屿县教育和体育局",
            "level": "county",
            "division_code": "990231",
            "entry_urls": "{base}/col/col1229501/index.html",
            "expected_years": "2017-2022",
        },
    ),
    (
        "json-listing",
        "/",
        {
            "id": "cn-990300-wgl",
            "name": "澜江市文化广电旅游局",
            "level": "city",
            "division_code": "990300",
            "entry_urls": "{base}/gkmlpt/api/all/3021?page=1&sid=990301",
            "expected_years": "2018-2023",
        },
    ),
    (
        "channel-inline",
        sample_site.CHANNEL,
        {
            "id": "cn-371500-wsb",
            "name": "聊城市人民政府外事办公室",
            "level": "city",
            "province": "山东省",
            "city": "聊城市",
            "entry_urls": "{base}" + sample_site.CHANNEL + "/",
            "expected_years": "",
        },
    ),
]


def run(*arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(app, ["offices", *arguments], input=answer)


def written(registry: Path) -> list[dict[str, str]]:
    with registry.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def served(request: pytest.FixtureRequest) -> Iterator[str]:
    site = SITES.get(request.param)
    with sample_site.serve(site.pages if site else None) as base:
        yield base


@pytest.mark.parametrize(
    ("family", "served", "path", "row"),
    [(family, family, path, row) for family, path, row in SHOWN],
    indirect=["served"],
)
def test_a_site_is_added_by_its_address(family, served, path, row, tmp_path):
    result = run("add", served + path, "--yes", "--data", str(tmp_path))
    assert result.exit_code == 0, result.output
    [found] = written(tmp_path / "offices.csv")
    assert found["family"] == family
    expected = {name: value.replace("{base}", served) for name, value in row.items()}
    assert {name: found[name] for name in expected} == expected
    # What is written is what a crawl finds: the reports of the sample, read without an error.
    crawled = CliRunner().invoke(app, ["crawl", found["id"], "--data", str(tmp_path / "x"),
                                       "--offices", str(tmp_path / "offices.csv")])  # fmt: skip
    assert crawled.exit_code == 0, crawled.output
    assert "0 errors" in result.output
    assert "tables-2021" in result.output


served_trs = pytest.mark.parametrize("served", ["dated-detail"], indirect=True)


@served_trs
@pytest.mark.parametrize(
    ("answer", "rows", "code"), [("y\n", 1, 0), ("\n", 1, 0), ("n\n", 0, 0), ("", 0, 1)]
)
def test_a_row_is_written_when_a_person_agrees(served, tmp_path, answer, rows, code):
    registry = tmp_path / "mine.csv"
    result = run(
        "add", f"{served}/yjj/", "--into", str(registry), "--data", str(tmp_path), answer=answer
    )
    assert result.exit_code == code, result.output
    assert (len(written(registry)) if registry.exists() else 0) == rows


@served_trs
def test_what_a_person_knows_better_is_taken(served, tmp_path):
    result = run(
        "add", f"{served}/yjj/", "--yes", "--data", str(tmp_path), "--id", "cn-371502-yjj",
        "--name", "东昌府区应急管理局", "--division", "371502", "--level", "county",
        "--family", "generic",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    [found] = written(tmp_path / "offices.csv")
    assert (found["id"], found["name"], found["family"]) == (
        "cn-371502-yjj",
        "东昌府区应急管理局",
        "",
    )
    assert (found["aliases"], found["county"]) == ("云溪市应急管理局", "东昌府区")


@served_trs
def test_a_site_without_reports_gets_no_row(served, tmp_path):
    result = run("add", f"{served}/zwdt/", "--yes", "--data", str(tmp_path))
    assert result.exit_code == 3
    assert "No report was read on" in result.output
    assert not (tmp_path / "offices.csv").exists()


def test_a_list_of_titles_cut_short_is_known_by_its_addresses(site, tmp_path):
    site.fill()
    names = [
        (f"./20{year}01/t20{year}0110_{year}.html", "平湖市测试局政府信息…") for year in (22, 21)
    ]
    site.pages["/nb/"] = site.Answer(site.listing(names))
    for year in (22, 21):
        site.pages[f"/nb/20{year}01/t20{year}0110_{year}.html"] = site.Answer(
            site.report(1999 + year)
        )
    result = run("add", f"{site.url}/nb/", "--yes", "--data", str(tmp_path))
    assert result.exit_code == 0, result.output
    [found] = written(tmp_path / "offices.csv")
    assert (found["family"], found["entry_urls"]) == ("dated-detail", f"{site.url}/nb/")
    assert found["name"] == "平湖市测试局"


def test_a_column_on_another_host_is_named(site, other_site, tmp_path):
    site.fill()
    address = f"{other_site.url}/nb/"
    site.pages["/"] = site.Answer(site.listing([(address, "政府信息公开年报")], "测试局"))
    result = run("add", f"{site.url}/", "--yes", "--data", str(tmp_path))
    assert result.exit_code == 3
    assert f"perhaps {address}" in result.output
    assert not other_site.requests


@served_trs
def test_an_office_is_not_added_twice(served, tmp_path):
    assert run("add", f"{served}/yjj/", "--yes", "--data", str(tmp_path)).exit_code == 0
    result = run("add", f"{served}/yjj/", "--yes", "--data", str(tmp_path))
    assert result.exit_code == 2
    assert "line 2: cn-990100-yjj is there already" in result.output


@pytest.mark.parametrize(
    ("address", "code", "says"),
    [
        ("http://127.0.0.1:9/", 4, "cannot be reached: the connection was refused"),
        ("mailto:a@b", 2, "“mailto:a@b” is no http or https address"),
        ("http://a b/", 2, "“http://a b/” is no http or https address"),
        ("http://a.cn/\nx", 2, "is no http or https address"),
        ("http://[::1", 2, "“http://[::1” is no http or https address"),
    ],
)
def test_a_site_that_cannot_be_looked_at_is_one_sentence(tmp_path, address, code, says):
    result = run("add", address, "--yes", "--data", str(tmp_path))
    assert result.exit_code == code
    assert says in result.output
    assert "Traceback" not in result.output


def test_a_wrong_option_is_one_sentence(site, tmp_path):
    site.fill()
    for option, value, says in (
        ("--division", "37", "division_code: must be like 371500; give --division."),
        ("--level", "nation", "level: must be one of national, province, city, county, township;"),
        ("--family", "trs", "family: must be one of art-col, channel-inline, dated-detail,"),
        ("--id", "no id", "id: must be like cn-371500-wsb; give --id."),
    ):
        result = run("add", site.url + "/", "--yes", option, value, "--data", str(tmp_path))
        assert result.exit_code == 2
        assert says in result.output
    assert site.requests == []  # known before the site is asked


def test_robots_are_obeyed_when_looking(site, tmp_path):
    site.fill()
    site.pages["/robots.txt"] = site.Answer(
        "User-agent: *\nDisallow: /\n", content_type="text/plain"
    )
    result = run("add", site.url + "/", "--yes", "--data", str(tmp_path))
    assert result.exit_code == 4
    assert set(site.asked()) == {"/robots.txt"}


HEAD = "id,name,level,division_code,family,entry_urls\n"
GOOD = (
    "cn-371502-slj,东昌府区水利局,county,371502,dated-detail,http://127.0.0.1:9/nb/\n"
    "cn-371500-czj,聊城市财政局,city,371500,,http://127.0.0.1:9/czj/\n"
)


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    path = tmp_path / "offices.csv"
    path.write_text(HEAD + GOOD, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ((), ["cn-371502-slj", "cn-371500-czj"]),
        (("--level", "city"), ["cn-371500-czj"]),
        (("--family", "dated-detail"), ["cn-371502-slj"]),
        (("--province", "山东省"), ["cn-371502-slj", "cn-371500-czj"]),
        (("--place", "东昌府区"), ["cn-371502-slj"]),
        (("cn-3715*",), ["cn-371502-slj", "cn-371500-czj"]),
        (("cn-371500-czj",), ["cn-371500-czj"]),
    ],
)
def test_offices_are_listed(registry, options, ids):
    result = run("list", *options, "--offices", str(registry))
    assert result.exit_code == 0, result.output
    assert [line.split("\t")[0] for line in result.stdout.splitlines()] == ids


def test_no_office_like_that_is_nothing_found(registry):
    assert run("list", "--level", "township", "--offices", str(registry)).exit_code == 3
    for option, value in (("--level", "town"), ("--family", "trs")):
        result = run("list", option, value, "--offices", str(registry))
        assert result.exit_code == 2
        assert f"{option[2:]}: must be one of" in result.stderr


def test_an_office_is_shown_with_its_place_in_the_file(registry):
    result = run("show", "cn-371500-czj", "--offices", str(registry))
    assert result.exit_code == 0
    assert f"{registry}, line 3" in result.stdout
    assert "山东省" in result.stdout
    result = run("show", "cn-3715*", "--offices", str(registry))
    assert [part.split()[1] for part in result.stdout.split("\n\n")][:2] == [
        "cn-371502-slj", "cn-371500-czj",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "code", "says"),
    [
        ("", 0, "2 offices can be used (1 city, 1 county); 0 cannot."),
        ("cn-1-x,某局,city,,trs,http://127.0.0.1:9/\n", 2, "line 4, column family: must be one of"),
    ],
)
def test_a_registry_is_checked(registry, row, code, says):
    registry.write_text(HEAD + GOOD + row, encoding="utf-8")
    result = run("check", "--offices", str(registry))
    assert result.exit_code == code
    assert says in result.output


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (HEAD.encode(), "There is no office in"),
        (
            f"{HEAD}{GOOD}".replace("id,", "编号,").encode("gb18030"),
            "is not in UTF-8; save the file",
        ),
    ],
)
def test_a_registry_of_which_nothing_can_be_crawled_is_one_sentence(
    registry, tmp_path, content, says
):
    registry.write_bytes(content)
    result = CliRunner().invoke(app, ["crawl", "--data", str(tmp_path)])
    assert result.exit_code == 2
    assert says in result.stderr
    assert str(registry) in result.stderr
    assert not (tmp_path / "crawl.json").exists()


@pytest.mark.parametrize("served", ["dated-detail"], indirect=True)
def test_the_next_command_is_told_with_its_data(served, tmp_path):
    result = run("add", f"{served}/yjj/", "--yes", "--data", str(tmp_path))
    assert f"Next: gongkai crawl cn-990100-yjj --data {tmp_path}\n" in result.output


def test_entry_pages_are_tried(site, registry, tmp_path):
    site.fill()
    row = f"cn-1-x,平湖市测试局,city,,,{site.url}/nb/\n"
    registry.write_text(HEAD + GOOD + row, encoding="utf-8")
    result = run("check", "--live", "--offices", str(registry), "--data", str(tmp_path))
    assert result.exit_code == 1
    assert "cn-1-x: ok: its entry page lists reports" in result.output
    assert "cn-371500-czj: unreachable: " in result.output


@pytest.mark.parametrize("command", ["crawl", "build"])
def test_a_wrong_row_is_told_and_costs_no_other_office(site, registry, tmp_path, command):
    site.fill()
    good = f"cn-990000-test,平湖市测试局,city,,,{site.url}/nb/\n"
    registry.write_text(HEAD + good + "cn-1-x,某局,village,,,http://127.0.0.1:9/\n", "utf-8")
    crawled = CliRunner().invoke(app, ["crawl", "--data", str(tmp_path)])
    assert "cn-990000-test: 4 report pages" in crawled.output
    result = CliRunner().invoke(app, [command, "--data", str(tmp_path)])
    assert "line 3, column level: must be one of" in result.output
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("title", "office"),
    [
        ("云溪市水务局2023年政府信息公开工作年度报告", "云溪市水务局"),
        ("2022年度青屿县教育和体育局政府信息公开工作年度报告", "青屿县教育和体育局"),
        ("2009上海市统计局信息公开年度报告", "上海市统计局"),
        ("2023年政府信息公开工作年度报告", ""),
        ("我局2023年政府信息公开工作年度报告", ""),
        ("政府信息公开年报", ""),
    ],
)
def test_the_office_in_a_title(title, office):
    assert office_in_title(title) == office


@pytest.mark.parametrize(
    ("titles", "read", "markup", "name", "others"),
    [
        (["甲市水利局2023年政府信息公开年报"], [], "", "甲市水利局", ()),
        ([], ["甲市水利局", "甲市水务局", "甲市水利局"], "", "甲市水利局", ("甲市水务局",)),
        ([], [], "<p>主办单位：甲市水利局 承办单位：乙公司</p>", "甲市水利局", ()),
        ([], [], '<meta name="SiteName" content="甲市水利局">', "甲市水利局", ()),
        ([], [], '<meta name="SiteName" content="甲市政府门户网站">', "", ()),
        ([], [], "<p>没有</p>", "", ()),
    ],
)
def test_the_name_of_an_office(titles, read, markup, name, others):
    found = names_of(titles, read, [markup])
    assert (found.name, found.others) == (name, others)


@pytest.mark.parametrize(
    ("name", "footer", "level", "code", "says"),
    [
        ("聊城市水利局", "网站标识码：3715000012", "city", "371500", "3715000012"),
        ("东昌府区水利局", "网站标识码：3715000012", "county", "371502", "and the name"),
        ("水利局", "网站标识码3715000012", "city", "371500", "3715000012"),
        ("聊城市水利局", "", "city", "371500", "the name"),
        ("朝阳区教育局", "", "", "", "北京市朝阳区 110105 or 吉林省长春市朝阳区 220104"),
        ("朝阳区教育局", "网站标识码：2201040001", "county", "220104", "and the name"),
        ("石家庄市水利局", "网站标识码：3715000012", "city", "371500", "does not agree"),
        ("某局", "", "", "", "give --division"),
        ("某局", "网站标识码：0000000000", "", "", "give --division"),
        ("新源镇人民政府", "网站标识码：0000000000", "township", "", "give --division"),
        ("教育部", "网站标识码：bm05000001", "national", "000000", "State Council"),
        ("东昌府区柳园街道办事处", "网站标识码：3715020001", "township", "371502", "3715020001"),
    ],
)
def test_where_an_office_is(name, footer, level, code, says):
    found = whereabouts_of(name, [f"<div>{footer}</div>"])
    assert (found.level, found.division_code) == (level, code)
    assert says in found.said


@pytest.mark.parametrize(
    ("name", "host", "organ"),
    [
        ("聊城市人民政府外事办公室", "wsb.liaocheng.gov.cn", "wsb"),
        ("青屿县教育和体育局", "www.x.gov.cn", "jtj"),
        ("某某服务中心", "fwzx.x.gov.cn", "fwzx"),
        ("某某服务中心", "www.x.gov.cn", ""),
        ("某某服务中心", "127.0.0.1:80", ""),
    ],
)
def test_the_short_word_of_an_organ(name, host, organ):
    assert organ_of(name, host) == organ
