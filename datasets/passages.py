"""The place of a figure in its report: the sentence, or the rows of the table round it.

Works from the published sections and observations alone, so that a figure can be judged without the
archive.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datasets.registry import indicators
from parsers.characters import compact

_CHARACTERS = re.compile(r"section (\d+), characters (\d+)-(\d+)")
_ROW = re.compile(r"table (\d+), row (\d+)")
_FIGURES_ONLY = re.compile(r"[\s\d|.,+\-—/]*\d[\s\d|.,+\-—/]*")
# A figure with its unit: 27 件.
_FIGURE_CELL = re.compile(r"[\s+\-]*\d[\d,.\s]*\D{0,3}")
_DIGITS = re.compile(r"\d")
# Rows shown on either side of the figure's own, and characters round a sentence.
_ROWS_ROUND = 3
_CHARACTERS_ROUND = 120


@dataclass(frozen=True, slots=True)
class Passage:
    """The words round a figure.

    heading: of the section they stand in.
    head: the rows that name the columns of a table, with an ellipsis where rows are left out
        below them; "" when there are none.
    before, marked, after: the words, `marked` the ones that hold the figure; "" when only the
        region is known, which is then in `before`.
    is_table: whether they are lines of a table, a row each.
    """

    heading: str
    before: str
    marked: str
    after: str
    head: str = ""
    is_table: bool = False

    @property
    def above(self) -> str:
        """What to show before the marked words: of a table its head and rows, each line ended."""
        if not self.is_table:
            return self.before
        return "".join(f"{lines}\n" for lines in (self.head, self.before) if lines)

    @property
    def below(self) -> str:
        """What to show after the marked words."""
        return f"\n{self.after}" if self.is_table and self.after else self.after


class Places:
    """Where the figures of one report stand in its text.

    A locator says the table and the row; where in a section's text a table starts is told by the
    rows that were found by their labels. Rows without a label of their own are found by that.
    """

    def __init__(
        self, observations: Iterable[Mapping[str, Any]], sections: Iterable[Mapping[str, Any]]
    ):
        """Of one report: its rows of `observations` and of `sections`."""
        self._sections = list(sections)
        self._lines = [section["text"].split("\n") for section in self._sections]
        votes: dict[int, Counter[tuple[int, int]]] = {}
        for one in observations:
            place = _ROW.search(one["locator"])
            if place is None or one["matched_by"] == "position":
                continue
            for section, line in self._labelled(one):
                start = (section, line - int(place[2]) + 1)
                votes.setdefault(int(place[1]), Counter())[start] += 1
        self._starts = {table: counted.most_common(1)[0][0] for table, counted in votes.items()}

    def passage_of(self, observation: Mapping[str, Any]) -> Passage:
        """The passage that one of the report's observations was read from."""
        return (
            self._by_characters(observation)
            or self._by_row(observation)
            or self._by_words(observation)
            or self._by_label(observation)
        )

    def _by_characters(self, observation: Mapping[str, Any]) -> Passage | None:
        place = _CHARACTERS.search(observation["locator"])
        if place is None:
            return None
        ordinal, start, end = (int(part) for part in place.groups())
        for section in self._sections:
            if section["ordinal"] == ordinal and compact(section["text"][start:end]).startswith(
                compact(observation["evidence"])[:10]
            ):
                return _sentence(section, start, end)
        return None

    def _by_row(self, observation: Mapping[str, Any]) -> Passage | None:
        place = _ROW.search(observation["locator"])
        if place is None or int(place[1]) not in self._starts:
            return None
        section, start = self._starts[int(place[1])]
        number = start + int(place[2]) - 1
        if not 0 <= number < len(self._lines[section]):
            return None
        if compact(observation["value_text"]) not in _cells(self._lines[section][number]):
            return None
        return self._lines_round(section, number)

    def _by_words(self, observation: Mapping[str, Any]) -> Passage | None:
        for section in self._sections:
            start = section["text"].find(observation["evidence"])
            if observation["evidence"] and start >= 0:
                return _sentence(section, start, start + len(observation["evidence"]))
        return None

    def _by_label(self, observation: Mapping[str, Any]) -> Passage:
        """Of a table that has no labelled row: the row below its head, else the table."""
        label = _label(observation)
        holding = list(self._holding(observation))
        for place in holding:
            lines = self._lines[place]
            found = [n for n, line in enumerate(lines) if "|" in line and label in compact(line)]
            if label and found:
                return self._lines_round(place, _row_below(lines, found[0]))
        if holding:
            section = self._sections[holding[0]]
            return Passage(section["heading"], section["text"], "", "", is_table=True)
        return Passage("", "", observation["evidence"], "")

    def _holding(self, observation: Mapping[str, Any]) -> Iterator[int]:
        """The sections that have tables, those of the indicator's part of the form first."""
        part = indicators()[observation["indicator"]].part
        with_tables = [n for n, one in enumerate(self._sections) if "|" in one["text"]]
        yield from sorted(with_tables, key=lambda n: self._sections[n]["section"] != part)

    def _labelled(self, observation: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
        """The lines that hold the figure's label and the figure: (section, line)."""
        label, figure = _label(observation), compact(observation["value_text"])
        if not label or not _DIGITS.search(figure):
            return
        for section, lines in enumerate(self._lines):
            for number, line in enumerate(lines):
                cells = _cells(line)
                if figure in cells and any(label in cell for cell in cells):
                    yield section, number

    def _lines_round(self, section: int, number: int) -> Passage:
        lines = self._lines[section]
        numbers = _head(lines, number)
        below_head = numbers[-1] + 1 if numbers else 0
        first = max(below_head, number - _ROWS_ROUND)
        head = [lines[n] for n in numbers] + ["…"] * bool(numbers and first > below_head)
        return Passage(
            self._sections[section]["heading"],
            "\n".join(lines[first:number]),
            lines[number],
            "\n".join(lines[number + 1 : number + 1 + _ROWS_ROUND]),
            head="\n".join(head),
            is_table=True,
        )


def _label(observation: Mapping[str, Any]) -> str:
    return compact(observation["evidence"].split(" × ")[0].split(" / ")[-1])


def _cells(line: str) -> list[str]:
    return [compact(cell) for cell in line.split("|")] if "|" in line else []


def _head(lines: Sequence[str], row: int) -> list[int]:
    """The lines above a row that name its columns: words and no figure."""
    found: list[int] = []
    for number in range(row - 1, -1, -1):
        cells = lines[number].split("|")
        words = [cell for cell in cells if cell.strip()]
        # A row of blank cells has its label and that of its group, and no third.
        names = len(words) > 2 or (len(words) == len(cells) == 2)
        if names and not any(_FIGURE_CELL.fullmatch(cell) for cell in words):
            found.insert(0, number)
        elif found:
            break
    return found


def _row_below(lines: Sequence[str], head: int) -> int:
    """The row of figures below a head; the line itself when it holds figures."""
    if any(_FIGURE_CELL.fullmatch(cell) for cell in lines[head].split("|")):
        return head
    for number in range(head + 1, len(lines)):
        if _FIGURES_ONLY.fullmatch(lines[number]):
            return number
    return head


def _sentence(section: Mapping[str, Any], start: int, end: int) -> Passage:
    text = section["text"]
    return Passage(
        section["heading"],
        text[max(0, start - _CHARACTERS_ROUND) : start],
        text[start:end],
        text[end : end + _CHARACTERS_ROUND],
    )
