"""The explorer in a real browser: what it draws, and the way from a point to its words."""

import datetime as dt
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from typer.testing import CliRunner

from crawler.archive.writing import ArchiveWriter
from datasets.build import build
from gongkai.app import app
from gongkai.explorer import write_explorer
from gongkai.explorer.content import explorer_content
from tests.parsers.report_writing import Writing, make_report, write_page

OFFICE = "cn-371500-wsb-sample"
# A report of 2021 that is drawn with its first item in the form of 2019.
MIXED = 1
GONGKAI = Path(sys.executable).with_name("gongkai")
# Runs after the page's own script and leaves what it saw in the title, where a dump shows it.
PROBE = """
<script>
const seen = {{}};
const say = () => {{ document.title = JSON.stringify(seen); }};
const evidence = () => document.getElementById("evidence").hidden ? "" :
  document.getElementById("evidence-text").textContent;
{script}
</script>
"""


@pytest.fixture(scope="module")
def explorer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explorer")
    for command in (["demo"], ["explore", "--out", folder / "explorer.html"]):
        done = subprocess.run(
            [GONGKAI, *command, "--data", folder / "data"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return folder / "explorer.html"


def browser(page: str, *options: str, profile: Path) -> subprocess.CompletedProcess[str]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "these tests need Chromium: tests/run.sh installs it on Debian"
    command = [
        chromium,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        f"--user-data-dir={profile}",
        "--lang=en-US",
        "--enable-logging=stderr",
        "--window-size=1250,1700",
        "--virtual-time-budget=8000",
        *options,
        page,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=True)
    complaints = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert complaints == []
    return done


def probed(explorer: Path, tmp_path: Path, script: str, address: str = "") -> dict[str, object]:
    """What `script` notes in `seen` when it runs in the page."""
    copy = tmp_path / "probed.html"
    before, end, after = explorer.read_text("utf-8").rpartition("</body>")
    copy.write_text(before + PROBE.format(script=script) + end + after, "utf-8")
    done = browser(f"{copy.as_uri()}{address}", "--dump-dom", profile=tmp_path / "profile")
    title = re.search(r"<title>(.*?)</title>", done.stdout, re.DOTALL)
    assert title is not None
    noted: dict[str, object] = json.loads(title[1].replace("&lt;", "<").replace("&amp;", "&"))
    return noted


def test_it_shows_coverage_charts_and_every_figure(explorer: Path, tmp_path: Path) -> None:
    seen = probed(
        explorer,
        tmp_path,
        """
        seen.years = document.querySelectorAll("#coverage button").length;
        const absent = document.querySelectorAll("#coverage button.absent");
        seen.absent = [...absent].map((button) => button.dataset.year);
        seen.charts = document.querySelectorAll("#charts svg").length;
        setTimeout(() => { seen.rows = table.getDataCount(); say(); }, 1000);
        """,
    )
    content = explorer_content(explorer.parent / "data", [OFFICE])["offices"][0]
    assert seen["years"] == 10
    assert seen["absent"] == ["2015", "2016"]
    assert seen["charts"] == len(content["series"]) > 10
    assert seen["rows"] == len(content["figures"]) > 900


def test_the_table_is_in_the_order_of_the_form_and_can_be_filtered(
    explorer: Path, tmp_path: Path
) -> None:
    seen = probed(
        explorer,
        tmp_path,
        """
        const shownRows = () => table.getRows("active").map((row) => row.getData());
        const named = (f) => [f.report_year, f.indicator, f.applicant].join(" ");
        setTimeout(() => {
          seen.first = shownRows().slice(0, 2).map(named);
          table.setHeaderFilterValue("status", "blank");
          table.setHeaderFilterValue("indicator", "不予公开");
          table.setHeaderFilterValue("report_year", "2020");
          seen.blank = shownRows().length;
          table.clearHeaderFilter();
          table.setHeaderFilterValue("value", "4000");
          seen.large = shownRows().map(named);
          say();
        }, 1000);
        """,
    )
    assert seen == {
        "first": [
            "2023 applications.received natural_person",
            "2023 applications.received business",
        ],
        "blank": 56,
        "large": ["2022 disclosure.items_published "],
    }


def test_an_indicator_has_the_label_of_its_form(explorer: Path, tmp_path: Path) -> None:
    seen = probed(
        explorer,
        tmp_path,
        """
        language = 0;
        const label = (year, source) => indicatorLabel(figures(office).find((f) =>
          f.indicator === "applications.received" && f.report_year === year && f.source === source
        ));
        seen.labels = [label(2014, "narrative"), label(2020, "table"), label(2020, "narrative")];
        say();
        """,
    )
    prose = "收到…申请…件"
    assert seen["labels"] == [prose, "一、本年新收政府信息公开申请数量", prose]


@pytest.fixture(scope="module")
def odd_offices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Offices of one report; of one a total is blank, of one a table is in the older form."""
    data = tmp_path_factory.mktemp("odd")
    blank = re.sub(
        r"(（一）予以公开</td>(?:<td>\d+</td>){6})<td>\d+</td>",
        r"\1<td></td>",
        write_page(make_report(11, 2022, 1), Writing()).html,
    )
    pages = {
        "cn-000000-first": write_page(make_report(5, 2023, 1), Writing()).html,
        "cn-000000-second": blank,
        "cn-000000-mixed": write_page(make_report(MIXED, 2022, 1, mixed=True), Writing()).html,
    }
    for office, page in pages.items():
        with ArchiveWriter(data / "archive", office) as writer:
            writer.write_response(
                f"http://127.0.0.1/{office}",
                fetched_at=dt.datetime(2024, 3, 1, tzinfo=dt.UTC),
                header_block=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
                body=page.encode(),
                kind="report",
            )
    build(data, {})
    return data


def test_a_figure_added_up_from_applicants_shows_each_of_them(
    odd_offices: Path, tmp_path: Path
) -> None:
    page = write_explorer(
        odd_offices, ["cn-000000-first", "cn-000000-second"], tmp_path / "explorer.html"
    )
    seen = probed(
        page,
        tmp_path,
        """
        chooseOffice(CONTENT.offices[1]);
        const series = office.series.find((s) => s.column === "applications_granted");
        const place = office.years.findIndex((y) => y.year === 2022);
        seen.status = series.cells[place].status;
        seen.value = series.cells[place].value;
        showPoint(series, place);
        seen.shown = document.querySelectorAll("#evidence .figure").length;
        seen.evidence = evidence();
        seen.offices = document.querySelectorAll("#coverage tr").length - 1;
        say();
        """,
    )
    assert (seen["status"], seen["shown"], seen["offices"]) == ("computed", 7, 2)
    assert seen["value"]
    assert "（一）予以公开 × 商业企业" in str(seen["evidence"])


def test_a_year_of_another_office_shows_its_figures(odd_offices: Path, tmp_path: Path) -> None:
    page = write_explorer(
        odd_offices, ["cn-000000-first", "cn-000000-second"], tmp_path / "explorer.html"
    )
    seen = probed(
        page,
        tmp_path,
        """
        const other = CONTENT.offices[1];
        chooseYear(other, other.years.find((y) => y.year === 2022));
        setTimeout(() => {
          seen.office = office.id;
          seen.years = [...new Set(table.getRows("active").map((r) => r.getData().report_year))];
          seen.title = evidence();
          say();
        }, 1500);
        """,
    )
    assert (seen["office"], seen["years"]) == ("cn-000000-second", [2022])
    assert "2022" in str(seen["title"])


def test_a_figure_in_the_rows_of_another_form_shows_its_words(
    odd_offices: Path, tmp_path: Path
) -> None:
    page = write_explorer(odd_offices, ["cn-000000-mixed"], tmp_path / "explorer.html")
    seen = probed(
        page,
        tmp_path,
        """
        const place = office.years.findIndex((y) => y.year === 2022);
        seen.layout = office.years[place].layout;
        showPoint(office.series.find((s) => s.column === "normative_documents_made"), place);
        seen.evidence = evidence();
        say();
        """,
    )
    assert seen["layout"] == "tables-2021"
    assert "规范性文件 × 本年新制作数量" in str(seen["evidence"])


def explore(data: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [GONGKAI, "explore", "--data", data, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_offices_are_chosen_by_patterns(odd_offices: Path, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    done = explore(odd_offices, "--office", "cn-*-second", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "cn-000000-second" in out.read_text("utf-8")
    assert "cn-000000-first" not in out.read_text("utf-8")


def test_more_figures_than_a_page_holds_are_refused_in_one_sentence(
    odd_offices: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gongkai.commands.explore.MOST_FIGURES", 300)
    arguments = ["explore", "--data", str(odd_offices), "--out", str(tmp_path / "page.html")]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert re.search(
        r"3 offices of .* have \d+ figures, and one page shows at most 300", done.output
    )
    assert "--office 'cn-0000*'" in done.output
    assert not (tmp_path / "page.html").exists()
    done = CliRunner().invoke(app, [*arguments, "--office", "cn-000000-first"])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("column", "year", "words"),
    [
        ("applications_received", 2014, "没有收到政府信息公开申请"),
        ("applications_received", 2019, "一、本年新收政府信息公开申请数量 × 总计"),
        ("applications_refused", 2021, "属于国家秘密"),
        ("disclosure_items_published", 2022, "4000余条"),
        ("normative_documents_made", 2021, "redefined"),
        # The row has no label on the page: it is shown between its neighbours.
        ("applications_received", 2023, " | 3 |  |  |  |  |  | 3"),
        ("granted_share", 2023, "予以公开"),
    ],
)
def test_a_click_on_a_point_shows_the_words_it_came_from(
    explorer: Path, tmp_path: Path, column: str, year: int, words: str
) -> None:
    seen = probed(
        explorer,
        tmp_path,
        f"""
        const place = office.years.findIndex((y) => y.year === {year});
        const number = office.series.findIndex((s) => s.column === "{column}");
        const value = office.series[number].cells[place].value;
        const [x, y] = charts[number].convertToPixel({{ seriesIndex: 0 }}, [{year}, value]);
        const target = charts[number].getZr().painter.getViewportRoot();
        const box = target.getBoundingClientRect();
        for (const type of ["mousemove", "mousedown", "mouseup", "click"]) {{
          target.dispatchEvent(new MouseEvent(type,
            {{ bubbles: true, view: window, clientX: box.x + x, clientY: box.y + y }}));
        }}
        seen.evidence = evidence();
        say();
        """,
    )
    assert words in str(seen["evidence"])
    assert str(year) in str(seen["evidence"])


def test_a_click_on_a_row_shows_the_words_and_gives_an_address(
    explorer: Path, tmp_path: Path
) -> None:
    seen = probed(
        explorer,
        tmp_path,
        """
        setTimeout(() => {
          const row = document.querySelector("#figures .tabulator-row");
          row.dispatchEvent(new MouseEvent("click", { bubbles: true, view: window }));
          seen.evidence = evidence();
          seen.address = location.hash;
          say();
        }, 1000);
        """,
    )
    assert seen["evidence"]
    assert str(seen["address"]).startswith(f"#{OFFICE}/2023/")


def test_the_address_of_a_figure_opens_it(explorer: Path, tmp_path: Path) -> None:
    address = f"#{OFFICE}/2023/applications.received/total/table"
    seen = probed(explorer, tmp_path, "seen.evidence = evidence(); say();", address)
    assert "by position" in str(seen["evidence"])


def test_it_speaks_both_languages(explorer: Path, tmp_path: Path) -> None:
    seen = probed(
        explorer,
        tmp_path,
        """
        const heading = () => document.querySelector("h2").textContent;
        const caption = () => document.querySelector("figcaption").textContent;
        seen.before = [heading(), caption()];
        document.getElementById("language").click();
        seen.after = [heading(), caption()];
        say();
        """,
    )
    assert seen == {
        "before": ["Coverage", "Applications received"],
        "after": ["覆盖情况", "新收申请"],
    }


def shown_in_chinese(explorer: Path, tmp_path: Path, script: str) -> str:
    """The evidence that `script` opens when the page speaks Chinese."""
    script = f"language = 0; draw(); {script}; seen.evidence = evidence(); say();"
    return str(probed(explorer, tmp_path, script)["evidence"])


POINT = """
const series = office.series.find((s) => s.column === "{column}");
showPoint(series, office.years.findIndex((y) => y.year === {year}))
"""
YEAR = "chooseYear(office, office.years.find((y) => y.year === {year}))"


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (
            POINT.format(column="processing_fees_amount", year=2021),
            "名称改变：2019年格式未要求填报",
        ),
        (POINT.format(column="normative_documents_made", year=2021), "口径改变：“本年新制作数量”"),
        (POINT.format(column="applications_received", year=2019), "行，“总计”列"),
        (POINT.format(column="disclosure_items_published", year=2022), "部分，第"),
        (
            YEAR.format(year=2017),
            "declared-parts (警告)：报告的部分数与其自述一致（应为 12，实为 13）",
        ),
        (YEAR.format(year=2022), "（应为 ≥ 2022-12-31，实为 2022-12-26）"),
        (
            YEAR.format(year=2015),
            "空页面：在2017年与2014年的报告之间，网站列有8份题为“政府信息公开工作年度报告”",
        ),
    ],
)
def test_reasons_places_and_findings_are_said_in_chinese(
    explorer: Path, tmp_path: Path, script: str, words: str
) -> None:
    assert words in shown_in_chinese(explorer, tmp_path, script)


# How the evidence is opened, and which element is asked for afterwards.
OPENERS = {
    "a point": (
        'const plot = document.querySelector("#charts .chart"); plot.focus();'
        'for (const key of ["ArrowRight", "ArrowLeft", "Enter"]) plot.dispatchEvent('
        'new KeyboardEvent("keydown", { key, bubbles: true }));',
        "applications_received",
    ),
    "a year": (
        'const year = document.querySelector("#coverage button"); year.focus(); year.click();',
        "2014",
    ),
    "a row": (
        'const row = document.querySelector("#figures .tabulator-row"); row.focus();'
        'row.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));',
        "tabulator-row",
    ),
}
CLOSERS = {
    "Escape": 'document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));',
    "the cross": 'document.getElementById("close").click();',
}


@pytest.mark.parametrize("closer", CLOSERS.values(), ids=CLOSERS)
@pytest.mark.parametrize(("opener", "expected"), OPENERS.values(), ids=OPENERS)
def test_closing_the_evidence_leads_back_to_the_figure(
    explorer: Path, tmp_path: Path, opener: str, expected: str, closer: str
) -> None:
    seen = probed(
        explorer,
        tmp_path,
        f"""
        setTimeout(() => {{
          {opener}
          seen.opened = evidence() !== "";
          seen.inside = document.activeElement.id;
          {closer}
          setTimeout(() => {{
            const at = document.activeElement;
            seen.closed = evidence() === "";
            seen.back = [at.dataset.column, at.dataset.year, at.className].join(" ");
            say();
          }}, 500);
        }}, 1000);
        """,
    )
    assert (seen["opened"], seen["inside"], seen["closed"]) == (True, "evidence", True)
    assert expected in str(seen["back"])


def test_the_evidence_changes_its_language_with_the_page(explorer: Path, tmp_path: Path) -> None:
    seen = probed(
        explorer,
        tmp_path,
        POINT.format(column="normative_documents_made", year=2021)
        + """;
        seen.english = evidence().includes("another act");
        document.getElementById("language").click();
        seen.chinese = evidence().includes("行为也不同");
        say();
        """,
    )
    assert seen == {"english": True, "chinese": True}


def test_signs_are_explained_where_they_are_seen(explorer: Path, tmp_path: Path) -> None:
    seen = probed(
        explorer,
        tmp_path,
        """
        const hinted = document.querySelectorAll(".hint");
        const hints = () => [...hinted].map((p) => p.textContent).join();
        const drawn = [...document.querySelectorAll("#charts svg text")].map((t) => t.textContent);
        seen.whole = drawn.includes("empty page");
        seen.atLeast = drawn.includes("≥4,000");
        seen.english = hints().includes("◐: the site holds the report no longer");
        document.getElementById("language").click();
        seen.chinese = hints().includes("◐：网站上已不再有该报告");
        say();
        """,
    )
    assert seen == {"whole": True, "atLeast": True, "english": True, "chinese": True}


def test_it_looks_like_something(explorer: Path, tmp_path: Path) -> None:
    picture = tmp_path / "page.png"
    browser(explorer.as_uri(), f"--screenshot={picture}", profile=tmp_path / "profile")
    pixels = matplotlib.image.imread(picture)
    assert np.unique((pixels * 255).astype(int).reshape(-1, pixels.shape[2]), axis=0).shape[0] > 50


def test_nothing_is_loaded_from_anywhere(explorer: Path) -> None:
    page = explorer.read_text("utf-8")
    markup = re.sub(r"<script.*?</script>|<style>.*?</style>", "", page, flags=re.DOTALL)
    assert not re.search(r"(?:src|href)\s*=", markup)
    assert "default-src 'none'" in markup
    assert "sourceMappingURL" not in page
    for style in re.findall(r"<style>(.*?)</style>", page, re.DOTALL):
        assert not re.search(r"@import|url\((?!['\"]?data:)", style)


def test_words_of_a_page_cannot_break_out_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = "</script><script>document.title = 'broken'</script>"
    monkeypatch.setattr(
        "gongkai.explorer.explorer_content", lambda *_: {"offices": [{"name": hostile}]}
    )
    page = write_explorer(tmp_path, ["any"], tmp_path / "page.html").read_text("utf-8")
    assert hostile not in page
    body = re.search(r'id="content">(.*?)</script>', page, re.DOTALL)
    assert body is not None
    assert json.loads(body[1])["offices"][0]["name"] == hostile


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--office", "cn-000000-none"], 3, "cn-000000-none"),
        (["--data", "/no/such/directory"], 3, "/no/such/directory"),
    ],
)
def test_what_is_not_there_is_said(
    explorer: Path, arguments: list[str], code: int, words: str
) -> None:
    data = [] if "--data" in arguments else ["--data", explorer.parent / "data"]
    done = subprocess.run(
        [GONGKAI, "explore", *arguments, *data], capture_output=True, text=True, check=False
    )
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr
