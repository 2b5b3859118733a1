"""What became of each report year of an office, and the report itself: its words and its figures.

`plans` decides for every expected year whether there is a report, in which form, with which
mistakes; `write` puts one on paper and says figure by figure what stands there. A misprint is part
of what the page states. It knows nothing of the site around the report.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

from benchmarks.country.figures import YearOfFigures, history
from benchmarks.country.form import Form, Key, forms
from benchmarks.country.offices import Office
from benchmarks.country.paper import Paper, Told, pick
from benchmarks.country.prose import (
    APPLICATIONS_TABLE,
    DISPUTES_TABLE,
    OUTLINES,
    PROACTIVE_TABLE,
    numeral,
)
from benchmarks.country.styles import Style, skeleton

# What became of a year, as coverage names it, and how likely.
FATES = {"parsed": 0.905, "never_listed": 0.05, "empty_page": 0.015, "attachment_only": 0.015,
         "http_error": 0.01, "removed": 0.005}  # fmt: skip
# The form of a report by its year, and how likely; "narrative" is the outline before the forms.
_FORMS = {
    2019: {"2019": 0.88, "narrative": 0.12},
    2020: {"2019": 0.98, "narrative": 0.02},
    2021: {"2021": 0.84, "2019": 0.06, "2021-item-1-of-2019": 0.08, "narrative": 0.02},
    2022: {"2021": 0.96, "2021-one-other": 0.04},
    2023: {"2021": 0.95, "2021-one-other": 0.05},
    2024: {"2021": 0.95, "2021-one-other": 0.05},
}
_TITLES = {
    "{own}{y}年政府信息公开工作年度报告": 0.50,
    "{y}年{own}政府信息公开工作年度报告": 0.16,
    "{own}{y}年度政府信息公开工作年度报告": 0.12,
    "{own}{y}年政府信息公开年度报告": 0.10,
    "{own}{y}年政府信息公开工作报告": 0.05,
    "{y}年政府信息公开工作年度报告": 0.07,
}
_MISPRINTED, _CHANGED, _TITLE_AGAIN = 0.015, 0.02, 0.04
# Totals that a misprint makes disagree with their parts.
_MISPRINTS: tuple[Key, ...] = (
    ("applications.concluded", "total"),
    ("applications.received", "total"),
    ("reconsideration.total", ""),
    ("litigation_direct.total", ""),
)
# Where an earlier capture of a changed page has another figure.
_CHANGE: Key = ("licensing.decisions", "")
_DIGITS = str.maketrans("0123456789", "〇一二三四五六七八九")


@dataclass(frozen=True, slots=True)
class Plan:
    """One report year of an office.

    fate: as coverage names it. form: None for the outline before the forms and where no report is.
    misprint: the figure that is printed wrongly, None for most. is_changed: an earlier capture
        of the page has another figure.
    """

    office: Office
    year: int
    fate: str
    form: Form | None
    figures: YearOfFigures
    style: Style
    published_on: dt.date
    title: str
    misprint: Key | None
    is_changed: bool

    @property
    def layout(self) -> str | None:
        """The layout as the dataset names it, None where there is no report."""
        if self.fate not in ("parsed", "removed"):
            return None
        return self.form.layout if self.form else "narrative-2008"


@dataclass(slots=True)
class Written:
    """A report on paper.

    title_lines: as printed above it. body: its markup.
    values: what is printed for each key of the form, misprints included; for a zero the style's
        mark of it is printed, which may be a blank. Empty for a report without the form.
    told: what prose and annex state.
    """

    plan: Plan
    title_lines: tuple[str, ...]
    body: str
    values: list[float] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)


def plans(office: Office) -> list[Plan]:
    """Every report year that the office should have, in order."""
    rng = office.rng(2)
    figures = history(rng, office.level, office.years)
    return [_plan(rng, office, one) for one in figures]


def _plan(rng: random.Random, office: Office, figures: YearOfFigures) -> Plan:
    year = figures.year
    fate = pick(rng, FATES)
    name = pick(rng, _FORMS[year]) if year in _FORMS else "narrative"
    form = forms().get(name)
    misprint = None
    if form is not None and rng.random() < _MISPRINTED:
        misprint = rng.choice(_MISPRINTS)
    return Plan(
        office, year, fate, form, figures, office.style(year),
        dt.date(year + 1, 1, 5) + dt.timedelta(days=int(rng.random() * 80)),
        pick(rng, _TITLES).format(own=office.own_name, y=year),
        misprint,
        fate == "parsed" and form is not None and rng.random() < _CHANGED,
    )  # fmt: skip


def write(plan: Plan, *, earlier: bool = False) -> Written:
    """The report as it stands; with `earlier` as it stood before its page was changed."""
    rng = plan.office.rng(1000 + plan.year)
    written = Written(plan, _title_lines(rng, plan.title), "")
    tables = _tables(plan, written, earlier=earlier)
    era = "N" if plan.form is None else "T"
    outline = rng.choice(OUTLINES[era])
    names = {"y": plan.year, "o": plan.office.we, "name": plan.office.own_name}
    paper = Paper(rng, plan.style, era, plan.figures.told, names)
    if rng.random() < _TITLE_AGAIN:
        paper.line(plan.title)
    paper.begin(outline)
    for number, part in enumerate(outline, 1):
        paper.part(number, part, tables)
    signed = plan.published_on
    if rng.random() < 0.7:
        paper.line(plan.office.own_name)
        paper.line(_date_of_signature(rng, signed))
    written.body = "".join(paper.pieces)
    written.told = paper.told
    return written


def _tables(plan: Plan, written: Written, *, earlier: bool) -> dict[str, str]:
    if plan.form is None:
        return {}
    form, style = plan.form, plan.style
    values = plan.figures.values(form)
    if plan.misprint is not None:
        values[form.keys.index(plan.misprint)] += 1
    if earlier:
        values[form.keys.index(_CHANGE)] += 1
    small = style.small_numbers()
    limit = len(small)
    amounts = form.amounts
    texts = [
        small[value] if type(value) is int and 0 <= value < limit else style.number(value)
        for value in values
    ]
    for at in amounts:
        # The form of 2019 asks an amount without saying in which unit of money.
        if form.keys[at][0].startswith("procurement") and values[at]:
            texts[at] = f"{values[at]}万元"
    written.values = values
    sections = skeleton(style, form).fill(texts)
    return dict(zip((PROACTIVE_TABLE, APPLICATIONS_TABLE, DISPUTES_TABLE), sections, strict=True))


def _title_lines(rng: random.Random, title: str) -> tuple[str, ...]:
    """The title; on one page of twelve an editor broke it in two lines."""
    at = title.find("政府信息公开")
    if rng.random() > 0.08 or at <= 0:
        return (title,)
    return title[: at + 4], title[at + 4 :]


def _date_of_signature(rng: random.Random, date: dt.date) -> str:
    if rng.random() < 0.8:
        return f"{date.year}年{date.month}月{date.day}日"
    year = str(date.year).translate(_DIGITS)
    return f"{year}年{_chinese(date.month)}月{_chinese(date.day)}日"


def _chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    words = "" if not tens else "十" if tens == 1 else numeral(tens) + "十"
    return words + (numeral(ones) if ones else "")
