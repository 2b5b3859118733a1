"""From the bytes of one page to its documents: the library's one entry."""

from __future__ import annotations

from collections.abc import Mapping

from parsers.records import Document


def parse_page(
    data: bytes, *, url: str | None = None, headers: Mapping[str, str] | None = None
) -> list[Document]:
    """Read every document of a page."""
    raise NotImplementedError
