"""What is kept is made anew when anything that decides it changed."""

from importlib.metadata import PackageNotFoundError, version

import pytest

from datasets import pages
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
    folder = code._folder
    monkeypatch.setattr(
        code, "_folder", lambda name: folder("parsers" if name == "crawler.archive" else name)
    )
    code._digest.cache_clear()
    try:
        assert code.reading_code() != before
    finally:
        code._digest.cache_clear()


def test_tables_are_made_anew_under_another_version_of_the_project(
    monkeypatch: pytest.MonkeyPatch,
):
    """The version stands in the metadata of the files."""
    before = code.table_code()
    monkeypatch.setattr(code, "code_version", lambda: "99.0")
    assert code.table_code() != before


def test_a_machine_without_memory_says_nothing_of_the_page(monkeypatch: pytest.MonkeyPatch):
    def parse(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(pages, "parse_page", parse)
    with pytest.raises(MemoryError):
        pages.read_payload(b"<p>", "http://o/", None)
