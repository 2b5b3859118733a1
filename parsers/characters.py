"""One form for characters that are printed in many: widths, digits, spaces, look-alikes.

Pure functions from text to text. What a text means is decided elsewhere.
"""

from __future__ import annotations

import unicodedata

from parsers.remembering import remembered

# Characters that carry nothing: zero-width marks, soft hyphens, byte order marks, directions.
_INVISIBLE: dict[int, str | None] = dict.fromkeys(
    map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\u202a\u202c")
)
# Spaces that the Unicode compatibility form leaves as they are, and circles printed for zero.
_LOOKALIKE: dict[int, str | None] = {
    ord("\u3000"): " ",
    ord("\u00a0"): " ",
    ord("\ue5e5"): " ",  # a private-use space of old GBK pages
    ord("○"): "〇",
    ord("Ｏ"): "O",
    ord("—"): "—",
    ord("―"): "—",
    ord("–"): "—",
    ord("−"): "-",
    ord("﹣"): "-",
    ord("－"): "-",
}
# Traditional characters of the words that headings, labels and sentences are recognised by: mirrors
# and some southern sites print them. Not a conversion of texts; what is printed is kept as it is.
_TRADITIONAL: dict[int, str | None] = dict(
    zip(
        map(
            ord,
            "條開動網絡請復議訴訟發佈關項數與處決規費機構業據無為從區縣廳務會題專欄設個類報電視聞點結維糾轉續"
            "辦審經後複總計屬國護權過執詢現補內確舉獲繳納強許對採購額單萬億兩餘達聯門戶諮覆實見黨較減長"
            "預協員產領導號時間體質嚴準備錄標題義責進遲載閱讀檢歷歸檔紀錄圍團隊產製發級組織強軍衛醫藥"
            "鄉鎮張屆屬應該說變運營環節統資訊問們個態勢實書館傳員衝壓",
        ),
        "条开动网络请复议诉讼发布关项数与处决规费机构业据无为从区县厅务会题专栏设个类报电视闻点结维纠转续"
        "办审经后复总计属国护权过执询现补内确举获缴纳强许对采购额单万亿两余达联门户咨复实见党较减长"
        "预协员产领导号时间体质严准备录标题义责进迟载阅读检历归档纪录围团队产制发级组织强军卫医药"
        "乡镇张届属应该说变运营环节统资讯问们个态势实书馆传员冲压",
        strict=True,
    )
)
# What a character becomes before the compatibility form is taken; None for nothing.
_REPLACED: dict[int, str | None] = _INVISIBLE | _LOOKALIKE | _TRADITIONAL


# The blocks of characters that pages are made of, and those of forms for compatibility.
_BLOCKS = (
    (0x0020, 0x007F),
    (0x2010, 0x209F),  # dashes, quotation marks, raised and lowered digits
    (0x2460, 0x249B),  # ①, ⑴ and ⒈
    (0x2E80, 0x2FDF),  # radicals, which some documents print for the characters
    (0x3000, 0x303F),  # Chinese punctuation
    (0x3200, 0x33FF),  # ㈠ and ㎡
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFE30, 0xFE4F),
    (0xFF00, 0xFFEF),  # full width
)


def _table() -> dict[int, int | str | None]:
    """What `fold` makes of a character, for the characters of those blocks.

    `str.translate` is some eight times slower on a character that its table lacks, and the
    compatibility form on one that changes; so both are done here beforehand. A compatibility form
    may itself be one that is replaced; folded twice, a text is the same as folded once.
    """
    table: dict[int, int | str | None] = dict(_REPLACED)
    for first, last in _BLOCKS:
        for code in range(first, last + 1):
            character = chr(code)
            replaced = _REPLACED.get(code, character)
            formed = unicodedata.normalize("NFKC", replaced) if replaced else ""
            table[code] = code if formed == character else formed.translate(_REPLACED)
    return table


_TABLE = _table()


def fold(text: str) -> str:
    """`text` with half-width digits, letters, brackets and punctuation, without invisible marks.

    Full-width forms become half-width ones (（一） -> (一), ３ -> 3, ： -> :); Chinese
    punctuation without a half-width twin (、。《》“”) stays. Traditional forms of the characters
    that labels are recognised by become simplified ones.
    """
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", text.translate(_TABLE))


def squeeze(text: str) -> str:
    """`fold`, with every run of white space as one space and none at the ends."""
    return " ".join(fold(text).split())


# Lines, labels and cells are asked for by several readers in turn.
@remembered(8192)
def compact(text: str) -> str:
    """`fold`, with no white space at all: Chinese prose has none, so any is the markup's."""
    return "".join(fold(text).split())


@remembered(8192)
def on_one_line(text: str) -> str:
    """A cell's `text` as printed, with every run of white space as one space."""
    return " ".join(text.split())


_BARS = str.maketrans("｜│┃┊", "||||")


def split_bars(text: str) -> list[str]:
    """The cells of a line that joins them by bars; bars round the whole line are not counted."""
    parts = [part.strip() for part in text.translate(_BARS).split("|")]
    if parts and not parts[0]:
        parts = parts[1:]
    if parts and not parts[-1]:
        parts = parts[:-1]
    return parts


def ends_in_blank(text: str, closed: bool) -> bool:
    """Whether the bar at the end of a line stands in front of an empty cell.

    closed: whether every line of the table ends with a bar; then it only borders the table.
    """
    bare = text.translate(_BARS).strip()
    return not closed and bare.endswith("|") and not bare.startswith("|")
