"""Put a report on paper: headings in the shape of its editor, sentences, tables, an annex.

What is written and what it states are made together. It decides nothing of an office's year.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from benchmarks.country.annexes import ANNEXES, Annex
from benchmarks.country.prose import ANNEX_TABLE, Part, choose, numeral
from benchmarks.country.styles import Style, draw_table

# Shapes of headings and how often they are met; n: Chinese numeral, d: digit, h: the heading. A
# sub-heading whose shape ends the line stands on a line of its own.
_HEADINGS = {
    "T": {"{n}、{h}": 0.88, "{n}、 {h}": 0.06, "{n} 、{h}": 0.03, "{n}．{h}": 0.03},
    "N": {"{n}、{h}": 0.84, "{n}、 {h}": 0.06, "（{n}）{h}": 0.06, "{n} 、{h}": 0.04},
}
_SUB_HEADINGS = {"（{n}）{h}。": 0.6, "（{n}）{h}\n": 0.25, "{d}.{h}。": 0.08, "（{n}）{h}：": 0.07}
_WITH_ANNEX, _CONTENTS, _RESIDUE = 0.35, 0.03, 0.08


@dataclass(frozen=True, slots=True)
class Told:
    """A figure that prose or an annex states; value None where there is none of it."""

    indicator: str
    source: str
    status: str
    value: float
    qualifier: str = "exact"


class Paper:
    """A report that is being written: pieces of markup in order."""

    def __init__(
        self,
        rng: random.Random,
        style: Style,
        era: str,
        figures: dict[str, float],
        names: dict[str, object],
    ):
        self._rng, self._style, self._era, self._figures = rng, style, era, figures
        self._words = figures | names
        self._before, self._after = style.markup.paragraph.split("{}")
        self._heading = style.markup.heading.split("{}")
        self._heading_shape = pick(rng, _HEADINGS[era])
        self._sub_shape = pick(rng, _SUB_HEADINGS)
        self._residue = rng.random() < _RESIDUE
        self.pieces: list[str] = []
        self.told: list[Told] = []

    def begin(self, outline: Sequence[Part]) -> None:
        """What stands before the first heading: on some pages a table of contents."""
        if self._rng.random() < _CONTENTS:
            self.line("目　录")
            for number, (heading, _, _) in enumerate(outline, 1):
                self.line(self._heading_shape.format(n=numeral(number), h=heading))
        self.paragraph("preamble")

    def part(self, number: int, part: Part, tables: dict[str, str]) -> None:
        heading, topics, subs = part
        words = self._heading_shape.format(n=numeral(number), h=heading)
        self.pieces += (self._heading[0], words, self._heading[1])
        for topic in topics:
            if topic == ANNEX_TABLE:
                self._annex()
            elif topic in tables:
                if self._residue:
                    self.line("该部分以表格形式报告。表格如下：")
                self.pieces.append(tables[topic])
            else:
                self.paragraph(topic)
        for at, (sub, sub_topics) in enumerate(subs, 1):
            said = "".join(text for topic in sub_topics if (text := self._said(topic)))
            words = self._sub_shape.format(n=numeral(at), d=at, h=sub)
            if words.endswith("\n"):
                self.line(words.rstrip())
                self.line(said)
            else:
                self.line(words + said)

    def paragraph(self, topic: str) -> None:
        text = self._said(topic)
        if text:
            self.line(text)

    def line(self, text: str) -> None:
        self.pieces += (self._before, text, self._after)

    def _said(self, topic: str) -> str:
        sentence = choose(self._rng, topic, self._era, self._figures)
        if sentence is None:
            return ""
        for fact in sentence.facts:
            none = fact.figure is None
            value = 0.0 if fact.figure is None else float(self._figures[fact.figure])
            status = "reported_none" if none else "reported"
            self.told.append(Told(fact.indicator, "narrative", status, value, fact.qualifier))
        return sentence.text.format_map(self._words)

    def _annex(self) -> None:
        if self._rng.random() > _WITH_ANNEX:
            return
        annex = self._rng.choice(ANNEXES)
        values = [_annex_value(self._figures, name) for name in annex.figures]
        texts = [f"{value:g}" for value in values]
        if annex.running:
            texts = [t for value in values for t in (f"{value:g}", f"{value * 5 + 3:g}")]
        pieces = _annex_pieces(self._style, annex)
        both = [""] * (2 * len(texts) + 1)
        both[0::2], both[1::2] = pieces, texts
        self.line("附表：政府信息公开工作情况统计表")
        self.pieces.append("".join(both))
        for indicator, names in annex.facts().items():
            total = sum(_annex_value(self._figures, name) for name in names)
            self.told.append(Told(indicator, "annex", "reported", total))


@cache
def _annex_pieces(style: Style, annex: Annex) -> tuple[str, ...]:
    return draw_table(style, annex.grid())


def _annex_value(figures: dict[str, float], name: str) -> float:
    return figures[name] if name in figures else float(name)


def pick(rng: random.Random, choices: dict[str, float]) -> str:
    """One of `choices`, each as likely as its weight says."""
    chance = rng.random() * sum(choices.values())
    for name, weight in choices.items():
        chance -= weight
        if chance < 0:
            return name
    return next(reversed(choices))
