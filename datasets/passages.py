"""The place of a figure in its report: the sentence, or the rows of the table round it.

Works from the published sections alone, so that a figure can be judged without the archive.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datasets.registry import indicators
from parsers.characters import compact

_CHARACTERS = re.compile(r"section (\d+), characters (\d+)-(\d+)")
_ROW = re.compile(r"row (\d+)")
# Rows shown on either side of the figure's own, and characters round a sentence.
_ROWS_ROUND = 3
_CHARACTERS_ROUND = 120


@dataclass(frozen=True, slots=True)
class Passage:
    """The words round a figure.

    heading: of the section they stand in. before, marked, after: the words, `marked` the ones
        that hold the figure; "" when only the region is known, which is then in `before`.
    """

    heading: str
    before: str
    marked: str
    after: str


def passage_of(observation: Mapping[str, Any], sections: Sequence[Mapping[str, Any]]) -> Passage:
    """The passage that a row of `observations` was read from.

    sections: the rows of table `sections` of its report.
    """
    place = _CHARACTERS.search(observation["locator"])
    if place is not None:
        ordinal, start, end = (int(part) for part in place.groups())
        for section in sections:
            if section["ordinal"] == ordinal and compact(section["text"][start:end]).startswith(
                compact(observation["evidence"])[:10]
            ):
                return _sentence(section, start, end)
    for section in sections:
        start = section["text"].find(observation["evidence"])
        if observation["evidence"] and start >= 0:
            return _sentence(section, start, start + len(observation["evidence"]))
    return _table_rows(observation, sections)


def _sentence(section: Mapping[str, Any], start: int, end: int) -> Passage:
    text = section["text"]
    return Passage(
        section["heading"],
        text[max(0, start - _CHARACTERS_ROUND) : start],
        text[start:end],
        text[end : end + _CHARACTERS_ROUND],
    )


def _table_rows(observation: Mapping[str, Any], sections: Sequence[Mapping[str, Any]]) -> Passage:
    """The rows of the table round the figure's own, found by its label, else by its number."""
    part = indicators()[observation["indicator"]].part
    holding = [one for one in sections if one["section"] == part and "|" in one["text"]]
    holding = holding or [one for one in sections if "|" in one["text"]]
    if not holding:
        return Passage("", "", observation["evidence"], "")
    label = compact(observation["evidence"].split(" × ")[0].split(" / ")[-1])
    for section in holding:
        lines = section["text"].split("\n")
        found = [
            number
            for number, line in enumerate(lines)
            if "|" in line and label and label in compact(line)
        ]
        if found:
            number = found[0]
            # A head is not the row below it: the figures stand in the next line of numbers.
            if not re.search(r"\d", lines[number].replace(observation["evidence"], "")):
                number = _next_figures(lines, number)
            return _lines_round(section["heading"], lines, number)
    section = holding[0]
    lines = section["text"].split("\n")
    row = _ROW.search(observation["locator"])
    number = int(row[1]) - 1 if row is not None else len(lines)
    if number < len(lines) and "|" in lines[number]:
        return _lines_round(section["heading"], lines, number)
    return Passage(section["heading"], section["text"], "", "")


def _next_figures(lines: Sequence[str], start: int) -> int:
    for number in range(start + 1, len(lines)):
        if re.fullmatch(r"[\s\d|.,+\-—/]*\d[\s\d|.,+\-—/]*", lines[number]):
            return number
    return start


def _lines_round(heading: str, lines: Sequence[str], number: int) -> Passage:
    before = lines[max(0, number - _ROWS_ROUND) : number]
    after = lines[number + 1 : number + 1 + _ROWS_ROUND]
    return Passage(heading, "\n".join(before), lines[number], "\n".join(after))
