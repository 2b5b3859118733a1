"""Read the clauses that say that there was none of something: 未收到申请, 无行政复议, 收费为零.

A zero that is printed is a figure and read in `narrative`; this module reads the words. Silence is
never read as zero.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from parsers.records import Section
from parsers.scope import clause_is_of_this_report

_NEGATION = r"(?:未曾|尚未|从未|并未|未有|未|没有|没|尚无|暂无|均无|无|不存在|零)"
_ZERO_END = re.compile(
    r"(?:均|都|皆)?(?:为|是)?(?:零|〇|无|没有|空白)(?:件|起|宗|例|次|申请|发生|情况|记录|元)?$"
    r"|(?:均|都)?(?:未|没有|无)(?:有)?(?:发生|出现|产生|收到)(?:此类|上述|该类|过)?(?:情况|情形|案件|事项|现象)?$"
)
# 无一例, 未发生一起: the figure is part of the negation.
_NOT_ONE = re.compile(
    rf"({_NEGATION}(?:发生|出现|有)?[^，\d]{{0,4}}?)(?:任何)?一(?:起|例|件|次|宗|个)"
)


@dataclass(frozen=True, slots=True)
class _Object:
    """What there was none of.

    wanted: the words for it; excluded: words that make the clause say something else. negated:
    how the negation and the object stand, None when it is enough that the negation comes first.
    """

    indicator: str
    wanted: re.Pattern[str]
    excluded: re.Pattern[str]
    negated: re.Pattern[str] | None = None


def _negated(objects: str, between: str = r"[^，；]{0,20}") -> re.Pattern[str]:
    return re.compile(_NEGATION + between + rf"(?:{objects})")


_DONE = r"(?:有)?(?:再)?(?:收到|接到|受理|接收|发生|产生|新增|新收|收受|办理|承办|召开|举办|举行|组织|开展|安排|发布|公开|进行|任何)"

_OBJECTS = (
    _Object(
        "reconsideration.total",
        re.compile(r"复议"),
        re.compile(r"败诉|纠正|纠错|撤销|变更|违法|超期|逾期|被责令|未经复议|人员"),
    ),
    _Object(
        "litigation.total",
        re.compile(r"诉讼|应诉"),
        re.compile(r"败诉|纠正|纠错|撤销|变更|违法|超期|逾期|被责令|未经复议直接|复议后|费用|人员"),
    ),
    _Object(
        "secrecy.incidents",
        re.compile(r"泄密|失密|涉密事件|泄露国家秘密|泄露秘密|违反保密|泄密事故"),
        re.compile(r"确保(?!了)|防止|避免|杜绝|严防|谨防|坚持|不得|预防|措施"),
        _negated(r"泄密|失密|涉密事件|泄露|违反保密", r"[^，；]{0,14}"),
    ),
    _Object(
        "processing_fees.amount",
        re.compile(r"收费|收取|费用|处理费|检索费|复制费"),
        re.compile(r"不收取|减免|免收|标准|行政事业性|经费|行政收费|不直接收费|乱收费|违规|诉讼"),
        _negated(
            r"收取|收费|费用|处理费|检索费|复制费", r"(?:有|曾|向|任何|发生|产生)?[^，；]{0,20}"
        ),
    ),
    _Object(
        "proposals.npc",
        re.compile(r"(人大|代表)[^，。；]{0,12}(建议|议案)|建议、?提案|建议和提案|建议提案"),
        re.compile(r"逾期|超期|不满意|未办结"),
    ),
    _Object("proposals.cppcc", re.compile(r"提案"), re.compile(r"逾期|超期|不满意|未办结")),
    _Object(
        "applications.received_in_person",
        re.compile(r"(当面|现场|窗口)[^，；]{0,6}申请"),
        re.compile(r"复议|诉讼"),
    ),
    _Object(
        "applications.received_by_letter",
        re.compile(r"(信函|传真|邮寄|书面)[^，；]{0,8}申请"),
        re.compile(r"复议|诉讼"),
    ),
    _Object(
        "applications.received_online",
        re.compile(r"(网络|网上|在线|电子邮件)[^，；]{0,6}申请"),
        re.compile(r"复议|诉讼"),
    ),
    _Object(
        "applications.received",
        re.compile(r"申请"),
        re.compile(
            r"复议|诉讼|正当理由|无法|超期|逾期|许可|执照|低保|不予|答复|补正|申请人不|未办结|投诉|举报|提案|建议|无效|不属于"
            r"|费|撤回|当面|信函|网络|传真|网上|现场|在线|出国|护照|签证|救助|资质|转办|重复|专利|商标"
        ),
        re.compile(
            _NEGATION
            + r"(?:有|再)?(?:收到|接到|受理|接收|发生|产生|新增|新收|收受|公民|法人|单位|个人|任何|群众|社会|组织"
            r"|人|政府|信息|依|向|提出)[^，；]{0,50}申请(?!人)"
        ),
    ),
    _Object(
        "disclosure.press_conferences",
        re.compile(r"新闻发布会|新闻通气会|发布会"),
        re.compile(r"参加"),
        _negated(r"发布会|通气会", _DONE + r"[^，；]{0,8}"),
    ),
    _Object(
        "disclosure.interpretations",
        re.compile(r"解读"),
        re.compile(r"及时|充分|不够|培训"),
        _negated(r"解读", _DONE + r"[^，；]{0,8}"),
    ),
    _Object(
        "disclosure.new_media_items",
        re.compile(r"微信|微博|公众号|新媒体"),
        re.compile(r"网站|开通|建立|及时"),
        re.compile(r"(微信|微博|公众号|新媒体)[^，；]{0,10}(?:未|没有)(?:发布|推送|公开)"),
    ),
    _Object(
        "disclosure.topic_columns_new",
        re.compile(r"专题|专栏|栏目"),
        re.compile(r"更新|空白"),
        _negated(r"专题|专栏|栏目", r"(?:有)?(?:新增|新设|新建|增设|新开设|新开)[^，；]{0,8}"),
    ),
    _Object(
        "training.sessions",
        re.compile(r"培训"),
        re.compile(r"及时|系统|不够|参加|经过|专门"),
        _negated(r"培训", r"(?:有)?(?:组织|举办|开展|安排|进行)[^，；]{0,14}"),
    ),
)


def indicators_with_none(
    clean: str, section: Section, year: int | None, office: str | None
) -> Iterator[tuple[str, str]]:
    """(indicator, clause) for everything that a cleaned sentence says there was none of."""
    before = ""
    for clause in re.split(r"[，；。！？]", clean):
        if clause:
            for indicator in _none_in(clause, before, section, year, office):
                yield indicator, clause
        before += clause + "，"


def _none_in(
    clause: str, before: str, section: Section, year: int | None, office: str | None
) -> Iterator[str]:
    ends_zero = _ZERO_END.search(clause) is not None
    if not ends_zero and not re.search(_NEGATION, clause):
        return
    if not clause_is_of_this_report(clause, before, year, office):
        return
    for item in _OBJECTS:
        context = clause
        if item.wanted.search(clause) is None and ends_zero and len(clause) <= 14:
            # 行政复议情况，均未发生: a clause of mere negation belongs to the one before it.
            context = before.rstrip("，").rpartition("，")[2] + clause
        match = item.wanted.search(context)
        if match is None or item.excluded.search(context):
            continue
        if _says_none(item, context, match, ends_zero) and _in_scope(
            item.indicator, context, before, section
        ):
            yield item.indicator


def _says_none(item: _Object, context: str, match: re.Match[str], ends_zero: bool) -> bool:
    """Whether the negation is of the object: in front of it, or at the clause's end."""
    bare = _NOT_ONE.sub(r"\1", context)
    bare = re.sub(r"20\d\d年|\d{1,2}月(\d{1,2}日)?", "", bare)
    if re.search(r"\d|[一二三四五六七八九十两][件起次例]", bare):
        return False
    if ends_zero and "不" not in context:
        return True
    if item.negated is not None:
        return item.negated.search(context) is not None
    negation = re.search(_NEGATION, context)
    return negation is not None and negation.start() <= match.start()


def _in_scope(indicator: str, context: str, before: str, section: Section) -> bool:
    """Whether the clause is about the disclosure of information at all."""
    words = before + context
    if indicator == "processing_fees.amount":
        about = r"信息处理费|信息公开|政府信息|依申请|检索|复制|此类|申请人"
        return section.section in {"fees", "applications"} or re.search(about, words) is not None
    if indicator.startswith("applications."):
        about = r"信息公开|政府信息|依申请公开|公开信息|公开申请"
        return section.section == "applications" or re.search(about, words) is not None
    if indicator in {"reconsideration.total", "litigation.total"}:
        about = r"信息公开|政府信息|政务公开"
        return (
            section.section in {"disputes", "applications"} or re.search(about, words) is not None
        )
    return True
