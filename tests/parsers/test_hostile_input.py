"""No input crashes the parser, hangs it or takes unbounded memory."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from parsers import Document, parse_page
from tests.parsers.hostile_pages import PAGES

HERE = Path(__file__).parent
GOLDEN_PAGES = sorted((HERE.parent / "pages").glob("*.html"))
# A guard against hanging for ever, not a measure of speed.
SECONDS = 60


@pytest.mark.parametrize("name", PAGES)
def test_a_hostile_page_gives_documents(name: str) -> None:
    command = [sys.executable, str(HERE / "hostile_pages.py"), name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split()[0] in {"report", "listing", "notice", "challenge", "other"}


@pytest.mark.parametrize("path", GOLDEN_PAGES, ids=lambda path: path.stem)
def test_a_page_cut_anywhere_holds_together(
    path: Path, broken_invariants: Callable[[list[Document]], list[str]]
) -> None:
    data = path.read_bytes()
    places = random.Random(path.stem)
    for _ in range(6):
        cut = data[: places.randrange(len(data) + 1)]
        assert broken_invariants(parse_page(cut)) == [], f"cut at byte {len(cut)}"


@pytest.mark.parametrize("path", GOLDEN_PAGES, ids=lambda path: path.stem)
def test_a_damaged_page_holds_together(
    path: Path, broken_invariants: Callable[[list[Document]], list[str]]
) -> None:
    """Bytes changed, lost and doubled, as a broken disk or a broken proxy leaves them."""
    data = path.read_bytes()
    draw = random.Random(path.stem)
    for kind in ("changed", "lost", "doubled"):
        damaged = bytearray(data)
        for _ in range(20):
            if not damaged:
                break
            at = draw.randrange(len(damaged))
            piece = bytes(damaged[at : at + draw.randrange(1, 60)])
            replaced = {"changed": draw.randbytes(3), "lost": b"", "doubled": piece * 2}[kind]
            damaged[at : at + len(piece)] = replaced
        assert broken_invariants(parse_page(bytes(damaged))) == [], kind


@pytest.mark.parametrize("name", ["50 MB of tags", "50 MB of one word", "50 MB of cells"])
def test_a_page_larger_than_any_report_is_refused_in_one_sentence(name: str) -> None:
    page = PAGES[name]()
    (document,) = parse_page(page if isinstance(page, bytes) else page.encode())
    assert (document.kind, document.report) == ("other", None)
    assert [finding.rule for finding in document.findings] == ["page-too-large"]
    assert "are not read" in document.reason
