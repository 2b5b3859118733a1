"""A sheet of drawn figures beside their source, as one HTML page to read in a browser."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from gongkai.wording import meaning
from gongkai.year_table import figure_text

if TYPE_CHECKING:
    from datasets.passages import Passage
    from datasets.spot_check import Drawn

_STYLE = """
body { font: 16px/1.6 "Noto Sans CJK SC", "Source Han Sans SC", sans-serif; margin: 2em auto;
  max-width: 60em; padding: 0 1em; color: #222; }
article { border-top: 1px solid #bbb; padding: 1em 0; }
h2 { font-size: 1.05em; margin: 0; }
.figure { font-size: 1.6em; font-weight: 600; }
.meta { color: #666; font-size: .85em; overflow-wrap: anywhere; }
blockquote { white-space: pre-wrap; background: #f6f6f3; padding: .6em .8em; margin: .5em 0; }
table { border-collapse: collapse; font-size: .9em; margin-top: .4em; }
td { border: 1px solid #ddd; padding: .1em .5em; min-width: 2em; height: 1.6em; }
td:not(:first-child) { text-align: right; }
mark, .marked td { background: #ffe58a; }
"""


def spot_sheet(drawn: Sequence[Drawn], title: str) -> str:
    """The sheet as an HTML document that needs nothing beside it."""
    articles = "\n".join(_article(number, one) for number, one in enumerate(drawn, start=1))
    return (
        f'<!DOCTYPE html>\n<html lang="zh"><head><meta charset="utf-8"><title>{escape(title)}'
        f"</title><style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>\n"
        f"{articles}\n</body></html>\n"
    )


def _article(number: int, drawn: Drawn) -> str:
    one, report = drawn.observation, drawn.report
    figure = figure_text(one["value"], one["unit"], one["status"], one["qualifier"])
    unit = " 万元" if one["unit"] == "CNY_10k" and one["value"] is not None else ""
    named = one["indicator"] + (f" · {one['applicant']}" if one["applicant"] else "")
    office = report["office_name"] or report["office_id"]
    return (
        f'<article id="figure-{number}"><h2>{number}. {escape(office)}, {report["report_year"]}: '
        f"{escape(named)}</h2><p>{escape(meaning(one['indicator']))}</p>"
        f'<p class="figure">{escape(figure + unit)}</p>'
        f"<p>{escape(one['evidence'])}</p>{_passage(drawn.passage)}"
        f'<p class="meta">{escape(report["layout"] or "")}; printed as '
        f"“{escape(one['value_text'])}”; {escape(one['locator'])}; found by "
        f"{escape(one['matched_by'])}<br>"
        f'<a href="{escape(report["source_url"])}">{escape(report["source_url"])}</a>, capture '
        f"{escape(one['capture_id'][:16])}</p></article>"
    )


def _passage(passage: Passage) -> str:
    heading = f"<strong>{escape(passage.heading)}</strong>"
    if not passage.is_table or not passage.marked:
        marked = f"<mark>{escape(passage.marked)}</mark>" if passage.marked else ""
        words = f"{escape(passage.above)}{marked}{escape(passage.below)}"
        return f"<blockquote>{heading}\n{words}</blockquote>"
    rows = [(line, False) for line in passage.before.splitlines()]
    rows += [(passage.marked, True), *((line, False) for line in passage.after.splitlines())]
    width = max(line.count("|") for line, _ in rows) + 1
    # Where the cells of a head reach is not known any more: it stands above, as it is printed.
    head = f"\n{escape(passage.head)}" if passage.head else ""
    body = "".join(_row(line, marked, width) for line, marked in rows)
    return f"<blockquote>{heading}{head}<table>{body}</table></blockquote>"


def _row(line: str, marked: bool, width: int) -> str:
    """A row whose figures stand below each other: the first cell takes the room that is left."""
    first, *others = (cell.strip() for cell in line.split("|"))
    cells = f'<td colspan="{width - len(others)}">{escape(first)}</td>'
    cells += "".join(f"<td>{escape(cell)}</td>" for cell in others)
    return f'<tr class="marked">{cells}</tr>' if marked else f"<tr>{cells}</tr>"
