"""From the bytes of a page to text, whatever the page says about itself.

Order: byte order mark, strict UTF-8, the declared charset (every GB name read as gb18030), gb18030,
detection. No tree builder ever sees the bytes: on a page declared gb2312 with one character
outside it, lxml gives an empty tree and no error. Nothing here knows what a report is.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass

from charset_normalizer import from_bytes

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# gb18030 contains gb2312 and gbk, and pages that declare the small ones use the large one.
_GB = {"gb2312", "gbk", "gb18030", "gb_2312-80", "x-gbk", "cp936", "hz-gb-2312", "gb2312-80"}
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{3,20})""", re.IGNORECASE)
# Detection reads the beginning only: its cost grows with length and its answer does not.
_DETECTED_BYTES = 200_000


@dataclass(frozen=True, slots=True)
class DecodedText:
    """The text of a page, and how its bytes were read.

    charset: the codec's name. replaced: how many characters could not be decoded and stand as
    U+FFFD in the text.
    """

    text: str
    charset: str
    replaced: int


def decode(data: bytes, headers: Mapping[str, str] | None = None) -> DecodedText:
    """Decode a page's bytes; never fails, and says how much was lost."""
    for mark, charset in _BOMS:
        if data.startswith(mark):
            return _lossy(data, charset)
    try:
        return DecodedText(data.decode("utf-8"), "utf-8", 0)
    except UnicodeDecodeError:
        pass
    for charset in (*_declared(data, headers), "gb18030"):
        try:
            return DecodedText(data.decode(charset), charset, 0)
        except (UnicodeDecodeError, LookupError):
            continue
    return _best_lossy(data, headers)


def _declared(data: bytes, headers: Mapping[str, str] | None) -> list[str]:
    """The charsets that the HTTP header and the page name, most trusted first."""
    found = []
    for name, value in (headers or {}).items():
        if name.lower() == "content-type":
            match = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", value, re.IGNORECASE)
            if match:
                found.append(match[1])
    match_in_page = _DECLARED.search(data)
    if match_in_page:
        found.append(match_in_page[1].decode("ascii", "replace"))
    return [charset for name in found if (charset := _codec(name))]


def _codec(name: str) -> str | None:
    name = name.strip().lower()
    if name in _GB:
        return "gb18030"
    # ISO-8859-1 decodes anything, so a page that declares it falsely would be garbage.
    if name in {"iso-8859-1", "latin1", "latin-1", "ascii", "us-ascii", "windows-1252"}:
        return None
    try:
        info = codecs.lookup(name)
    except LookupError:
        return None
    return info.name if info._is_text_encoding else None


def _best_lossy(data: bytes, headers: Mapping[str, str] | None) -> DecodedText:
    """The reading that loses least among UTF-8, the declared charset, gb18030 and detection."""
    candidates = ["utf-8", *_declared(data, headers), "gb18030"]
    readings = [_lossy(data, charset) for charset in dict.fromkeys(candidates)]
    best = min(readings, key=lambda reading: reading.replaced)
    if best.replaced * 50 <= len(best.text):
        return best
    detected = from_bytes(data[:_DETECTED_BYTES]).best()
    if detected is not None and (charset := _codec(detected.encoding)):
        readings.append(_lossy(data, charset))
    return min(readings, key=lambda reading: reading.replaced)


def _lossy(data: bytes, charset: str) -> DecodedText:
    text = data.decode(charset, "replace")
    return DecodedText(text, charset, text.count("\ufffd"))
