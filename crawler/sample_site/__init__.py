"""Sample sites: offices' pages to serve on this machine, for demonstration and tests.

`pages/` has the site of the Foreign Affairs Office of Liaocheng (聊城市人民政府外事办公室) as it is
built: a home page, a channel page that holds every document inline, a page for each document. The
figures, headings, labels, dates and oddities are the published ones; the prose between them is
written for this project. `truth.csv` says every figure the pages state and `reports.csv` every
report, both read by hand.

`dated_detail/`, `art_col/` and `json_listing/` are sites of three other families, in the addresses
and the markup of their systems; their offices, places, figures and words are invented, each with
its own truth, and the rows of `offices.csv` describe them. This module serves a folder on the
loopback address and nowhere else; it never fetches, and reads no figure.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

FOLDER = Path(__file__).parent
PAGES = FOLDER / "pages"
TRUTH = FOLDER / "truth.csv"
REPORTS = FOLDER / "reports.csv"
# The office file that describes the site; its addresses are moved to where it is served.
OFFICE = FOLDER / "office.toml"
# The channel page of the annual reports; a static server answers it with the folder's index.
CHANNEL = "/channel_lc_swbchannel201911221748261556996309"
# The registry that describes the offices of the other sites, at addresses like those of OFFICE.
OFFICES = FOLDER / "offices.csv"
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class SampleSite:
    """The site of one family.

    truth, reports: every figure and every report that its pages state, by office.
    """

    family: str
    folder: Path

    @property
    def pages(self) -> Path:
        """The folder that is served."""
        return self.folder / "pages"

    @property
    def truth(self) -> Path:
        """The figures, as CSV."""
        return self.folder / "truth.csv"

    @property
    def reports(self) -> Path:
        """The reports, as CSV."""
        return self.folder / "reports.csv"


SITES = {
    family: SampleSite(family, FOLDER / family.replace("-", "_"))
    for family in ("dated-detail", "art-col", "json-listing")
}


class _Handler(SimpleHTTPRequestHandler):
    """Serve the pages; no folder listings, no log on the terminal."""

    # The standard types, with the charset that the text is written in; pages that are written in
    # another one say so themselves.
    extensions_map = {  # noqa: RUF012 (the name and the kind are the base class's)
        ".html": "text/html; charset=utf-8",
        ".txt": "text/plain; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".png": "image/png",
        ".js": "text/javascript; charset=utf-8",
        ".json": "application/json; charset=utf-8",
        ".xml": "text/xml; charset=utf-8",
        "": "application/octet-stream",
    }

    def translate_path(self, path: str) -> str:
        """The file for `path`: with the query in its name if there is one, with an ending."""
        found = super().translate_path(path)
        query = path.partition("?")[2].replace("/", "%2F")
        asked = (f"{found}@{query}{ending}" for ending in (".json", ".xml") if query)
        return next((one for one in (*asked, f"{found}.html") if Path(one).is_file()), found)

    def guess_type(self, path: object) -> str:
        """The type of the file `path`; without a charset where the page declares its own."""
        found = super().guess_type(str(path))
        if not found.startswith("text/html") or not Path(str(path)).is_file():
            return found
        with Path(str(path)).open("rb") as page:
            return "text/html" if b"charset=gb" in page.read(500) else found

    def list_directory(self, path: object) -> BytesIO | None:
        """Answer 404 for a folder without an index, as the office's server does."""
        self.send_error(HTTPStatus.NOT_FOUND)
        return None

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the crawl has its own log."""


@contextmanager
def serve(folder: Path | None = None, *, port: int = 0) -> Iterator[str]:
    """Serve `folder` (the sample site's pages when not given) on 127.0.0.1 while the block runs.

    port: the port to listen on; 0 lets the system choose a free one.
    Yields the base URL without a slash at the end, such as `http://127.0.0.1:40001`.

    Raises:
        OSError: the port is taken by somebody else.
    """
    handler = partial(_Handler, directory=str(folder or PAGES))
    server = ThreadingHTTPServer((LOOPBACK, port), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="sample-site", daemon=True)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
