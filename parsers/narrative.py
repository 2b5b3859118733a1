"""Read the figures that the prose of a report states, sentence by sentence.

A figure is taken when a rule of `layouts/narrative_rules.csv` knows its clause and `scope` finds
nothing that makes it another's. "Received none" and the like are read in `nothings`. What two
sentences state differently is `unreadable`, with a finding: nothing is decided by coming first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from parsers.nothings import indicators_with_none
from parsers.records import Finding, Layout, Observation, Qualifier, Section
from parsers.registry import indicators, read_table, unit_of
from parsers.scope import is_of_this_report
from parsers.sentences import Figure, clean_sentence, figures_in

# Sections whose prose tells of shortcomings and plans, or is no prose.
_UNREAD = {"signature", "annex", "problems"}
_LONGEST_SENTENCE = 1200
_WITH_TOTAL = {"applications.received", "applications.unavailable"}
# Parts of these that a sentence counts apart, by different words, add up to the indicator.
_ADDED_UP = {
    "applications.received_by_letter": re.compile(r"信函|来信|传真|挂号|快递|EMS|邮寄|信件"),
    "disclosure.new_media_items": re.compile(r"微信|微博|抖音|头条|客户端|视频号"),
}
# Indicators that the section on applications alone makes certain of: 共收到5件, 答复3件.
_INHERIT = {"applications.received", "applications.answered"}
# 工作动态、财政资金等信息600条: what is listed are examples, not what is counted.
_LISTED = re.compile(r"[\u4e00-\u9fff、]{2,60}等(?=[^，]{0,8}信息)")
_ABOUT_DISCLOSURE = re.compile(r"信息公开|依申请公开|政府信息|公开申请|公开信息|公开政府")
_BARE_APPLICATION = re.compile(
    r"(?:收到|受理|接到|接收|新收|收悉|共有|提出|提交)(?:了|到|过)?(?:各类|书面|网络|网上|在线|线上|信函|当面|传真|邮寄|有效|群众|公民|法人"
    r"|社会|的|共|计|总计|全部|本年|年度|\d+|[件宗条份例]|通过|方式)*(?:申请|$|[件宗条份例\d])|申请(?:数|总|量|件)"
)
_SUBSET = re.compile(r"其中|包括|分别|涉及|含有?|占")
_SUM = re.compile(r"合计|共计|总计|总数|总量|总共|一共|^共$")
_ALTOGETHER = re.compile(r"共[^，、]{0,16}$|达到?$")
_SUM_CLAUSE = re.compile(r"^(合计|共计|总计|总数|总量|总共|一共|共|达到?|数量)[^，、]{0,3}$")
_CHANNELS = (
    ("applications.received_online", re.compile(r"网络|网上|互联网|网页|在线|电子邮件|线上|网申")),
    ("applications.received_in_person", re.compile(r"当面|现场|窗口")),
    ("applications.received_by_letter", re.compile(r"信函|来信|邮寄|传真|挂号")),
)
_ALL_BY = re.compile(
    r"^[，（(]?(?:全部|均|都|皆)?(?:为|是|系|通过|以|采用)([^，。；、]{2,16}?)(?:申请|方式|提交|提出|渠道|途径|形式)"
)


@dataclass(frozen=True, slots=True)
class _Rule:
    indicator: str
    units: frozenset[str]
    near: re.Pattern[str]
    far: re.Pattern[str] | None
    excluded: re.Pattern[str] | None
    whole: bool


@dataclass(frozen=True, slots=True)
class _Fact:
    """A fact as one sentence states it. rank: how plainly it is the whole of the year's."""

    indicator: str
    value: float
    qualifier: Qualifier
    none: bool
    text: str
    sentence: str
    locator: str
    rank: int = 1
    total: int = 0
    near: str = ""
    unit: str = ""


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
    facts: list[_Fact] = []
    headed = any(s.heading for s in sections)
    for section in sections:
        if section.section in _UNREAD or (section.section == "preamble" and headed):
            continue
        for start, sentence in _sentences(section.text, tables):
            found = _facts_of(sentence, start, section, year, office)
            facts.extend(fact for fact in found if fact.indicator in asked)
    return _merge(facts)


def _sentences(text: str, tables: frozenset[str]) -> Iterator[tuple[int, str]]:
    """(offset, sentence) for every sentence of a section's prose."""
    offset = 0
    for line in text.split("\n"):
        if line not in tables and " | " not in line:
            for match in re.finditer(r"[^。!！？?]+[。!！？?]?", line):
                # No sentence of a report is longer: what is, is no prose.
                if match[0].strip() and len(match[0]) <= _LONGEST_SENTENCE:
                    yield offset + match.start(), match[0]
        offset += len(line) + 1


def _merge(facts: Sequence[_Fact]) -> tuple[list[Observation], list[Finding]]:
    """One observation an indicator; the plainest statements win, contradictions are unreadable."""
    observations: list[Observation] = []
    findings: list[Finding] = []
    by_indicator: dict[str, list[_Fact]] = {}
    for fact in facts:
        by_indicator.setdefault(fact.indicator, []).append(fact)
    for indicator, stated in by_indicator.items():
        best = max(fact.rank for fact in stated)
        plain = [fact for fact in stated if fact.rank == best]
        observation = _observation(indicator, plain[0])
        if len({fact.value for fact in plain}) > 1:
            texts = " / ".join(dict.fromkeys(fact.text for fact in plain))
            sentences = " // ".join(dict.fromkeys(fact.sentence for fact in plain))
            observation = replace(
                observation,
                value=None,
                value_text=texts,
                status="unreadable",
                qualifier="exact",
                evidence=sentences,
            )
            findings.append(
                Finding(
                    "prose-contradicts-itself",
                    "warning",
                    f"the prose states {indicator} differently: {texts}; none of them is read",
                    None,
                    texts,
                    indicator,
                    sentences,
                )
            )
        observations.append(observation)
    return observations, findings


def _observation(indicator: str, fact: _Fact) -> Observation:
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


# -- one sentence --------------------------------------------------------------------------------


def _facts_of(
    sentence: str, offset: int, section: Section, year: int | None, office: str | None
) -> list[_Fact]:
    clean = clean_sentence(sentence)
    locator = f"section {section.ordinal}, characters {offset}-{offset + len(sentence)}"
    stated: list[_Fact] = []
    kept = ""  # the clauses of figures that were passed over, for what follows them
    last: str | None = None
    for figure in figures_in(clean):
        if not is_of_this_report(figure, year, office):
            kept += figure.far
            continue
        indicator = _indicator_of(figure, section, last, kept)
        kept = ""
        if indicator is None:
            last = last if stated and stated[-1].unit == figure.unit else None
            continue
        value = figure.value
        if unit_of(indicator) == "CNY_10k":
            value = round(value / 10_000, 10)
        fact = _Fact(
            indicator,
            value,
            figure.qualifier,
            False,
            figure.text,
            sentence.strip(),
            locator,
            _rank(indicator, figure),
            2 if _SUM.search(figure.head) else 1 if _ALTOGETHER.search(figure.head) else 0,
            figure.near,
            figure.unit,
        )
        stated.append(fact)
        stated.extend(_by_channel(fact, figure, clean))
        last = indicator
    facts = _settle(stated, clean)
    taken = {fact.indicator for fact in facts}
    for indicator, clause in indicators_with_none(clean, section, year, office):
        if indicator not in taken:
            facts.append(_Fact(indicator, 0.0, "exact", True, clause, sentence.strip(), locator))
    return facts


@cache
def _rules() -> tuple[_Rule, ...]:
    return tuple(
        _Rule(
            row["indicator"],
            frozenset(row["units"].split("|")),
            re.compile(row["near"]),
            re.compile(row["far"]) if row["far"] else None,
            re.compile(row["not"]) if row["not"] else None,
            row["scope"] == "whole",
        )
        for row in read_table("parsers.layouts", "narrative_rules.csv")
    )


def _indicator_of(figure: Figure, section: Section, last: str | None, kept: str) -> str | None:
    """The indicator that the figure states, or None.

    last: the indicator of the figure before it; kept: clauses of figures that were passed over.
    """
    if figure.unit == "元":
        return _fee(figure, section)
    if _SUM_CLAUSE.match(figure.head):
        # 当面2件、网络3件，共计5件: the sum of what was counted before it.
        if last is not None and last.startswith("applications.received_"):
            return "applications.received"
        if last is not None and not kept:
            return last
    near = kept + figure.near if kept and _SUM_CLAUSE.match(figure.head) else figure.near
    said = figure.before + figure.near
    for rule in _rules():
        if figure.unit not in rule.units and figure.unit:
            continue
        if not rule.near.search(near):
            continue
        if rule.excluded is not None and rule.excluded.search(
            _LISTED.sub("", near) if rule.indicator == "disclosure.items_published" else near
        ):
            continue
        if rule.far is not None and not rule.far.search(said):
            inherited = section.section == "applications" and rule.indicator in _INHERIT
            if not inherited:
                continue
        if rule.whole and _is_part(figure):
            continue
        if _another_matter(rule.indicator, figure):
            continue
        return rule.indicator
    return None


def _is_part(figure: Figure) -> bool:
    """Whether the figure is one of an enumeration's parts: 其中规范性文件6件."""
    clause = figure.before.rpartition("；")[2] + figure.head
    at = max((m.end() for m in _SUBSET.finditer(clause)), default=-1)
    if at < 0:
        return False
    behind = clause[at:]
    return re.match(r"我[局办委厅院镇]|本[年局办机单]|\d{4}年", behind) is None


# 行政复议52件，涉及政府信息公开的仅3件: the first figure is of all matters.
_OF_THESE = re.compile(
    r"^[，（(]?(?:其中)?(?:涉及|因|有关|属于)?(?:政府)?信息公开(?:类|的|方面)?(?:的|案件)?(?:仅|有|为|\d)"
)


# Words before a figure that make of an application, an answer or a dispute another matter's.
_OTHER_MATTERS = {
    "applications.": re.compile(
        r"许可|执照|专利|商标|信访|投诉|举报|工单|热线|群众来信|来信来访|咨询|低保|救助|护照|签证|出国|各类申请|政务服务|行政服务|建议|提案"
    ),
    "reconsideration.": re.compile(
        r"因(?!政府信息|信息公开|本|不服|依申请|对|申请)[^，]{2,16}(引发|引起|产生)|作为复议机关"
    ),
    "litigation.": re.compile(
        r"因(?!政府信息|信息公开|本|不服|依申请|对|申请)[^，]{2,16}(引发|引起|产生)"
    ),
    "training.": re.compile(
        r"^(?!.*(公开|信息|政务|条例|保密|业务|专题|集中)).*[\u4e00-\u9fff]{2,}(?<!举办)(?<!组织)(?<!开展)(?<!召开)(?<!进行)(?<!各类)(?<!工作)(?<!人员)(?<!干部)(?<!全员)(?<!全年)培训"
    ),
}


def _another_matter(indicator: str, figure: Figure) -> bool:
    """Whether the words before the figure make it another matter's than disclosure's."""
    for prefix, pattern in _OTHER_MATTERS.items():
        if indicator.startswith(prefix):
            sentence = (figure.before + figure.near).rpartition("；")[2]
            if prefix == "applications.":
                if _ABOUT_DISCLOSURE.search(sentence):
                    sentence = figure.near
                elif indicator == "applications.received" and not _BARE_APPLICATION.search(
                    figure.near
                ):
                    return True
            elif _OF_THESE.match(figure.behind):
                return True
            return pattern.search(sentence) is not None
    return False


def _fee(figure: Figure, section: Section) -> str | None:
    """Fees for providing information; never the fees of other services."""
    text = figure.far
    if not re.search(r"收取|收费|费用|处理费|检索费|复制费|邮寄费|成本费|收缴", text):
        return None
    if re.search(
        r"减免|免收|免除|经费|预算|支出|罚|采购|项目|投入|行政事业|工程|培训|资金|诉讼|标准|每",
        text,
    ):
        return None
    about = section.section in {"fees", "applications"} or re.search(
        r"信息处理费|信息公开|政府信息|依申请|检索|复制|申请人", figure.before + text
    )
    return "processing_fees.amount" if about else None


def _rank(indicator: str, figure: Figure) -> int:
    """How plainly the clause speaks of the whole year's items; other indicators have one rank."""
    if indicator != "disclosure.items_published":
        return 1
    words = figure.before[-24:] + figure.near
    total = re.search(r"共|总|合计|累计|达", figure.near) is not None
    year = re.search(r"全年|本年|年内|当年|今年|一年来|年度|20\d\d年", words) is not None
    return 1 + total + year + ("主动公开" in figure.near)


def _by_channel(fact: _Fact, figure: Figure, clean: str) -> list[_Fact]:
    """What a whole count and its one channel say of each other.

    收到网络申请2件 counts all that were received, unless it says 其中 or names other channels;
    收到申请1件，为网络申请 counts those received by network.
    """
    if fact.indicator.startswith("applications.received_"):
        received = (
            re.search(r"收到|受理(?!窗口|点|机构|部门)|接到|接收", figure.near)
            and "申请" in figure.near
        )
        apart = re.search(r"其中|包括|分别|通过|来自", figure.before + figure.near)
        channels = sum(1 for _, pattern in _CHANNELS if pattern.search(clean))
        if received and not apart and channels == 1:
            return [replace(fact, indicator="applications.received", rank=0)]
        return []
    if fact.indicator != "applications.received":
        return []
    match = _ALL_BY.match(figure.behind)
    named = [name for name, pattern in _CHANNELS if match and pattern.search(match[1])]
    through = re.search(
        r"(?:均|全部|都)(?:是|为)?通过([^，]{2,12}?)(?:提出|提交|申请|渠道|方式)", figure.before
    )
    if not named and through:
        named = [name for name, pattern in _CHANNELS if pattern.search(through[1])]
    return [replace(fact, indicator=named[0])] if len(named) == 1 else []


def _settle(stated: Sequence[_Fact], clean: str) -> list[_Fact]:
    """Of several figures that one sentence states of an indicator, its total or its sum.

    Parts behind 其中 add nothing to a count before it; parts before 合计 give way to it.
    """
    by_indicator: dict[str, list[_Fact]] = {}
    channels = sum(1 for fact in stated if fact.indicator.startswith("applications.received_"))
    for fact in stated:
        # One of several channels is not all that was received.
        if fact.rank or channels == 1:
            by_indicator.setdefault(fact.indicator, []).append(fact)
    result: list[_Fact] = []
    for indicator, facts in by_indicator.items():
        if len({fact.value for fact in facts}) == 1:
            result.append(facts[0])
            continue
        most = max(fact.total for fact in facts)
        totals = [fact for fact in facts if most and fact.total == most]
        if len({fact.value for fact in totals}) == 1:
            result.append(totals[0])
            continue
        first = facts[0]
        at = clean.find("其中")
        if (
            at >= 0
            and clean.find(first.near) < at
            and all(clean.rfind(fact.near) > at for fact in facts[1:])
        ):
            result.append(first)
            continue
        words = _ADDED_UP.get(indicator)
        if words is not None and all(f.qualifier == "exact" for f in facts):
            named = [set(words.findall(fact.near)) for fact in facts]
            if all(named) and len(set.union(*named)) == sum(map(len, named)):
                value = round(sum(fact.value for fact in facts), 6)
                text = "、".join(fact.text for fact in facts)
                result.append(replace(first, value=value, text=text))
                continue
        result.extend(facts)
    return result
