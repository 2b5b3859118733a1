"""Find the markup that a page keeps in store, for a script of its own to show.

Some systems print a document's markup into a `<textarea>`, a template or a string of a script, and
put it on the page when it is opened. Nothing is run here: what such a store holds is taken as it
stands, and only by pages that show nothing else (`blocks`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

# Less is a search form's or a counter's.
_FEWEST_CHARACTERS = 150
_MARKUP = re.compile(r"<(?:p|div|table|h[1-3]|br|span)\b", re.IGNORECASE)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_TEMPLATES = frozenset(["text/html", "text/template", "text/x-template", "text/plain"])
# A string of a script, long enough to hold a document; a longer script is a library.
_STRING = re.compile(r'"((?:[^"\\\n]|\\.){300,})"|' + r"'((?:[^'\\\n]|\\.){300,})'")
_LONGEST_SCRIPT = 3_000_000
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_PLAIN = {"n": "\n", "r": "", "t": "\t", "b": "", "f": ""}


def stored_markup(root: Any) -> str:
    """The markup of documents in the stores of a page, one after another; "" when there is none.

    root: the page's tree.
    """
    found = dict.fromkeys(text for text in _stores(root) if _holds_document(text))
    return "\n".join(found)


def _stores(root: Any) -> Iterator[str]:
    for element in root.iter("textarea", "template", "script"):
        if element.tag == "textarea":
            yield "".join(element.itertext())
            continue
        text = element.text or ""
        if element.tag == "template" or (element.get("type") or "").lower() in _TEMPLATES:
            inner = "".join(_serialised(child) for child in element)
            yield text + inner
        elif len(text) <= _LONGEST_SCRIPT:
            for double, single in _STRING.findall(text):
                yield _unescaped(double or single)


def _serialised(element: Any) -> str:
    return str(etree.tostring(element, encoding="unicode", method="html"))


def _unescaped(literal: str) -> str:
    """What the characters of a script's string stand for."""
    try:
        return str(json.loads(f'"{literal}"'))
    except ValueError:
        return _ESCAPE.sub(_character, literal)


def _character(match: re.Match[str]) -> str:
    told = match[1]
    if told[0] in "ux" and len(told) > 1:
        return chr(int(told[1:], 16))
    return _PLAIN.get(told, told)


def _holds_document(text: str) -> bool:
    if _MARKUP.search(text) is None:
        return False
    return len(_CHINESE.findall(text)) >= _FEWEST_CHARACTERS
