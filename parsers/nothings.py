"""Read the clauses that say that there was none of something: 未收到申请, 无行政复议, 均未发生.

The words must all be known, as those of figures are; the rules are those of `narrative_rules.csv`
with `none` under where. Silence is never read as zero, and neither is what was not done well
(未及时答复) or is not to happen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.clauses import Clause
from parsers.rules import IDLE, rules_of_nothing
from parsers.topics import Context
from parsers.words import kinds, kinds_in, letter

_DENIES = re.compile("[未没沒无無]|不存在|不收|免收|免费|免費|零[申收受泄失]")
# What there can be none of.
_OBJECTS = re.compile("[申复復诉訴费費提建发發解专專泄失涉培微信公议議]")
# 未及时解读 says how a thing was done, not that it was not.
_MANNER = re.compile(
    "[未没不](?:有|能|曾)?(?:及时|按时|按期|依法|依规|完全|充分|全部|按|严格|有效|规范|主动|如期|准确|积极|能|达|完成|得到|做到)"
)
_NEGATION = kinds("neg not free uncharged zero_leak zero_appl")
# A clause of mere negation belongs to the one before it: 行政复议情况，均未发生.
_MERE = IDLE | _NEGATION | kinds("occur recv took case hold deal present charge")
# 无一例 and 至今 say nothing of what there was none of.
_ASIDE = kinds("figure span present")
_WHOLE_AREA = kinds("whole_area")
_FIGURE, _THEN = letter("figure"), letter("then")


def denies(sentence: str, opens: bool = False) -> bool:
    """Whether a sentence may say that there was none of something: a quick look.

    opens: it opens its section, whose heading may say of what there was none.
    """
    return _DENIES.search(sentence) is not None and (opens or _OBJECTS.search(sentence) is not None)


def nothings_in(
    clause: Clause, before: Clause | None, context: Context, heading: int = 0
) -> Iterator[tuple[str, str]]:
    """(indicator, clause) for everything that a clause says there was none of.

    before: the clause in front of it in its sentence. heading: the words of the heading right above.
    """
    words = kinds_in(clause.code) & (~_WHOLE_AREA if context.area else ~0)
    if not words & _NEGATION or not clause.ever or _MANNER.search(clause.text):
        return
    own = words
    mere = not words & ~(_MERE | _ASIDE)
    if mere and before is not None and not clause.first:
        words |= _said_before(before)
    if not all(_is_one(frame.figure.text) for frame in clause.frames):
        return
    found = list(_none_of(words, context))
    if not found and mere and heading:
        found = list(_none_of(own | heading, context))  # 五、收费 / 无。
    for indicator in found:
        yield indicator, clause.text


def _none_of(words: int, context: Context) -> Iterator[str]:
    """The indicators that a negation among these words denies."""
    for rule in rules_of_nothing(words & ~_ASIDE):
        if context.is_about(rule.topic, words, none=True):
            yield rule.indicator


def _is_one(text: str) -> bool:
    """无一例, 未发生一起: the figure is part of the negation."""
    return text.startswith("一")


def _said_before(clause: Clause) -> int:
    """What a clause before a mere negation speaks of, when it states nothing of its own."""
    if any(frame.own for frame in clause.frames):
        return 0
    return kinds_in(clause.code.replace(_FIGURE, "").replace(_THEN, ""))
