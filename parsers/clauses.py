"""Tell of every figure of a sentence which kinds of words its clause is made of, and whose it is.

A clause is coded, one letter a word. Turns of phrase that compare are taken out
(`layouts/narrative_turns.csv`); then it is read from the left, and of every figure it is known
whether it is of this report (its year, its office, done) or not. What the words of a statement say
of year, body and plan holds on until others take it back. What a figure means is decided in
`narrative`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache

from parsers.figures import DISCLAIMS, Figure, figure_at
from parsers.registry import read_table
from parsers.words import coded, kinds, kinds_in, letter, letters, words_of

# How the name of a body ends: an unknown word that ends so and opens a clause is its subject.
_BODY = re.compile(
    r"(?:局|委|厅|院|署|部门|单位|公司|中心|集团|[大支总]队|学校|银行|馆|社区|镇|乡|街道|县|市|区|办|处|所|站|会|企业"
    r"|媒体|网|报|台|机构|政府|法庭|村|社|厂|组|园|科|室|者|员|家|户|人)$"
)


_YEARS = re.compile(r"(?:19|20)\d\d")


@dataclass(slots=True)
class Frame:
    """A figure and the words round it, coded.

    head: its clause before it, back to the figure before; tail: behind it, up to the next mark or
    figure. own: nothing makes the figure another year's, another body's, a plan or a change.
    part: it stands behind 其中. named: a part that is said to be this year's or this office's own
    (其中本年新增…). area: its subject is the government's area (全市). subject: the web site or
    account that the statement speaks of; vague: it is named in passing. as_of: it counts up to a
    day (截至2016年底), which may be from the year's beginning or from that of a web site. present: it
    counts what there is at present (截至目前, 目前), whenever it came. timed: a part of the year alone
    (一季度) keeps it from being the year's. followed: another figure stands behind its tail.
    """

    figure: Figure
    head: str
    tail: str = ""
    own: bool = True
    part: bool = False
    named: bool = False
    area: bool = False
    subject: str = ""
    vague: bool = False
    as_of: bool = False
    present: bool = False
    timed: bool = False
    followed: bool = False


@dataclass(slots=True)
class Clause:
    """What stands between two marks. code, text: its words; first: whether it opens a statement;
    label: whether it names what the next one tells (行政诉讼：新收2件).

    own: whether nothing makes what it says another year's, another body's or a plan. ever: the same,
    but for times that are longer than the year and hold it.
    """

    code: str
    text: str
    first: bool
    label: bool = False
    own: bool = True
    ever: bool = True
    frames: list[Frame] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Held:
    """What a statement said of whose its figures are, for those that follow and do not say it.

    period: the letter of a time that is not the year, "" otherwise. own_body: False when it spoke of
    another body. plan, running: it spoke of what is to be, of running totals. aside: it only turned
    aside from what is the report's, so that nothing but a part of it (其中…) goes on with it.
    """

    period: str = ""
    own_body: bool = True
    plan: bool = False
    running: bool = False
    aside: bool = False


NOTHING_HELD = Held()


def clauses_of(
    clean: str, year: int | None, governs: bool, held: Held = NOTHING_HELD
) -> tuple[list[Clause], Held]:
    """The clauses of a plainly written sentence, and what it leaves for the next one.

    year: the report's; every other year that is named is another's. governs: whether the office is
    a government, which speaks for the whole of its area. held: what the sentence before has left.
    """
    clauses: list[Clause] = []
    statement = _Statement(governs, held)
    first = True
    for code, text, figures, mark in _coded_clauses(clean, year):
        code = _without_turns(code)
        if governs:
            code = code.replace(_GOV_SITE, _WEB)
        clause = Clause(code, text, first, mark in ":：" and not figures)
        if first and clause.label and _OTHERS.isdisjoint(code):
            statement = _Statement(governs, NOTHING_HELD)  # 政协提案：无 opens a new matter
        clauses.append(statement.read(clause, figures))
        statement.lists = statement.lists or (
            mark in ":：" and clause.frames != [] and clause.frames[-1].own
        )
        first = mark in "；。"
        if first:
            held = statement.leaves_behind(mark != "；")
            statement = _Statement(governs, held, mark == "；" and statement.some_own)
    if (
        "不" in clean
        or "非" in clean
        or "未" in clean
        or "无" in clean
        or "没" in clean
        or "统计" in clean
    ) and (DISCLAIMS.search(clean) is not None):
        _disclaim(clauses)
    return clauses, statement.leaves_behind()


def _disclaim(clauses: list[Clause]) -> None:
    """Take from the report the figures of which a clause behind them says that they are no part of it.

    Behind 其中 it speaks of the parts alone.
    """
    for at, clause in enumerate(clauses):
        said = DISCLAIMS.search(clause.text)
        if said is None or any(
            clause.text.rfind(f.figure.text) > said.start() for f in clause.frames
        ):
            continue  # 不属于政府信息公开范围2件: how applications ended
        begin = next(n for n in range(at, -1, -1) if clauses[n].first)
        before = [frame for one in clauses[begin : at + 1] for frame in one.frames]
        for frame in [frame for frame in before if frame.part] or before:
            frame.own = False


def _coded_clauses(clean: str, year: int | None) -> Iterator[tuple[str, str, list[Figure], str]]:
    """(code, text, figures, closing mark) of every clause."""
    words: list[tuple[str, int, int]] = []
    figures: list[Figure] = []
    near = opened = 0
    dated = -1  # where the year ends that a date stands behind
    for character, start, end in words_of(clean):
        if character == _STOP:
            yield _with_subject(words, clean), clean[opened:start], figures, clean[start:end]
            words, figures, near, opened = [], [], end, end
            continue
        if character == _FIGURE:
            figure = figure_at(clean, start, end, near)
            if figure is None:
                character = _MEASURE
            else:
                figures.append(figure)
                near = end
        elif character == _YEAR:
            own = year is None or clean.startswith(str(year), start)
            character = _NOW if own else _THEN
            dated = end
        elif character == _SPAN and len(years := _YEARS.findall(clean, start, end)) == 2:
            # 2020年1月1日至2020年12月31日 is one year
            if years[0] == years[1]:
                character = _NOW if year is None or years[0] == str(year) else _THEN
                dated = end
        elif character == _NOW and dated == start:
            character = words[-1][0]
        elif character == _AS_OF and year is not None and "20" in clean[start:end]:
            # 截至2019年底, in the report of 2020
            character = character if str(year) in clean[start:end] else _THEN
        elif character == _UNKNOWN and end - start > 1 and _BODY.search(clean, start, end):
            character = _SOME_BODY
        words.append((character, start, end))
    if words:
        yield _with_subject(words, clean), clean[opened:], figures, "。"


def _with_subject(words: list[tuple[str, int, int]], clean: str) -> str:
    """The code of a clause; a body of several words that opens it (河湾自来水公司) is one."""
    first = 0
    while first < len(words) and words[first][0] in _OPENING:
        first += 1
    end = first
    while end < len(words) and words[end][0] in _IN_NAMES:
        end += 1
    code = [character for character, _, _ in words]
    if not any(character in _NAMING for character in code[first:end]):
        return "".join(code)
    while end > first + 1:
        goes_on = end < len(words) and code[end] in _AFTER_SUBJECT
        if goes_on and _BODY.search(clean, words[first][1], words[end - 1][2]):
            return "".join((*code[:first], _SOME_BODY, *code[end:]))
        end -= 1
    return "".join(code)


_Turn = tuple[int, re.Pattern[str], str]


@cache
def _turns() -> tuple[_Turn, ...]:
    return tuple(
        (kinds(row["holds"]), coded(row["turn"]), letter(row["left"]) if row["left"] else "")
        for row in read_table("parsers.layouts", "narrative_turns.csv")
    )


@lru_cache(maxsize=8192)
def _turns_of(held: int, start: int) -> tuple[tuple[int, _Turn], ...]:
    """(place, turn) of the turns from a place on that a clause with these kinds of words may hold."""
    return tuple(
        (at, turn) for at, turn in enumerate(_turns()) if at >= start and held & turn[0] == turn[0]
    )


def _without_turns(code: str) -> str:
    """The clause without the turns of phrase that compare or say how a thing was done."""
    start: int | None = 0
    while start is not None:
        places, start = _turns_of(kinds_in(code), start), None
        for at, (_, pattern, left) in places:
            if left == _COMPARED:
                code, count = pattern.subn(lambda match: _COMPARED * match[0].count(_FIGURE), code)
            else:
                code, count = pattern.subn(left, code)
            if count:
                # what the clause holds now decides which of the turns behind are looked for
                start = at + 1
                break
    return code


# -- one statement, from the left ------------------------------------------------------------------

_FIGURE, _MEASURE, _COMPARED, _STOP = map(letter, ("figure", "measure", "compared", "stop"))
_YEAR, _NOW, _THEN, _SPAN, _AS_OF = map(letter, ("year", "now", "then", "span", "as_of"))
_RUNNING, _PLAN, _REAL, _PART = map(letter, ("running", "plan", "real", "part"))
_UNKNOWN, _SOME_BODY, _OWN, _WHOLE_AREA, _GOV = map(
    letter, ("unknown", "some_body", "own", "whole_area", "gov")
)
_CONJ, _BY, _GOV_SITE, _WEB, _BY_WAY = map(letter, ("conj", "by", "gov_site", "web", "by_way"))
_PRESENT, _COLUMN, _PART_YEAR, _VIA = map(letter, ("present", "column", "part_year", "via"))
_OTHERS = letters("whole_area area obody gov inner some_body")
_SITES = letters("web media")
_PLACES = letters("web media gov_site")
# What a clause holds that does not only name the site: what was done there.
_IDLE_SITE = letters(
    "figure measure pub apub disclose info piece show repost recv took submit hold interp appl gappl open"
    " column conj many_channels other_channel"
)
# A part of the year, a rate, a norm: what they say holds for the figures of their clause.
_PASSING = letters("part_year rate extreme norm same")
_CLOSING = letters("conj place")
_OF_THE_NEXT = letters("part_year extreme")
_LED = letters("to via own conj")
# Words in front of which a clause has still not named its subject.
_OPENING = letters(
    "as_of now then span same own adv part real conj level until present all sum grand ordinal mod"
)
# Words behind which a web site or account is what the statement speaks of, and no place.
_ASIDE = kinds("then copula adv count")
_BEFORE_SITES = _OPENING | letters("conj open keep new name measure") | {""}
# What the name of a body can be made of, and what a sentence goes on with behind its subject.
_IN_NAMES = letters(
    "unknown some_body obody level area adv fee_other other req mod docs inner kind case train_mod place"
)
_AFTER_SUBJECT = letters(
    "now sum grand all recv took pub apub hold deal ans finished show make repost disclose running via"
    " to submit open keep new copula charge charged neg adv attend span then part_year unavailable cause"
)
_NAMING = letters("unknown some_body")
_SPEAKING = (
    letters("now then span as_of running plan real part by_way present own gov_site column")
    | _OTHERS
    | _SITES
    | _PASSING
)


class _Statement:
    """What the words of a statement have said so far of whose its figures are."""

    def __init__(self, governs: bool, held: Held, some_own: bool = False) -> None:
        self.some_own = some_own  # whether the sentence has counted something of the report's
        self._governs = governs
        self.lists = False  # 收到29件：县水利局17件: what follows are parts of what was counted
        self._held = held
        self._period = held.period
        self._running = held.running
        self._own_body = held.own_body
        self._plan = held.plan
        self._last: Frame | None = None
        self._part = False
        self._area = False
        self._subject = ""
        self._vague = False
        self._as_of = False
        self._present = False
        self._month = False
        self._passing = False  # holds for the figures of a clause
        self._named = False
        self._own_subject = False  # of this clause
        self._begun = False
        self._label = False

    def read(self, clause: Clause, figures: list[Figure]) -> Clause:
        """The clause with its frames; what it says of subject and period is carried on."""
        code = clause.code
        if self._held.aside and not self._begun and code and code[0] != _PART:
            self._take_back()
        self._begun = self._begun or code != ""
        left = iter(figures)
        head: list[str] = []
        frame: Frame | None = None
        previous = ""
        opening = True
        self._named = self._own_subject = False
        self._label = clause.label
        for character in code:
            if character == _FIGURE:
                if frame is not None:
                    frame.followed = True
                frame = self._frame(next(left), "".join(head))
                clause.frames.append(frame)
                self.some_own = self.some_own or frame.own
                head, opening = [], False
                self._named = False
            elif character == _COMPARED:
                next(left)
                opening = False
            else:
                if character in _SPEAKING:
                    self._hear(character, previous, opening, code)
                if frame is not None and character != _CONJ:
                    frame.tail += character
                head.append(character)
                if character in _CLOSING:
                    # 一件由网络提出、一件由信件提出; 57件申请里网上占49件
                    head = [] if frame is not None or previous == _MEASURE else head
                    frame = None
                opening = opening and character in _OPENING
            previous = character
        self._last = clause.frames[-1] if clause.frames else self._last
        clause.own = self._is_own()
        clause.ever = self._is_own({"", _NOW, _SPAN})
        # 其中12月份最多，公开436条: what a clause without a figure says of a period, the next one is.
        # 分别于6月、8月、11月: of no one of them.
        self._passing = (
            self._passing
            and not figures
            and not _OF_THE_NEXT.isdisjoint(code)
            and code.count(_PART_YEAR) < 2
        )
        return clause

    def leaves(self) -> Held:
        """What it leaves for the next statement: nothing, unless its last figure was another's."""
        if self._last is None:
            return self._held
        if self._last.own or self.lists:
            return NOTHING_HELD
        period = self._period if self._period in {_THEN, _SPAN} else ""
        return Held(period, self._own_body, self._plan, self._running)

    def leaves_behind(self, ended: bool = True) -> Held:
        """What it leaves for the next statement, which speaks of the report again after an aside.

        ended: whether its sentence has ended.

        2020年收到9件，2019年收到13件。 turns aside to another year, 其中市政府维持4件。 to another body.
        """
        held = self.leaves()
        if held != self._held and (
            (self._part and ended)
            or (self.some_own and held.period == _THEN)
            or (self.some_own and ended and held.period)
            # 2021年为388条。 only compares
            or (
                held.period == _THEN
                and not kinds_in(self._last.head if self._last else "") & ~_ASIDE
            )
        ):
            return replace(held, aside=True)
        return held

    def _take_back(self) -> None:
        """Forget what a statement before has left: this one says itself whose its figures are."""
        if self._held != NOTHING_HELD:
            self._held = NOTHING_HELD
            self._period, self._own_body, self._plan, self._running = "", True, False, False

    def _is_own(self, periods: Set[str] = frozenset(("", _NOW))) -> bool:
        """Whether a figure that stood here would be the report's."""
        return not self._passing and self._may_be_own(periods)

    def _may_be_own(self, periods: Set[str] = frozenset(("", _NOW))) -> bool:
        """The same, but for what only holds for the figures of a clause."""
        return self._own_body and not self._plan and self._period in periods

    def _frame(self, figure: Figure, head: str) -> Frame:
        own = self._is_own() and not self._running
        return Frame(
            figure,
            head,
            own=own,
            part=self._part,
            named=self._named,
            area=self._area,
            subject=self._subject,
            vague=self._vague,
            as_of=self._as_of,
            present=self._present,
            timed=self._passing and self._month and self._may_be_own() and not self._running,
        )

    def _hear(self, character: str, previous: str, opening: bool, code: str) -> None:
        """Take in a word that says whose the figures behind it are."""
        if character == _NOW:
            self._take_back()
            self._period, self._running, self._passing = _NOW, False, False
            self._as_of = previous == _AS_OF
            self._present = False
            self._named = self._part
        elif character == _SPAN or (character == _THEN and opening):
            self._held = NOTHING_HELD
            self._period = character
        elif character in _PASSING or character == _THEN:
            self._month = character == _PART_YEAR and (self._month or not self._passing)
            self._passing = True
        elif character == _AS_OF:
            self._as_of = True
            self._period = "" if self._period == _NOW else self._period
        elif character == _RUNNING:
            self._running = self._period != _NOW
        elif character == _PLAN:
            if opening or previous in _LED or previous in _OPENING:
                self._plan = True
            self._passing = True
        elif character == _REAL:
            self._plan = False
        elif character in (_PART, _BY_WAY):
            self._part = True
        elif character == _PRESENT:
            self._named = self._part
            self._present = self._period != _NOW
        elif character == _OWN:
            if opening:
                self._take_back()
                self._own_subject = True
                self._own_body, self._area, self._subject = True, False, ""
                self._named = self._part
        elif character == _WHOLE_AREA and self._governs:
            if opening:
                self._take_back()
            self._area = self._area or opening
        elif character in _OTHERS:
            if previous == _BY:
                self._passing = True
            elif previous == _OWN or (opening and previous not in _LED and not self._own_subject):
                self._held = NOTHING_HELD
                self._own_body = self._governs and character == _GOV
        elif previous == _VIA and character in _PLACES and _COLUMN in code and _FIGURE in code:
            # 在市政府网站开设专栏2个，公开信息45条: there, it seems
            self._subject, self._vague = _WEB, True
        elif (
            previous == _VIA
            and character in _PLACES
            and not self._part
            and _IDLE_SITE.isdisjoint(code)
        ):
            # 充分发挥政府网站作用，全年发布632条
            self._subject = _WEB if character == _GOV_SITE else character
            self._vague = False
        elif character == _COLUMN and _FIGURE in code:
            # 开设专栏1个，发布信息12条: in it, it seems
            self._subject, self._vague = self._subject or _WEB, True
        elif character == _GOV_SITE:
            if opening and previous not in _LED:
                # 市政府网站发布: the site's own doing, not the office's; as a part it is a channel
                self._held = NOTHING_HELD
                self._own_body = self._own_body and self._part and _NOW not in code
        elif (
            character in _SITES
            and not self._part
            and previous in _BEFORE_SITES
            and _COLUMN not in code
        ):
            # 公众号1个，全年推送60条; of two of them it is not known which is meant
            self._vague = (_FIGURE not in code and _MEASURE not in code and not self._label) or (
                self._subject not in {"", character}
            )
            self._subject = character
