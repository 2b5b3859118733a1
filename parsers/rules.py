"""Which words make a figure, or a negation, a fact: the rules of `layouts/narrative_rules.csv`.

A rule names the kinds of words that must stand in a clause and those that may; a clause with any
other word is not read. Rules know words, not sentences: whose the figure is, is known before.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

from parsers.registry import read_table
from parsers.words import kinds

# Kinds of words that say nothing of what a figure counts.
IDLE = kinds(
    "count pubcount copula conj adv all sum grand now own until as_of ordinal real via part by_way"
    " running etc by then compared measure place"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of `narrative_rules.csv`.

    need: of each of these groups of kinds one must be there. not_allowed: kinds that may not be.
    topic: what the text must be about, "" for anything. where: `head`, `both`, `clear` or `none`.
    scope: `whole` or `part`. rank: 0 for what only counts when nothing says it more plainly.
    """

    indicator: str
    units: frozenset[str]
    need: tuple[int, ...]
    not_allowed: int
    topic: str
    where: str
    scope: str
    rank: int

    def fits(self, words: int) -> bool:
        """Whether the kinds of the words of a clause are those that the rule asks for."""
        return not words & self.not_allowed and all(words & group for group in self.need)


@cache
def _rules() -> tuple[Rule, ...]:
    return tuple(
        Rule(
            row["indicator"],
            frozenset(row["units"].split("|")),
            tuple(kinds(group.replace("|", " ")) for group in row["need"].split()),
            ~(kinds(row["need"].replace("|", " ") + " " + row["may"]) | IDLE),
            row["topic"],
            row["where"],
            row["scope"],
            int(row["rank"]),
        )
        for row in read_table("parsers.layouts", "narrative_rules.csv")
    )


@cache
def rules_of_unit(unit: str) -> tuple[Rule, ...]:
    """The rules of figures with a unit of measure, in order; all of them for a bare number."""
    return tuple(r for r in _rules() if r.where != "none" and (not unit or unit in r.units))


# Clauses are made of the same few kinds of words.
@lru_cache(maxsize=8192)
def rules_that_fit(unit: str, before: int, both: int) -> tuple[tuple[Rule, int], ...]:
    """The rules whose words those of a clause are, in order, each with the words it looks at.

    before: the kinds of the words before the figure, as bits; both: those behind it as well.
    """
    looked_at = ((rule, both if rule.where == "both" else before) for rule in rules_of_unit(unit))
    return tuple((rule, words) for rule, words in looked_at if rule.fits(words))


@cache
def rules_of_nothing() -> tuple[Rule, ...]:
    """The rules of clauses that say that there was none of something."""
    return tuple(rule for rule in _rules() if rule.where == "none")
