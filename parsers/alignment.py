"""Align what a page prints with what the form asks, as two sequences.

One dynamic programme serves the rows and the columns of every table. An item is matched with a
target by the similarity of its label, the group it stands in, and order; an item without a
label can be matched by order alone. What is certain is what every best alignment agrees on: an
item that the best alignments place differently is reported with all its places, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from parsers.labels import Candidate
from parsers.records import MatchedBy

# Scores, in units of "one label read with certainty = 10". A label weighs more than any number
# of lost neighbours; a lost label weighs less than one skipped row on either side.
_LABEL = 10.0
_LABEL_FLOOR = 3.0
_LOST = 1.0
_GROUP_AGREES = 0.5
_GROUP_CONTRADICTS = -6.0
_SKIP_LABELLED = -5.0
_SKIP_LOST = -0.8
_SKIP_UNKNOWN = 0.0
_SKIP_TARGET = -0.6
_EPSILON = 1e-6


@dataclass(slots=True)
class Item:
    """One row or column of a page.

    similarities: index of a target -> similarity of the labels, 1.0 for the target's own wording.
    lost: no label is printed. An item that is neither lost nor similar to any target is unknown
        to the form (an inserted row) and matches nothing.
    group: the group that the page prints over it, None when it prints none.
    """

    similarities: dict[int, float] = field(default_factory=dict)
    lost: bool = False
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """Where an item belongs.

    target: the index of the one target that every best alignment gives it, None when there is
        none or more than one. by: how it was found. possible: the targets among which it stays
        undecided (empty when it matches nothing). repeats: the item whose label it repeats.
    """

    target: int | None
    by: MatchedBy = "label"
    possible: tuple[int, ...] = ()
    repeats: int | None = None


def align(items: Sequence[Item], targets: Sequence[str], groups: Sequence[str]) -> list[Match]:
    """Match every item with its target.

    items: in page order. targets: keys in the form's order; groups: the group of each target, ""
    for none. The result has one `Match` for every item.
    """
    direct = _in_order(items)
    if direct is not None:
        return direct
    result: list[Match | None] = [None] * len(items)
    first_with: dict[int, int] = {}
    kept: list[int] = []
    for number, item in enumerate(items):
        sure = _sure(item)
        if sure is not None and sure in first_with:
            result[number] = Match(None, "label", (), first_with[sure])
        else:
            if sure is not None:
                first_with[sure] = number
            kept.append(number)
    matches = _best_alignments([items[number] for number in kept], len(targets), groups)
    for number, match in zip(kept, matches, strict=True):
        result[number] = match
    _place_out_of_order(items, result)
    return [match if match is not None else Match(None) for match in result]


def similarities(found: Iterable[Candidate], places: Mapping[str, int]) -> dict[int, float]:
    """Index of a target -> the best similarity among the candidates that name it.

    places: key of a label -> the index of its target; candidates of other labels count for nothing.
    """
    best: dict[int, float] = {}
    for candidate in found:
        place = places.get(candidate.label.key)
        if place is not None and candidate.similarity > best.get(place, 0.0):
            best[place] = candidate.similarity
    return best


def own_target(matches: Sequence[Match], at: int) -> int | None:
    """The target of item `at`, be it printed there first or again."""
    again = matches[at].repeats
    return matches[at].target if again is None else matches[again].target


def _sure(item: Item) -> int | None:
    """The target whose own wording the item prints, when that is one target only."""
    exact = [target for target, similarity in item.similarities.items() if similarity >= 1.0]
    return exact[0] if len(exact) == 1 else None


def _in_order(items: Sequence[Item]) -> list[Match] | None:
    """The alignment when every label is read with certainty and in order: most tables."""
    result, last = [], -1
    for item in items:
        sure = _sure(item)
        if sure is None or sure <= last:
            return None
        result.append(Match(sure, "label"))
        last = sure
    return result


def _score(item: Item, target: int, groups: Sequence[str]) -> float | None:
    """How well an item fits a target; None when it cannot be it."""
    similarity = item.similarities.get(target)
    group = groups[target]
    agrees = item.group is not None and item.group == group
    contradicts = item.group is not None and item.group != group
    if similarity is not None:
        score = _LABEL_FLOOR + (_LABEL - _LABEL_FLOOR) * similarity
        return score + (_GROUP_AGREES if agrees else _GROUP_CONTRADICTS if contradicts else 0.0)
    if not item.lost or contradicts:
        return None
    return _LOST + (_GROUP_AGREES if agrees else 0.0)


def _skip(item: Item) -> float:
    if item.similarities:
        return _SKIP_LABELLED
    return _SKIP_LOST if item.lost else _SKIP_UNKNOWN


def _best_alignments(items: Sequence[Item], size: int, groups: Sequence[str]) -> list[Match]:
    """Forward and backward tables; an item's places are those on some best path."""
    count = len(items)
    scores = [[_score(item, target, groups) for target in range(size)] for item in items]
    skips = [_skip(item) for item in items]
    forward = [[0.0] * (size + 1) for _ in range(count + 1)]
    for j in range(1, size + 1):
        forward[0][j] = forward[0][j - 1] + _SKIP_TARGET
    for i in range(1, count + 1):
        above, row, fits, skip = forward[i - 1], forward[i], scores[i - 1], skips[i - 1]
        row[0] = above[0] + skip
        for j in range(1, size + 1):
            best = max(above[j] + skip, row[j - 1] + _SKIP_TARGET)
            fit = fits[j - 1]
            if fit is not None and above[j - 1] + fit > best:
                best = above[j - 1] + fit
            row[j] = best
    backward = [[0.0] * (size + 1) for _ in range(count + 1)]
    for j in range(size - 1, -1, -1):
        backward[count][j] = backward[count][j + 1] + _SKIP_TARGET
    for i in range(count - 1, -1, -1):
        below, row, fits, skip = backward[i + 1], backward[i], scores[i], skips[i]
        row[size] = below[size] + skip
        for j in range(size - 1, -1, -1):
            best = max(below[j] + skip, row[j + 1] + _SKIP_TARGET)
            fit = fits[j]
            if fit is not None and below[j + 1] + fit > best:
                best = below[j + 1] + fit
            row[j] = best
    total = forward[count][size]
    matches = []
    for i, item in enumerate(items):
        possible = [
            j
            for j, fit in enumerate(scores[i])
            if fit is not None and forward[i][j] + fit + backward[i + 1][j + 1] > total - _EPSILON
        ]
        skipped = any(
            forward[i][j] + skips[i] + backward[i + 1][j] > total - _EPSILON
            for j in range(size + 1)
        )
        if len(possible) == 1 and not skipped:
            matches.append(Match(possible[0], _found_by(item, possible[0])))
        else:
            matches.append(Match(None, "position", tuple(possible)))
    return matches


def _found_by(item: Item, target: int) -> MatchedBy:
    similarity = item.similarities.get(target)
    if similarity is None:
        return "position"
    return "label" if similarity >= 1.0 else "label_fuzzy"


def _place_out_of_order(items: Sequence[Item], result: list[Match | None]) -> None:
    """Give items whose own wording stands out of the form's order the target they name."""
    taken = {match.target for match in result if match is not None and match.target is not None}
    for number, item in enumerate(items):
        match = result[number]
        sure = _sure(item)
        if match is None or match.target is not None or match.repeats is not None:
            continue
        if sure is not None and sure not in taken:
            result[number] = Match(sure, "label")
            taken.add(sure)
