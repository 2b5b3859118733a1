"""The WARC files as somebody reads them who knows the standard and nothing of this project.

The reader below is made from the grammar of WARC/1.1 and HTTP/1.1 with the standard library alone;
it resolves revisits by what the standard says of them. Replay by pywb was tried by hand.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.cli import main as warcio


def _records(data: bytes):
    """(header fields, block) of each record; `data` is unpacked."""
    stream = io.BytesIO(data)
    while True:
        version = stream.readline()
        if not version:
            return
        assert version == b"WARC/1.1\r\n"
        fields = {}
        while (line := stream.readline()) != b"\r\n":
            name, _, value = line.decode("utf-8").rstrip("\r\n").partition(": ")
            assert name not in fields
            fields[name] = value
        block = stream.read(int(fields["Content-Length"]))
        assert stream.read(4) == b"\r\n\r\n"
        yield fields, block


def _body(block: bytes) -> bytes:
    head, _, body = block.partition(b"\r\n\r\n")
    return gzip.decompress(body) if b"content-encoding: gzip" in head.lower() else body


def _replay(files) -> dict[str, list[bytes]]:
    """Every state of every address, in order."""
    states: dict[str, list[bytes]] = {}
    by_reference: dict[tuple[str, str], bytes] = {}
    for path in files:
        for fields, block in _records(gzip.decompress(path.read_bytes())):
            digest = base64.b32encode(hashlib.sha1(block).digest()).decode()
            assert fields["WARC-Block-Digest"] == f"sha1:{digest}"
            url = fields.get("WARC-Target-URI", "")
            if fields["WARC-Type"] == "response":
                by_reference[url, fields["WARC-Date"]] = _body(block)
                states.setdefault(url, []).append(_body(block))
            elif fields["WARC-Type"] == "revisit":
                reference = fields["WARC-Refers-To-Target-URI"], fields["WARC-Refers-To-Date"]
                states.setdefault(url, []).append(by_reference[reference])
    return states


def test_every_page_can_be_replayed_from_the_standard_alone(runs):
    site = runs.site
    packed = gzip.compress(site.report(2022).encode())
    site.pages["/gk/2022.html"] = site.Answer(packed, headers=[("Content-Encoding", "gzip")])
    site.pages["/gk/2021.html"] = site.Answer(site.report(2020))  # the same payload twice
    runs.crawl()
    site.pages["/gk/2019.html"] = site.Answer(site.report(2019, "<p>更正</p>"), has_etag=True)
    runs.crawl(max_age_hours=0)
    states = {
        url.removeprefix(site.url): bodies for url, bodies in _replay(runs.warc_files()).items()
    }
    assert [body.decode() for body in states["/gk/2022.html"]] == [site.report(2022)] * 2
    assert [body.decode() for body in states["/gk/2021.html"]] == [site.report(2020)] * 2
    assert [body.decode() for body in states["/gk/2019.html"]] == [
        site.report(2019),
        site.report(2019, "<p>更正</p>"),
    ]
    assert states.keys() == {*site.pages}


def test_warcio_finds_nothing_wrong(runs, capsys):
    runs.site.pages["/gk/2021.html"] = runs.site.Answer(runs.site.report(2022))
    runs.site.pages["/gk/2020.html"] = runs.site.Answer(raw=b"no http\r\n\r\n")
    runs.crawl()
    runs.crawl(max_age_hours=0)
    files = runs.warc_files()
    assert len(files) == 2
    with pytest.raises(SystemExit) as ended:
        warcio(["check", *map(str, files)])
    assert ended.value.code == 0, capsys.readouterr().out
    types = set()
    for path in files:
        with path.open("rb") as file:
            types |= {record.rec_type for record in ArchiveIterator(file)}
    assert types == {"warcinfo", "response", "request", "revisit", "metadata"}
