"""The statistical annexes that reports before 2019 print at their end, in two of the forms seen.

Rows are labels, units and the figures that stand beside them. Rows that no indicator of the
dataset asks are there as they are on real pages. It knows no markup.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from benchmarks.country.form import Cell, Row

# Label, unit, the figure's name (a number for a constant), and the indicator that it states or is
# a part of; "" for rows that nothing asks.
_NATIONAL_2014 = (
    ("一、主动公开情况", "", "", ""),
    (
        "（一）主动公开政府信息数（不同渠道和方式公开相同信息计1条）",
        "条",
        "items",
        "disclosure.items_published",
    ),
    ("其中：主动公开规范性文件数", "条", "columns_new", ""),
    ("（二）通过不同渠道和方式公开政府信息的情况", "", "", ""),
    ("1.政府公报公开政府信息数", "条", "0", ""),
    ("2.政府网站公开政府信息数", "条", "web", "disclosure.website_items"),
    ("3.政务微博公开政府信息数", "条", "weibo", "disclosure.new_media_items"),
    ("4.政务微信公开政府信息数", "条", "weixin", "disclosure.new_media_items"),
    ("5.其他方式公开政府信息数", "条", "0", ""),
    ("二、回应解读情况", "", "", ""),
    ("（一）回应公众关注热点或重大舆情数", "次", "columns", ""),
    ("（二）新闻发布会总次数", "次", "press", "disclosure.press_conferences"),
    ("（三）政策解读稿件发布数", "篇", "interpretations", "disclosure.interpretations"),
    ("三、依申请公开情况", "", "", ""),
    ("（一）收到申请数", "件", "received", "applications.received"),
    ("1.当面申请数", "件", "in_person", "applications.received_in_person"),
    ("2.传真申请数", "件", "letter_fax", "applications.received_by_letter"),
    ("3.网络申请数", "件", "online", "applications.received_online"),
    ("4.信函申请数", "件", "letter_post", "applications.received_by_letter"),
    ("（二）申请答复数", "件", "answered", "applications.answered"),
    ("四、行政复议数量", "件", "reconsideration", "reconsideration.total"),
    ("五、行政诉讼数量", "件", "litigation", "litigation.total"),
    ("六、依申请公开信息收取的费用", "万元", "0", "processing_fees.amount"),
    ("七、举办各类培训班", "次", "training", "training.sessions"),
)
_SHORT = (
    ("主动公开信息数", "条", "items", "disclosure.items_published"),
    ("网站公开政府信息数", "条", "web", "disclosure.website_items"),
    ("申请总数", "件", "received", "applications.received"),
    ("当面申请数", "件", "in_person", "applications.received_in_person"),
    ("网上申请数", "件", "online", "applications.received_online"),
    ("对申请的答复总数", "件", "answered", "applications.answered"),
    ("行政复议数", "件", "reconsideration", "reconsideration.total"),
    ("行政诉讼数", "件", "litigation", "litigation.total"),
)


@dataclass(frozen=True)
class Annex:
    """An annex as a grid of cells with places for figures.

    heads: of its columns; of the last one, with a year column and a running total beside it when
        `running`. rows: as above.
    """

    name: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, str, str, str], ...]
    running: bool = False

    @property
    def figures(self) -> tuple[str, ...]:
        """The names of the figures in the order of their places, running totals left out."""
        return tuple(figure for _, _, figure, _ in self.rows if figure)

    def facts(self) -> dict[str, tuple[str, ...]]:
        """Indicator -> names of the figures that add up to it."""
        return _facts(self.rows)

    def grid(self) -> list[Row]:
        """Its rows, with a place for each figure, and one for its running total when it has one."""
        rows: list[Row] = [[Cell(head, head=True) for head in self.heads]]
        for label, unit, figure, _ in self.rows:
            places = [Cell(None if figure else "")] * (2 if self.running else 1)
            rows.append([Cell(label), Cell(unit), *places])
        return rows


ANNEXES = (
    Annex("national-2014", ("统计指标", "单位", "统计数"), _NATIONAL_2014),
    Annex("short", ("指标名称", "计量单位", "数量"), _SHORT),
    Annex("running", ("指标名称", "计量单位", "本年度", "历年累计"), _SHORT, running=True),
)


@cache
def _facts(rows: tuple[tuple[str, str, str, str], ...]) -> dict[str, tuple[str, ...]]:
    facts: dict[str, tuple[str, ...]] = {}
    for _, _, figure, indicator in rows:
        if indicator:
            facts[indicator] = (*facts.get(indicator, ()), figure)
    return facts
