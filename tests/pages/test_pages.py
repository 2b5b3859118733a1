"""Pages as tests: a page dropped into this folder is checked at the next run.

`NAME.html` (or `.htm`, `.txt`) may have beside it `NAME.json`, all that is read from it (written
when it is missing; that run fails for a person to review it); `NAME.partial.csv`, only figures
that a person verified (`gongkai spot-check --save-golden` writes such); `NAME.facts.csv`, what a
person verified about its documents; and `NAME.headers`, the HTTP headers it came with. `pytest
--pages DIR` checks another folder, or the captures of a data directory.
"""

from __future__ import annotations

import csv
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import unified_diff
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from crawler.archive import Archive
from datasets.goldens import departures, read_golden
from parsers import Document, Finding, Observation, Section, parse_page

OWN = Path(__file__).parent
SUFFIXES = {".html", ".htm", ".shtml", ".txt"}


@dataclass(frozen=True)
class Page:
    """A page to check: a file, or a capture in the archive of a data directory."""

    name: str
    path: Path
    capture: tuple[str, str] | None = None

    def beside(self, suffix: str) -> Path:
        return self.path.with_name(self.path.stem + suffix)

    def has(self, suffix: str) -> bool:
        return self.capture is None and self.beside(suffix).is_file()


def pages_in(folder: Path) -> Iterator[Page]:
    if (folder / "archive").is_dir():
        with Archive(folder) as archive:
            seen: set[str] = set()
            for office in archive.offices():
                for capture in archive.captures(office):
                    if capture.capture_id not in seen:
                        seen.add(capture.capture_id)
                        key = (office, capture.capture_id)
                        yield Page(f"{office}/{capture.capture_id[:12]}", folder, key)
        return
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in SUFFIXES and path.is_file():
            yield Page(path.relative_to(folder).as_posix(), path)


@lru_cache(maxsize=1)
def _open(folder: Path) -> Archive:
    return Archive(folder)


@lru_cache(maxsize=64)
def documents_of(page: Page) -> tuple[Document, ...]:
    if page.capture is None:
        headers = {}
        if page.has(".headers"):
            for line in page.beside(".headers").read_text(encoding="latin-1").splitlines():
                name, _, value = line.partition(":")
                headers[name.strip()] = value.strip()
        return tuple(parse_page(page.path.read_bytes(), headers=headers))
    office, capture_id = page.capture
    archive = _open(page.path)
    capture = next(c for c in archive.captures(office) if c.capture_id == capture_id)
    headers = dict(archive.headers(capture))
    return tuple(parse_page(archive.payload(capture), url=capture.url, headers=headers))


# -- goldens: a line a figure, a line a section, a line a finding --------------------------------


def golden_of(documents: tuple[Document, ...]) -> str:
    """The documents as `gongkai parse --json` gives them, shortened for a person to review."""
    rows = []
    for document in documents:
        row: dict[str, Any] = document.to_json()
        report = document.report
        del row["parser_version"], row["source_url"]
        row["links"] = [f"{text} -> {address}" for text, address in document.links]
        row["findings"] = [
            finding_line(f) for f in (report.findings if report else document.findings)
        ]
        if report is not None:
            row["sections"] = [section_line(section) for section in report.sections]
            row["observations"] = [figure_line(o) for o in report.observations]
        rows.append({name: value for name, value in row.items() if value not in (None, [])})
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


def section_line(section: Section) -> str:
    place = f"level {section.level}" + (f" of {section.parent}" if section.parent else "")
    digest = zlib.crc32(section.text.encode())
    return (
        f"{section.ordinal}. {section.section}, {place}: {section.heading or '(no heading)'}"
        f" [{section.chars} characters, {digest:08x}]"
    )


def finding_line(finding: Finding) -> str:
    about = f" {finding.indicator}" if finding.indicator else ""
    return f"{finding.severity} {finding.rule}{about}: {finding.message}"


def figure_line(o: Observation) -> str:
    name = f"{o.indicator}[{o.applicant}]" if o.applicant else o.indicator
    value = o.status if o.value is None else f"{o.value:.12g}"
    words = [
        *([o.status] if o.status == "reported_none" else []),
        *([o.qualifier] if o.qualifier != "exact" else []),
        *([o.source] if o.source != "table" else []),
        *([o.matched_by] if o.matched_by != "label" else []),
        *([f"“{o.value_text}”"] if o.value_text.strip() not in {value, ""} else []),
        o.locator.partition(", column ")[0],
        *([f"« {o.evidence} »"] if o.source != "table" else []),
    ]
    return f"{name} = {value} ({'; '.join(words)})"


# -- the checks ----------------------------------------------------------------------------------


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "page" not in metafunc.fixturenames:
        return
    folder = metafunc.config.getoption("pages", None)
    pages = list(pages_in(Path(folder).resolve() if folder else OWN))
    rewriting = metafunc.config.getoption("write_goldens", False)
    wanted: dict[str, Callable[[Page], bool]] = {
        "test_what_is_read_holds_together": lambda page: True,
        # In a folder of somebody else's, pages without a golden stay without.
        "test_golden": lambda page: (
            page.has(".json")
            or (page.capture is None and rewriting)
            or (folder is None and not page.has(".partial.csv"))
        ),
        "test_verified_figures": lambda page: page.has(".partial.csv"),
        "test_verified_facts": lambda page: page.has(".facts.csv"),
    }
    chosen = [page for page in pages if wanted[metafunc.function.__name__](page)]
    metafunc.parametrize("page", chosen, ids=[page.name for page in chosen])


def test_what_is_read_holds_together(
    page: Page, broken_invariants: Callable[[tuple[Document, ...]], list[str]]
) -> None:
    assert broken_invariants(documents_of(page)) == []


def test_golden(page: Page, request: pytest.FixtureRequest) -> None:
    golden = page.beside(".json")
    made = golden_of(documents_of(page))
    if not golden.exists() or request.config.getoption("write_goldens", False):
        golden.write_text(made, encoding="utf-8")
        pytest.fail(f"{golden} is written: review it against the page, then run again.")
    kept = golden.read_text(encoding="utf-8")
    lines = unified_diff(
        kept.splitlines(), made.splitlines(), golden.name, "as read now", "", "", 0
    )
    assert made == kept, "\n" + "\n".join(lines)


def test_verified_figures(page: Page) -> None:
    """Every figure of NAME.partial.csv is read just so; figures that it leaves out are free."""
    rows = read_golden(page.beside(".partial.csv"))
    assert departures(rows, documents_of(page)) == []


def test_verified_facts(page: Page) -> None:
    """NAME.facts.csv: document (from 1), field (a name of the JSON form), value ("" for none).

    The field n_table_observations says how many figures the tables of the form hold in all.
    """
    with page.beside(".facts.csv").open(encoding="utf-8-sig", newline="") as file:
        wanted = list(csv.DictReader(file))
    assert wanted, f"{page.beside('.facts.csv')} has no row: add facts or remove it"
    documents = [document.to_json() for document in documents_of(page)]
    for row in documents:
        read = [o for o in row["observations"] if o["source"] == "table"]
        row["n_table_observations"] = len(read)
    different = []
    for row in wanted:
        number = int(row["document"])
        document = documents[number - 1] if number <= len(documents) else {}
        value = document.get(row["field"])
        if ("" if value is None else str(value)) != row["value"]:
            different.append(
                f"document {number}: {row['field']} is {value!r}, not {row['value']!r}"
            )
    assert different == []
