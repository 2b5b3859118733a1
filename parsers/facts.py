"""Bring together what the sentences of a report state: one observation an indicator.

Of several figures in one sentence the total is the fact, or the sum of parts that are counted by
different words; of several sentences the plainest. What is stated differently, or beside a figure
that is not understood, is `unreadable`, with a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from parsers.records import Finding, Observation, Qualifier
from parsers.registry import unit_of
from parsers.words import kinds, kinds_in

_WITH_TOTAL = {"applications.received", "applications.unavailable"}
_LEVELS = re.compile("全国|国家|省|市|县|区|州|旗")
# Parts of these that a sentence counts apart, by different words, add up to the indicator.
_ADDED_UP = {
    "applications.received_by_letter": re.compile(r"信函|来信|传真|挂号|快递|EMS|邮寄|信件"),
    "disclosure.new_media_items": re.compile(r"微信|微博|抖音|头条|客户端|视频号"),
    "disclosure.press_conferences": re.compile("例行|专题|专场|系列"),
    "proposals.npc": _LEVELS,
    "proposals.cppcc": _LEVELS,
}
_SUM, _GRAND, _DISCLOSURE = kinds("sum grand"), kinds("grand"), kinds("disc")
_CHARGED = kinds("charged")
# What ranks as high goes before all else: a government's whole area, what was published unasked.
FOREMOST = 10
_TRAINING = "training.sessions"
REVIEWED = {"reconsideration.total", "litigation.total"}


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact as one sentence states it.

    none: it is said in words that there was none. text: as printed; sentence, locator: where. rank:
    how plainly it is the whole of the year's. head, near: the words before it, coded and printed.
    part, named, as_of: see `clauses.Frame`. doubt: the sentence counts more of it that is not understood.
    """

    indicator: str
    value: float
    qualifier: Qualifier
    none: bool
    text: str
    sentence: str
    locator: str
    rank: int = 1
    head: str = ""
    near: str = ""
    part: bool = False
    named: bool = False
    as_of: bool = False
    doubt: bool = False

    @property
    def is_total(self) -> bool:
        """Whether it stands behind 共 or 合计."""
        return kinds_in(self.head) & _SUM != 0


def settled(stated: Iterable[Fact]) -> list[Fact]:
    """Of several figures that one sentence states of an indicator, its total or its sum.

    Parts behind 其中 add nothing to a count before it; parts before 合计 give way to it.
    """
    by_indicator: dict[str, list[Fact]] = {}
    for fact in stated:
        by_indicator.setdefault(fact.indicator, []).append(fact)
    return [fact for facts in by_indicator.values() for fact in _settled(facts)]


def _settled(facts: list[Fact]) -> list[Fact]:
    facts = [fact for fact in facts if fact.rank] or facts
    foremost = max(fact.rank for fact in facts) // FOREMOST
    facts = [fact for fact in facts if fact.rank // FOREMOST == foremost]
    # 截至2016年底共发布4521条，2016年发布612条: beside the year's figure the other is a running total.
    facts = [fact for fact in facts if not fact.as_of] or facts
    words = _ADDED_UP.get(facts[0].indicator)
    together = _added_up(facts, words) if words is not None else None
    most = max(fact.value for fact in facts)
    # 微信共推送400条，微博推送500条: 共 is of the one alone; a total comes last and is the largest.
    totals = [f for f in (facts[-1:] if words else facts) if f.is_total and f.value == most]
    if together is not None and not totals:
        return [together]
    for chosen in (
        facts,
        [] if words else [fact for fact in facts if fact.named],
        [fact for fact in totals if kinds_in(fact.head) & _GRAND],
        totals,
        # 发出收费通知1件，收费总金额260元，实际收取100元
        [fact for fact in facts if kinds_in(fact.head) & _CHARGED],
        # 举办培训班2期，其中政务公开培训班1期
        [f for f in facts if f.indicator == _TRAINING and kinds_in(f.head) & _DISCLOSURE],
        # 被申请行政复议52件，涉及政府信息公开的仅3件
        [f for f in facts if f.indicator in REVIEWED and kinds_in(f.head) & _DISCLOSURE],
        [fact for fact in facts if not fact.part],
    ):
        if len({fact.value for fact in chosen}) == 1:
            return chosen[:1]
    return facts


def _added_up(facts: Sequence[Fact], words: re.Pattern[str]) -> Fact | None:
    """The sum of figures that are counted apart by different words: 微信12条，微博12条."""
    if len(facts) < 2 or any(fact.qualifier != "exact" for fact in facts):
        return None
    named = [set(words.findall(fact.near)) for fact in facts]
    if not all(named) or len(set.union(*named)) != sum(map(len, named)):
        return None
    value = round(sum(fact.value for fact in facts), 6)
    return replace(facts[0], value=value, text="、".join(fact.text for fact in facts))


def merged(facts: Sequence[Fact]) -> tuple[list[Observation], list[Finding]]:
    """One observation an indicator; the plainest statements win, contradictions are unreadable."""
    observations: list[Observation] = []
    findings: list[Finding] = []
    by_indicator: dict[str, list[Fact]] = {}
    for fact in facts:
        by_indicator.setdefault(fact.indicator, []).append(fact)
    for indicator, stated in by_indicator.items():
        best = max(fact.rank for fact in stated)
        plain = [fact for fact in stated if fact.rank == best]
        observation = _observation(indicator, plain[0])
        finding = _doubt(indicator, plain)
        if finding is not None:
            findings.append(finding)
            observation = replace(
                observation,
                value=None,
                value_text=finding.actual or "",
                status="unreadable",
                qualifier="exact",
                evidence=finding.evidence or "",
            )
        observations.append(observation)
    return observations, findings


def _doubt(indicator: str, plain: Sequence[Fact]) -> Finding | None:
    """Why the plainest statements of an indicator leave its figure open, None when they do not."""
    texts = " / ".join(dict.fromkeys(fact.text for fact in plain))
    sentences = " // ".join(dict.fromkeys(fact.sentence for fact in plain))
    if len({fact.value for fact in plain}) > 1:
        message = f"the prose states {indicator} differently: {texts}; none of them is read"
        return Finding(
            "prose-contradicts-itself", "warning", message, None, texts, indicator, sentences
        )
    if any(fact.doubt for fact in plain):
        message = (
            f"{texts} may be {indicator}, but the same sentence counts more of it in words that no"
            " rule knows; it is not read"
        )
        return Finding("prose-unexplained", "warning", message, None, texts, indicator, sentences)
    return None


def _observation(indicator: str, fact: Fact) -> Observation:
    return Observation(
        indicator=indicator,
        applicant="total" if indicator in _WITH_TOTAL else None,
        value=fact.value,
        value_text=fact.text,
        unit=unit_of(indicator),
        status="reported_none" if fact.none else "reported",
        qualifier=fact.qualifier,
        source="narrative",
        matched_by="label",
        evidence=fact.sentence,
        locator=fact.locator,
    )
