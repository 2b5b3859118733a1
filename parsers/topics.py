"""What the sentences of a paragraph are about, for the clauses that do not say it themselves.

全年新收52件 counts applications where applications are spoken of, and nothing elsewhere. Nothing is
read here; a topic only lets a rule of `rules` be tried.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from parsers.clauses import NOTHING_HELD, Frame, Held
from parsers.sentences import written_plainly
from parsers.words import kinds, kinds_in, letters, words_of

# The words that turn a paragraph to a topic.
_TOPICS = {
    character: topic
    for topic, names in {
        "application": "gappl gproc appl",
        "info": "info pub apub disclose",
        "web": "web gov_site",
        "media": "media",
        "interpretation": "interp interp_part",
        "press": "press press_part",
        "column": "column",
        "training": "train",
        "proposal": "npc cppcc both proposal_other",
        "reconsideration": "recon recon_appl",
        "litigation": "lit lit_all",
        "fee": "fee fee_named fee_part",
        "other": "other assigned docs briefing fee_other trouble attend leak",
    }.items()
    for character in letters(names)
}
# What a figure that was read turns it to.
_OF_INDICATOR = {
    "applications.": "application",
    "disclosure.items": "info",
    "disclosure.website": "web",
    "disclosure.new_media": "media",
    "disclosure.interpretations": "interpretation",
    "disclosure.press": "press",
    "disclosure.topic": "column",
    "training.": "training",
    "proposals.": "proposal",
    "reconsideration.": "reconsideration",
    "litigation.": "litigation",
    "processing_fees.": "fee",
    "secrecy.": "other",
}
# The section makes certain of its topic.
_OF_SECTION = {"applications": "application"}
DISCLOSURE = kinds("disc gappl gproc disclose")
# Verbs: what is counted behind one of these and is no fact is another matter.
DEEDS = kinds(
    "recv took deal hold pub apub show submit repost attend make charge charged ans finished open disclose"
)
_APPLIED, _FOR_INFORMATION = kinds("appl gappl gproc"), kinds("gappl gproc disc")
_STRANGE = kinds("unknown some_body other assigned docs show fee_other")
# Topics behind which 收到申请26件 counts those for information.
_OF_DISCLOSURE = {"", "application", "info", "web", "media", "interpretation", "press", "column"}
_OTHER = kinds("other assigned")
_VIA = kinds("via")
_FEES = kinds("fee fee_named fee_part")
_OF_DISPUTES = kinds("recon recon_appl lit redress")
_NUMBERED = kinds("figure measure stop ordinal")
_FEE_NAMED = kinds("fee_named")
_PROVIDED, _INFO = kinds("provide"), kinds("info")


@lru_cache(maxsize=1024)
def heading_words(heading: str) -> int:
    """The kinds of the words of a heading, without its number."""
    code = "".join(character for character, _, _ in words_of(written_plainly(heading)))
    return kinds_in(code) & ~_NUMBERED


@dataclass(slots=True)
class Context:
    """What a paragraph has been about so far.

    section: the code of its section. area: whether the office speaks for its whole area. heading: the words
    of the section's heading. disclosure: whether the disclosure of information has been
    named. stated: indicators that were stated as wholes. recent: the figures so far, with what they
    were read as. held: whose they last were. unread: what
    figures of this sentence may count that were read as nothing. label: the words of the label that the
    statement opens with (主动公开内容：…). unqualified: whether the last items counted were not said to be
    made public unasked.
    """

    section: str | None
    area: bool = False
    heading: int = 0
    topic: str = ""
    disclosure: bool = False
    stated: set[str] = field(default_factory=set)
    recent: list[tuple[str | None, Frame]] = field(default_factory=list)
    held: Held = NOTHING_HELD
    unread: set[str] = field(default_factory=set)
    label: int = 0
    unqualified: bool = False

    def __post_init__(self) -> None:
        self.disclosure = self.section == "applications" or self.heading & _OF_DISPUTES != 0

    def begin(self) -> str:
        """Begin a sentence; what it is about until it says so."""
        if self.topic in {"", "unknown"}:
            self.topic = _OF_SECTION.get(self.section or "", "")
        return self.topic

    def read(self, indicator: str) -> None:
        """Take in what a figure was read as."""
        self.topic = next(t for start, t in _OF_INDICATOR.items() if indicator.startswith(start))

    def turn(self, code: str, strange: bool = False) -> None:
        """Take in what some words are about; strange: they count what no rule knows."""
        words = kinds_in(code)
        if strange and words & DEEDS and words & _STRANGE:
            self.topic = "other" if words & _OTHER else "unknown"
            return
        topic = next((_TOPICS[c] for c in reversed(code) if c in _TOPICS), self.topic)
        if topic == "other" and words & _APPLIED and not words & _OTHER:
            topic = "application"  # 申请补偿方案
        elif topic == "application" and words & _OTHER and not words & _FOR_INFORMATION:
            topic = "other"  # 护照申请
        if topic != "other" or not strange or words & DEEDS:
            # 涉及征地补偿问题3件 is still about the applications.
            self.topic = topic

    def hear(self, code: str) -> None:
        """Take in whether some words name the disclosure of information."""
        if kinds_in(code) & DISCLOSURE:
            self.disclosure = True

    def is_about(self, topic: str, words: int, none: bool = False) -> bool:
        """Whether a rule's topic is that of the paragraph, or is named by the clause's own words.

        none: there was none of what the words count, of whatever matter.
        """
        if not topic or self.topic == topic or (none and topic == "dispute"):
            return True
        if topic == "overall":
            return self.topic in {"", "info"}
        if topic == "known":
            return self.topic not in {"unknown", "other"}
        if topic == "items":
            # 解读文章16篇，通过网站刊发12篇 are not items of information.
            return self.topic in {"", "info", "web", "media"} or not words & _VIA
        if words & DISCLOSURE and topic in {"disclosure", "dispute", "open", "fees"}:
            return True
        if topic == "fees":
            headed = self.section == "fees" or self.heading & _FEES != 0
            if (
                self.topic in {"other", "unknown"}
                and not words & _FEE_NAMED
                and not (none and headed)
            ):
                # 查阅档案1345人次，收取复印费697元 is what the reading room takes.
                return False
            return (
                words & _FEE_NAMED != 0
                # 提供政府信息没有收取费用 names what the fee is for.
                or (words & _PROVIDED != 0 and words & _INFO != 0)
                or headed
                or self.section == "applications"
                # 其他需要报告的事项 are the fees of this law where they open a paragraph.
                or (self.section == "other" and self.topic in {"", "fee"})
                or self.topic in {"application", "reconsideration", "litigation", "fee"}
            )
        if topic == "open":
            return self.disclosure or self.topic in _OF_DISCLOSURE
        if topic == "disclosure":
            return self.disclosure
        if topic == "asked":
            return self.disclosure or words & DISCLOSURE != 0 or self.topic == "application"
        return topic == "dispute" and (self.disclosure or self.section == "disputes")
