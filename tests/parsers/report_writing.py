"""Consistent reports of both national forms, and the many ways in which pages write them.

A report is drawn as figures that satisfy the form's identities. A `Writing` says how it is put on
a page; what the page then states, figure by figure, comes with it. Nothing of the parser is used
here, so that both can be wrong only apart from each other.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

# What a page states of one figure: a value, "blank", or "none" where it prints 无.
Stated = float | str
Key = tuple[str, str]

APPLICANTS = [
    ("natural_person", "自然人"),
    ("business", "商业企业"),
    ("research", "科研机构"),
    ("public_interest", "社会公益组织"),
    ("legal_service", "法律服务机构"),
    ("other_organisation", "其他"),
    ("total", "总计"),
]
RESULTS = "三、本年度办理结果"
# (indicator, group, label): the groups are printed in a column of their own.
OUTCOMES = [
    ("granted", "", "（一）予以公开"),
    ("partly_granted", "", "（二）部分公开（区分处理的，只计这一情形，不计其他情形）"),
    ("refused.state_secret", "（三）不予公开", "1.属于国家秘密"),
    ("refused.prohibited_by_law", "（三）不予公开", "2.其他法律行政法规禁止公开"),
    ("refused.security_stability", "（三）不予公开", "3.危及“三安全一稳定”"),
    ("refused.third_party", "（三）不予公开", "4.保护第三方合法权益"),
    ("refused.internal_affairs", "（三）不予公开", "5.属于三类内部事务信息"),
    ("refused.process", "（三）不予公开", "6.属于四类过程性信息"),
    ("refused.enforcement_file", "（三）不予公开", "7.属于行政执法案卷"),
    ("refused.administrative_query", "（三）不予公开", "8.属于行政查询事项"),
    ("unavailable.not_held", "（四）无法提供", "1.本机关不掌握相关政府信息"),
    ("unavailable.needs_creation", "（四）无法提供", "2.没有现成信息需要另行制作"),
    ("unavailable.still_unclear", "（四）无法提供", "3.补正后申请内容仍不明确"),
    ("not_handled.petition", "（五）不予处理", "1.信访举报投诉类申请"),
    ("not_handled.repeat", "（五）不予处理", "2.重复申请"),
    ("not_handled.publication", "（五）不予处理", "3.要求提供公开出版物"),
    ("not_handled.excessive", "（五）不予处理", "4.无正当理由大量反复申请"),
    ("not_handled.reissue", "（五）不予处理", "5.要求行政机关确认或重新出具已获取信息"),
]
OTHER_ONE = [("other", "", "（六）其他处理")]
OTHER_THREE = [
    (
        "other.not_corrected",
        "（六）其他处理",
        "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请",
    ),
    (
        "other.fee_unpaid",
        "（六）其他处理",
        "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请",
    ),
    ("other.other", "（六）其他处理", "3.其他"),
]
ITEMS_ASKED = ["上一年项目数量", "本年增/减", "处理决定数量"]
# item, head, rows: (label, indicators). An item is printed as one form or the other.
ITEMS = {
    2019: [
        ("一", ["本年新制作数量", "本年新公开数量", "对外公开总数量"], ["规章", "规范性文件"]),
        (
            "五",
            ["上一年项目数量", "本年增/减", "处理决定数量"],
            ["行政许可", "其他对外管理服务事项"],
        ),
        ("六", ["上一年项目数量", "本年增/减", "处理决定数量"], ["行政处罚", "行政强制"]),
        ("八", ["上一年项目数量", "本年增/减"], ["行政事业性收费"]),
        ("九", ["采购项目数量", "采购总金额（万元）"], ["政府集中采购"]),
    ],
    2021: [
        ("一", ["本年制发件数", "本年废止件数", "现行有效件数"], ["规章", "行政规范性文件"]),
        ("五", ["本年处理决定数量"], ["行政许可"]),
        ("六", ["本年处理决定数量"], ["行政处罚", "行政强制"]),
        ("八", ["本年收费金额（单位：万元）"], ["行政事业性收费"]),
    ],
}
ROW_NAMES = {
    "规章": "regulations",
    "规范性文件": "normative_documents",
    "行政规范性文件": "normative_documents",
    "行政许可": "licensing",
    "其他对外管理服务事项": "other_services",
    "行政处罚": "penalties",
    "行政强制": "coercion",
    "行政事业性收费": "fees",
    "政府集中采购": "procurement",
}
COLUMN_NAMES = {
    "本年新制作数量": "new_made",
    "本年新公开数量": "new_disclosed",
    "对外公开总数量": "total_disclosed",
    "上一年项目数量": "items_last_year",
    "本年增/减": "items_change",
    "处理决定数量": "decisions",
    "本年处理决定数量": "decisions",
    "采购项目数量": "projects",
    "采购总金额（万元）": "amount",
    "本年制发件数": "made",
    "本年废止件数": "repealed",
    "现行有效件数": "in_force",
    "本年收费金额（单位：万元）": "amount",
}
DISPUTES = [
    ("reconsideration", "行政复议"),
    ("litigation_direct", "未经复议直接起诉"),
    ("litigation_after_reconsideration", "复议后起诉"),
]
DISPUTE_COLUMNS = [
    ("upheld", "结果维持"),
    ("corrected", "结果纠正"),
    ("other", "其他结果"),
    ("pending", "尚未审结"),
    ("total", "总计"),
]


@dataclass(frozen=True)
class FormReport:
    """The figures of a report. forms: item of the proactive table -> the form it is printed in."""

    year: int
    forms: dict[str, int]
    three_others: bool
    figures: dict[Key, float]

    @property
    def outcomes(self) -> list[tuple[str, str, str]]:
        return OUTCOMES + (OTHER_THREE if self.three_others else OTHER_ONE)


@dataclass(frozen=True)
class Writing:
    """How a report is written. Names of choices are explained where they are used.

    layout: of the applications table: upright, turned, in halves, or beside last year's columns.
    copy: whether the page holds the report a second time, hidden or behind the first.
    lost_labels, missing_rows, merged: how many rows of the applications table lose their label,
    are left out, or have two figures merged into one cell.
    """

    seed: int = 0
    labels: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset({"plain"})
    zeros: frozenset[str] = frozenset({"0"})
    groups: str = "spans"
    head: str = "three"
    markup: frozenset[str] = frozenset()
    cut: frozenset[int] = frozenset()
    head_again: bool = False
    groups_again: bool = True
    inserted: frozenset[str] = frozenset()
    columns_reversed: bool = False
    items_apart: bool = False
    disputes: str = "one"
    lost_labels: int = 0
    missing_rows: int = 0
    repeated_rows: int = 0
    merged: int = 0
    text: str = ""
    layout: str = "upright"
    copy: str = ""


@dataclass
class Page:
    """A written page, and what it states. unsure: figures of which nothing tells where they are."""

    html: str
    stated: dict[Key, Stated]
    unsure: set[Key] = field(default_factory=set)


def make_report(seed: int, year: int, size: int, mixed: bool = False) -> FormReport:
    """A consistent report; size: how large figures get, 0 for a report of few of them."""
    rng = random.Random(seed)
    form = 2019 if year < 2021 else 2021
    forms = {item: form for item, _, _ in ITEMS[form]}
    if mixed and form == 2021:
        forms |= {item: 2019 for item in forms if rng.random() < 0.4}
    three = form == 2021 if not mixed else rng.random() < 0.5
    report = FormReport(year, forms, three, {})
    figures = report.figures

    def some(chance: float = 0.4) -> int:
        return rng.randint(0, [3, 40, 2500][size]) if rng.random() < chance else 0

    for applicant, _ in APPLICANTS[:-1]:
        likely = 0.5 if applicant == "natural_person" else 0.15
        outcomes = {name: some(likely) for name, _, _ in report.outcomes}
        concluded, carried_out = sum(outcomes.values()), some(likely)
        carried_in = rng.randint(0, min(concluded + carried_out, 5))
        rows = outcomes | {
            "concluded": concluded,
            "carried_out": carried_out,
            "carried_in": carried_in,
            "received": concluded + carried_out - carried_in,
        }
        for name, value in rows.items():
            figures[f"applications.{name}", applicant] = value
            total = (f"applications.{name}", "total")
            figures[total] = figures.get(total, 0) + value
    for item, item_form in forms.items():
        _, head, labels = next(row for row in ITEMS[item_form] if row[0] == item)
        for label in labels:
            for column in head:
                name = COLUMN_NAMES[column]
                value: float = some(0.7)
                if name == "items_change":
                    value = rng.choice([0, 0, 1, 5, -1, -18])
                elif name == "amount":
                    value = rng.choice([0, rng.randint(1, 99999) / 100])
                figures[f"{ROW_NAMES[label]}.{name}", ""] = value
    for group, _ in DISPUTES:
        parts = [some(0.25) for _ in range(4)]
        for (name, _), value in zip(DISPUTE_COLUMNS, [*parts, sum(parts)], strict=True):
            figures[f"{group}.{name}", ""] = value
    return report


# -- words and figures ---------------------------------------------------------------------------

_FULL = str.maketrans("0123456789.()", "０１２３４５６７８９．（）")
_HALF = str.maketrans("（），。、“”", '(),.,""')
_DIGITS = "零一二三四五六七八九"


def chinese(number: int) -> str:
    """A number below 10 000 in Chinese numerals: 二十三, 一百零五."""
    if number == 0:
        return "零"
    text, pending = "", False
    for size, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, size)
        if digit:
            text += ("零" if pending else "") + _DIGITS[digit] + unit
            pending = False
        elif text:
            pending = True
    return text[1:] if text.startswith("一十") else text


class _Pen:
    """Writes labels and figures in the ways that a `Writing` allows, at random among them."""

    def __init__(self, writing: Writing):
        self.writing = writing
        self.rng = random.Random(writing.seed)

    def label(self, text: str) -> str:
        for way in sorted(self.writing.labels):
            if self.rng.random() < 0.35:
                text = getattr(self, f"_{way}")(text)
        return text

    def _spaced(self, text: str) -> str:
        at = self.rng.randint(1, max(1, len(text) - 1))
        return text[:at] + self.rng.choice([" ", "&nbsp;", "　", "\n"]) + text[at:]

    def _broken(self, text: str) -> str:
        at = self.rng.randint(1, max(1, len(text) - 1))
        return text[:at] + "<br/>" + text[at:] if "&" not in text else text

    def _half_width(self, text: str) -> str:
        return text.translate(_HALF)

    def _renumbered(self, text: str) -> str:
        if text[0].isdigit() and text[1] == ".":
            return text[0] + self.rng.choice(["、", "．", " ", ". "]) + text[2:]
        return text

    def _typo(self, text: str) -> str:
        plain = [at for at, c in enumerate(text) if c >= "一" and at > 4]
        if len(plain) < 6 or "&" in text or "<" in text:
            return text
        at = self.rng.choice(plain)
        return text[:at] + self.rng.choice(["", "某"]) + text[at + 1 :]

    def _explained(self, text: str) -> str:
        return text + self.rng.choice(["（件）", "（含历年结转）", "（指本年度数）"])

    def figure(self, value: float) -> tuple[str, Stated]:
        """(the characters printed, what they state)."""
        if value == 0:
            zero = self.rng.choice(sorted(self.writing.zeros))
            if zero == "0":
                return "0", 0.0
            return zero, "none" if zero == "无" else "blank"
        text = f"{value:g}" if value != int(value) else str(int(value))
        way = self.rng.choice(sorted(self.writing.numbers))
        if way == "full_width":
            text = text.replace("-", "－").translate(_FULL)
        elif way == "separated" and abs(value) >= 1000 and value == int(value):
            text = f"{int(value):,}"
        elif way == "counted" and value == int(value) and value > 0:
            text += "件"
        elif way == "chinese" and 1 < value < 10000 and value == int(value):
            # A lone 一 may be a dash as well.
            text = chinese(int(value))
        elif way == "padded":
            text = f" &nbsp;{text}\n"
        return text, float(value)

    def amount(self, value: float) -> tuple[str, Stated]:
        """An amount in 万元, under a head that says so."""
        if value == 0:
            return self.figure(0)
        texts = [f"{value:g}", f"{value:g}万元", f"{round(value * 10000)}元"]
        return (self.rng.choice(texts) if "counted" in self.writing.numbers else texts[0]), value


# -- tables --------------------------------------------------------------------------------------


@dataclass
class _Cell:
    text: str
    columns: int = 1
    rows: int = 1
    head: bool = False


_Row = list[_Cell]


def write_page(report: FormReport, writing: Writing) -> Page:
    """The page of a report, and what it states."""
    pen = _Pen(writing)
    page = Page("", {})
    proactive = _proactive(report, pen, page)
    applications = _applications(report, pen, page)
    disputes = _disputes(report, pen, page)
    draw: Callable[[Sequence[_Row]], str] = (
        (lambda rows: _text(rows, writing.text))
        if writing.text
        else (lambda rows: _html(rows, writing, pen.rng))
    )
    title = f"青川市水务局{report.year}年政府信息公开工作年度报告"
    prose = "坚持以公开为常态、不公开为例外，推进各项工作。"
    parts = [
        f"<h1>{title}</h1>",
        f"<p>本报告的统计期限为{report.year}年1月1日至{report.year}年12月31日。</p>",
        f"<p>一、总体情况</p><p>{prose}</p><p>二、主动公开政府信息情况</p>",
        *map(draw, proactive),
        "<p>三、收到和处理政府信息公开申请情况</p>",
        *map(draw, applications),
        "<p>四、政府信息公开行政复议、行政诉讼情况</p>",
        *map(draw, disputes),
        f"<p>五、存在的主要问题及改进情况</p><p>{prose}</p>",
        f"<p>六、其他需要报告的事项</p><p>{prose}</p>",
    ]
    body = "\n".join(parts)
    if writing.copy == "behind":
        body += body
    elif writing.copy == "hidden":
        body += f'<div class="m" style="display: none">{body}</div>'
    if "layout_table" in writing.markup:
        body = f"<table><tr><td><p>首页</p></td><td>{body}</td></tr></table>"
    page.html = f"<html><head><title>{title}</title></head><body>{body}</body></html>"
    return page


def _proactive(report: FormReport, pen: _Pen, page: Page) -> list[list[_Row]]:
    tables: list[list[_Row]] = []
    for item, form in report.forms.items():
        _, head, labels = next(row for row in ITEMS[form] if row[0] == item)
        last = 4 - len(head)
        rows: list[_Row] = [[_Cell(f"第二十条第（{item}）项", 4)]]
        widths = [1] * (len(head) - 1) + [last]
        corner = _Cell(pen.label("信息内容"), head=True)
        rows.append([corner, *(_Cell(t, w, head=True) for t, w in zip(head, widths, strict=True))])
        for label in labels:
            row = [_Cell(pen.label(label))]
            for column, width in zip(head, widths, strict=True):
                key = (f"{ROW_NAMES[label]}.{COLUMN_NAMES[column]}", "")
                write = pen.amount if key[0].endswith("amount") else pen.figure
                text, page.stated[key] = write(report.figures[key])
                row.append(_Cell(text, width))
            rows.append(row)
        if "proactive" in pen.writing.inserted and item == "一":
            rows.append([_Cell("其他主动公开文件"), _Cell("7"), _Cell("0"), _Cell("9")])
        if tables and not pen.writing.items_apart:
            tables[-1].extend(rows)
        else:
            tables.append(rows)
    return tables


def _applications(report: FormReport, pen: _Pen, page: Page) -> list[list[_Row]]:
    writing, rng = pen.writing, pen.rng
    applicants = APPLICANTS[::-1] if writing.columns_reversed else APPLICANTS
    form = [
        ("received", "", "一、本年新收政府信息公开申请数量"),
        ("carried_in", "", "二、上年结转政府信息公开申请数量"),
        *report.outcomes,
        ("concluded", "", "（七）总计"),
        ("carried_out", "", "四、结转下年度继续办理"),
    ]
    names = [name for name, _, _ in form]
    # One row of three under （六）其他处理 without its label would be the one row of 2019.
    firm = [name for name in names if not name.startswith("other.")]
    missing = set(rng.sample(firm, writing.missing_rows))
    lost = set(rng.sample([n for n in firm if n not in missing], writing.lost_labels))
    # A row is printed twice where a page ends; without a label nothing could tell that it is.
    repeated = set(rng.sample(sorted(set(names) - missing - lost), writing.repeated_rows))
    whole_cells = writing.layout in {"upright", "turned"}
    merging = writing.merged if whole_cells else 0
    merged = set(rng.sample(sorted(set(names) - missing - lost), merging))
    body: list[tuple[str, str, str, list[_Cell]]] = []
    for name, group, label in form:
        if name in missing:
            continue
        cells = []
        for applicant, _ in applicants:
            key = (f"applications.{name}", applicant)
            text, page.stated[key] = pen.figure(report.figures[key])
            cells.append(_Cell(text))
        # Only where one of the two is a blank is the figure that is left still the page's.
        places = [at for at in range(6) if "" in (cells[at].text, cells[at + 1].text)]
        if name in merged and places:
            at = rng.choice(places)
            pair = [(f"applications.{name}", applicants[i][0]) for i in (at, at + 1)]
            page.unsure.update(pair)
            cells[at : at + 2] = [_Cell(cells[at].text or cells[at + 1].text, 2)]
        printed = "" if name in lost else pen.label(label)
        body += [(name, group, printed, cells)] * (2 if name in repeated else 1)
        if name == "carried_in" and "applications" in writing.inserted:
            body.append(("", "", "其中：涉企申请", [_Cell("3") for _ in applicants]))
        if name == "unavailable.still_unclear" and "subtotal" in writing.inserted:
            body.append(("", "", "小计", [_Cell("5") for _ in applicants]))
    pieces, start = [], 0
    for end in [*sorted(at for at in writing.cut if 0 < at < len(body)), len(body)]:
        pieces.append(body[start:end])
        start = end
    tables = []
    leaves = [_Cell(label) for _, label in applicants]
    for number, piece in enumerate(pieces):
        again = number == 0 or writing.groups_again
        if writing.layout == "upright" or writing.head == "none":
            with_head = number == 0 or writing.head_again
            head = _head(writing, applicants, pen) if with_head else []
            tables.append([*head, *_rows_of(piece, writing, again)])
        elif writing.layout == "turned":
            head = _head(writing, applicants, pen)
            tables.append(_turned([*head, *_rows_of(piece, writing, again)]))
        elif writing.layout == "halves":
            cut = rng.randint(1, len(applicants) - 1)
            for a, b in ((0, cut), (cut, len(applicants))):
                half = [(name, group, label, cells[a:b]) for name, group, label, cells in piece]
                rows = _rows_of(half, writing, again)
                tables.append([[_Cell("", _label_columns(writing)), *leaves[a:b]], *rows])
        else:
            beside = [
                (name, group, label, [x for cell in cells for x in (_Cell("777"), cell)])
                for name, group, label, cells in piece
            ]
            head = [
                [_Cell("", _label_columns(writing)), *(_Cell(x.text, 2) for x in leaves)],
                [_Cell("", _label_columns(writing)), *[_Cell("上年"), _Cell("本年")] * 7],
            ]
            tables.append([*head, *_rows_of(beside, writing, again)])
    return tables


def _label_columns(writing: Writing) -> int:
    return 1 if writing.groups in {"leaf", "joined"} else 3


def _turned(rows: Sequence[_Row]) -> list[_Row]:
    """Rows as columns, spans with them."""
    taken: dict[tuple[int, int], _Cell | None] = {}
    for y, row in enumerate(rows):
        x = 0
        for cell in row:
            while (y, x) in taken:
                x += 1
            for dy in range(cell.rows):
                for dx in range(cell.columns):
                    taken[y + dy, x + dx] = None
            taken[y, x] = cell
    width = max(x for _, x in taken) + 1
    height = max(y for y, _ in taken) + 1
    return [
        [
            _Cell(cell.text, cell.rows, cell.columns)
            for y in range(height)
            if (cell := taken.get((y, x))) is not None
        ]
        for x in range(width)
    ]


def _rows_of(
    piece: Sequence[tuple[str, str, str, list[_Cell]]], writing: Writing, again: bool
) -> list[_Row]:
    """The rows of a piece of the applications table, with its three columns of labels."""
    outer = [RESULTS if name and _is_outcome(name) else "" for name, *_ in piece]
    runs_outer, runs_group = _runs(outer), _runs([group for _, group, _, _ in piece])
    rows = []
    for at, (name, group, label, cells) in enumerate(piece):
        if writing.groups == "leaf":
            rows.append([_Cell(label), *cells])
        elif writing.groups == "joined":
            rows.append([_Cell(f"{group} {label}".strip()), *cells])
        elif not (name and _is_outcome(name)):
            rows.append([_Cell(label, 3), *cells])
        else:
            row = _group_cell(RESULTS, runs_outer[at], writing, again or at > 0)
            if group:
                row += _group_cell(group, runs_group[at], writing, again or at > 0)
                row.append(_Cell(label))
            else:
                row.append(_Cell(label, 2))
            rows.append(row + cells)
    return rows


def _is_outcome(name: str) -> bool:
    return name not in {"received", "carried_in", "carried_out"}


def _runs(values: Sequence[str]) -> list[int]:
    """For the first of equal neighbours their number, for the others 0."""
    found: list[int] = []
    for _, run in groupby(values):
        count = len(list(run))
        found += [count] + [0] * (count - 1)
    return found


def _group_cell(text: str, run: int, writing: Writing, printed: bool) -> _Row:
    """spans: one cell over the group's rows; fillers: empty cells below; repeated: on every row."""
    text = text if printed else ""
    if writing.groups == "spans":
        return [_Cell(text, 1, run)] if run else []
    return [_Cell(text if run or writing.groups == "repeated" else "")]


def _head(writing: Writing, applicants: Sequence[tuple[str, str]], pen: _Pen) -> list[_Row]:
    """three rows with spans; two, without 申请人情况; one of the seven leaves; none."""
    width = _label_columns(writing)
    keep = writing.columns_reversed
    leaves = [
        _Cell(label if keep or len(label) < 4 else pen.label(label)) for _, label in applicants
    ]
    if writing.head == "none":
        return []
    if writing.head == "one" or writing.columns_reversed:
        return [[_Cell("", width), *leaves]]
    legal = _Cell("法人或其他组织", 5)
    first, last = _Cell(leaves[0].text, 1, 2), _Cell(leaves[-1].text, 1, 2)
    if writing.head == "two":
        return [[_Cell("项目", width, 2), first, legal, last], leaves[1:-1]]
    if writing.head == "fillers":
        blank = [_Cell("") for _ in range(4)]
        return [
            [_Cell("", width), _Cell("申请人情况", 7)],
            [_Cell("", width), leaves[0], _Cell("法人或其他组织"), *blank, leaves[-1]],
            [_Cell("", width), _Cell(""), *leaves[1:-1], _Cell("")],
        ]
    corner = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
    return [
        [_Cell(corner, width, 3), _Cell("申请人情况", 7)],
        [first, legal, last],
        leaves[1:-1],
    ]


def _disputes(report: FormReport, pen: _Pen, page: Page) -> list[list[_Row]]:
    """one table with three rows of heads; apart: a table for each group under its name.

    rows, columns: the groups as rows or as columns of a table; list: a row a figure.
    """
    values: dict[str, list[_Cell]] = {}
    for group, _ in DISPUTES:
        for column, _ in DISPUTE_COLUMNS:
            key = (f"{group}.{column}", "")
            text, page.stated[key] = pen.figure(report.figures[key])
            values.setdefault(group, []).append(_Cell(text))
    labels = [label for _, label in DISPUTE_COLUMNS]
    if pen.writing.disputes == "apart":
        return [
            [[_Cell(label, 5)], [_Cell(name) for name in labels], values[group]]
            for group, label in DISPUTES
        ]
    if pen.writing.disputes == "rows":
        return [
            [
                [_Cell(""), *(_Cell(name) for name in labels)],
                *([_Cell(label), *values[group]] for group, label in DISPUTES),
            ]
        ]
    if pen.writing.disputes == "columns":
        results = ([_Cell(x), *(values[g][at] for g, _ in DISPUTES)] for at, x in enumerate(labels))
        return [[[_Cell(""), *(_Cell(label) for _, label in DISPUTES)], *results]]
    if pen.writing.disputes == "list":
        return [
            [
                [*([_Cell(label, 1, 5)] if at == 0 else []), _Cell(name), values[group][at]]
                for group, label in DISPUTES
                for at, name in enumerate(labels)
            ]
        ]
    direct, after = "未经复议直接起诉", "复议后起诉"
    return [
        [
            [_Cell("行政复议", 5), _Cell("行政诉讼", 10)],
            [
                *(_Cell(x, 1, 2) for x in labels),
                _Cell(direct, 5),
                _Cell(after, 5),
            ],
            [_Cell(name) for name in labels * 2],
            [cell for group, _ in DISPUTES for cell in values[group]],
        ]
    ]


# -- markup --------------------------------------------------------------------------------------


def _html(rows: Sequence[_Row], writing: Writing, rng: random.Random) -> str:
    lines = []
    for number, row in enumerate(rows):
        cells = []
        for cell in row:
            tag = "th" if "th" in writing.markup and number < 2 else "td"
            spans = f' colspan="{cell.columns}"' if cell.columns > 1 else ""
            spans += f' rowspan="{cell.rows}"' if cell.rows > 1 else ""
            end = "" if "unclosed" in writing.markup else f"</{tag}>"
            cells.append(f"<{tag}{spans}>{_dressed(cell.text, writing, rng)}{end}")
        lines.append("<tr>" + "".join(cells) + ("" if "unclosed" in writing.markup else "</tr>"))
    return "<table border=1>" + "\n".join(lines) + "</table>"


def _dressed(text: str, writing: Writing, rng: random.Random) -> str:
    if "word" in writing.markup and "&" not in text and "<" not in text:
        spans = "".join(f"<span lang=EN-US style='font-size:9pt'>{c}</span>" for c in text)
        return f'<p class="MsoNormal" align="center">{spans}<o:p></o:p></p>'
    if "paragraphs" in writing.markup and rng.random() < 0.5:
        return f"<p>{text}</p>"
    return text


def _text(rows: Sequence[_Row], joint: str) -> str:
    """The table as text: cells joined by `joint`, empty ones kept only by pipes."""
    lines = []
    for row in rows:
        texts = [" ".join(cell.text.replace("&nbsp;", " ").split()) for cell in row]
        if joint != " | ":
            texts = [text for text in texts if text]
        lines.append(joint.join(texts))
    return "".join(f"<p>{line}</p>" for line in lines if line.strip())
