"""WACZ files: what goes out is valid to others' tools, replays, and comes back as it was."""

from __future__ import annotations

import gzip
import io
import json
import sys
import zipfile
from collections import Counter
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner
from wacz.main import main as wacz
from warcio.archiveiterator import ArchiveIterator

from crawler import sample_site
from crawler.archive import Archive, Capture
from crawler.archive.records import Gap, scan
from crawler.archive.verification import verify
from crawler.exporting import export_wacz
from crawler.importing import add_web_archive
from crawler.locks import office_lock
from crawler.offices import read_office, served_at
from crawler.run import crawl
from datasets.build import build
from datasets.tables import read_rows
from gongkai.app import app
from gongkai.exit_codes import ExitCode

GBK_HEAD = "HTTP/1.1 200 好\r\nServer: 某某\r\ncontent-TYPE: text/html\r\n".encode("gbk")


@pytest.fixture
def varied(runs):
    """An archive with every kind of record: odd header bytes, revisits, a failure, a file."""
    site = runs.site
    body = site.report(2022).encode()
    site.pages["/gk/2022.html"] = site.Answer(
        raw=GBK_HEAD + f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body
    )
    more = '<a href="/files/nb2021.pdf">附件.pdf</a>'
    site.pages["/gk/2021.html"] = site.Answer(site.report(2021, more), has_etag=True)
    site.pages["/files/nb2021.pdf"] = site.Answer(
        b"%PDF-1.4\n%\xe4", content_type="application/pdf"
    )
    site.pages["/gk/2020.html"] = site.Answer(raw=b"no http\r\n\r\n")
    site.pages["/gk/2019.html"].status = 404
    runs.crawl()
    runs.crawl(max_age_hours=0)
    return runs


def _said(*arguments: object) -> Any:
    return CliRunner().invoke(app, list(map(str, arguments)))


def _entries(path: Path) -> list[tuple[str, str, dict[str, Any]]]:
    """The lines of the index, as the standard describes them."""
    with zipfile.ZipFile(path) as made:
        text = gzip.decompress(made.read("indexes/index.cdx.gz")).decode()
    lines = [line.split(" ", 2) for line in text.splitlines() if not line.startswith("!")]
    return [(key, moment, json.loads(about)) for key, moment, about in lines]


def test_an_export_is_valid_to_the_package_of_the_standard(varied, tmp_path, capsys):
    path = tmp_path / "out.wacz"
    done = _said("archive", "export", path, "--data", varied.data)
    assert done.exit_code == ExitCode.OK, done.output
    assert f"{path}: 2 WARC files of 1 offices, 3 pages listed" in done.stdout
    capsys.readouterr()
    assert wacz(["validate", "-f", str(path)]) == 0, capsys.readouterr().out
    with zipfile.ZipFile(path) as made:
        assert made.testzip() is None
        for one in made.infolist():
            if one.filename.startswith("archive/"):
                # Readers fetch records out of the zip by their bytes.
                assert one.compress_type == zipfile.ZIP_STORED
                original = varied.data / "archive" / varied.site.OFFICE_ID / Path(one.filename).name
                assert made.read(one) == original.read_bytes()
        head, *pages = map(json.loads, made.read("pages/pages.jsonl").decode().splitlines())
    assert head["format"] == "json-pages-1.0"
    assert [(page["url"].removeprefix(varied.site.url), page["title"]) for page in pages] == [
        ("/nb/", f"{varied.site.url}/nb/"),
        ("/gk/2021.html", varied.site.TITLE.format(year=2021)),
        ("/gk/2022.html", varied.site.TITLE.format(year=2022)),
    ]
    assert len({page["id"] for page in pages}) == len(pages)
    # Each is a capture with a body: the second crawl found 2021 unchanged by a 304.
    answers = [capture for capture in varied.captures() if capture.http_status == 200]
    full = {(one.url, f"{one.fetched_at:%Y-%m-%dT%H:%M:%SZ}") for one in answers}
    assert {(page["url"], page["ts"]) for page in pages} <= full
    assert varied.latest()["/gk/2021.html"].http_status == 304


def test_every_capture_is_found_by_the_index_and_read_from_the_zip(varied, tmp_path):
    path = tmp_path / "out.wacz"
    export_wacz(varied.data, path, [varied.site.OFFICE_ID])
    entries = _entries(path)
    captures = varied.captures()
    assert Counter(about["url"] for _, _, about in entries) == Counter(c.url for c in captures)
    assert {moment for _, moment, _ in entries} == {
        f"{c.fetched_at:%Y%m%d%H%M%S}" for c in captures
    }
    assert [key for key, _, _ in entries] == sorted(key for key, _, _ in entries)
    with zipfile.ZipFile(path) as made:
        for _, _, about in entries:
            data = made.read(f"archive/{about['filename']}")
            at, length = int(about["offset"]), int(about["length"])
            [record] = ArchiveIterator(io.BytesIO(data[at : at + length]), no_record_parse=True)
            assert record.rec_headers.get_header("WARC-Target-URI") == about["url"]
            assert record.rec_headers.get_header("WARC-Payload-Digest") == about["digest"]


def _content(capture: Capture) -> tuple[Any, ...]:
    """What a capture says, without where it stands and how it came."""
    return astuple(replace(capture, origin="import", warc_file="", warc_offset=0))


def _record_types(folder: Path) -> Counter[str]:
    found: Counter[str] = Counter()
    for path in folder.rglob("*.warc.gz"):
        found.update(one.type for one in scan(path) if not isinstance(one, Gap))
    return found


def test_an_export_comes_back_into_an_empty_archive_as_it_was(varied, tmp_path):
    path, again = tmp_path / "out.wacz", tmp_path / "again"
    office, office_id = varied.site.office(), varied.site.OFFICE_ID
    export_wacz(varied.data, path, [office_id])
    result = add_web_archive(path, office, again)
    assert (result.added, result.lost) == (len(varied.captures()), "")
    with Archive(varied.data) as old, Archive(again) as new:
        before, after = list(old.captures(office_id)), list(new.captures(office_id))
        assert list(map(_content, after)) == list(map(_content, before))
        assert {capture.origin for capture in after} == {"import"}
        assert [new.payload(c) for c in after] == [old.payload(c) for c in before]
        assert [new.message(c) for c in after] == [old.message(c) for c in before]
        failures = [
            [(f.url, f.failed_at, f.reason, f.message, f.kind, f.link_text) for f in one]
            for one in (old.failures(office_id), new.failures(office_id))
        ]
        assert failures[0] == failures[1] != []
        assert verify(new, office_id).problems == ()
    kinds, again_kinds = _record_types(varied.data), _record_types(again)
    del kinds["warcinfo"], again_kinds["warcinfo"]
    assert again_kinds == kinds
    assert kinds["request"] > 0
    # A second time nothing is added.
    assert add_web_archive(path, office, again).added == 0
    assert _record_types(again)["metadata"] == kinds["metadata"]


def test_the_dataset_built_from_an_import_is_that_of_the_archive(tmp_path):
    with sample_site.serve() as url:
        office = served_at(read_office(sample_site.OFFICE), url)
        crawl([office], data_dir=tmp_path / "one")
    export_wacz(tmp_path / "one", tmp_path / "out.wacz", [office.id])
    add_web_archive(tmp_path / "out.wacz", office, tmp_path / "other")
    for name in ("one", "other"):
        build(tmp_path / name, {office.id: office})
    for table in ("reports", "sections", "observations", "panel", "coverage", "findings"):
        assert read_rows(tmp_path / "other", table) == read_rows(tmp_path / "one", table)


def test_a_challenge_page_stays_one_whatever_a_file_says_of_it(runs, tmp_path):
    check = "<script>document.cookie='a=1';location.reload()</script>"
    runs.site.pages["/gk/2021.html"] = runs.site.Answer(check)
    runs.crawl()
    [path] = runs.warc_files()
    forged = tmp_path / "forged.warc"
    forged.write_bytes(
        gzip.decompress(path.read_bytes()).replace(
            b"X-Gongkai-Kind: challenge", b"X-Gongkai-Kind: report"
        )
    )
    runs.data = tmp_path / "again"
    add_web_archive(forged, runs.site.office(), runs.data)
    kinds = {path: capture.kind for path, capture in runs.latest().items()}
    assert kinds["/gk/2021.html"] == "challenge"
    assert kinds["/gk/2022.html"] == "report"


def test_of_a_damaged_file_the_rest_is_exported_and_the_loss_is_named(runs, tmp_path, capsys):
    runs.crawl()
    lost = runs.latest()["/gk/2021.html"]
    [path] = runs.warc_files()
    data = bytearray(path.read_bytes())
    data[lost.warc_offset + 200 : lost.warc_offset + 260] = b"\xa5" * 60
    path.write_bytes(data)
    out = tmp_path / "out.wacz"
    done = _said("archive", "export", out, "--data", runs.data)
    assert done.exit_code == ExitCode.PARTIAL
    assert f"{lost.warc_file}, bytes {lost.warc_offset}-" in done.stderr
    assert path.read_bytes() == data
    capsys.readouterr()
    assert wacz(["validate", "-f", str(out)]) == 0
    urls = {about["url"] for _, _, about in _entries(out)}
    assert urls == {capture.url for capture in runs.captures()} - {lost.url}


def test_several_offices_go_into_one_file(runs, other_site, tmp_path):
    other_site.fill([2020])
    other = replace(other_site.office(), id="cn-990001-test")
    crawl([runs.site.office(), other], data_dir=runs.data)
    for offices, hosts in (
        ([], {runs.site.host, other_site.host}),
        (["--office", "cn-990001-test"], {other_site.host}),
    ):
        path = tmp_path / "out.wacz"
        assert _said("archive", "export", path, *offices, "--data", runs.data).exit_code == 0
        assert {about["url"].split("/")[2] for _, _, about in _entries(path)} == hosts


def test_what_keeps_an_export_from_being_made_is_said(runs, tmp_path, monkeypatch):
    runs.crawl()
    path = tmp_path / "out.wacz"
    path.write_bytes(b"the one before")
    arguments = ("archive", "export", path, "--data", runs.data)
    lock = office_lock(runs.data, runs.site.OFFICE_ID)
    assert _said(*arguments).exit_code == ExitCode.BUSY
    lock.release()
    assert _said(*arguments, "--office", "cn-1").exit_code == ExitCode.NOTHING_FOUND
    done = _said("archive", "export", tmp_path / "none" / "x.wacz", "--data", runs.data)
    assert (done.exit_code, "cannot be written" in done.stderr) == (ExitCode.PARTIAL, True)
    monkeypatch.setitem(sys.modules, "wacz.main", None)
    done = _said(*arguments)
    assert done.exit_code == ExitCode.USAGE
    assert "install -c constraints.txt -e '.[wacz]'" in done.stderr
    assert path.read_bytes() == b"the one before"
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".out")] == []
