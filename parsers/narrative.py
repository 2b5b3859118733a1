"""Read the figures that the prose of a report states, sentence by sentence.

A figure is taken when a rule of `layouts/narrative_rules.csv` knows every word of its clause and
`clauses` finds nothing that makes it another's. "Received none" and the like are read in `nothings`.
What two sentences state differently is not decided by coming first (`facts`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rapidfuzz.distance import Postfix

from parsers.clauses import NOTHING_HELD, Clause, Frame, clauses_of
from parsers.facts import FOREMOST, REVIEWED, Fact, merged, settled
from parsers.figures import holds_figures
from parsers.nothings import denies, nothings_in
from parsers.officenames import Names, names_of
from parsers.records import Finding, Layout, Observation, Section
from parsers.registry import indicators, unit_of
from parsers.rules import IDLE, Rule, kin_of, rules_that_fit
from parsers.sentences import written_plainly
from parsers.topics import DEEDS, Context, heading_words
from parsers.totals import WAYS, by_one_way, of_all, sum_of
from parsers.words import kinds, kinds_in, letter, letters

# Sections whose prose tells of shortcomings and plans, or is no prose.
_UNREAD = {"signature", "annex", "problems"}
_LONGEST_SENTENCE = 1200
_SHORTEST_PARAGRAPH = 15
# What a sentence without a figure may say that the next ones need.
_ABOUT_DISCLOSURE = re.compile(r"信息公开|申请公开|公开申请|公开信息|政府信息|依申请公开")
_GOVERNMENT = re.compile(
    r"(市|县|区|省|州|旗|镇|乡)(人民)?政府(办公室|办公厅)?$|街道(办事处)?$|[县区镇乡]$"
)
_OFFICE_OF_GOVERNMENT = re.compile("政府(办公室|办公厅)$")
# 按：本报告所称“条”，指……，只计1条: what is said of the words and the counting is no figure.
_DEFINES = re.compile(r"^\s*(?:按|注|注释|说明|备注)\s*[:：]|所称|是指")
# A heading that tells what a paragraph below it would.
_NUMBER = re.compile(r"^[（(]?(?:第?[一二三四五六七八九十]+部?分?|\d{1,2})[)）、.．]\s*")
_TELLING = re.compile(
    r"[：:].*[0〇零无没未]|，.*\d(?:件|条|篇|期|场|次)|\d(?:件|条|篇|期|场|次).*，"
)
# Indicators that a sentence may count in parts: one that is not understood makes all doubtful.
_IN_PARTS = {
    "applications.received_online",
    "applications.received_in_person",
    "applications.received_by_letter",
    "applications.answered",
    "disclosure.new_media_items",
    "proposals.npc",
    "proposals.cppcc",
}
# What goes on being published: what there is of it at present is not the year's.
_OF_THE_YEAR = {
    "disclosure.items_published",
    "disclosure.website_items",
    "disclosure.new_media_items",
    "disclosure.interpretations",
}
_STRANGE, _TO = kinds("unknown some_body docs other fee_other"), kinds("to")
_DARK = kinds("unknown some_body name docs kind area level")
# 因征地引起的行政复议3件，行政诉讼1件: the cause is of both.
_CAUSES = kinds("cause restrict")
# 公开建议答复6件、提案答复8件: an answer may be what was published, and the list goes on.
_OWN_DEEDS = DEEDS & ~kinds("ans")
_SHARED = DEEDS | _CAUSES | kinds("unknown some_body docs kind area new closed")
# 被申请行政复议的数量与上年持平，仍为6件: what is counted stands in the clause before.
_BORROWS = kinds("sum grand copula count pubcount")
_PUBLISHED = kinds("pub apub disclose info")
# Words of items that do not say where they were published, or by whom.
_BARE_ITEMS = (IDLE | _PUBLISHED | kinds("piece mod")) & ~kinds("own")
_COPULA = kinds("copula adv")
_NEGATION, _NOW, _APUB, _ANSWERED = map(kinds, ("neg", "now", "apub", "ans"))
_WHOLE_AREA = kinds("whole_area")
_AREA, _AREAS, _OWN = kinds("whole_area area"), letters("whole_area area"), kinds("own")
_COPULA_ALONE, _MATTERS = kinds("copula"), kinds("other trouble fee_other redress")
_UNASKED = IDLE | kinds("apub info mod")
_NEWLY = IDLE | kinds("new pub apub disclose info")
_NOT_KNOWN = kinds("unknown")
_DONE = kinds("ans finished")
_BOTH, _FEE_PART, _FEE_PART_LETTER = kinds("both"), kinds("fee_part"), letter("fee_part")
_PART_YEAR, _DISCLOSED = kinds("part_year"), kinds("disc")
# 病历复印收费4.6万元，未收取信息公开费用: this law's fee, whatever else was charged.
_FEE_OF_THE_LAW = re.compile("信息处理费|信息公开[^，。]{0,6}费")
_WITH_OTHERS = re.compile("会办|协办|分办|会同办理")
_PROPOSALS = {"proposals.npc", "proposals.cppcc"}
# 行政诉讼：新收2件
_BESIDE_LABEL = IDLE | kinds("recv took new hold deal pub")
_LEVEL, _HANDLED = kinds("level"), kinds("deal recv took")
_PLAIN_WORDS = (kinds("sum grand"), kinds("now"), kinds("apub"))
_PART = letter("part")


def read_narrative(
    sections: Sequence[Section],
    layout: Layout,
    year: int | None,
    office: str | None,
    tables: frozenset[str] = frozenset(),
) -> tuple[list[Observation], list[Finding]]:
    """The facts that the prose of a report states, one observation an indicator.

    tables: lines of the sections' texts that are rows of tables, not prose. Indicators that the
    layout does not ask for (`indicators.csv`) are left out.
    """
    asked = {i.name for i in indicators() if i.part == "narrative" and layout in i.layouts}
    governs = office is not None and _GOVERNMENT.search(office) is not None
    # An office of a government may speak for itself alone or for the whole area.
    area = governs and _OFFICE_OF_GOVERNMENT.search(office or "") is None
    name = names_of(office)
    facts: list[Fact] = []
    headed = any(section.heading for section in sections)
    for section in sections:
        if section.section in _UNREAD or (section.section == "preamble" and headed):
            continue
        heading = heading_words(section.heading)
        line, context = -1, Context(section.section, area, heading)
        if not section.text and _TELLING.search(section.heading):
            # 四、行政复议和行政诉讼：均为0; （二）全年新收申请64件，上年为70件
            locator = f"section {section.ordinal}, heading"
            told = _NUMBER.sub("", section.heading)
            found = _facts_of(told, locator, year, governs, name, context)
            facts.extend(fact for fact in found if fact.indicator in asked)
        for start, at_line, sentence in _sentences(section.text, tables):
            if at_line != line:
                line, context = at_line, Context(section.section, area, heading)
            locator = f"section {section.ordinal}, characters {start}-{start + len(sentence)}"
            found = _facts_of(sentence, locator, year, governs, name, context, opens=start == 0)
            facts.extend(fact for fact in found if fact.indicator in asked)
    return merged(facts)


def _sentences(text: str, tables: frozenset[str]) -> Iterator[tuple[int, int, str]]:
    """(offset, line, sentence) for every sentence of a section's prose."""
    offset = 0
    for at, line in enumerate(text.split("\n")):
        if " | " not in line and (line not in tables or _is_prose(line)):
            for match in re.finditer(r"[^。!！？?]+[。!！？?]?", line):
                # No sentence of a report is longer: what is, is no prose.
                if match[0].strip() and len(match[0]) <= _LONGEST_SENTENCE:
                    yield offset + match.start(), at, match[0]
        offset += len(line) + 1


def _is_prose(line: str) -> bool:
    """Whether a row of a table, of one cell, is a paragraph: a page may stand in a table whole."""
    return line.endswith("。") and "，" in line and len(line) > _SHORTEST_PARAGRAPH


# -- one sentence ----------------------------------------------------------------------------------


def _facts_of(
    sentence: str,
    locator: str,
    year: int | None,
    governs: bool,
    name: Names | None,
    context: Context,
    opens: bool = False,
) -> list[Fact]:
    """opens: whether the sentence opens its section, so that the heading may be its subject."""
    if not holds_figures(sentence) and not denies(sentence, opens):
        context.disclosure = context.disclosure or _ABOUT_DISCLOSURE.search(sentence) is not None
        context.held = NOTHING_HELD
        return []
    if _DEFINES.search(sentence):
        return []
    clauses, context.held = clauses_of(written_plainly(sentence, name), year, governs, context.held)
    sentence = sentence.strip()
    stated: list[Fact] = []
    by_way: list[Fact] = []
    all_of: list[Fact] = []
    doubtful: set[str] = set()
    open_kinds: set[str] = set()  # what figures that are not read may count
    denied: list[tuple[str, str]] = []
    lead, last, verbs = "", "", 0
    whole: str | None = None  # what a figure before was of the whole area
    unsure = False  # whether parts about disclosure are told that are not understood
    context.unread = set()
    topic = context.begin()
    for at, clause in enumerate(clauses):
        if clause.first:
            lead, last, verbs = "", "", 0
            context.label = kinds_in(clause.code) if clause.label else 0
        if not verbs & _CAUSES:
            verbs = 0  # of a list whose first figure is no fact: 受理护照申请3件、申请2件
        labelled = at > 0 and clauses[at - 1].label
        for frame in clause.frames:
            words = kinds_in(frame.head)
            heads, borrows = _heads_of(frame, lead, last, labelled)
            head, rule = _first_rule(frame, heads, verbs, context)
            lead, last = (lead, last) if borrows else ("", "")
            indicator = rule.indicator if rule else _meant_by(frame, whole, context)
            whole = None if frame.own else _of_the_area(frame, head, verbs, context)
            if frame.timed:
                timed = _first_rule(frame, heads, verbs, context, timed=True)[1]
                context.recent.append((timed.indicator if timed else None, frame))
                continue
            if indicator is None and stated and _says_again(frame, context):
                # 不足1000条，为912条 says of the figure before it how many there are
                stated[-1] = replace(
                    stated[-1], value=frame.figure.value, qualifier="exact", text=frame.figure.text
                )
                context.recent.append((stated[-1].indicator, frame))
                continue
            context.recent.append((indicator, frame))
            if indicator is not None:
                verbs = 0
                context.read(indicator)
                rank = _rank(indicator, head) * (rule.rank if rule else 1)
                # 全市收到1846件 is what a government reports, 市政府收到212件 a part of it.
                rank += FOREMOST if frame.area and context.area else 0
                rank += FOREMOST if _is_of_own_accord(indicator, frame, context) else 0
                if indicator == "disclosure.items_published":
                    context.unqualified = not kinds_in(frame.head) & _APUB
                stated.append(_fact(indicator, frame, rank, sentence, locator))
                if rule and rule.scope == "disclosed":
                    stated[-1] = replace(stated[-1], head=frame.head + frame.tail)
                by_way += [
                    _fact(also, frame, rank, sentence, locator)
                    for also, rank in by_one_way(indicator, frame, head, at, clauses)
                ]
                if not frame.part and not kinds_in(frame.head) & _LEVEL:
                    context.stated.add(indicator)
            else:
                if stated and frame.own and not frame.part and _of_one_part(stated[-1], head):
                    # 共收取检索费30元、复制费46元: the first of several
                    stated.pop()
                if frame.vague and words & _PUBLISHED:
                    doubtful.add("disclosure.website_items")  # one of several sites
                unsure = unsure or (frame.part and kinds_in(head) & _DISCLOSED != 0)
                if stated and _is_led_alone(stated[-1], frame):
                    doubtful.add(stated[-1].indicator)
                kin = dict(kin_of(frame.figure.unit, kinds_in(head), _DARK))
                near = {kind for kind, dark in kin.items() if dark and kind in _IN_PARTS}
                context.turn(head, strange=frame.own and not near)
                if words & _TO:
                    context.turn(frame.tail)  # 对83件投诉，已答复79件
                context.unread |= kin.keys()
                verbs = verbs or kinds_in(head) & _SHARED
                if frame.own:
                    doubtful |= near
                    open_kinds |= kin.keys() if frame.figure.value else set()
        under = context.heading if opens and not any(c.frames for c in clauses[:at]) else 0
        denied += nothings_in(clause, clauses[at - 1] if at else None, context, under)
        if not clause.frames:
            told = stated and at and clauses[at - 1].frames
            if told and _is_of_another_matter(stated[-1], clause):
                stated.pop()
            lead, last = (lead + clause.code, clause.code) if clause.own else (lead, "")
            context.turn(clause.code)
            if (said := of_all(clause, context)) is not None:
                all_of.append(_fact(said[0], said[1], 0, sentence, locator))
        context.hear(clause.code)
    if not any(clause.frames for clause in clauses):
        # What a sentence without figures is about says little of the next one's.
        context.topic = topic
    if sum(1 for fact in stated if fact.indicator in WAYS) < 2:
        stated += by_way
    if unsure:
        # 复议64件，诉讼22件，其中涉及政府信息公开的分别为3件和1件: of any matter
        stated = [
            fact
            for fact in stated
            if fact.indicator not in REVIEWED or kinds_in(fact.head) & _DISCLOSED
        ]
    read = {fact.indicator for fact in stated}
    stated += [fact for fact in all_of if fact.indicator not in read]
    context.stated.update(fact.indicator for fact in stated)
    return [
        replace(fact, doubt=True) if fact.indicator in doubtful and not fact.is_total else fact
        for fact in settled(stated)
    ] + [
        Fact(indicator, 0.0, "exact", True, _as_printed(text, sentence), sentence, locator)
        for indicator, text in denied
        if all(fact.indicator != indicator for fact in stated)
        and (indicator not in open_kinds or _FEE_OF_THE_LAW.search(text))
    ]


def _heads_of(frame: Frame, lead: str, last: str, labelled: bool) -> tuple[list[str], bool]:
    """The words that a figure may be read by, and whether they stand in a clause before.

    lead, last: the words of the clauses before it that state nothing, all of them and the last one's;
    labelled: whether that one is a label.
    """
    words = kinds_in(frame.head)
    # 复议，1件; 同步配发解读文章，全年共计9篇
    bare = not words & ~IDLE
    if last and bare and (words & _BORROWS or not (frame.tail or words & _OWN)):
        heads = [last + frame.head, lead + frame.head]
        # 没有行政复议，有1件行政诉讼
        return [*heads, frame.head] if frame.tail else heads, True
    if labelled and not words & ~_BESIDE_LABEL and not words & _OWN:
        return [frame.head, last + frame.head], False
    return [frame.head], False


def _meant_by(frame: Frame, whole: str | None, context: Context) -> str | None:
    """The indicator of a figure that no rule knows, by the figures before it.

    whole: what the one before counted in the whole area.
    """
    if not frame.own:
        return None
    indicator = sum_of(frame, context)
    if indicator is not None or not frame.named:
        return indicator
    words = kinds_in(frame.head)
    if whole is not None and words & _OWN and not words & ~IDLE:
        return whole  # 全系统公开6418条，其中局机关1954条
    if context.recent:
        # 截至年底共发布8632条，其中2016年新增1203条
        before, running = context.recent[-1]
        if running.as_of and running.figure.unit == frame.figure.unit and not words & ~_NEWLY:
            return before
    return None


def _is_led_alone(fact: Fact, frame: Frame) -> bool:
    """主办建议2件，会办5件: whether what was led is stated, and not all of it."""
    return (
        fact.indicator in _PROPOSALS
        and "主办" in fact.near
        and frame.own
        and not frame.part
        and _WITH_OTHERS.search(frame.figure.near) is not None
    )


def _is_of_own_accord(indicator: str, frame: Frame, context: Context) -> bool:
    """Whether a part says what of all that was made public was so unasked.

    公开信息2120条。其中，主动公开2108条，依申请公开12条
    """
    words = kinds_in(frame.head)
    return (
        indicator == "disclosure.items_published"
        and frame.part
        and context.unqualified
        and words & _APUB != 0
        and not words & ~_UNASKED
    )


def _says_again(frame: Frame, context: Context) -> bool:
    """Whether a figure only makes the one before it exact, which was read and is a rough one."""
    words = kinds_in(frame.head)
    if not context.recent or not words & _COPULA or words & ~_COPULA:
        return False
    indicator, before = context.recent[-1]
    return (
        indicator is not None
        and before.own
        and before.figure.qualifier != "exact"
        and (frame.figure.unit, frame.figure.qualifier) == (before.figure.unit, "exact")
        and unit_of(indicator) != "CNY_10k"
    )


def _is_of_another_matter(fact: Fact, clause: Clause) -> bool:
    """Whether a clause says of the dispute before it what it was about: 行政诉讼1件，系征地纠纷."""
    words = kinds_in(clause.code)
    return (
        fact.indicator in REVIEWED
        and words & _COPULA_ALONE != 0
        and words & _MATTERS != 0
        and not words & _DISCLOSED
        and not clause.first
    )


def _of_one_part(fact: Fact, head: str) -> bool:
    """Whether a fee that was read is of one part alone, as the words of the next figure are."""
    return (
        fact.indicator == "processing_fees.amount"
        and kinds_in(head) & _FEE_PART != 0
        and fact.head.count(_FEE_PART_LETTER) == 1
    )


def _as_printed(text: str, sentence: str) -> str:
    """The words of a sentence that were written out plainly as the clause `text`."""
    if text in sentence:
        return text
    # The office's name and remarks in brackets were rewritten; how the clause ends was not.
    parts = [part.strip() for part in re.split(r"[，,；;。]", sentence) if part.strip()]
    return max(parts, key=lambda part: Postfix.similarity(part, text), default=text)


def _fact(indicator: str, frame: Frame, rank: int, sentence: str, locator: str) -> Fact:
    figure = frame.figure
    value = figure.value
    if unit_of(indicator) == "CNY_10k":
        value = round(value / 10_000, 10)
    return Fact(
        indicator,
        value,
        figure.qualifier,
        False,
        figure.text,
        sentence,
        locator,
        rank,
        frame.head,
        figure.near,
        frame.part,
        frame.named,
        frame.as_of,
    )


def _rank(indicator: str, head: str) -> int:
    """How plainly the clause speaks of the whole year's items; most indicators have one rank."""
    words = kinds_in(head)
    if indicator == "disclosure.items_published":
        return 1 + sum(1 for plain in _PLAIN_WORDS if words & plain)
    # 办结 counts where nothing is said of 答复.
    return 0 if indicator == "applications.answered" and not words & _ANSWERED else 1


def _first_rule(
    frame: Frame, heads: Sequence[str], verbs: int, context: Context, timed: bool = False
) -> tuple[str, Rule | None]:
    """The first of the heads that a rule knows, and the rule; timed: of a part of the year."""
    if frame.own or timed:
        for head in heads:
            rule = _rule_for(frame, head, verbs, context)
            if rule is not None:
                return head, rule
    return heads[-1], None


def _of_the_area(frame: Frame, head: str, verbs: int, context: Context) -> str | None:
    """What a figure counts in the whole area, which is not the office's own."""
    if not kinds_in(head) & _AREA or frame.timed:
        return None
    rule = _rule_for(frame, "".join(c for c in head if c not in _AREAS), verbs, context)
    return rule.indicator if rule else None


def _rule_for(frame: Frame, head: str, verbs: int, context: Context) -> Rule | None:
    """The rule that knows all words of the figure, or None."""
    before = kinds_in(head)
    if frame.timed:
        before &= ~_PART_YEAR
    if frame.figure.value == 0:
        before &= ~_NEGATION  # 未发生行政复议0件
    if frame.area and context.area:
        before &= ~_WHOLE_AREA
    if not before & _OWN_DEEDS:
        # 组织保密培训2次、政务公开培训1次: what the first was about, the second says itself
        before |= verbs & ~_NOT_KNOWN if before & _DISCLOSED else verbs
    if frame.subject and before & _PUBLISHED and not before & ~_BARE_ITEMS:
        # 门户网站日均更新16条，全年更新5900条: still the web site's
        if not before & _APUB:
            if frame.vague:
                return None
            before |= kinds_in(frame.subject)
        elif not before & _NOW:
            return None
    tail = kinds_in(frame.tail)
    for rule in rules_that_fit(frame.figure.unit, before, before | tail):
        words = before | tail if rule.where == "both" else before
        if (
            not (rule.where == "clear" and tail & _STRANGE)
            # 19件申请已办结18件: what was done is said of the next figure
            and not (rule.where == "both" and frame.followed and tail & _DONE)
            and context.is_about(rule.topic, words, frame.figure.value == 0)
            and _is_in_scope(rule, frame, context)
        ):
            return rule
    return None


def _is_in_scope(rule: Rule, frame: Frame, context: Context) -> bool:
    """Whether the figure may be the indicator's, seen what it is a part of (其中…)."""
    words = kinds_in(frame.head)
    if rule.indicator.startswith("proposals.") and (
        (frame.area and not words & _HANDLED)
        or (rule.indicator in context.stated and words & _LEVEL)
    ):
        # 全县提交的建议: a government answers for those that it handles; 其中省级3件 is a part.
        return False
    if rule.topic == "overall" and (frame.as_of or context.recent):
        return False  # 公开总量 of what was counted before, or of the years
    if frame.present and rule.indicator in _OF_THE_YEAR:
        # 截至目前，公开信息总数达3214条 is what has come together over the years
        return False
    if rule.scope == "disclosed":
        return True
    if rule.scope == "paired":
        return any(kinds_in(before.head) & _BOTH for _, before in context.recent[-2:])
    if rule.scope not in {"whole", "part"}:
        return rule.scope in context.stated
    if not frame.part or frame.named or _is_of_own_accord(rule.indicator, frame, context):
        return True
    if rule.indicator in context.stated or rule.indicator in context.unread:
        # 收到5件，其中网络3件 is a part of what was read, 答复9件，其中按期答复8件 of what was not.
        return False
    return rule.scope != "whole" or _PART not in frame.head
