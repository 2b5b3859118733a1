"""Write offices' archives as one WACZ file, which other people's tools replay.

A WACZ file is a zip of the WARC files as they are, an index over them and a list of pages; the
`wacz` package makes it (the optional extra `wacz`). The archive itself is not
changed; of a damaged WARC file the records that can be read go out, and the loss is named.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crawler.archive import Archive, Capture, Damage
from crawler.archive.records import Gap, scan
from crawler.extras import install_hint
from crawler.locks import office_lock

# What is of interest to somebody who opens the file: the reports, and the pages that list them.
_PAGE_KINDS = ("channel", "report")


class ExportFailed(Exception):
    """There is no file; the message says why."""


class WaczMissing(ExportFailed):
    """The optional package that makes WACZ files is not installed."""


@dataclass(frozen=True, slots=True)
class Export:
    """What went into a file.

    pages: the entries of its list of pages. files: its WARC files. lost: what could not be read.
    """

    offices: tuple[str, ...]
    pages: int
    files: int
    bytes: int
    lost: tuple[Damage, ...]


def export_wacz(data_dir: Path, path: Path, office_ids: Iterable[str]) -> Export:
    """Write the archives of `office_ids` in `data_dir` as the WACZ file `path`.

    A file that is there already is replaced when the new one is whole.

    Raises:
        WaczMissing: the package `wacz` is not installed. ExportFailed: it cannot make the file.
        Busy: a run holds the archive of one of the offices. NotWritable, OSError: no room.
    """
    try:
        from wacz.main import main as wacz
    except ImportError as error:
        raise WaczMissing(install_hint("wacz", "wacz")) from error
    office_ids = tuple(office_ids)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gongkai-wacz-")))
        for office_id in office_ids:
            stack.callback(office_lock(data_dir, office_id).release)
        archive = stack.enter_context(Archive(data_dir))
        files, lost = _readable_files(archive, office_ids, folder)
        pages = list(_pages(archive, office_ids))
        _write_pages(folder / "pages.jsonl", pages)
        said = io.StringIO()
        arguments = ["create", "-o", str(beside), "--copy-pages", "--pages"]
        arguments += [str(folder / "pages.jsonl"), *_titles(office_ids), *map(str, files)]
        try:
            with contextlib.redirect_stdout(said):
                code = wacz(arguments)
            if code:
                last = said.getvalue().strip().splitlines()[-1:]
                raise ExportFailed(f"{path} cannot be made: {' '.join(last)}")
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    return Export(office_ids, len(pages), len(files), path.stat().st_size, tuple(lost))


def _titles(office_ids: Sequence[str]) -> list[str]:
    title = f"Annual reports on open government information: {', '.join(office_ids)}"
    return ["--title", title[:300], "--desc", "Archived by gongkai"]


def _readable_files(
    archive: Archive, office_ids: Iterable[str], folder: Path
) -> tuple[list[Path], list[Damage]]:
    """The WARC files to export; of a damaged one a copy in `folder` without the damage."""
    files: list[Path] = []
    lost: list[Damage] = []
    for office_id in office_ids:
        for path in sorted((archive.root / office_id).glob("*.warc.gz")):
            # The index knows what was unreadable when it was made; damage may be younger.
            gaps = [item for item in scan(path) if isinstance(item, Gap)]
            if gaps:
                name = f"{office_id}/{path.name}"
                lost += [Damage(name, gap.offset, gap.until, gap.message) for gap in gaps]
                path = _without(path, gaps, folder)
            files.append(path)
    return files, lost


def _without(path: Path, gaps: Iterable[Gap], folder: Path) -> Path:
    copy = folder / path.name
    data = path.read_bytes()
    at = 0
    with copy.open("wb") as file:
        for gap in gaps:
            file.write(data[at : gap.offset])
            at = gap.until
        file.write(data[at:])
    return copy


def _pages(archive: Archive, office_ids: Iterable[str]) -> Iterator[Capture]:
    """The latest good capture of each report and entry page, reports by title.

    Not the 304 that says it still stands: pywb and others replay that as an answer without a body.
    """
    for office_id in office_ids:
        latest: dict[str, Capture] = {
            capture.url: capture
            for capture in archive.captures(office_id)
            if 200 <= capture.http_status < 300 and capture.kind in _PAGE_KINDS
        }
        yield from sorted(latest.values(), key=lambda one: (one.kind, one.link_text or ""))


def _write_pages(path: Path, pages: Iterable[Capture]) -> None:
    rows = [{"format": "json-pages-1.0", "id": "pages", "title": "Reports and entry pages"}]
    rows += [
        {
            "id": f"page-{number}",
            "url": capture.url,
            "ts": f"{capture.fetched_at:%Y-%m-%dT%H:%M:%SZ}",
            "title": capture.link_text or capture.url,
        }
        for number, capture in enumerate(pages, 1)
    ]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")
