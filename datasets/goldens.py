"""Verified figures as tests of the parser: a captured page, and beside it what is right of it.

A partial golden is `NAME.partial.csv` beside `NAME.html`: figures that a person verified, while the
page's other figures are left open. `pytest --pages DIR` checks a folder of them. This module writes
them from the verdicts of spot checks and the archive, and tells where a page is read otherwise; it
changes no figure of the dataset.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crawler.archive import Archive, ArchiveError, Capture
from datasets.verdicts import every_verdict, figure_key
from parsers import Document, Observation, parse_page

COLUMNS = ("report_year", "indicator", "applicant", "source", "value", "status", "qualifier")
# A figure that the page does not state: nothing may be read for it.
ABSENT = "absent"
Row = dict[str, str]
_NAMED_BY = COLUMNS[:4]


class GoldenError(ValueError):
    """A partial golden cannot be used; the message names the file and why."""


@dataclass(frozen=True, slots=True)
class SavedGoldens:
    """What was written from the verdicts.

    pages: the files with the pages. figures: how many figures the goldens beside them hold.
    to_fix: a sentence for each of them that is read otherwise than verified.
    left_out: a sentence for each verdict of which no golden can be made.
    """

    pages: tuple[Path, ...]
    figures: int
    to_fix: tuple[str, ...]
    left_out: tuple[str, ...]


def read_golden(path: Path) -> list[Row]:
    """The rows of a partial golden.

    Raises:
        GoldenError: its columns are others, or it has no row.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows:
        raise GoldenError(f"{path} has no row: add figures, or remove it.")
    if tuple(rows[0]) != COLUMNS:
        raise GoldenError(f"{path}: the columns must be {','.join(COLUMNS)}.")
    return rows


def departures(rows: Iterable[Mapping[str, str]], documents: Sequence[Document]) -> list[str]:
    """A sentence for every row of a partial golden that the documents of its page read otherwise.

    Where a page holds two documents of one year, one of them has to read the figure so.
    """
    read: dict[tuple[str, ...], list[Observation]] = {}
    for document in documents:
        if document.report is not None:
            year = str(document.report.report_year or "")
            for one in document.report.observations:
                named = (year, one.indicator, one.applicant or "", one.source)
                read.setdefault(named, []).append(one)
    found = []
    for row in rows:
        key = tuple(row[name] for name in _NAMED_BY)
        here = read.get(key, [])
        if not _agrees(row, here):
            figure = " ".join(part for part in key if part)
            readings = " and ".join(
                _words(str(one.value), one.status, one.qualifier) for one in here
            )
            wanted = _words(row["value"], row["status"], row["qualifier"])
            found.append(f"{figure} should be {wanted} and is {readings or 'not read'}")
    return found


def _agrees(row: Mapping[str, str], here: Sequence[Observation]) -> bool:
    if row["status"] == ABSENT:
        return not here
    return any(_is_read_as(row, one) for one in here)


def _is_read_as(row: Mapping[str, str], one: Observation) -> bool:
    value = float(row["value"]) if row["value"] else None
    close = one.value is value or (
        one.value is not None and value is not None and abs(one.value - value) < 1e-9
    )
    return close and (one.status, one.qualifier) == (row["status"], row["qualifier"] or "exact")


def _words(value: str, status: str, qualifier: str) -> str:
    figure = f"{float(value):.12g}" if value not in ("", "None") else ""
    named = status if status != "reported" or not figure else ""
    exactness = qualifier.replace("_", " ") if qualifier != "exact" else ""
    return " ".join(part for part in (exactness, figure, named) if part)


def save_goldens(
    data_dir: Path, folder: Path, *, offices: Sequence[str] | None = None
) -> SavedGoldens:
    """Write every page with a verdict as a page test into `folder`: its bytes and its golden.

    offices: only these. A golden that is already there keeps its other rows.

    Figures judged right are saved as judged, also when they are read otherwise by now; figures
    judged wrong, as the person said they stand on the page.

    Raises:
        GoldenError: a golden in the folder cannot be read.
        OSError: the folder cannot be written.
    """
    judged, left_out = _judged(data_dir, offices)
    pages, figures, to_fix = [], 0, []
    folder.mkdir(parents=True, exist_ok=True)
    for (office_id, digests), archive in _opened(data_dir, judged):
        captures: dict[str, Capture] = {}
        for capture in archive.captures(office_id):
            if capture.is_ok and capture.capture_id in digests:
                captures.setdefault(capture.capture_id, capture)
        for digest in digests:
            rows = judged[(office_id, digest)]
            try:
                page, documents = _write_page(archive, captures[digest], folder)
            except (ArchiveError, KeyError) as error:
                why = (
                    error if isinstance(error, ArchiveError) else "the archive has no such capture"
                )
                left_out.append(f"{office_id}, {len(rows)} figures in {digest[:12]}: {why}")
                continue
            golden = page.with_name(page.stem + ".partial.csv")
            kept = _merged(golden, _with_years_of(rows, documents))
            _write_golden(golden, kept)
            pages.append(page)
            figures += len(kept)
            to_fix += [f"{page.name}: {sentence}" for sentence in departures(kept, documents)]
    return SavedGoldens(tuple(pages), figures, tuple(to_fix), tuple(left_out))


def _judged(
    data_dir: Path, offices: Sequence[str] | None
) -> tuple[dict[tuple[str, str], list[Row]], list[str]]:
    """The rows of goldens, and what gives none, by office and capture; the last word counts."""
    last: dict[tuple[str, ...], dict[str, str]] = {}
    for verdict in every_verdict(data_dir):
        if offices is None or verdict["office_id"] in offices:
            named = tuple(verdict[name] for name in ("office_id", "capture_id", *_NAMED_BY))
            last[named] = verdict
    judged: dict[tuple[str, str], list[Row]] = {}
    trouble: list[str] = []
    for (office_id, capture_id, *_), verdict in sorted(last.items()):
        row, why = _row_of(verdict)
        if why is None:
            judged.setdefault((office_id, capture_id), []).append(row)
        else:
            trouble.append(f"{' '.join(str(part) for part in figure_key(verdict) if part)}: {why}")
    return judged, trouble


def _opened(
    data_dir: Path, judged: Iterable[tuple[str, str]]
) -> Iterator[tuple[tuple[str, list[str]], Archive]]:
    """Each office with the captures that are asked for, and the archive open for it alone."""
    offices: dict[str, list[str]] = {}
    for office_id, digest in sorted(judged):
        offices.setdefault(office_id, []).append(digest)
    for one in offices.items():
        with Archive(data_dir) as archive:
            yield one, archive


def _write_golden(path: Path, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _row_of(verdict: Mapping[str, str]) -> tuple[Row, str | None]:
    """A verdict as a row of a golden, and why it cannot be one, if so."""
    row = {name: verdict[name] for name in COLUMNS}
    if verdict["verdict"] == "unsure":
        return row, "the person was unsure"
    if verdict["corrected"]:
        return row, "a correction stands in the place of what the page prints"
    if verdict["verdict"] == "wrong":
        if not verdict["right_status"]:
            return row, "it was judged wrong, and nobody said what the page states"
        row |= {name: verdict[f"right_{name}"] for name in ("value", "status", "qualifier")}
    if row["value"]:
        row["value"] = f"{float(row['value']):.12g}"
    return row, None


def _write_page(
    archive: Archive, capture: Capture, folder: Path
) -> tuple[Path, tuple[Document, ...]]:
    """Write the bytes of a capture, and beside them the header that reading them needs."""
    data = archive.payload(capture)
    content_type = next(
        (value for name, value in archive.headers(capture) if name.lower() == "content-type"), None
    )
    suffix = ".txt" if (content_type or "").startswith("text/plain") else ".html"
    page = folder / f"{capture.office_id}-{capture.capture_id[:12]}{suffix}"
    page.write_bytes(data)
    headers = {"Content-Type": content_type} if content_type else {}
    lines = [f"{name}: {value}" for name, value in headers.items()]
    # Only the charset is read; the address is for whoever wonders where the page is from.
    lines.append(f"Content-Location: {capture.url}")
    text = "".join(f"{line}\n" for line in lines)
    page.with_suffix(".headers").write_bytes(text.encode("latin-1", "backslashreplace"))
    return page, tuple(parse_page(data, headers=headers))


def _with_years_of(rows: Iterable[Row], documents: Iterable[Document]) -> list[Row]:
    """The rows as the page alone can state them: a year known from a link only is left out."""
    reports = [one.report for one in documents if one.report is not None]
    undated = len(reports) == 1 and reports[0].report_year is None
    return [row | {"report_year": ""} if undated else row for row in rows]


def _merged(golden: Path, rows: Iterable[Row]) -> list[Row]:
    known = {
        tuple(row[name] for name in _NAMED_BY): row
        for row in (read_golden(golden) if golden.exists() else [])
    }
    known |= {tuple(row[name] for name in _NAMED_BY): row for row in rows}
    return [known[key] for key in sorted(known)]
