"""Pages that come by hand or from other tools."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import zipfile

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.archive import Archive
from crawler.archive.verification import verify
from crawler.foreign_files import is_web_archive
from crawler.importing import ImportFailed, add_saved_page, add_web_archive

NOW = dt.datetime(2019, 5, 1, 12, 0, tzinfo=dt.UTC)


def _foreign_warc(site, *, gzipped: bool = True) -> bytes:
    """A WARC as other tools write them: GET pairs, a revisit, a page of another host."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=gzipped, warc_version="WARC/1.0")
    writer.write_record(writer.create_warcinfo_record("x.warc.gz", {"software": "another tool"}))

    def head(status: str, *fields: tuple[str, str]) -> StatusAndHeaders:
        return StatusAndHeaders(status, list(fields), protocol="HTTP/1.1")

    for url, status, body in (
        (f"{site.url}/gk/2015.html", "200 OK", site.report(2015).encode()),
        (f"{site.url}/gk/2016.html", "404 Not Found", b"gone"),
        ("http://elsewhere.example/", "200 OK", b"<p>other</p>"),
    ):
        record = writer.create_warc_record(
            url, "response", payload=io.BytesIO(body),
            http_headers=head(status, ("Content-Type", "text/html; charset=utf-8")),
            warc_headers_dict={"WARC-Date": "2019-05-01T12:00:00Z"},
        )  # fmt: skip
        writer.write_record(record)
        if url.endswith("2015.html"):
            first = record
    revisit = writer.create_revisit_record(
        f"{site.url}/gk/2015.html",
        first.rec_headers.get_header("WARC-Payload-Digest"),
        f"{site.url}/gk/2015.html",
        "2019-05-01T12:00:00Z",
        http_headers=head("200 OK", ("Content-Type", "text/html; charset=utf-8")),
        warc_headers_dict={"WARC-Date": "2020-05-01T12:00:00Z"},
    )
    writer.write_record(revisit)
    return out.getvalue()


def _wacz(warc: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("datapackage.json", "{}")
        made.writestr("archive/data.warc.gz", warc)
        made.writestr("indexes/index.cdx.gz", b"")
    return out.getvalue()


@pytest.mark.parametrize("form", ["warc.gz", "warc", "gzipped whole", "wacz"])
def test_the_captures_of_another_tool_join(runs, tmp_path, form):
    site = runs.site
    path = tmp_path / "foreign"
    plain = _foreign_warc(site, gzipped=False)
    path.write_bytes(
        {
            "warc.gz": _foreign_warc(site),
            "warc": plain,
            "gzipped whole": gzip.compress(plain),
            "wacz": _wacz(_foreign_warc(site)),
        }[form]
    )
    runs.crawl()
    assert is_web_archive(path)
    result = add_web_archive(path, site.office(), runs.data)
    assert (result.added, result.known, result.elsewhere, result.lost) == (3, 0, 1, "")
    assert add_web_archive(path, site.office(), runs.data).known == 3
    imported = [c for c in runs.captures() if c.origin == "import"]
    assert [(c.url[-9:], c.http_status, c.kind) for c in imported] == [
        ("2015.html", 200, "report"),
        ("2016.html", 404, "error"),
        ("2015.html", 200, "report"),
    ]
    assert imported[0].fetched_at == NOW
    assert imported[0].link_text == site.TITLE.format(year=2015)
    assert imported[2].revisit_of is not None
    with Archive(runs.data) as archive:
        assert archive.payload(imported[2]).decode() == site.report(2015)
        assert verify(archive, site.OFFICE_ID).problems == ()


def test_a_cut_file_gives_what_is_whole_and_says_what_is_lost(runs, tmp_path):
    path = tmp_path / "cut.warc.gz"
    path.write_bytes(_foreign_warc(runs.site)[:-150])
    result = add_web_archive(path, runs.site.office(), runs.data)
    assert result.added == 2
    assert f"the rest of {path} cannot be read" in result.lost


@pytest.mark.parametrize(
    ("body", "kind", "content_type"),
    [
        ("report", "report", "text/html"),
        (b"%PDF-1.4 x", "attachment", "application/pdf"),
        ("<p>某页</p>", "other", "text/html"),
    ],
)
def test_a_page_saved_by_hand_joins(runs, tmp_path, body, kind, content_type):
    body = runs.site.report(2016) if body == "report" else body
    path = tmp_path / "saved"
    path.write_bytes(body.encode() if isinstance(body, str) else body)
    url = f"{runs.site.url}/gk/2016.html"
    for _ in range(2):  # the second time it is there already
        capture = add_saved_page(path, runs.site.office(), runs.data, url=url, fetched_at=NOW)
    assert runs.captures() == [capture]
    assert (capture.kind, capture.content_type) == (kind, content_type)
    assert (capture.origin, capture.fetched_at) == ("import", NOW)
    with Archive(runs.data) as archive:
        assert archive.payload(capture) == path.read_bytes()


@pytest.mark.parametrize(
    ("content", "url", "says"),
    [
        (b"", "/x.html", "is empty"),
        (None, "/x.html", "cannot be read"),
        (b"<p>x</p>", "http://elsewhere.example/", "is not on a host of"),
        (b"<p>x</p>", "file:///etc/passwd", "is not on a host of"),
        (b"<script>var $_ts=window['$_ts']</script>", "/x.html", "a check or login"),
    ],
)
def test_what_cannot_join_is_said(runs, tmp_path, content, url, says):
    path = tmp_path / "saved.html"
    if content is not None:
        path.write_bytes(content)
    url = runs.site.url + url if url.startswith("/") else url
    with pytest.raises(ImportFailed, match=says):
        add_saved_page(path, runs.site.office(), runs.data, url=url, fetched_at=NOW)
    assert runs.captures() == []


def test_a_file_without_captures_is_said(runs, tmp_path):
    path = tmp_path / "x.warc"
    path.write_bytes(b"WARC/1.0 and nothing more")
    with pytest.raises(ImportFailed, match=r"There is no capture in .*x\.warc"):
        add_web_archive(path, runs.site.office(), runs.data)


def test_an_imported_page_serves_a_replay(runs, tmp_path):
    runs.crawl(until_year=2021)
    path = tmp_path / "2022.html"
    path.write_text(runs.site.report(2022), encoding="utf-8")
    assert runs.crawl(mode="replay").verdict == "partial"
    url = f"{runs.site.url}/gk/2022.html"
    add_saved_page(path, runs.site.office(), runs.data, url=url, fetched_at=NOW)
    assert runs.crawl(mode="replay").verdict == "ok"
