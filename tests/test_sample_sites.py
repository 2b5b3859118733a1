"""Sites of three families: what a crawl finds by a row alone, and what is read, is true."""

from __future__ import annotations

import csv
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import lxml.html
import pytest
from typer.testing import CliRunner

from crawler import sample_site
from crawler.offices import read_rows, served_at
from crawler.run import crawl
from crawler.sample_site import SITES, SampleSite
from datasets.tables import read_frame
from gongkai.app import app

RUNNER = CliRunner()


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class Built:
    """A site, crawled by its rows and built."""

    site: SampleSite
    data: Path
    base: str


@pytest.fixture(scope="module", params=list(SITES))
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Built]:
    site = SITES[request.param]
    data = tmp_path_factory.mktemp(site.folder.name)
    offices = {row["office_id"] for row in rows(site.reports)}
    with sample_site.serve(site.pages) as base:
        text = sample_site.OFFICES.read_text("utf-8").replace("http://127.0.0.1", base)
        head, *lines = text.splitlines()
        mine = [line for line in lines if line.split(",")[0] in offices]
        (data / "offices.csv").write_text("\n".join([head, *mine]) + "\n", encoding="utf-8")
        result = RUNNER.invoke(app, ["crawl", "--data", str(data)])
        assert result.exit_code == 0, result.output
        result = RUNNER.invoke(app, ["build", "--data", str(data)])
        assert result.exit_code == 0, result.output
        yield Built(site, data, base)


def test_every_report_is_found_and_covered(built: Built) -> None:
    coverage = read_frame(built.data, "coverage")
    found = {
        (str(row.office_id), int(row.report_year)): str(row.status) for row in coverage.itertuples()
    }
    stated = {(row["office_id"], int(row["report_year"])) for row in rows(built.site.reports)}
    assert found == dict.fromkeys(stated, "parsed")


def test_every_figure_is_the_stated_one(built: Built) -> None:
    observations = read_frame(built.data, "observations").astype(object)
    observations = observations.where(observations.notna(), None)
    read = {
        (
            row["office_id"],
            row["report_year"],
            row["indicator"],
            row["applicant"] or "",
            row["value"],
            row["status"],
            row["source"],
        )
        for row in observations.to_dict("records")
    }
    stated = {
        (
            row["office_id"],
            int(row["report_year"]),
            row["indicator"],
            row["applicant"],
            float(row["value"]) if row["value"] else None,
            row["status"],
            row["source"],
        )
        for row in rows(built.site.truth)
    }
    assert read == stated


def test_every_report_has_the_facts_of_its_page(built: Built) -> None:
    reports = read_frame(built.data, "reports").astype(object)
    names = ("office_id", "report_year", "layout", "published_on", "period_start", "period_end")
    read = {tuple(str(row[name])[:20] for name in names) for row in reports.to_dict("records")}
    assert {tuple(re.sub(r" 00:00:00$", "", one) for one in row) for row in read} == {
        tuple(row[name] for name in names) for row in rows(built.site.reports)
    }


def test_the_figures_add_up(built: Built) -> None:
    findings = read_frame(built.data, "findings")
    assert set(findings["severity"].dropna()) <= {"note"}


def test_nothing_outside_the_office_is_asked_for(built: Built) -> None:
    captures = read_frame(built.data, "captures")
    asked = set(captures.loc[captures["office_id"].str.endswith("-yjj"), "url"])
    assert not [url for url in asked if "/slj/" in url]


def test_the_pages_link_to_pages(built: Built) -> None:
    waiting, seen = [f"{built.base}/"], set()
    while waiting:
        url = waiting.pop().partition("#")[0]
        if url in seen or urlsplit(url).netloc != urlsplit(built.base).netloc:
            continue
        seen.add(url)
        if "visitcount" in url or url.endswith("W020230119.png"):
            continue
        with urllib.request.urlopen(url) as response:
            body = response.read()
            if response.headers["Content-Type"].startswith("text/html"):
                page = lxml.html.fromstring(body)
                waiting += [urljoin(url, one) for one in page.xpath("//@href | //@src")]
    assert len(seen) >= 5


def test_an_office_of_a_known_family_is_one_row(tmp_path: Path) -> None:
    registry = tmp_path / "offices.csv"
    with sample_site.serve(SITES["dated-detail"].pages) as base:
        registry.write_text(
            "id,name,family,entry_urls\n"
            f"cn-990100-yjj,云溪市应急管理局,dated-detail,{base}/yjj/zfxxgk/nb/\n",
            encoding="utf-8",
        )
        result = crawl(data_dir=tmp_path / "data", offices_path=registry)
    [office] = result.offices
    assert (office.verdict, office.report_years) == ("ok", [2022, 2023])


@pytest.mark.parametrize("family", list(SITES))
def test_a_site_is_found_from_its_home_page(family: str, tmp_path: Path) -> None:
    """Without an entry page the columns lead to the list, whatever the family keeps it in."""
    site = SITES[family]
    with sample_site.serve(site.pages) as base:
        offices = [
            served_at(office, base)
            for office in read_rows(sample_site.OFFICES, problem=pytest.fail)
            if office.family == family
        ]
        registry = tmp_path / "offices.csv"
        home = {"dated-detail": f"{base}/slj/"}.get(family, f"{base}/")
        registry.write_text(
            f"id,name,home_url\n{offices[0].id},{offices[0].name},{home}\n", encoding="utf-8"
        )
        result = crawl(data_dir=tmp_path / "data", offices_path=registry)
    stated = [
        int(row["report_year"]) for row in rows(site.reports) if row["office_id"] == offices[0].id
    ]
    assert result.offices[0].report_years == sorted(stated)
