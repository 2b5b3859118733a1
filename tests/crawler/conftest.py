"""A site of one's own on the loopback address, under full control, and offices that point at it."""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import json
import re
import socket
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from crawler.archive import Archive, Capture, Failure
from crawler.offices import Expected, Office, Politeness
from crawler.results import CrawlResult
from crawler.run import crawl

HTML = "text/html; charset=utf-8"


@dataclass
class Answer:
    """What the site answers to one address.

    raw: the whole answer as bytes, in the place of everything else.
    act: called with the socket after the request is read, in the place of any answer.
    has_etag: sends an ETag made from the body, and 304 to a request that has it already.
    """

    body: bytes | str = b""
    status: int = 200
    content_type: str | None = HTML
    headers: list[tuple[str, str]] = field(default_factory=list)
    has_etag: bool = False
    raw: bytes | None = None
    act: Callable[[socket.socket], None] | None = None
    pause: float = 0.0

    @property
    def etag(self) -> str:
        return f'"{zlib.crc32(self.bytes):x}"'

    @property
    def bytes(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else self.body

    def block(self, asked: dict[str, str]) -> bytes:
        if self.raw is not None:
            return self.raw
        body, status, lines = self.bytes, self.status, list(self.headers)
        if self.content_type:
            lines.insert(0, ("Content-Type", self.content_type))
        if self.has_etag:
            lines.append(("ETag", self.etag))
            if asked.get("if-none-match") == self.etag:
                status, body = 304, b""
        if status != 304:
            lines.append(("Content-Length", str(len(body))))
        head = f"HTTP/1.1 {status} Some Words\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines)
        return head.encode() + b"\r\n" + body


class Site:
    """A real HTTP server in threads: what it answers is a table, what was asked is kept."""

    Answer = Answer
    OFFICE_ID = "cn-990000-test"
    TITLE = "平湖市测试局{year}年政府信息公开工作年度报告"

    def __init__(self, address: str = "127.0.0.1", office_id: str = OFFICE_ID) -> None:
        self.office_id = office_id
        self.pages: dict[str, Answer | list[Answer]] = {}
        # Called with the address, in the place of the table.
        self.resolve: Callable[[str], Answer] | None = None
        self.requests: list[tuple[float, str, dict[str, str]]] = []
        self._open = 0
        self.most_open = 0
        self._lock = threading.Lock()
        self._socket = socket.create_server((address, 0))
        self.host = f"{address}:{self._socket.getsockname()[1]}"
        self.url = f"http://{self.host}"
        self._closing = False
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._closing = True
        # Closing alone would let the thread that waits in accept() take one more.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    @property
    def is_asked(self) -> bool:
        """Whether a request is being answered."""
        return self._open > 0

    def asked(self) -> Counter[str]:
        """How often each address was asked for."""
        return Counter(path for _, path, _ in self.requests)

    def fill(self, years: Iterable[int] = range(2019, 2023), *, etags: bool = True) -> None:
        """The usual site: robots.txt, a home page, a column of reports, and the reports."""
        links = [(f"/gk/{year}.html", self.TITLE.format(year=year)) for year in years]
        self.pages |= {
            "/robots.txt": Answer("User-agent: *\nDisallow: /admin/\n", content_type="text/plain"),
            "/": Answer(self.listing([("/nb/", "政府信息公开年报")], "测试局"), has_etag=etags),
            "/nb/": Answer(self.listing(links), has_etag=etags),
        }
        for year in years:
            self.pages[f"/gk/{year}.html"] = Answer(self.report(year), has_etag=etags)

    def office(self, **politeness: Any) -> Office:
        """An office whose entry page is `/nb/` of this site."""
        return Office(
            id=self.office_id,
            name="平湖市测试局",
            home_url=f"{self.url}/",
            entry_urls=(f"{self.url}/nb/",),
            hosts=(self.host,),
            politeness=Politeness(**({"delay_seconds": 0.0, "timeout_seconds": 5.0} | politeness)),
            expected=Expected(from_year=2019, until_year=2022),
        )

    def office_file(self, path: Path, more: str = "") -> Path:
        """The same office as a file of a person."""
        path.write_text(
            f'id = "{self.office_id}"\nname = "平湖市测试局"\nhome_url = "{self.url}/"\n'
            f'entry_urls = ["{self.url}/nb/"]\n{more}\n[politeness]\ndelay_seconds = 0\n',
            encoding="utf-8",
        )
        return path

    @staticmethod
    def page(title: str, inner: str) -> str:
        return (
            f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title></head>'
            f"<body><h1>{title}</h1>{inner}</body></html>"
        )

    @classmethod
    def report(cls, year: int, more: str = "") -> str:
        """A page that reads like a report: long enough, and of its own words."""
        words = (
            f"<p>{year}年，测试局按照要求做好主动公开和依申请公开，下面是这一年的情况。</p>" * 12
        )
        return cls.page(cls.TITLE.format(year=year), f"<p>一、总体情况</p>{words}{more}")

    @classmethod
    def listing(
        cls, links: Iterable[tuple[str, str]], title: str = "政府信息公开年报", more: str = ""
    ) -> str:
        items = "".join(f'<li><a href="{href}">{text}</a></li>' for href, text in links)
        return cls.page(title, f"<ul>{items}</ul>{more}")

    def _serve(self) -> None:
        while not self._closing:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection:
            waiting = b""
            while True:
                while b"\r\n\r\n" not in waiting:
                    try:
                        data = connection.recv(65536)
                    except OSError:
                        return
                    if not data:
                        return
                    waiting += data
                head, _, waiting = waiting.partition(b"\r\n\r\n")
                if not self._answer(connection, head.decode("latin-1")):
                    return

    def _answer(self, connection: socket.socket, head: str) -> bool:
        first, *lines = head.split("\r\n")
        path = first.split(" ")[1]
        asked = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}
        with self._lock:
            self.requests.append((time.monotonic(), path, asked))
            self._open += 1
            self.most_open = max(self.most_open, self._open)
            missing = Answer("<p>没有这个地址</p>", status=404)
            answer = self.resolve(path) if self.resolve else self.pages.get(path, missing)
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
        try:
            time.sleep(answer.pause)
            if answer.act is not None:
                answer.act(connection)
                return False
            connection.sendall(answer.block(asked))
            return answer.raw is None
        except OSError:
            return False
        finally:
            with self._lock:
                self._open -= 1


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.close()


@dataclass
class Runs:
    """Crawls of one site into one data directory, and what they left there."""

    site: Site
    data: Path

    def crawl(self, office: Office | None = None, **options: Any) -> CrawlResult:
        return crawl([office or self.site.office()], data_dir=self.data, **options)

    def captures(self) -> list[Capture]:
        with Archive(self.data) as archive:
            return list(archive.captures(Site.OFFICE_ID))

    def latest(self) -> dict[str, Capture]:
        """The latest capture of each address, by path."""
        return {"/" + capture.url.split("/", 3)[3]: capture for capture in self.captures()}

    def payload(self, path: str) -> bytes:
        with Archive(self.data) as archive:
            return archive.payload(self.latest()[path])

    def failures(self) -> list[Failure]:
        with Archive(self.data) as archive:
            return list(archive.failures(Site.OFFICE_ID))

    def manifest(self) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads((self.data / "crawl.json").read_text("utf-8"))
        return manifest

    def age(self, **by: float) -> None:
        """Let everything in the archive be older by so much time."""
        for path in self.warc_files():
            members = b""
            for line in gzip.decompress(path.read_bytes()).splitlines(keepends=True):
                name, _, value = line.partition(b": ")
                if name in (b"WARC-Date", b"WARC-Refers-To-Date"):
                    moment = dt.datetime.fromisoformat(value.decode().strip())
                    older = (moment - dt.timedelta(**by)).strftime("%Y-%m-%dT%H:%M:%SZ")
                    line = name + b": " + older.encode() + b"\r\n"
                members += line
            parts = re.split(rb"(?<=\r\n\r\n)(?=WARC/1\.1\r\n)", members)
            path.write_bytes(b"".join(gzip.compress(part) for part in parts))
            (path.parent / "index.sqlite").unlink(missing_ok=True)

    def warc_files(self) -> list[Path]:
        return sorted((self.data / "archive").glob("*/*.warc.gz"))


@pytest.fixture
def runs(site: Site, tmp_path: Path) -> Runs:
    """A site with four reports, and a data directory."""
    site.fill()
    return Runs(site, tmp_path / "data")


@pytest.fixture
def other_site() -> Iterator[Site]:
    """A second host, to which no office belongs."""
    made = Site()
    yield made
    made.close()
