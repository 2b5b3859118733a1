"""Recognise the labels of the national forms, however a page prints them.

A label on a page (`text`) is compared with every label of the layout tables: first as written,
then without its numbering, its explanations in brackets and its group's name, then allowing for a
typing error. What comes back are candidates with a similarity; which of them it is, the
alignment decides by order and neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from rapidfuzz import process
from rapidfuzz.distance import Indel, Levenshtein

from parsers.characters import compact
from parsers.registry import read_table
from parsers.remembering import remembered

FORMS = {"tables-2019": "tables_2019.csv", "tables-2021": "tables_2021.csv"}

_NUMBERING = re.compile(
    r"^(?:[一二三四五六七八九十]{1,3}[、,，..·:;)]|\([一二三四五六七八九十\d]{1,3}\)[、..]?"
    r"|\d{1,2}[、,，..)·;:]?(?=[^\d年月日%])|[a-zA-Z][、..)]|[●▪■◆◇·•※*#>]+)"
)
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|<[^<>]*>|\([^()]*$")
_MARKS = re.compile(r"[\s、,，.。:：;；“”\"'‘’《》<>〈〉()\[\]【】/\\|·—\-_*＊#“”]+")
_OPENING = re.compile(r"[(\[【<]")


PARTS = ("proactive", "applications", "disputes")
_AXES = ("row", "column", "group", "head", "block", "corner", "ignored")


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


@cache
def axes_of(part: str, *axes: str) -> int:
    """The bits that stand for axes of one part of the form."""
    return sum(1 << (_AXES.index(axis) * len(PARTS) + PARTS.index(part)) for axis in set(axes))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A label that a text may be. similarity: 1.0 when it is the label's own wording.

    group: the group label that was printed in front of it in the same text, "" if none.
    """

    label: Label
    similarity: float
    group: str = ""


class Candidates(tuple[Candidate, ...]):
    """The labels that a text may be, best first; empty when it resembles none.

    The readers of the tables ask the same few questions of every label, and the same labels stand
    on every page: the answers are kept with the candidates. axes: on which axes of which parts they
    are, as bits (`axes_of`).
    """

    def __init__(self, _: Iterable[Candidate] = ()) -> None:
        self._chosen: dict[tuple[str, tuple[str, ...]], tuple[Candidate, ...]] = {}
        self.axes = 0
        for candidate in self:
            label = candidate.label
            for part in PARTS if label.part == "*" else (label.part,):
                self.axes |= axes_of(part, label.axis)

    def of(self, part: str, axes: tuple[str, ...]) -> tuple[Candidate, ...]:
        """The candidates on the given axes of one part."""
        chosen = self._chosen.get((part, axes))
        if chosen is None:
            chosen = tuple(c for c in self if c.label.part in (part, "*") and c.label.axis in axes)
            self._chosen[part, axes] = chosen
        return chosen

    @cached_property
    def part(self) -> str:
        """The one part that all labels of the form among them are of; "" for none or several."""
        parts = {c.label.part for c in self if c.label.axis != "ignored"}
        return parts.pop() if len(parts) == 1 else ""

    @cached_property
    def weight(self) -> float:
        """How much they tell of a row's part: the best similarity, half of it when not its own."""
        best = max((c.similarity for c in self), default=0.0)
        return best if best >= 1.0 else best / 2


def plain(text: str) -> str:
    """`text` without white space, numbering and marks, for comparing labels."""
    return _plain(compact(text))


def plain_without_brackets(text: str) -> str:
    """`plain`, with what stands in brackets left out: explanations, notes, units of measure."""
    return _plain_without_brackets(compact(text))


def _plain(folded: str) -> str:
    return _MARKS.sub("", _without_number(folded.replace("其它", "其他").replace("帐", "账")))


def _plain_without_brackets(folded: str) -> str:
    bare = _BRACKETS.sub("", _without_number(folded.replace("其它", "其他")))
    return _MARKS.sub("", bare)


def _without_number(folded: str) -> str:
    number = _NUMBERING.match(folded)
    return folded if number is None else folded[number.end() :]


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


@dataclass(frozen=True, slots=True)
class _Wordings:
    """The wordings of the forms, for finding those that a text resembles.

    beginnings: what a label is cut off to -> the labels; of three characters or more. endings: the
    same from behind, of five or more. longer: the labels of five characters or more, the first
    five of each in openings. longest: the size of the longest. alphabet: the characters of all.
    """

    every: tuple[str, ...]
    beginnings: dict[str, tuple[str, ...]]
    endings: dict[str, tuple[str, ...]]
    longer: frozenset[str]
    openings: frozenset[str]
    longest: int
    alphabet: frozenset[str]


@cache
def _wordings() -> _Wordings:
    every = [w for w, labels in _lexicon().items() if any(x.axis != "ignored" for x in labels)]
    beginnings: dict[str, tuple[str, ...]] = {}
    endings: dict[str, tuple[str, ...]] = {}
    for wording in every:
        for size in range(3, len(wording)):
            beginnings[wording[:size]] = (*beginnings.get(wording[:size], ()), wording)
        for size in range(5, len(wording)):
            endings[wording[-size:]] = (*endings.get(wording[-size:], ()), wording)
    return _Wordings(
        tuple(every),
        beginnings,
        endings,
        frozenset(wording for wording in every if len(wording) >= 5),
        frozenset(wording[:5] for wording in every if len(wording) >= 5),
        max(map(len, every)),
        frozenset("".join(every)),
    )


@cache
def _foreign() -> re.Pattern[str]:
    """A character that stands in no label of the forms, nor in its numbering or marks."""
    own = re.escape("".join(sorted({*"".join(_lexicon()), *"它帐一二三四五六七八九十"})))
    marks = _MARKS.pattern[1:-2]
    return re.compile(rf"[^{own}{marks}\d;●▪■◆◇•※*#>a-zA-Z]")


@cache
def _prefixes() -> tuple[str, ...]:
    """Group and block labels, longest first: they are printed in front of a row's own label."""
    axes = {"group", "block", "head"}
    found = {w for w, labels in _lexicon().items() if any(label.axis in axes for label in labels)}
    return tuple(sorted(found, key=len, reverse=True))


@remembered(16384)
def candidates(text: str) -> Candidates:
    """The labels that `text` may be, best first; empty when it resembles none."""
    return Candidates(_candidates(text))


def _candidates(text: str) -> Iterable[Candidate]:
    if not text or len(text) > 400:
        return ()
    folded = compact(text)
    wording = _plain(folded)
    if not wording or wording.isdigit():
        return ()
    lexicon = _lexicon()
    bare = _plain_without_brackets(folded)
    for form in (wording, bare):
        if form in lexicon:
            return [Candidate(label, 1.0) for label in lexicon[form]]
    behind_group = _behind_group(text, wording)
    if behind_group:
        return behind_group
    return _similar(bare or wording) or (_similar(wording) if bare != wording else ())


def is_own_wording(text: str) -> bool:
    """Whether `text` is a label of the forms in its own wording, numbering and marks aside."""
    return is_own_wording_folded(compact(text))


def is_own_wording_folded(folded: str) -> bool:
    """`is_own_wording` of a text that is `compact` already."""
    if not may_be_own_wordings(folded):
        return False
    lexicon = _lexicon()
    return _plain(folded) in lexicon or _plain_without_brackets(folded) in lexicon


def may_be_own_wordings(folded: str) -> bool:
    """Whether a `compact` text may be labels of the forms and nothing else: a quick look.

    Prose has a character that stands in no label within its first words; whatever stands behind a
    bracket may be left out of a label and tells nothing.
    """
    number = _NUMBERING.match(folded)
    start = number.end() if number else 0
    foreign = _foreign().search(folded, start)
    return foreign is None or _OPENING.search(folded, start, foreign.start()) is not None


def _behind_group(text: str, wording: str) -> tuple[Candidate, ...]:
    """The row label that follows a group's label in one text: （三）不予公开1.属于国家秘密."""
    if not wording.startswith(_prefixes()):
        return ()
    for prefix in _prefixes():
        if wording.startswith(prefix) and len(wording) > len(prefix):
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


def _beginnings(wording: str) -> Iterator[str]:
    """What a wording may begin with: five characters of a label, and all but its last one."""
    known = _wordings()
    if wording[:5] in known.openings:
        for size in range(5, min(len(wording), known.longest + 1)):
            yield wording[:size]


def _similar(wording: str) -> tuple[Candidate, ...]:
    """The labels within a typing error of `wording`, or cut off where `wording` ends.

    A label of two characters has no room for an error. A wording that is as near to another
    label stays undecided: both are candidates.
    """
    size = len(wording)
    # No label ends in a digit: a text that does is a label and a figure in one.
    if size < 2 or wording[-1].isdigit():
        return ()
    known = _wordings()
    found: list[tuple[float, str]] = []
    # Each character that no label has is an error, and a third of the text is allowed at most.
    if 3 * sum(1 for character in wording if character not in known.alphabet) <= size:
        near = process.extract(
            wording, known.every, scorer=Levenshtein.distance, score_cutoff=size // 3, limit=None
        )
        for other, distance, _ in near:
            longer = max(len(other), size)
            if distance <= longer // 4:
                found.append((1 - distance / longer, other))
    if not found and size >= 3:
        cut = dict.fromkeys((*known.beginnings.get(wording, ()), *known.endings.get(wording, ())))
        alike = cut or [other for other in _beginnings(wording) if other in known.longer]
        found = [(0.5 + 0.4 * Indel.normalized_similarity(wording, o), o) for o in alike]
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
