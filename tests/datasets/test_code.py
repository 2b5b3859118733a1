"""What is kept is made anew when anything that decides it changed."""

import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from datasets import pages, sources
from datasets.engine import code


@pytest.mark.parametrize("library", ["brotli", "zstandard"])
def test_pages_are_read_again_when_a_decoder_comes_or_goes(
    monkeypatch: pytest.MonkeyPatch, library: str
):
    def without(name: str) -> str:
        if name == library:
            raise PackageNotFoundError(name)
        return "1.0" if name in {"brotli", "zstandard"} else version(name)

    monkeypatch.setattr(code, "version", without)
    before = code.reading_code()
    monkeypatch.setattr(code, "version", lambda name: "1.0" if name == library else without(name))
    assert code.reading_code() != before


def test_pages_are_read_again_when_the_reading_of_the_archive_changed(
    monkeypatch: pytest.MonkeyPatch,
):
    before = code.reading_code()
    folder = sources._folder
    monkeypatch.setattr(
        sources, "_folder", lambda name: folder("parsers" if name == "crawler.archive" else name)
    )
    sources.package_digest.cache_clear()
    try:
        assert code.reading_code() != before
    finally:
        sources.package_digest.cache_clear()


def test_tables_are_made_anew_under_another_version_of_the_project(
    monkeypatch: pytest.MonkeyPatch,
):
    """The version stands in the metadata of the files."""
    before = code.table_code()
    monkeypatch.setattr(code, "code_version", lambda: "99.0")
    assert code.table_code() != before


def test_a_changed_file_of_the_code_or_the_registry_is_another_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for package in sources.SOURCE_PACKAGES:
        shutil.copytree(sources._folder(package), tmp_path / package)
    monkeypatch.setattr(sources, "_folder", lambda package: tmp_path / package)

    def digest() -> str:
        sources.package_digest.cache_clear()
        return sources.source_digest()

    try:
        before = digest()
        seen = {before}
        for file in ("datasets/registry/panel.csv", "parsers/page.py", "datasets/panel.py"):
            path = tmp_path / file
            path.write_bytes(path.read_bytes() + b"\n")
            seen.add(digest())
        assert len(seen) == 4
        (tmp_path / "datasets" / "note.log").write_text("no code")
        assert digest() in seen
    finally:
        sources.package_digest.cache_clear()


def test_a_machine_without_memory_says_nothing_of_the_page(monkeypatch: pytest.MonkeyPatch):
    def parse(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(pages, "parse_page", parse)
    with pytest.raises(MemoryError):
        pages.read_payload(b"<p>", "http://o/", None)
