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


@lru_cache(maxsize=8192)
def rules_that_fit(unit: str, before: int, both: int) -> tuple[Rule, ...]:
    """The rules of figures with a unit that fit the words before it, or before and behind it."""
    return tuple(
        rule for rule in rules_of_unit(unit) if rule.fits(both if rule.where == "both" else before)
    )


@lru_cache(maxsize=8192)
def kin_of(unit: str, words: int, dark: int) -> tuple[tuple[str, bool], ...]:
    """(indicator, whether words are not known) of what a figure beside these words may count.

    dark: kinds that no rule allows, and that leave it open what is counted.
    """
    return tuple(
        (rule.indicator, bool(words & rule.not_allowed))
        for rule in rules_of_unit(unit)
        if words & rule.need[0] and not words & rule.not_allowed & ~dark
    )


@lru_cache(maxsize=8192)
def rules_of_nothing(words: int) -> tuple[Rule, ...]:
    """The rules that fit a clause that says that there was none of something."""
    return tuple(rule for rule in _rules() if rule.where == "none" and rule.fits(words))
