"""The archive itself: what is written comes back, by whatever way the files were treated."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import os
import zlib
from pathlib import Path

import pytest

from crawler.archive import Archive, ArchiveError, PayloadError
from crawler.archive.index import INDEX_NAME
from crawler.archive.payloads import decode_body, header_lines, split_block
from crawler.archive.writing import ArchiveWriter

OFFICE = "cn-990000-test"
NOW = dt.datetime(2024, 3, 1, 8, 30, 0, 123456, tzinfo=dt.UTC)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=GBK\r\n\r\n"


def _writer(data: Path) -> ArchiveWriter:
    return ArchiveWriter(data / "archive", OFFICE, run={"software": "test"})


def _write(writer: ArchiveWriter, name: str, body: bytes, **options: object):
    values = {"fetched_at": NOW, "header_block": HEAD, "body": body, "kind": "report"} | options
    return writer.write_response(f"http://a.example/{name}", **values)


def _filled(data: Path, names: str = "abcde"):
    with _writer(data) as writer:
        return [_write(writer, name, f"页 {name}".encode() * 400) for name in names]


def _files(data: Path) -> list[Path]:
    return sorted((data / "archive" / OFFICE).glob("*.warc.gz"))


def test_every_kind_of_row_comes_back(tmp_path):
    with _writer(tmp_path) as writer:
        first = _write(
            writer, "1", b"x" * 50, request_block=b"GET /1 HTTP/1.1\r\n\r\n", link_text="2019年",
            via="http://a.example/",
        )  # fmt: skip
        same = _write(writer, "2", b"x" * 50)
        again = writer.write_not_modified(
            first.url, first, fetched_at=NOW, header_block=b"HTTP/1.1 304 Not Modified\r\n\r\n"
        )
        saved = writer.write_resource(
            "http://a.example/4", fetched_at=NOW, payload=b"<p>", content_type="text/html",
            kind="report",
        )  # fmt: skip
        failure = writer.write_failure(
            "http://a.example/5",
            failed_at=NOW,
            reason="refused",
            message="连接\n被拒",
            kind="report",
        )
    with Archive(tmp_path) as archive:
        assert list(archive.captures(OFFICE)) == [first, same, again, saved]
        assert list(archive.failures(OFFICE)) == [failure]
        assert [archive.payload(c) for c in (first, same, again, saved)] == [
            b"x" * 50, b"x" * 50, b"x" * 50, b"<p>",
        ]  # fmt: skip
        assert archive.headers(same) == [("Content-Type", "text/html; charset=GBK")]
    assert first.capture_id == hashlib.sha256(b"x" * 50).hexdigest()
    assert (first.fetched_at, first.link_text, first.via) == (NOW, "2019年", "http://a.example/")
    assert same.revisit_of == again.revisit_of is not None
    assert (again.http_status, again.content_type, again.kind) == (304, "text/html", "report")
    assert (saved.http_status, saved.origin) == (200, "import")
    assert failure.message == "连接 被拒"


@pytest.mark.parametrize(
    "harm",
    [
        lambda folder: (folder / INDEX_NAME).unlink(),
        lambda folder: (folder / INDEX_NAME).write_bytes(b"no database at all" * 100),
        lambda folder: (folder / INDEX_NAME).write_bytes(
            (folder / INDEX_NAME).read_bytes()[:4096] + os.urandom(8192)
        ),
    ],
    ids=["lost", "garbage", "malformed"],
)
def test_the_index_is_made_again_from_the_files(tmp_path, harm):
    captures = _filled(tmp_path)
    harm(tmp_path / "archive" / OFFICE)
    with Archive(tmp_path) as archive:
        assert list(archive.captures(OFFICE)) == captures
        assert archive.payload(captures[2]) == "页 c".encode() * 400


def test_an_archive_that_cannot_be_written_is_read_all_the_same(tmp_path):
    captures = _filled(tmp_path)
    folder = tmp_path / "archive" / OFFICE
    (folder / INDEX_NAME).unlink()
    folder.chmod(0o555)
    try:
        with Archive(tmp_path) as archive:
            assert list(archive.captures(OFFICE)) == captures
    finally:
        folder.chmod(0o755)


@pytest.mark.faults
def test_arrival_decides_the_order_and_not_the_clock(tmp_path):
    for day in (20, 10, 15):
        with _writer(tmp_path) as writer:
            _write(writer, "a", f"{day}".encode(), fetched_at=NOW.replace(day=day))
    with Archive(tmp_path) as archive:
        days = [capture.fetched_at.day for capture in archive.captures(OFFICE)]
        latest = archive.latest(OFFICE, "http://a.example/a")
        assert days == [20, 10, 15]
        assert latest[0].fetched_at.day == 15


@pytest.mark.faults
@pytest.mark.parametrize(
    "url",
    [
        "http://a.example/../../../../etc/passwd",
        "http://a.example/%2e%2e/%2e%2e/x\r\nWARC-Type: x",
        "file:///etc/passwd",
        "http://a.example/" + "x" * 5000,
        "http://[",
        "..\\..\\x",
    ],
)
def test_no_address_leads_out_of_the_archive_folder(tmp_path, url):
    with _writer(tmp_path / "data") as writer:
        writer.write_response(url, fetched_at=NOW, header_block=HEAD, body=b"x", kind="other")
    written = {path.relative_to(tmp_path).parts[:3] for path in tmp_path.rglob("*.warc.gz")}
    assert written == {("data", "archive", OFFICE)}
    with Archive(tmp_path / "data") as archive:
        [capture] = archive.captures(OFFICE)
        assert archive.payload(capture) == b"x"
        archive.close()
        (archive.root / OFFICE / INDEX_NAME).unlink()
        [again] = archive.captures(OFFICE)
        assert (again.url, again.kind) == (capture.url, "other")
        assert again.url == url.replace("\r\n", "%0D%0A").replace(" ", "%20")


@pytest.mark.faults
@pytest.mark.parametrize("office_id", ["..", "a/b", "", "/etc", "A", "a" * 80])
def test_no_office_id_leads_out_of_the_archive_folder(tmp_path, office_id):
    with pytest.raises(ArchiveError, match="cannot name a folder"):
        ArchiveWriter(tmp_path / "archive", office_id)
    with Archive(tmp_path) as archive:
        assert list(archive.captures(office_id)) == []


def test_an_archive_that_is_not_there_is_empty(tmp_path):
    with Archive(tmp_path / "nothing") as archive:
        assert archive.offices() == []
        assert list(archive.captures(OFFICE)) == []


def test_a_lost_file_is_named(tmp_path):
    _filled(tmp_path, "a")
    with _writer(tmp_path) as writer:
        repeated = _write(writer, "z", "页 a".encode() * 400)
    _files(tmp_path)[0].unlink()
    with Archive(tmp_path) as archive, pytest.raises(PayloadError, match=r"a WARC file .* missing"):
        archive.payload(repeated)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(b"page", mtime=0)),
        ("x-gzip", gzip.compress(b"pa", mtime=0) + gzip.compress(b"ge", mtime=0)),
        ("deflate", zlib.compress(b"page")),
        ("deflate", zlib.compress(b"page")[2:-4]),
        ("gzip", b"page"),
        ("gzip", gzip.compress(b"page", mtime=0) + b"\0\0garbage"),
        ("identity", b"page"),
    ],
)
def test_content_encodings_are_undone(coding, body):
    assert decode_body(body, [("content-encoding", coding)]) == b"page"


@pytest.mark.parametrize(
    "body",
    [b"4\r\npage\r\n0\r\n\r\n", b"2;x=y\r\npa\r\n2\r\nge\r\n0\r\n\r\n", b"page"],
)
def test_chunk_framing_is_undone_where_it_is_one(body):
    assert decode_body(body, [("Transfer-Encoding", "chunked")]) == b"page"


@pytest.mark.faults
def test_a_bomb_is_refused():
    bomb = gzip.compress(bytes(5_000_000))
    with pytest.raises(PayloadError, match="grows beyond 1000000 bytes"):
        decode_body(bomb, [("content-encoding", "gzip")], limit=1_000_000)


def test_an_unknown_encoding_is_named():
    with pytest.raises(PayloadError, match="“pack200-gzip” is not known"):
        decode_body(b"x", [("content-encoding", "pack200-gzip")])


def test_header_lines_keep_every_byte():
    head, body = split_block(
        "HTTP/1.1 200 OK\r\nX: 聊\r\n folded\r\nbad line\r\nY:\r\n\r\nbody".encode("gbk")
    )
    assert body == b"body"
    assert header_lines(head) == [
        ("X", "聊".encode("gbk").decode("latin-1") + " folded"),
        ("Y", ""),
    ]
