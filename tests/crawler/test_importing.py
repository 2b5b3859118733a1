"""Pages that come by hand or from other tools."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import gzip
import hashlib
import io
import re
import sqlite3
import uuid
import zipfile
from dataclasses import replace

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.archive import Archive, PayloadError
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
        (b"<p>x</p>", "file:///etc/passwd", "is no http or https address"),
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


# Ways in which a person, or another tool, writes the host of a page of the office.
HOSTS = {
    "as it is": "wsb.example.gov.cn",
    "upper case": "WSB.Example.gov.cn",
    "the usual port": "wsb.example.gov.cn:80",
    "no port": "wsb.example.gov.cn:",
    "a user": "user:word@wsb.example.gov.cn",
    "the dot of the root": "wsb.example.gov.cn.",
    "all at once": "me@WSB.example.gov.cn.:80",
}


@pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS.keys())
def test_a_host_is_known_however_it_is_written(runs, tmp_path, host):
    office = replace(
        runs.site.office(), home_url="http://wsb.example.gov.cn/", hosts=("wsb.example.gov.cn",)
    )
    path = tmp_path / "saved.html"
    path.write_text(runs.site.report(2016), encoding="utf-8")
    capture = add_saved_page(
        path, office, runs.data, url=f"http://{host}/gk/2016.html#top", fetched_at=NOW
    )
    # Known again when a crawl meets it.
    assert capture.url == "http://wsb.example.gov.cn/gk/2016.html"
    warc = tmp_path / "x.warc"
    payload = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>x</p>"
    warc.write_bytes(_record("response", f"http://{host}/gk/2017.html", payload))
    result = add_web_archive(warc, office, runs.data)
    assert (result.added, result.elsewhere) == (1, 0)


@pytest.mark.parametrize("host", ["wsb.example.gov.cn:81", "x.example.gov.cn", "wsb.example.gov"])
def test_another_host_is_another_host(runs, tmp_path, host):
    office = replace(runs.site.office(), hosts=("wsb.example.gov.cn",))
    path = tmp_path / "saved.html"
    path.write_text(runs.site.report(2016), encoding="utf-8")
    with pytest.raises(ImportFailed, match="is not on a host of"):
        add_saved_page(path, office, runs.data, url=f"http://{host}/x.html", fetched_at=NOW)


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


def _record(type_: str, url: str, block: bytes = b"", **fields: str) -> bytes:
    """A record of another tool, its fields written as given (`_` for `-`)."""
    lines = {"WARC-Type": type_, "WARC-Target-URI": url, "WARC-Date": "2019-05-01T12:00:00Z"}
    lines |= {"Content-Type": "application/http; msgtype=response"}
    lines |= {name.replace("_", "-"): value for name, value in fields.items()}
    lines.setdefault("WARC-Record-ID", f"<urn:uuid:{uuid.uuid4()}>")
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    length = f"Content-Length: {len(block)}\r\n\r\n"
    return f"WARC/1.1\r\n{head}{length}".encode() + block + b"\r\n\r\n"


def _http(body: bytes, *fields: str) -> bytes:
    lines = "".join(f"{line}\r\n" for line in ("Content-Type: text/html", *fields))
    return f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode() + body


def _base32(body: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(body).digest()).decode()


def _add(runs, tmp_path, *records: bytes, name: str = "x.warc"):
    path = tmp_path / name
    path.write_bytes(b"".join(records))
    return add_web_archive(path, runs.site.office(), runs.data)


def _verified(runs):
    with Archive(runs.data) as archive:
        return verify(archive, runs.site.OFFICE_ID)


def _contents(runs) -> dict[str, bytes]:
    """The payload of each capture, by the day of its record."""
    with Archive(runs.data) as archive:
        return {
            f"{c.fetched_at:%Y-%m-%d}": archive.payload(c)
            for c in archive.captures(runs.site.OFFICE_ID)
        }


def test_a_revisit_joins_whether_its_original_comes_before_or_after(runs, tmp_path):
    url, body = f"{runs.site.url}/gk/2015.html", runs.site.report(2015).encode()
    original = _record("response", url, _http(body), WARC_Payload_Digest=_base32(body))
    revisit = _record(
        "revisit", url, _http(b""), WARC_Date="2020-05-01T12:00:00Z",
        WARC_Payload_Digest=_base32(body),
    )  # fmt: skip
    first = _add(runs, tmp_path, revisit)
    assert (first.added, first.known, first.unresolved) == (0, 0, 1)
    again = _add(runs, tmp_path, revisit)
    assert (again.added, again.known, again.unresolved) == (0, 1, 0)
    assert (_verified(runs).unresolved, _verified(runs).problems) == (1, ())
    second = _add(runs, tmp_path, original)
    assert (second.added, second.unresolved) == (2, 0)
    assert _contents(runs) == {"2019-05-01": body, "2020-05-01": body}
    assert {c.kind for c in runs.captures()} == {"report"}
    assert (_verified(runs).unresolved, _verified(runs).problems) == (0, ())
    (runs.warc_files()[0].parent / "index.sqlite").unlink()
    assert _contents(runs) == {"2019-05-01": body, "2020-05-01": body}


def test_a_revisit_before_its_original_in_one_file_joins(runs, tmp_path):
    url, body = f"{runs.site.url}/gk/2015.html", runs.site.report(2015).encode()
    original = _record("response", url, _http(body), WARC_Payload_Digest=_base32(body))
    revisit = _record(
        "revisit", url, _http(b""), WARC_Date="2020-05-01T12:00:00Z",
        WARC_Payload_Digest=_base32(body),
    )  # fmt: skip
    result = _add(runs, tmp_path, revisit, original)
    assert (result.added, result.unresolved) == (2, 0)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({}, b"2018"),  # the state before it
        ({"WARC_Refers_To_Date": "2017-05-01T12:00:00Z"}, b"2017"),
        ({"WARC_Refers_To_Date": "2017-05-02T12:00:00Z"}, None),
        ({"WARC_Payload_Digest": _base32(b"2017")}, b"2017"),
        ({"WARC_Payload_Digest": "sha1:" + hashlib.sha1(b"2017").hexdigest()}, b"2017"),
        ({"WARC_Payload_Digest": _base32(b"another")}, None),
        (
            {
                "WARC_Payload_Digest": _base32(b"another"),
                "WARC_Refers_To_Date": "2017-05-01T12:00:00Z",
            },
            None,
        ),
        ({"WARC_Refers_To": "<urn:uuid:2017>"}, b"2017"),
        (
            {"WARC_Refers_To": "<urn:uuid:2017>", "WARC_Payload_Digest": _base32(b"2018")},
            b"2018",
        ),
    ],
)
def test_a_revisit_gets_the_content_it_refers_to_or_none(runs, tmp_path, stated, expected):
    url = f"{runs.site.url}/gk/x.html"
    states = [
        _record(
            "response", url, _http(f"{year}".encode()), WARC_Date=f"{year}-05-01T12:00:00Z",
            WARC_Payload_Digest=_base32(f"{year}".encode()), WARC_Record_ID=f"<urn:uuid:{year}>",
        )
        for year in (2018, 2017, 2024)
    ]  # fmt: skip
    revisit = _record("revisit", url, _http(b""), WARC_Date="2019-05-01T12:00:00Z", **stated)
    result = _add(runs, tmp_path, *states, revisit)
    assert (result.added, result.unresolved) == ((4, 0) if expected else (3, 1))
    assert _contents(runs).get("2019-05-01") == expected


def test_verify_names_a_record_that_the_index_has_no_row_of(runs, tmp_path):
    url = f"{runs.site.url}/gk/x.html"
    _add(runs, tmp_path, _record("response", url, _http(b"x")))
    path = runs.warc_files()[0].parent / "index.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute("DELETE FROM captures")
    [problem] = _verified(runs).problems
    assert f"the index does not have {url}" in problem.message


def test_the_names_of_fields_are_the_same_in_any_case(runs, tmp_path):
    url, body = f"{runs.site.url}/gk/2015.html", runs.site.report(2015).encode()
    original = _record("response", url, _http(body), WARC_Payload_Digest=_base32(body))
    head, end, block = original.partition(b"\r\n\r\n")
    head = re.sub(rb"(?m)^[\w-]+:", lambda name: name[0].lower(), head)
    result = _add(runs, tmp_path, head + end + block)
    assert (result.added, result.lost) == (1, "")
    [capture] = runs.captures()
    assert (capture.url, capture.kind, capture.content_type) == (url, "report", "text/html")
    assert capture.fetched_at == NOW
    assert _verified(runs).problems == ()


def test_a_response_without_a_stated_type_is_what_its_block_says(runs, tmp_path):
    url = f"{runs.site.url}/gk/2015.html"
    page = _record("response", url, _http(b"<p>x</p>"), Content_Type="")
    name = _record("response", url, b"20190501\n1.2.3.4", Content_Type="")
    result = _add(runs, tmp_path, page, name)
    assert (result.added, result.lost) == (1, "")
    assert [c.http_status for c in runs.captures()] == [200]
    assert _verified(runs).problems == ()


def test_a_record_with_a_faulty_address_costs_itself_alone(runs, tmp_path):
    pages = [
        _record("response", url, _http(b"<p>x</p>"))
        for url in (f"{runs.site.url}/a", "http://[", f"{runs.site.url}/b")
    ]
    result = _add(runs, tmp_path, *pages)
    assert result.added == 2
    assert "x.warc: 1, the first of them http://[ (" in result.lost


def test_a_body_in_an_unknown_encoding_is_counted(runs, tmp_path):
    url = f"{runs.site.url}/gk/2015.html"
    packed = _record("response", url, _http(b"\x00packed", "Content-Encoding: pack200-gzip"))
    result = _add(runs, tmp_path, packed)
    assert (result.added, result.undecoded) == (1, 1)
    [capture] = runs.captures()
    assert capture.kind == "error"
    with Archive(runs.data) as archive, pytest.raises(PayloadError, match="is not known"):
        archive.payload(capture)


CHUNKED = b"4\r\npage\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    "digest",
    [
        _base32(CHUNKED),
        _base32(b"page"),
        _base32(b"page").lower(),
        f"sha1:{hashlib.sha1(b'page').hexdigest()}",
        f"SHA-256:{hashlib.sha256(b'page').hexdigest().upper()}",
        "blake3:something",
    ],
)
def test_a_digest_of_another_spelling_is_no_damage(runs, tmp_path, digest):
    url = f"{runs.site.url}/gk/2015.html"
    block = _http(CHUNKED, "Transfer-Encoding: chunked")
    _add(runs, tmp_path, _record("response", url, block, WARC_Payload_Digest=digest))
    assert _verified(runs).problems == ()


@pytest.mark.parametrize("digest", [_base32(b"other"), f"md5:{hashlib.md5(b'other').hexdigest()}"])
def test_a_digest_of_other_bytes_is_damage(runs, tmp_path, digest):
    url = f"{runs.site.url}/gk/2015.html"
    _add(runs, tmp_path, _record("response", url, _http(b"page"), WARC_Payload_Digest=digest))
    [problem] = _verified(runs).problems
    assert "not those of the WARC-Payload-Digest" in problem.message
