"""A sheet of drawn figures beside their source, as one HTML page to read in a browser."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from gongkai.year_table import figure_text

if TYPE_CHECKING:
    from datasets.spot_check import Drawn

_STYLE = """
body { font: 16px/1.6 "Noto Sans CJK SC", "Source Han Sans SC", sans-serif; margin: 2em auto;
  max-width: 60em; padding: 0 1em; color: #222; }
article { border-top: 1px solid #bbb; padding: 1em 0; }
h2 { font-size: 1.05em; margin: 0; }
.figure { font-size: 1.6em; font-weight: 600; }
.meta { color: #666; font-size: .85em; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; font: inherit; background: #f6f6f3; padding: .6em .8em;
  margin: .5em 0; }
mark { background: #ffe58a; }
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
    one, report, passage = drawn.observation, drawn.report, drawn.passage
    figure = figure_text(one["value"], one["unit"], one["status"], one["qualifier"])
    unit = " 万元" if one["unit"] == "CNY_10k" and one["value"] is not None else ""
    named = one["indicator"] + (f" · {one['applicant']}" if one["applicant"] else "")
    marked = f"<mark>{escape(passage.marked)}</mark>" if passage.marked else ""
    parts = [escape(passage.before), marked, escape(passage.after)]
    glue = "\n" if "|" in passage.before + passage.marked + passage.after else ""
    return (
        f'<article id="figure-{number}"><h2>{number}. {escape(named)}</h2>'
        f'<p class="figure">{escape(figure + unit)}</p>'
        f"<p>{escape(one['evidence'])}</p>"
        f"<pre><strong>{escape(passage.heading)}</strong>\n"
        f"{glue.join(part for part in parts if part)}</pre>"
        f'<p class="meta">{escape(report["office_name"] or report["office_id"])}, '
        f"{report['report_year']}, {escape(report['layout'] or '')}; printed as "
        f"“{escape(one['value_text'])}”; {escape(one['locator'])}; found by "
        f"{escape(one['matched_by'])}<br>"
        f'<a href="{escape(report["source_url"])}">{escape(report["source_url"])}</a>, capture '
        f"{escape(one['capture_id'][:16])}</p></article>"
    )
