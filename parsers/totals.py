"""What the figures of a sentence say of each other: sums of parts, and one way for all.

合计5件 is read when it is the sum of the figures before it; 收到申请1件，为网络申请 says by which way
all of them came. A sum that does not come out is no fact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from parsers.clauses import Clause, Frame
from parsers.rules import IDLE
from parsers.topics import DEEDS, Context
from parsers.words import coded, kinds, kinds_in

# The ways in which an application comes, in words.
_WAY_OF = {
    kinds("net web gov_site"): "applications.received_online",
    kinds("person"): "applications.received_in_person",
    kinds("letter"): "applications.received_by_letter",
    kinds("written"): "",
}
WAYS = frozenset(_WAY_OF.values())
# What a clause may hold that says of all applications by which way they came.
_BY_WAY = IDLE | kinds("net web gov_site person letter appl gappl submit way req disc to from")
_ALL_BY = coded("<all><copula|via|adv|by|req>*<net|web|gov_site|letter|person>")
_RECEIVED = kinds("recv took new")
_APPLIED = kinds("appl gappl gproc")
_SUM = kinds("sum grand")
_WHOLE = _SUM | kinds("now copula")
_PUBLISHED = kinds("apub disclose")
_BESIDE_LABEL = IDLE | kinds("apub disclose pub info mod own disc docs kind piece")
_UNITS_OF_ITEMS = {"条", "篇", "条次", "篇次"}
# What may stand beside 合计, and beside a part that has no words of its own.
_BESIDE_SUM = IDLE | kinds(
    "pub apub info charge charged appl gappl recv took share mod way many_channels"
)
_BESIDE_PART = IDLE | DEEDS | kinds("level web gov_site media other_channel part_year")
# What a sum of parts counts whose words say no more than these: (words, topics, indicator).
_BY_DEED = (
    ("pub apub info disclose", {"", "info"}, "disclosure.items_published"),
    ("recv took appl gappl", {"", "application"}, "applications.received"),
)
_OF_ITEMS = {"disclosure.website_items", "disclosure.new_media_items"}
_NOW, _QUARTERS = kinds("now"), 4
_ELSEWHERE = kinds("other_channel")
_DARK, _PART_YEAR = kinds("unknown some_body"), kinds("part_year")
_OUTCOMES = IDLE | kinds("outcome closed")
# A sum of parts that all hold a word of one of these is the indicator's: (words, section) of them.
_BY_WORD = (
    ("fee_part letter", None, "processing_fees.amount"),
    ("fee_part letter charge charged", "fees", "processing_fees.amount"),
    ("interp interp_part", None, "disclosure.interpretations"),
)
_REVIEWED = {"recon": "reconsideration.total", "lit": "litigation.total"}


def sum_of(frame: Frame, context: Context) -> str | None:
    """The indicator of 合计5件, when it is the sum of the figures just before it."""
    words = kinds_in(frame.head)
    if not words & _WHOLE or words & ~_BESIDE_SUM or frame.figure.qualifier != "exact":
        return None
    timed = not words & _SUM  # 上半年301条，下半年354条，全年655条
    # 主动公开内容：机构概况8条、服务指南45条、招标采购30条，合计83条
    listed = context.label & _PUBLISHED != 0 and not context.label & ~_BESIDE_LABEL
    value = 0.0
    parts: list[tuple[str | None, int]] = []
    for indicator, part in reversed(context.recent):
        if part.figure.unit != frame.figure.unit or not (part.timed or (part.own and not timed)):
            return None
        if indicator is None and kinds_in(part.head) & _DARK and not listed:
            return None
        value = round(value + part.figure.value, 6)
        parts.append((indicator, kinds_in(part.head)))
        if len(parts) > 1 and value == frame.figure.value:
            if part.timed and not (
                words & _NOW
                or "全年" in frame.figure.near
                or "半年" in part.figure.near
                or len(parts) == _QUARTERS
            ):
                return None  # 1月30条，2月25条，共计55条
            if listed and len(parts) > 2 and frame.figure.unit in _UNITS_OF_ITEMS:
                return "disclosure.items_published"
            return _whole_of(parts, context)
        if value > frame.figure.value:
            return None
    return None


def _whole_of(parts: Sequence[tuple[str | None, int]], context: Context) -> str | None:
    """The indicator that the sum of several figures is of."""
    known = {indicator for indicator, _ in parts} - {None}
    if "disclosure.items_published" in known:
        known -= _OF_ITEMS
    told = all(i or not words & ~_BESIDE_PART for i, words in parts)
    elsewhere = any(words & _ELSEWHERE for _, words in parts)
    if told and (known == _OF_ITEMS or (known and known < _OF_ITEMS and elsewhere)):
        # 网站1266条，微信611条，公示栏36条，合计1913条
        return "disclosure.items_published"
    if len(known) == 1 and told:
        whole = known.pop()
        # 网站公开9条，公告栏公开2条，共11条 are not all the web site's.
        return whole if whole not in _OF_ITEMS or all(i for i, _ in parts) else None
    if all(i in WAYS or words & _APPLIED for i, words in parts):
        return "applications.received"
    for names, where, indicator in _BY_WORD:
        if where in {None, context.section} and all(words & kinds(names) for _, words in parts):
            return indicator
    if context.topic == "fee" and not any(words & ~IDLE for _, words in parts):
        # 收取信息处理费，金额分别为120元和300元，合计420元
        return "processing_fees.amount"
    together = 0
    for _, words in parts:
        together |= words
    for names, topics, indicator in _BY_DEED:
        if (
            together & kinds(names)
            and not together & ~(IDLE | kinds(names) | _PART_YEAR)
            and context.topic in topics
        ):
            return indicator
    for name, indicator in _REVIEWED.items():
        if together & kinds(name) and not together & ~(kinds(name) | _OUTCOMES):
            return indicator
    return None


def by_one_way(
    indicator: str, frame: Frame, head: str, at: int, clauses: Sequence[Clause]
) -> Iterator[tuple[str, int]]:
    """(indicator, rank) of what a whole count and its one way of coming say of each other.

    收到网络申请2件 counts all that were received, unless it is a part or other ways are named;
    收到申请1件，为网络申请 counts those received by network.

    head: the words of the figure, the clauses before it with them. at: which of the sentence's
    clauses the figure stands in.
    """
    if indicator in WAYS:
        words = kinds_in(head)
        said = words | kinds_in("".join(clause.code for clause in clauses))
        whole = words & _RECEIVED or _ALL_BY.search(head)
        if whole and words & _APPLIED and not frame.part and len(_ways_in(said)) == 1:
            yield "applications.received", 0
    if indicator != "applications.received":
        return
    behind = [frame.tail] if frame is clauses[at].frames[-1] else []
    for clause in clauses[at + 1 :]:
        if clause.first or clause.frames:
            break
        behind.append(clause.code)
    for words in map(kinds_in, behind):
        ways = _ways_in(words)
        if len(ways) == 1 and not words & ~_BY_WAY:
            yield ways.pop(), 1


# What a clause may say of all that was counted before it: 均已按期答复; 全部在网站公开.
_ALL, _ANSWERED, _SITE = kinds("all"), kinds("ans"), kinds("web gov_site")
_ALL_ANSWERED = IDLE | kinds("ans finished req to appl gappl gproc disc written took deal measure")
_ALL_ON_SITE = IDLE | kinds("web gov_site websub pub apub show way name disc mod level column keep")


def of_all(clause: Clause, context: Context) -> tuple[str, Frame] | None:
    """(indicator, frame) where a clause without figures says of all that a frame counts one thing."""
    if clause.frames or not clause.own or not context.recent:
        return None
    words = kinds_in(clause.code)
    indicator, frame = context.recent[-1]
    if not words & _ALL or frame.part or not frame.own:
        return None
    if words & _ANSWERED and not words & ~_ALL_ANSWERED:
        # 对22件申请，均按时答复: of 收到22件，均已答复 it is only to be concluded.
        counted = kinds_in(frame.head + frame.tail)
        if indicator is None and counted & _APPLIED and not counted & ~_ALL_ANSWERED:
            return "applications.answered", frame
    if words & _SITE and not words & ~_ALL_ON_SITE and indicator == "disclosure.items_published":
        return "disclosure.website_items", frame
    return None


def _ways_in(words: int) -> set[str]:
    return {way for kind, way in _WAY_OF.items() if kind & words}
