"""From the bytes of one page to its documents: the library's one entry.

Decodes, builds blocks, cuts documents, reads each. It never fails: a page that cannot be read
gives one document that says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from parsers.assembly import read_document
from parsers.blocks import Block, Page, PageTooLarge, build_page, refuse_oversized
from parsers.copies import without_copies
from parsers.decoding import decode
from parsers.documents import Segment, split_documents
from parsers.records import Document, Finding
from parsers.texttables import find_text_tables

_MARKUP = re.compile(
    r"<\s*(?:!doctype|html|head|body|div|p|table|br|span|meta|h1|td|script)\b", re.IGNORECASE
)
_SCRIPTED = re.compile(
    r"document\.cookie|location\.(?:href|replace|reload)|\$_ts|_\$\w|jsl_clearance|acw_sc|setTimeout|eval\("
)
_BINARY = (
    (b"%PDF", "a PDF file"),
    (b"PK\x03\x04", "a ZIP or Office file"),
    (b"\xd0\xcf\x11\xe0", "an old Office file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
)


def parse_page(
    data: bytes, *, url: str | None = None, headers: Mapping[str, str] | None = None
) -> list[Document]:
    """Read every document of a page.

    data: the bytes of the page as fetched, content encoding undone: HTML, or a plain-text capture
        in which table cells are separated by " | ".
    url: where it was fetched from; it is copied into the documents and tells nothing of a report.
    headers: the HTTP response's headers; only Content-Type's charset is used.

    Returns the documents in page order, at least one. Nothing is raised for bad input: a page that
    holds no text, is too large or is no page gives one document of kind `other` with a finding.
    """
    for mark, name in _BINARY:
        if data.startswith(mark):
            return [_unreadable(url, "not-a-page", f"the bytes are {name}, not a page")]
    decoded = decode(data, headers)
    text = decoded.text
    if decoded.replaced * 20 > len(text) or _nuls_in(text, data) * 20 > len(text):
        return [_unreadable(url, "not-text", "the bytes are no text in any charset that was tried")]
    try:
        page = build_page(text) if _MARKUP.search(text[:50_000]) else _page_of_lines(text)
    except PageTooLarge as reason:
        return [_unreadable(url, "page-too-large", str(reason))]
    if not any(block.text or block.grid for block in page.blocks) and _SCRIPTED.search(text):
        why = "the page has no text, only a script that sets a cookie or leads elsewhere"
        return [Document("challenge", why, page.title or None, url)]
    find_text_tables(page)
    segments = [segment for segment in split_documents(page) if segment.blocks]
    documents = [read_document(segment, page, url) for segment in segments]
    if len(documents) > 1:
        documents = without_copies(segments, documents, page, url)
    if not documents:
        documents = [read_document(Segment(), page, url)]
    if decoded.replaced:
        note = Finding(
            "characters-lost",
            "warning",
            f"{decoded.replaced} characters could not be decoded as {decoded.charset}",
        )
        documents = [_with_finding(document, note) for document in documents]
    return documents


def _nuls_in(text: str, data: bytes) -> int:
    # Searching bytes for a NUL costs nothing; UTF-16 has NULs that are no characters.
    return text.count("\0") if b"\0" in data else 0


def _page_of_lines(text: str) -> Page:
    """A plain-text capture: every line is a block.

    Raises:
        PageTooLarge: it has more characters than a report can have.
    """
    refuse_oversized(text)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    blocks = [Block("text", " ".join(line.split()), "p") for line in lines if line.strip()]
    return Page("", {}, blocks)


def _unreadable(url: str | None, rule: str, message: str) -> Document:
    return Document("other", message, None, url, None, (Finding(rule, "error", message),))


def _with_finding(document: Document, finding: Finding) -> Document:
    if document.report is None:
        return replace(document, findings=(*document.findings, finding))
    report = replace(document.report, findings=(*document.report.findings, finding))
    return replace(document, report=report)
