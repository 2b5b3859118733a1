"""Rows of a page against rows of the form: lost, inserted, repeated, out of order, doubtful.

A row is written as a letter for its label (`a` in its own wording, `a?` alike), `-` for a label
that is lost, `x` for one that the form does not know. The form is `abcdef`.
"""

from __future__ import annotations

import pytest

from parsers.alignment import Item, align

FORM = "abcdef"


def item(row: str) -> Item:
    if row == "-":
        return Item(lost=True)
    if row == "x":
        return Item()
    return Item(
        {FORM.index(letter): 0.8 if row.endswith("?") else 1.0 for letter in row.strip("?")}
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("a b c d e f", "a b c d e f"),
        ("a c e", "a c e"),
        ("a? b c? d", "a b c d"),
        ("a - c d", "a b c d"),
        ("a b - - e f", "a b c d e f"),
        ("- - - - - -", "a b c d e f"),
        ("a x b c", "a . b c"),
        ("x a x x f x", ". a . . f ."),
        ("a - d", "a bc d"),
        ("a - - e f", "a bc cd e f"),
        ("a b b c", "a b =b c"),
        ("a b c a b d", "a b c =a =b d"),
        ("a c b d", "a c b d"),
        ("ab? c d", "ab c d"),
        ("a ab? c", "a b c"),
        ("f e d", "f e d"),
        ("x x", ". ."),
        ("", ""),
    ],
)
def test_alignment(rows: str, expected: str) -> None:
    """Expected: the form's row, the rows among which it is doubtful, `=` for a repetition, `.`."""
    matches = align([item(row) for row in rows.split()], list(FORM), [""] * len(FORM))
    names = list(rows.split())
    read = []
    for match in matches:
        if match.repeats is not None:
            read.append("=" + names[match.repeats])
        elif match.target is not None:
            read.append(FORM[match.target])
        else:
            read.append("".join(FORM[target] for target in match.possible) or ".")
    assert read == expected.split()


@pytest.mark.parametrize(("row", "by"), [("a", "label"), ("a?", "label_fuzzy"), ("-", "position")])
def test_how_a_row_was_found(row: str, by: str) -> None:
    (match, *_) = align([item(row), *map(item, "bcdef")], list(FORM), [""] * len(FORM))
    assert (match.target, match.by) == (0, by)


def test_a_group_decides_between_equal_labels() -> None:
    other = Item({0: 1.0, 3: 1.0}, group="second")
    (match,) = align([other], list("abcd"), ["first", "first", "second", "second"])
    assert match.target == 3
