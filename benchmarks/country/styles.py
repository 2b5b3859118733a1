"""The ways in which offices' editors write pages: markup, blanks, digits, charset, printing.

Each style is a row of `STYLES`; how often it occurs in which years is in it. A style draws tables
into fixed pieces of text with the figures' places between them, once for all pages. It knows no
figure and no office.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from benchmarks.country.form import Cell, Form, Printing, Row, tables

# How a blank is printed for zero; what it states is said by `STATED_BY`.
BLANKS = ("", "&nbsp;", "　", "/", "—", "-")
STATED_BY = {"0": "reported", "无": "reported_none"} | dict.fromkeys(BLANKS, "blank")
_FULL_WIDTH = str.maketrans("0123456789.-", "０１２３４５６７８９．－")
_TABULATED = 20_000


@dataclass(frozen=True)
class Markup:
    """The markup of one editor. `{}` in cell and paragraph is the text, `@` in cell the spans.

    label: markup of a character of a label, "" for none; editors of Word put each in a span.
    joint: for tables that survive as text, what stands between the cells of a line.
    """

    table: tuple[str, str] = ('<table border="1">', "</table>")
    row: tuple[str, str] = ("<tr>", "</tr>\n")
    cell: str = "<td@>{}</td>"
    head_cell: str = ""
    paragraph: str = "<p>{}</p>\n"
    heading: str = "<p>{}</p>\n"
    label: str = ""
    joint: str = ""
    around: tuple[str, str] = ("", "")


_LIGHT = Markup(
    table=(
        '<table align="center" border="1" cellspacing="0"'
        ' style="border-collapse:collapse;width:100%;"><tbody>\n',
        "</tbody></table>\n",
    ),
    cell='<td@ style="padding:3px;border:1px solid #000;"><p style="text-align:center;">'
    '<span style="font-size:14px;">{}</span></p></td>',
    paragraph='<p style="text-indent:2em;line-height:2em;">'
    '<span style="font-family:仿宋_GB2312;font-size:21px;">{}</span></p>\n',
    heading='<p style="text-indent:2em;line-height:2em;"><span style="font-family:仿宋_GB2312;'
    'font-size:21px;font-weight:bold;">{}</span></p>\n',
)
_ATTRIBUTES = Markup(
    table=(
        '<table width="640" border="1" cellpadding="0" cellspacing="0" bordercolor="#000000">\n',
        "</table>\n",
    ),
    row=('<tr height="32">', "</tr>\n"),
    cell='<td@ width="62" height="32" nowrap="nowrap" valign="center" align="center"'
    ' bgcolor="#ffffff"><font face="宋体" size="2">{}</font></td>',
    paragraph='<p align="left">&nbsp;&nbsp;&nbsp;&nbsp;<font face="仿宋" size="4">{}</font></p>\n',
    heading='<p><b><font face="黑体" size="4">{}</font></b></p>\n',
)
_WPS = Markup(
    table=(
        '<table style="border:none;margin-left:9.0pt;border-collapse:collapse">\n',
        "</table>\n",
    ),
    row=('<tr style="height:22.05pt">', "</tr>\n"),
    cell='<td@ valign="center" style="padding:0.0pt 5.4pt 0.0pt 5.4pt;border-left:1.0pt solid'
    " windowtext;border-right:1.0pt solid windowtext;border-bottom:1.0pt solid windowtext;"
    'background:rgb(255,255,255)"><p style="text-align:center;vertical-align:middle">'
    '<span style="font-family:宋体;font-size:10.0pt;color:rgb(0,0,0);letter-spacing:0.0pt">'
    "{}</span></p></td>",
    paragraph='<p style="text-indent:32.0pt;line-height:28.0pt;background:rgb(255,255,255)">'
    '<span style="font-family:仿宋_GB2312;font-size:16.0pt;letter-spacing:0.0pt">{}</span></p>\n',
    heading='<p style="text-indent:32.0pt;line-height:28.0pt"><span style="font-family:黑体;'
    'font-size:16.0pt">{}</span></p>\n',
)
_WORD = Markup(
    table=(
        "<table class=MsoNormalTable border=0 cellspacing=0 cellpadding=0 width=624"
        " style='width:468.0pt;border-collapse:collapse;mso-yfti-tbllook:1184;"
        "mso-padding-alt:0cm 0cm 0cm 0cm'>\n",
        "</table>\n",
    ),
    row=("<tr style='mso-yfti-irow:1;height:26.0pt'>\n", "</tr>\n"),
    cell="<td@ width=57 style='width:43.0pt;border-top:none;border-left:none;border-bottom:solid"
    " windowtext 1.0pt;border-right:solid windowtext 1.0pt;mso-border-top-alt:solid windowtext"
    " .5pt;mso-border-left-alt:solid windowtext .5pt;mso-border-alt:solid windowtext .5pt;"
    "padding:0cm 5.4pt 0cm 5.4pt;height:26.0pt'>\n<p class=MsoNormal align=center style='"
    "margin-top:0cm;text-align:center;line-height:18.0pt;mso-pagination:widow-orphan;"
    "vertical-align:middle'><span lang=EN-US style='font-size:10.0pt;font-family:宋体;"
    "mso-ascii-font-family:宋体;mso-bidi-font-family:宋体;color:black;mso-font-kerning:0pt'>"
    "{}<o:p></o:p></span></p></td>\n",
    paragraph="<p class=MsoNormal style='text-indent:32.0pt;mso-char-indent-count:2.0;line-height:"
    "28.0pt;mso-pagination:widow-orphan'><span style='font-size:16.0pt;font-family:仿宋_GB2312;"
    "mso-bidi-font-family:宋体;mso-font-kerning:0pt'>{}<span lang=EN-US><o:p></o:p></span>"
    "</span></p>\n",
    heading="<p class=MsoNormal style='text-indent:32.0pt;line-height:28.0pt'><span"
    " style='font-size:16.0pt;font-family:黑体'>{}<span lang=EN-US><o:p></o:p></span></span>"
    "</p>\n",
    label="<span style='font-size:10.0pt;font-family:宋体;mso-hansi-font-family:仿宋'>{}</span>",
)
_OLD_WORD = Markup(
    table=('<TABLE style="BORDER-COLLAPSE: collapse" cellSpacing=0 cellPadding=0>\n', "</TABLE>\n"),
    row=('<TR style="HEIGHT: 19.85pt">', "\n"),
    cell='<TD@ style="BORDER: windowtext 1pt solid; PADDING: 0cm 5.4pt; WIDTH: 49.6pt"'
    ' vAlign=center><P style="TEXT-ALIGN: center; MARGIN: 0cm 0cm 0pt"><SPAN'
    ' style="FONT-SIZE: 9pt">{}</SPAN>',
    paragraph='<P style="TEXT-INDENT: 32pt"><SPAN style="FONT-FAMILY: 仿宋; FONT-SIZE: 16pt">{}'
    "</SPAN></P>\n",
    heading='<P style="TEXT-INDENT: 32pt"><STRONG><SPAN style="FONT-FAMILY: 黑体">{}</SPAN>'
    "</STRONG></P>\n",
)
_BARE = Markup(row=("<tr>", "</tr>\n"), table=("<table>\n", "</table>\n"))
_HEADED = Markup(
    table=('<table class="table">\n', "</table>\n"),
    head_cell="<th@>{}</th>",
    heading="<h3>{}</h3>\n",
)
_LAYOUT = replace(
    _LIGHT,
    around=(
        '<table width="1000"><tr><td width="200"><p>政府信息公开指南</p><p>政府信息公开制度</p>'
        '</td><td><table width="100%"><tr><td>',
        "</td></tr></table></td></tr></table>",
    ),
)
_LINES = replace(_BARE, paragraph="　　{}<br/>\n", heading="　　<b>{}</b><br/>\n")
_PIPES = Markup(joint=" | ")
_SPACES = Markup(joint=" ")


@dataclass(frozen=True)
class Style:
    """One way of writing a report.

    weights: how likely it is in 2008-2018, 2019-2020 and since 2021.
    zero: what is printed for zero ("0", "无" or one of `BLANKS`).
    digits: `plain`, `full_width`, `separated` or `counted` (3件).
    charset: of the page. breaks: labels have breaks or spaces inside.
    """

    name: str
    markup: Markup
    weights: tuple[float, float, float]
    zero: str = "0"
    digits: str = "plain"
    charset: str = "utf-8"
    breaks: bool = False
    printing: Printing = field(default_factory=Printing)

    def small_numbers(self) -> list[str]:
        """The texts of 0, 1, 2 … as this style prints them in a table."""
        return _small_numbers(self.zero, self.digits)

    def number(self, value: float) -> str:
        """The text of any figure as this style prints it in a table."""
        return _number(value, self.zero, self.digits)

    @property
    def zero_states(self) -> str:
        """The status that its print for zero states."""
        return STATED_BY[self.zero]


STYLES = (
    Style("light", _LIGHT, (0.20, 0.24, 0.26)),
    Style("light, blank zeros", _LIGHT, (0.0, 0.05, 0.05), zero="&nbsp;", breaks=True),
    Style("attributes", _ATTRIBUTES, (0.20, 0.12, 0.08), breaks=True),
    Style("attributes, fillers", _ATTRIBUTES, (0.0, 0.05, 0.05),
          printing=Printing(groups="fillers", head="fillers"), zero=""),
    Style("wps", _WPS, (0.06, 0.14, 0.20)),
    Style("wps, items apart", _WPS, (0.0, 0.04, 0.05), breaks=True,
          printing=Printing(items_apart=True, disputes_apart=True)),
    Style("word", _WORD, (0.05, 0.05, 0.04)),
    Style("word, page break", _WORD, (0.0, 0.02, 0.02), printing=Printing(cut_at=12)),
    Style("old word", _OLD_WORD, (0.18, 0.06, 0.02), charset="gb2312"),
    Style("bare", _BARE, (0.08, 0.06, 0.05), zero="/"),
    Style("bare, labels on every row", _BARE, (0.0, 0.03, 0.03),
          printing=Printing(groups="repeated", head="two")),
    Style("th", _HEADED, (0.0, 0.02, 0.04), zero="—"),
    Style("layout tables", _LAYOUT, (0.08, 0.05, 0.04), charset="gbk", zero="-"),
    Style("lines", _LINES, (0.15, 0.02, 0.01), charset="gb2312", digits="full_width"),
    Style("text with pipes", _PIPES, (0.0, 0.02, 0.02)),
    Style("text with spaces", _SPACES, (0.0, 0.01, 0.01)),
    Style("units in cells", _LIGHT, (0.0, 0.01, 0.01), digits="counted"),
    Style("an extra row", _LIGHT, (0.0, 0.01, 0.01), printing=Printing(extra_row=True)),
    Style("a lost label", _WPS, (0.0, 0.01, 0.015), printing=Printing(lost_label=6)),
    Style("the first label lost", _LIGHT, (0.0, 0.005, 0.01), printing=Printing(lost_label=0)),
    Style("无 for zero", _BARE, (0.0, 0.005, 0.005), zero="无", digits="separated"),
)  # fmt: skip


@dataclass(frozen=True)
class Skeleton:
    """The tables of one form in one style: for each of the three sections its pieces of text.

    Between two pieces stands one figure, so a section of n figures has n + 1 pieces.
    """

    sections: tuple[tuple[str, ...], ...]

    def fill(self, texts: Sequence[str]) -> list[str]:
        """The three sections as text, with `texts` at the places of the form's keys."""
        filled, start = [], 0
        for pieces in self.sections:
            count = len(pieces) - 1
            both = [""] * (2 * count + 1)
            both[0::2] = pieces
            both[1::2] = texts[start : start + count]
            filled.append("".join(both))
            start += count
        return filled


@cache
def skeleton(style: Style, form: Form) -> Skeleton:
    """The skeleton of `form` as `style` writes it."""
    return Skeleton(tuple(_draw(style, section) for section in tables(form, style.printing)))


def draw_table(style: Style, rows: Iterable[Row]) -> tuple[str, ...]:
    """One table in the markup of `style`, such as an annex."""
    return _draw(style, [list(rows)])


_PLACE = "\0"


def _draw(style: Style, drawn: Sequence[Sequence[Row]]) -> tuple[str, ...]:
    draw = _draw_lines if style.markup.joint else _draw_table
    return tuple("".join(draw(style, rows) for rows in drawn).split(_PLACE))


def _draw_table(style: Style, rows: Sequence[Row]) -> str:
    markup = style.markup
    lines = []
    for row in rows:
        cells = []
        for cell in row:
            spans = f' colspan="{cell.columns}"' if cell.columns > 1 else ""
            spans += f' rowspan="{cell.rows}"' if cell.rows > 1 else ""
            shape = markup.head_cell if cell.head and markup.head_cell else markup.cell
            cells.append(shape.replace("@", spans, 1).replace("{}", _words(style, cell)))
        lines.append(markup.row[0] + "".join(cells) + markup.row[1])
    return markup.table[0] + "".join(lines) + markup.table[1]


def _draw_lines(style: Style, rows: Sequence[Row]) -> str:
    """A table that an editor made plain text of: a line a row, empty cells left out."""
    lines = []
    for row in rows:
        texts = [_PLACE if cell.text is None else cell.text for cell in row]
        lines.append(style.markup.joint.join(text for text in texts if text))
    return "".join(style.markup.paragraph.replace("{}", line) for line in lines)


def _words(style: Style, cell: Cell) -> str:
    if cell.text is None:
        return _PLACE
    text = cell.text
    if style.markup.label:
        return "".join(style.markup.label.replace("{}", character) for character in text)
    # Which labels are broken is the same at every run.
    mark = zlib.crc32(text.encode())
    if style.breaks and len(text) > 3 and mark % 3 == 0:
        at = 1 + mark % (len(text) - 1)
        joint = ("<br/>", "&nbsp;", " ")[mark // 7 % 3]
        return text[:at] + joint + text[at:]
    return text if text else "&nbsp;"


@cache
def _small_numbers(zero: str, digits: str) -> list[str]:
    return [_number(value, zero, digits) for value in range(_TABULATED)]


def _number(value: float, zero: str, digits: str) -> str:
    if value == 0:
        return zero
    text = f"{value:,}" if digits == "separated" else f"{value}"
    if digits == "counted":
        return text if isinstance(value, float) else f"{text}件"
    return text.translate(_FULL_WIDTH) if digits == "full_width" else text
