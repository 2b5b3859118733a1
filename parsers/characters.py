"""One form for characters that are printed in many: widths, digits, spaces, look-alikes.

Pure functions from text to text. What a text means is decided elsewhere.
"""

from __future__ import annotations

import re
import unicodedata

# Characters that carry nothing: zero-width marks, soft hyphens, byte order marks, directions.
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\u202a\u202c"))
# Spaces that the Unicode compatibility form leaves as they are, and circles printed for zero.
_LOOKALIKE = {
    ord("\u3000"): " ",
    ord("\u00a0"): " ",
    ord("\ue5e5"): " ",  # a private-use space of old GBK pages
    ord("○"): "〇",
    ord("Ｏ"): "O",
    ord("—"): "—",
    ord("―"): "—",
    ord("–"): "—",
    ord("−"): "-",
    ord("﹣"): "-",
    ord("－"): "-",
}
_TABLE = _INVISIBLE | _LOOKALIKE
_SPACES = re.compile(r"\s+")


def fold(text: str) -> str:
    """`text` with half-width digits, letters, brackets and punctuation, without invisible marks.

    Full-width forms become half-width ones (（一） -> (一), ３ -> 3, ： -> :); Chinese
    punctuation without a half-width twin (、。《》“”) stays.
    """
    text = text.translate(_TABLE)
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", text)


def squeeze(text: str) -> str:
    """`fold`, with every run of white space as one space and none at the ends."""
    return _SPACES.sub(" ", fold(text)).strip()


def compact(text: str) -> str:
    """`fold`, with no white space at all: Chinese prose has none, so any is the markup's."""
    return _SPACES.sub("", fold(text))
