"""The panel: one wide row a report, with harmonised columns that say how far they compare.

What fills a column in which layout is `datasets/registry/panel.csv`; this module evaluates those
expressions over the observations of one report.

Rules of computed totals, told in the codebook too: a total with a blank part is the sum of the
other parts, stated as at least that unless a total that the form prints leaves nothing for the
blank; when all are blank the total is null; when a part is unreadable, or has no row though the
form asks it, the total is null. A zero and a missing figure are never merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from datasets.registry import (
    APPLICANTS,
    LAYOUTS,
    PanelColumn,
    comparability,
    expression_parts,
    indicators,
    panel_columns,
    rate_parts,
)
from parsers import Observation
from parsers.identities import identities

# A figure in a table of the form is the form's; prose beside it may round or speak of others.
_SOURCE_ORDER = ("table", "annex", "narrative")
TOTAL_RULE = (
    "With a blank part the sum of the others, qualified as at_least unless the total of the form "
    "that holds the part leaves nothing for it; null when all parts are blank, when one is "
    "unreadable, or when one that the form asks has no row."
)


# indicator -> (applicant, source) -> observation
Stated = Mapping[str, Mapping[tuple[str | None, str], Observation]]


@dataclass(frozen=True, slots=True)
class Figure:
    """What stands in one column of the panel.

    status: see `PANEL_STATUSES` of the registry.
    form: the layout whose expression filled it; it differs from the report's layout when the
        report mixes forms.
    is_nothing: of a blank, whether a total that the form prints leaves nothing for it.
    """

    value: float | None
    status: str
    source: str | None = None
    qualifier: str | None = None
    form: str | None = None
    is_nothing: bool = False


def panel_figures(
    layout: str | None, observations: Iterable[Observation], report_status: str = "parsed"
) -> dict[str, Figure]:
    """Every harmonised column of one report.

    layout: of the report; None when it has none (then nothing is asked).
    observations: unique in (indicator, applicant, source).
    report_status: of the report; what one that could not be read asks and states is not known.
    """
    if report_status != "parsed":
        return dict.fromkeys(panel_columns(), Figure(None, "no_report"))
    stated = by_indicator(observations)
    figures: dict[str, Figure] = {}
    for name, column in panel_columns().items():
        if column.kind == "rate":
            figures[name] = _rate(column, layout, figures)
        else:
            figures[name] = _harmonised(column, layout, stated)
    return figures


def by_indicator(observations: Iterable[Observation]) -> Stated:
    """The observations of one report by indicator, applicant and source."""
    stated: dict[str, dict[tuple[str | None, str], Observation]] = {}
    for one in observations:
        stated.setdefault(one.indicator, {})[(one.applicant, one.source)] = one
    return stated


def summed_figure(
    expression: str, layout: str, stated: Stated, sources: Sequence[str] = _SOURCE_ORDER
) -> Figure:
    """The figure of an expression over one report, by the rule of computed totals.

    expression: an indicator, a sum of them, or `prefix.*`. sources: in which parts of the report
        to look, the preferred first. `incomplete` when a part has no row there.
    """
    return _figure(expression_parts(expression, layout), layout, stated, sources)


def panel_row(
    figures: Mapping[str, Figure], layout: str | None, previous: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The harmonised columns of one row with their companions.

    previous: `{"figures": …, "layout": …}` of the office's report before it, None for the first.
    """
    row: dict[str, Any] = {}
    for name, figure in figures.items():
        row[name] = figure.value
        row[f"{name}__status"] = figure.status
        if panel_columns()[name].kind != "rate":
            row[f"{name}__source"] = figure.source
        row[f"{name}__qualifier"] = figure.qualifier
        row[f"{name}__form"] = figure.form
        row[f"{name}__vs_previous"] = _vs_previous(name, figure, layout, previous)
    return row


def _vs_previous(
    name: str, figure: Figure, layout: str | None, previous: Mapping[str, Any] | None
) -> str | None:
    if previous is None or figure.status == "no_report":
        return None
    before = previous["figures"][name]
    older, newer = before.form or previous["layout"], figure.form or layout
    if older is None or newer is None:
        return "not_asked"
    if older == newer and older not in panel_columns()[name].expressions:
        return "not_asked"
    return comparability(name, older, newer).comparability


def _harmonised(column: PanelColumn, layout: str | None, stated: Stated) -> Figure:
    # The report's own form first; then the others, newest first, since reports mix forms.
    forms = [layout] if layout in column.expressions else []
    forms += [form for form in reversed(LAYOUTS) if form in column.expressions and form != layout]
    for form in forms:
        assert form is not None  # a layout that has an expression
        parts = expression_parts(column.expressions[form], form)
        if any(part in stated for part in parts):
            return _figure(parts, form, stated)
    if layout is None or layout not in column.expressions:
        return Figure(None, "not_asked")
    parts = expression_parts(column.expressions[layout], layout)
    # Prose is free to say nothing of what is asked; a table of the form has a cell for it.
    in_prose = layout == "narrative-2008" or all(
        indicators()[part].part == "narrative" for part in parts
    )
    return Figure(None, "not_stated" if in_prose else "incomplete", form=layout)


def _figure(
    parts: tuple[str, ...], form: str, stated: Stated, sources: Sequence[str] = _SOURCE_ORDER
) -> Figure:
    if len(parts) == 1:
        one = _single(parts[0], stated, sources)
        return replace(one, form=form)
    found = [_single(part, stated, sources) for part in parts]
    if any(one.status in ("unreadable", "incomplete") for one in found):
        return Figure(None, "incomplete", form=form)
    values = [one.value for one in found if one.value is not None]
    if not values:
        return Figure(None, "blank", form=form, is_nothing=all(one.is_nothing for one in found))
    return Figure(sum(values), "computed", None, _weakest(found), form)


def _weakest(figures: Sequence[Figure]) -> str:
    """How exactly a sum is known; a blank part may be nothing or may be more."""
    qualifiers = {one.qualifier for one in figures if one.value is not None and one.qualifier}
    qualifiers.discard("exact")
    if any(one.value is None and not one.is_nothing for one in figures):
        qualifiers.add("at_least")
    if not qualifiers:
        return "exact"
    return qualifiers.pop() if len(qualifiers) == 1 else "about"


def _single(indicator: str, stated: Stated, sources: Sequence[str]) -> Figure:
    """The figure of one indicator: its total, else the sum of its applicants, else the prose's."""
    rows = stated.get(indicator)
    if rows is None:
        return Figure(None, "incomplete")
    first: Figure | None = None
    for source in sources:
        for applicant in ("total", None):
            one = rows.get((applicant, source))
            if one is None:
                continue
            figure = Figure(one.value, one.status, source, one.qualifier)
            if one.value is not None:
                return figure
            first = first or figure
        summed = _summed(rows, source)
        if summed is not None:
            return summed
    if first is not None and first.status == "blank":
        return replace(first, qualifier=None, is_nothing=_is_nothing(indicator, stated))
    return first or Figure(None, "incomplete")


def _is_nothing(indicator: str, stated: Stated) -> bool:
    """Whether a total that the form prints is that of the other parts, so that nothing is left.

    Where the outcomes that are stated add up to 总计, a blank one among them is none.
    """

    def table(key: tuple[str, str]) -> Observation | None:
        return stated.get(key[0], {}).get((key[1] or None, "table"))

    for identity in identities(frozenset(stated)):
        if not {(indicator, "total"), (indicator, "")} & {*identity.right}:
            continue
        left, right = [table(key) for key in identity.left], [table(key) for key in identity.right]
        if any(one is None or one.value is None for one in left):
            continue
        if any(one is None or one.status == "unreadable" for one in right):
            continue
        if sum(one.value for one in left if one and one.value is not None) == sum(
            one.value for one in right if one and one.value is not None
        ):
            return True
    return False


def _summed(rows: Mapping[tuple[str | None, str], Observation], source: str) -> Figure | None:
    """The sum over applicants where the total cell is blank (Shanghai 2019 leaves them so)."""
    total = rows.get(("total", source))
    if total is not None and total.status == "unreadable":
        return None
    cells = [rows.get((name, source)) for name in APPLICANTS if name != "total"]
    if any(cell is None or cell.status == "unreadable" for cell in cells):
        return None
    parts = [Figure(cell.value, cell.status, None, cell.qualifier) for cell in cells if cell]
    values = [part.value for part in parts if part.value is not None]
    return Figure(sum(values), "computed", None, _weakest(parts)) if values else None


def _rate(column: PanelColumn, layout: str | None, figures: Mapping[str, Figure]) -> Figure:
    if layout is None or layout not in column.expressions:
        return Figure(None, "not_asked")
    above, below = rate_parts(column.expressions[layout])
    upper = [figures[name] for name in above]
    base = figures[below]
    form = base.form
    # As of a computed total: a blank part may be nothing or may be more.
    parts = [part.value for part in upper if part.value is not None]
    lost = [part for part in (base, *upper) if part.value is None and part.status != "blank"]
    if lost:
        return Figure(None, "incomplete", form=form)
    if base.value is None or not parts:
        return Figure(None, "blank", form=form)
    if base.value == 0:
        return Figure(None, "no_base", form=form)
    qualifier = _of_share(_weakest(upper), base.qualifier or "exact")
    return Figure(sum(parts) / base.value, "computed", None, qualifier, form)


# A share is at least what it seems when it is one of at most so many, and the other way round.
_OF_BASE = {"at_least": "at_most", "at_most": "at_least"}


def _of_share(above: str, below: str) -> str:
    qualifiers = {above, _OF_BASE.get(below, below)} - {"exact"}
    if not qualifiers:
        return "exact"
    return qualifiers.pop() if len(qualifiers) == 1 else "about"
