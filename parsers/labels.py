"""Recognise the labels of the national forms, however a page prints them.

A label on a page (`text`) is compared with every label of the layout tables: first as written,
then without its numbering, its explanations in brackets and its group's name, then allowing for a
typing error. What comes back are candidates with a similarity; which of them it is, the
alignment decides by order and neighbours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from rapidfuzz.distance import Indel, Levenshtein

from parsers.characters import compact
from parsers.registry import read_table

FORMS = {"tables-2019": "tables_2019.csv", "tables-2021": "tables_2021.csv"}

_NUMBERING = re.compile(
    r"^(?:[一二三四五六七八九十]{1,3}[、,，..·:;)]|\([一二三四五六七八九十\d]{1,3}\)[、..]?"
    r"|\d{1,2}[、,，..)·;:]?(?=[^\d年月日%])|[a-zA-Z][、..)]|[●▪■◆◇·•※*#>]+)"
)
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|<[^<>]*>|\([^()]*$")
_MARKS = re.compile(r"[\s、,，.。:：;；“”\"'‘’《》<>〈〉()\[\]【】/\\|·—\-_*＊#“”]+")


@dataclass(frozen=True, slots=True)
class Label:
    """One label of the national forms.

    part: `proactive`, `applications` or `disputes`. axis: `row`, `column`, `group`, `head`,
        `block`, `corner` or `ignored`.
    key: its name in the layout table; parent: the group or block it stands in.
    layouts: the layouts that print it so.
    """

    part: str
    axis: str
    key: str
    parent: str
    layouts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A label that a text may be. similarity: 1.0 when it is the label's own wording.

    group: the group label that was printed in front of it in the same text, "" if none.
    """

    label: Label
    similarity: float
    group: str = ""


def plain(text: str) -> str:
    """`text` without white space, numbering and marks, for comparing labels."""
    folded = compact(text).replace("其它", "其他").replace("帐", "账")
    stripped = _NUMBERING.sub("", folded, count=1)
    return _MARKS.sub("", stripped)


def plain_without_brackets(text: str) -> str:
    """`plain`, with what stands in brackets left out: explanations, notes, units of measure."""
    folded = compact(text).replace("其它", "其他")
    stripped = _NUMBERING.sub("", folded, count=1)
    return _MARKS.sub("", _BRACKETS.sub("", stripped))


@cache
def form_rows(layout: str) -> tuple[dict[str, str], ...]:
    """The rows of a layout's table, as they stand in `parsers/layouts/`."""
    return tuple(read_table("parsers.layouts", FORMS[layout]))


@cache
def _lexicon() -> dict[str, tuple[Label, ...]]:
    """Wording without marks -> the labels that are printed so."""
    found: dict[str, dict[tuple[str, str, str, str], list[str]]] = {}
    for layout in FORMS:
        for row in form_rows(layout):
            identity = (row["part"], row["axis"], row["key"], row["parent"])
            wordings = [row["label"], *filter(None, (row["also"] or "").split("|"))]
            for wording in wordings:
                for form in {plain(wording), plain_without_brackets(wording)} - {""}:
                    layouts = found.setdefault(form, {}).setdefault(identity, [])
                    if layout not in layouts:
                        layouts.append(layout)
    for row in read_table("parsers.layouts", "ignored_rows.csv"):
        identity = (row["part"], "ignored", row["label"], "")
        found.setdefault(plain(row["label"]), {}).setdefault(identity, [])
    return {
        wording: tuple(Label(*identity, tuple(layouts)) for identity, layouts in labels.items())
        for wording, labels in found.items()
    }


@cache
def _by_length() -> dict[int, tuple[str, ...]]:
    lengths: dict[int, list[str]] = {}
    for wording, labels in _lexicon().items():
        if any(label.axis != "ignored" for label in labels):
            lengths.setdefault(len(wording), []).append(wording)
    return {length: tuple(wordings) for length, wordings in lengths.items()}


@cache
def _prefixes() -> tuple[str, ...]:
    """Group and block labels, longest first: they are printed in front of a row's own label."""
    axes = {"group", "block", "head"}
    found = {w for w, labels in _lexicon().items() if any(label.axis in axes for label in labels)}
    return tuple(sorted(found, key=len, reverse=True))


@lru_cache(maxsize=16384)
def candidates(text: str) -> tuple[Candidate, ...]:
    """The labels that `text` may be, best first; empty when it resembles none."""
    if not text or len(text) > 400:
        return ()
    wording = plain(text)
    if not wording or wording.isdigit():
        return ()
    lexicon = _lexicon()
    bare = plain_without_brackets(text)
    for form in (wording, bare):
        if form in lexicon:
            return tuple(Candidate(label, 1.0) for label in lexicon[form])
    behind_group = _behind_group(text, wording)
    if behind_group:
        return behind_group
    return _similar(bare or wording) or (_similar(wording) if bare != wording else ())


def is_own_wording(text: str) -> bool:
    """Whether `text` is a label of the forms in its own wording, numbering and marks aside."""
    lexicon = _lexicon()
    return plain(text) in lexicon or plain_without_brackets(text) in lexicon


def _behind_group(text: str, wording: str) -> tuple[Candidate, ...]:
    """The row label that follows a group's label in one text: （三）不予公开1.属于国家秘密."""
    for prefix in _prefixes():
        at = wording.find(prefix)
        if at == 0 and len(wording) > len(prefix):
            rest = _rest_behind(text, prefix)
            inner = candidates(rest) if rest else ()
            rows = tuple(
                Candidate(c.label, c.similarity, c.group or prefix)
                for c in inner
                if c.label.axis in {"row", "column", "group"}
            )
            if rows:
                return rows
    return ()


def _rest_behind(text: str, prefix: str) -> str:
    """The part of `text` behind the last character of `prefix`, marks and spaces passed over."""
    folded = compact(text).replace("其它", "其他")
    at = 0
    wanted = iter(prefix)
    character = next(wanted)
    for at, found in enumerate(folded):
        if found == character:
            following = next(wanted, None)
            if following is None:
                return folded[at + 1 :]
            character = following
    return ""


def _similar(wording: str) -> tuple[Candidate, ...]:
    """The labels within a typing error of `wording`, or cut off where `wording` ends.

    A label of two characters has no room for an error. A wording that is as near to another
    label stays undecided: both are candidates.
    """
    size = len(wording)
    # No label ends in a digit: a text that does is a label and a figure in one.
    if size < 2 or wording[-1].isdigit():
        return ()
    found: list[tuple[float, str]] = []
    for length, others in _by_length().items():
        allowed = max(length, size) // 4
        if abs(length - size) > allowed:
            continue
        for other in others:
            distance = Levenshtein.distance(wording, other, score_cutoff=allowed)
            if distance <= allowed:
                found.append((1 - distance / max(length, size), other))
    if not found and size >= 3:
        found = [
            (0.5 + 0.4 * Indel.normalized_similarity(wording, other), other)
            for others in _by_length().values()
            for other in others
            if len(other) > size
            and (other.startswith(wording) or (size >= 5 and other.endswith(wording)))
        ] or [
            (0.5 + 0.4 * Indel.normalized_similarity(wording, other), other)
            for others in _by_length().values()
            for other in others
            if 5 <= len(other) < size and wording.startswith(other)
        ]
    if not found:
        return ()
    best = max(similarity for similarity, _ in found)
    lexicon = _lexicon()
    result = [
        Candidate(label, round(min(similarity, 0.95), 3))
        for similarity, other in sorted(found, reverse=True)
        if similarity > best - 0.12
        for label in lexicon[other]
        if label.axis != "ignored"
    ]
    return tuple(result)
