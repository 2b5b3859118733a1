"""Which parts of a page a reader at a desk does not see: hidden ones, and copies for other screens.

By inline styles, the `hidden` attribute, the page's own style sheet and the class names that mark
what only a telephone shows. A style sheet elsewhere is not known here, and nothing is left out
because it is hidden: `documents` and `copies` decide by what it says.
"""

from __future__ import annotations

import re
from typing import Any

_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
# Begins with a character that few texts hold many of, which makes it fast; IGNORECASE does not.
_MAY_HIDE = re.compile(r":\s*(?:[nN][oO][nN][eE]|[hH][iI][dD][dD][eE][nN])")
_UNSEEN = re.compile(_HIDING.pattern + r"|text-decoration[^;]*line-through", re.IGNORECASE)
# Rules for narrow screens and for paper do not hide anything from a reader at a desk.
_OTHER_MEDIUM = re.compile(
    r"@media[^{]*(?:max-(?:device-)?width|print|handheld)[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}",
    re.IGNORECASE,
)
_RULE = re.compile(r"([^{}]*)\{([^{}]*)\}")
_SELECTOR = re.compile(r"[a-z]*([.#][\w-]+)", re.IGNORECASE)
_FOR_OTHERS = re.compile(
    r"(?:^|[\s_-])(?:visible-(?:xs|sm)|hidden-(?:md|lg)|d-(?:md|lg|xl)-none|mobile|phone|wap"
    r"|m-?show|pc-?hide|hide-?pc|hidden-?pc|print-only|only-print)(?:$|[\s_-])",
    re.IGNORECASE,
)
# No page of an office has a style sheet of this size in its head; one is not searched.
_LONGEST_SHEET = 200_000


class Visibility:
    """What is hidden on one page. root: the page's tree; text: its source."""

    def __init__(self, root: Any, text: str) -> None:
        self._root = root
        self.elements: frozenset[Any] = frozenset(_hidden_by_attribute(root, text))
        self._selectors: frozenset[str] | None = None

    def hides(self, element: Any) -> bool:
        """Whether an element is hidden, or is there for another medium."""
        if element in self.elements:
            return True
        names = [f"#{element.get('id')}"] if element.get("id") else []
        classes = element.get("class") or ""
        names += [f".{name}" for name in classes.split()]
        if not names:
            return False
        if self._selectors is None:
            self._selectors = frozenset(_hidden_by_sheet(self._root))
        return not self._selectors.isdisjoint(names) or bool(
            _FOR_OTHERS.search(f"{element.get('id') or ''} {classes}")
        )

    def unseen_in_cells(self) -> list[Any]:
        """The elements inside cells of tables that the page's own style sheet hides or strikes."""
        selectors = frozenset(_selectors_of(self._root, _UNSEEN))
        if not selectors:
            return []
        return [
            element
            for element in self._root.xpath("//td//*[@class or @id]")
            if f"#{element.get('id')}" in selectors
            or any(f".{name}" in selectors for name in (element.get("class") or "").split())
        ]


def _hidden_by_attribute(root: Any, text: str) -> list[Any]:
    found: list[Any] = []
    # Searching the tree costs more than searching the source for a word.
    if _MAY_HIDE.search(text):
        styled = root.xpath("//*[@style]")
        found = [element for element in styled if _HIDING.search(element.get("style"))]
    if " hidden" in text:
        found += root.xpath("//*[@hidden]")
    return found


def _hidden_by_sheet(root: Any) -> list[str]:
    """The simple selectors (.class, #id) that the page's own style sheets hide."""
    return _selectors_of(root, _HIDING)


def _selectors_of(root: Any, wanted: re.Pattern[str]) -> list[str]:
    """The simple selectors of the page's own style sheets whose rules say what is `wanted`."""
    sheet = " ".join(element.text or "" for element in root.iter("style"))
    if len(sheet) > _LONGEST_SHEET or not wanted.search(sheet):
        return []
    sheet = re.sub(r"@media[^{]*\{", "", _OTHER_MEDIUM.sub("", sheet))
    found = []
    for selectors, rules in _RULE.findall(sheet):
        if wanted.search(rules):
            for selector in selectors.split(","):
                match = _SELECTOR.fullmatch(selector.strip("} \t\r\n"))
                if match:
                    found.append(match[1])
    return found
