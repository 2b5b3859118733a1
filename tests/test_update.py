"""`gongkai update` as a schedule runs it, on the sample site served on the loopback address."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import gongkai
from crawler.archive import Archive
from crawler.archive.writing import ArchiveWriter
from crawler.locks import office_lock, run_lock
from crawler.sample_site import CHANNEL, OFFICE, PAGES
from gongkai.app import app
from gongkai.exit_codes import ExitCode

OFFICE_ID = "cn-371500-wsb-sample"
CHANNEL_PAGE = f"{CHANNEL.strip('/')}/index.html"
# The page of the report of 2023, and a figure in its table.
REPORT_2023 = f"{CHANNEL.strip('/')}/doc_65adbe10c4ca4238a0b92382.html"
GRANTED = re.compile(r"（一）予以公开.*?>(\d+)<", re.S)
EMPTY = "No figure, report or coverage differs."


@dataclass
class Place:
    """The sample site to be changed, its office file, a data directory, and what was asked for."""

    folder: Path
    offices: Path
    data: Path
    asked: list[str] = field(default_factory=list)

    def update(self, *options: object) -> Result:
        """Run the command; `asked` is what this run asked the server for."""
        self.asked.clear()
        words = ["update", "--data", self.data, "--offices", self.offices, *options]
        return CliRunner().invoke(app, list(map(str, words)))

    def edit(self, page: str, change: Callable[[str], str]) -> None:
        path = self.folder / page
        text = path.read_text("utf-8")
        assert change(text) != text
        path.write_text(change(text), "utf-8")

    def table(self, name: str) -> list[dict[str, Any]]:
        return list(gongkai.load(name, data=self.data).to_dict("records"))

    def record(self) -> dict[str, Any]:
        record: dict[str, Any] = json.loads((self.data / "update.json").read_text("utf-8"))
        return record

    def page(self) -> str:
        return (self.data / "update.md").read_text("utf-8")

    def coverage(self, year: int) -> str:
        [row] = [row for row in self.table("coverage") if row["report_year"] == year]
        return str(row["status"])


@contextmanager
def _serving(folder: Path, asked: list[str]) -> Iterator[str]:
    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args: Any):
            super().__init__(*args, directory=str(folder))

        def do_GET(self) -> None:
            asked.append(self.path)
            super().do_GET()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    folder = Path(shutil.copytree(PAGES, tmp_path / "site"))
    made = Place(folder, tmp_path / "office.toml", tmp_path / "data")
    with _serving(folder, made.asked) as url:
        office = OFFICE.read_text("utf-8").replace("http://127.0.0.1", url)
        made.offices.write_text(office, "utf-8")
        yield made


def _granted(page: str) -> re.Match[str]:
    found = GRANTED.search(page)
    assert found is not None
    return found


def _with_another_figure(page: str, figure: int = 5) -> str:
    found = _granted(page)
    return f"{page[: found.start(1)]}{figure}{page[found.end(1) :]}"


def _only_a_list(page: str) -> str:
    """The channel page as other offices have it: it lists reports and holds none."""
    return re.sub(r'<div class="info-content">.*?</div>', "", page, flags=re.S)


def _without_2023(page: str) -> str:
    """The channel page without the entry of 2023."""
    entry = re.search(r"<li>(?:(?!</li>).)*doc_65adbe.*?</li>", page, re.S)
    assert entry is not None
    return page.replace(entry.group(), "")


def test_updates_of_a_site_that_does_not_change_ask_for_a_handful_of_pages(place: Place):
    first = place.update()
    assert first.exit_code == ExitCode.OK, first.output
    assert "first dataset" in place.page()
    everything = len(place.asked)
    assert everything > 20
    tables = {name: place.table(name) for name in ("reports", "observations", "findings")}
    for _ in range(2):
        done = place.update()
        assert done.exit_code == ExitCode.OK
        assert len(place.asked) <= 5
        assert not [path for path in place.asked if "doc_" in path]
        assert done.stdout.splitlines().count(EMPTY) == 1
        assert done.stderr == ""
        record = place.record()
        assert record["crawl"]["offices"][0]["new"] == []
        assert record["crawl"]["offices"][0]["changed"] == []
        assert not any(record["build"]["difference"].values())
        assert record["build"]["new_findings"] == record["build"]["new_revisions"] == []
        assert record["asked_again"] is None
    assert place.table("revisions") == []
    for name in ("observations", "findings"):
        assert place.table(name) == tables[name]
    assert {row["capture_id"] for row in place.table("reports")} == {
        row["capture_id"] for row in tables["reports"]
    }


@pytest.mark.parametrize(
    ("pages", "options"),
    [
        ([REPORT_2023], ["--max-age-hours", "0"]),
        ([CHANNEL_PAGE], []),
        # The same change in the page of the report and in the page of all reports is one. The
        # channel page is always asked for, and what it puts in doubt is asked for again.
        ([CHANNEL_PAGE, REPORT_2023], []),
    ],
)
def test_one_changed_figure_is_one_revision_and_the_old_capture_stays(
    place: Place, pages: list[str], options: list[str]
):
    place.update()
    place.update()
    for page in pages:
        place.edit(page, _with_another_figure)
    done = place.update(*options)
    [revision] = place.table("revisions")
    assert (revision["report_year"], revision["indicator"], revision["applicant"]) == (
        2023, "applications.granted", "natural_person",
    )  # fmt: skip
    assert (revision["old_value"], revision["new_value"]) == (2.0, 5.0)
    said = " ".join(done.stdout.split())
    assert "changed on the site: cn-371500-wsb-sample 2023: applications.granted" in said
    assert "natural_person table was 2, is 5" in said
    assert "## Changed on the sites" in place.page()
    assert len(place.record()["build"]["new_revisions"]) == 1
    figures = place.record()["build"]["difference"]["figures"]
    assert [(one["old"], one["new"]) for one in figures] == (
        [("2", "5")] if REPORT_2023 in pages else []
    )
    with Archive(place.data) as archive:
        versions = [
            capture
            for capture in archive.captures(OFFICE_ID)
            if capture.capture_id in (revision["old_capture_id"], revision["new_capture_id"])
        ]
        texts = {archive.payload(capture).decode() for capture in versions}
    assert {_granted(text).group(1) for text in texts} == {"2", "5"}
    # The change is no news the next time.
    again = place.update()
    assert again.exit_code == ExitCode.OK
    assert len(place.table("revisions")) == 1
    assert "changed on the site" not in again.stdout


def test_what_a_channel_page_contradicts_is_asked_for_again_at_once(place: Place):
    place.update()
    for pages, figure in (([CHANNEL_PAGE, REPORT_2023], 5), ([CHANNEL_PAGE], 2)):
        for page in pages:
            place.edit(page, lambda text, figure=figure: _with_another_figure(text, figure))
        done = place.update()
        assert [path for path in place.asked if "doc_" in path] == [f"/{REPORT_2023}"]
        assert "A channel page states something else; asked for again: 1." in done.stdout
        assert "Asked again for what a channel page contradicts: 1." in place.page()
        again = place.record()["asked_again"]["offices"][0]
        assert again["requests"] == 2  # robots.txt beside it
        place.update()
        assert not [path for path in place.asked if "doc_" in path]
        assert place.record()["asked_again"] is None
    # Both pages said 5, then the channel page 2 again, and the report's own page did not.
    assert [row["new_value"] for row in place.table("revisions")] == [5.0, 2.0]


@pytest.mark.parametrize(
    "furniture",
    [
        lambda page: page.replace("</body>", "<p>访问量：20431</p></body>"),
        lambda page: re.sub(
            r"<body[^>]*>", r"\g<0><ul><li><a href='/x/'>新栏目</a></li></ul>", page
        ),
        lambda page: page.replace("\n", "\r\n"),
        lambda page: re.sub(r"(<td[^>]*>)", r"\1 ", page),
    ],
    ids=["hit counter", "menu", "line ends", "white space"],
)
def test_what_stands_around_a_report_is_no_change_of_it(
    place: Place, furniture: Callable[[str], str]
):
    place.update()
    before = place.table("observations")
    for page in (CHANNEL_PAGE, REPORT_2023):
        place.edit(page, furniture)
    done = place.update("--max-age-hours", "0")
    assert done.exit_code == ExitCode.OK
    assert done.stdout.splitlines().count(EMPTY) == 1
    assert place.record()["crawl"]["offices"][0]["outcomes"]["changed"] == 2
    assert place.table("revisions") == []
    figures = ("report_year", "indicator", "applicant", "value", "status", "evidence")
    assert [[row[name] for name in figures] for row in place.table("observations")] == [
        [row[name] for name in figures] for row in before
    ]


def test_a_page_that_is_gone_is_removed_and_its_data_are_kept(place: Place):
    place.edit(CHANNEL_PAGE, _only_a_list)
    place.update()
    assert place.coverage(2023) == "parsed"
    figures = [row for row in place.table("observations") if row["report_year"] == 2023]
    (place.folder / REPORT_2023).unlink()
    # Still listed: the page of a closed year is asked for in another month, or when it is told to.
    done = place.update("--max-age-hours", "0")
    assert done.exit_code == ExitCode.PARTIAL
    assert "doc_65adbe10c4ca4238a0b92382.html failed: HTTP status 404" in done.stderr
    assert place.coverage(2023) == "removed"
    assert "2023: status was parsed, is removed" in " ".join(done.stdout.split())
    assert [row for row in place.table("observations") if row["report_year"] == 2023] == figures
    assert place.update().exit_code == ExitCode.OK
    assert place.coverage(2023) == "removed"


def test_a_report_that_left_the_list_is_asked_for_at_once(place: Place):
    place.edit(CHANNEL_PAGE, _only_a_list)
    place.update()
    (place.folder / REPORT_2023).unlink()
    place.edit(CHANNEL_PAGE, _without_2023)
    place.update()
    assert f"/{REPORT_2023}" in place.asked
    assert place.coverage(2023) == "removed"
    assert any(row["report_year"] == 2023 for row in place.table("observations"))


def test_a_new_entry_is_fetched_and_built_at_once(place: Place):
    report = (place.folder / REPORT_2023).read_text("utf-8")
    (place.folder / REPORT_2023).unlink()
    place.edit(CHANNEL_PAGE, _only_a_list)
    with_entry = (place.folder / CHANNEL_PAGE).read_text("utf-8")
    place.edit(CHANNEL_PAGE, _without_2023)
    required = place.offices.read_text("utf-8").replace("2022, 2023]", "2022]")
    place.offices.write_text(required, "utf-8")
    place.update()
    assert place.coverage(2023) != "parsed"
    (place.folder / REPORT_2023).write_text(report, "utf-8")
    (place.folder / CHANNEL_PAGE).write_text(with_entry, "utf-8")
    done = place.update()
    assert f"/{REPORT_2023}" in place.asked
    assert place.coverage(2023) == "parsed"
    assert f"new report: {OFFICE_ID} 2023" in done.stdout
    assert f"- new: {OFFICE_ID} 2023" in place.page()


def _without_tables(page: str) -> str:
    return re.sub(r"<table.*?</table>", "", page, flags=re.S)


def test_an_expectation_that_fails_keeps_the_dataset_in_place(place: Place):
    place.update()
    before = {path.name: path.read_bytes() for path in (place.data / "dataset").iterdir()}
    reports = sorted((place.folder / CHANNEL.strip("/")).glob("*.html"))
    texts = {path: path.read_text("utf-8") for path in reports}
    for path, text in texts.items():
        path.write_text(_without_tables(text), "utf-8")
    done = place.update("--max-age-hours", "0")
    assert done.exit_code == ExitCode.EXPECTATIONS
    assert "the report of 2023 gives" in done.stderr
    assert {path.name: path.read_bytes() for path in (place.data / "dataset").iterdir()} == before
    assert "## Expectations that fail" in place.page()
    assert "set aside" in place.page()
    assert place.record()["verdict"] == "expectations"
    for path, text in texts.items():
        path.write_text(text, "utf-8")
    assert place.update("--max-age-hours", "0").exit_code == ExitCode.OK
    assert len(place.table("observations")) > 1000


def _refuse(place: Place) -> None:
    for path in place.folder.rglob("*.html"):
        path.write_text("<script>document.cookie='a=1';location.reload()</script>", "utf-8")


def _stop(place: Place) -> None:
    text = place.offices.read_text("utf-8")
    place.offices.write_text(re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:9", text), "utf-8")


def _break_office(place: Place) -> None:
    place.offices.write_text(place.offices.read_text("utf-8") + "\nnonsense = 1\n", "utf-8")


def _break_corrections(place: Place) -> None:
    (place.data / "corrections.toml").write_text("nonsense", "utf-8")


@pytest.mark.parametrize(
    ("happens", "code", "says"),
    [
        (_refuse, ExitCode.UNREACHABLE, "refuses the crawler: script sets a cookie"),
        (_stop, ExitCode.UNREACHABLE, "cannot be reached: the connection was refused"),
        (_break_office, ExitCode.USAGE, "nonsense"),
        (_break_corrections, ExitCode.USAGE, "corrections.toml"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_is_wrong_is_a_code_and_a_sentence_and_the_data_stay(
    place: Place, happens: Callable[[Place], None], code: ExitCode, says: str
):
    place.update()
    figures = place.table("observations")
    happens(place)
    done = place.update("--max-age-hours", "0")
    assert done.exit_code == code, done.output
    assert says in done.stderr
    assert "Traceback" not in done.output
    assert place.table("observations") == figures


def test_a_site_that_was_never_reached_has_a_coverage_that_says_so(place: Place):
    _stop(place)
    done = place.update()
    # Every required report is missing, too; that the site is not there is why.
    assert done.exit_code == ExitCode.UNREACHABLE
    assert "cannot be reached: the connection was refused." in done.stderr.splitlines()[0]
    assert place.record()["exit_code"] == ExitCode.UNREACHABLE
    assert place.coverage(2023) == "http_error"


def test_the_data_directory_is_held_while_an_update_runs(place: Place):
    lock = run_lock(place.data)
    done = place.update()
    assert done.exit_code == ExitCode.BUSY
    assert "Another run is at work on the data directory" in done.stderr
    assert not (place.data / "update.json").exists()
    lock.release()
    # Somebody adds a page by hand: the office waits, the dataset is built from what there is.
    place.update()
    office = office_lock(place.data, OFFICE_ID)
    assert place.update().exit_code == ExitCode.BUSY
    office.release()
    assert place.update().exit_code == ExitCode.OK


def test_without_names_the_archived_offices_are_updated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("GONGKAI_OFFICES", raising=False)
    with ArchiveWriter(tmp_path / "archive", OFFICE_ID):
        pass
    (tmp_path / "archive" / OFFICE_ID / "a.warc.gz").touch()
    done = CliRunner().invoke(app, ["update", "--data", str(tmp_path)])
    assert done.exit_code == ExitCode.USAGE
    assert "No office file describes what is in" in done.stderr
    assert OFFICE_ID in done.stderr


def test_the_log_is_json_lines_on_request(place: Place):
    place.update("--log-json")
    lines = (place.data / "crawl.log").read_text("utf-8").splitlines()
    assert {json.loads(line)["office_id"] for line in lines if "office_id" in line} == {OFFICE_ID}


def test_a_terminal_sees_the_progress_and_a_pipe_does_not(place: Place):
    words = ["update", "--data", place.data, "--offices", place.offices]
    command = [sys.executable, "-c", "from gongkai.app import main; main()", *map(str, words)]
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=theirs, env=environment, text=True
    ) as process:
        os.close(theirs)
        shown = b""
        # The system's way to say that the other end is closed.
        with suppress(OSError):
            while piece := os.read(ours, 4096):
                shown += piece
        assert process.stdout is not None
        said = process.stdout.read()
    os.close(ours)
    assert process.returncode == 0, said
    progress = shown.decode()
    assert OFFICE_ID in progress
    assert "new: " in progress
    assert "pages read" in progress
    assert "\x1b" not in said
    quiet = subprocess.run(command, capture_output=True, text=True, check=True)
    assert quiet.stderr == ""
    assert quiet.stdout.splitlines().count(EMPTY) == 1
