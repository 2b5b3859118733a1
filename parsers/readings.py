"""Readings: what the cells of the forms' tables say, before they become observations.

A reading is certain, or undecided: then it lists the ways in which its row can be read, and the
identities of the form may decide among them (see `identities`). Nothing here looks at a page.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from parsers.columns import Way
from parsers.grids import Cell
from parsers.quantities import NotAQuantity, Quantity, read_cell
from parsers.records import Finding, MatchedBy, Observation, ObservationStatus
from parsers.registry import unit_of

# Key of one figure: the indicator and the applicant column ("" where there is no such dimension).
FigureKey = tuple[str, str]

_WORST: dict[MatchedBy, int] = {"label": 0, "label_fuzzy": 1, "position": 2}
_BY_WORST: tuple[MatchedBy, ...] = ("label", "label_fuzzy", "position")


def weakest(*ways: MatchedBy) -> MatchedBy:
    """The least certain of several ways of being found."""
    return _BY_WORST[max(_WORST[way] for way in ways)]


@dataclass(slots=True)
class Reading:
    """What one cell says. value is in the indicator's unit; text is the cell's, unchanged."""

    key: FigureKey
    value: float | None
    text: str
    status: ObservationStatus
    qualifier: str
    by: MatchedBy
    evidence: str
    locator: str

    def observation(self) -> Observation:
        """The reading as a record."""
        return Observation(
            indicator=self.key[0],
            applicant=self.key[1] or None,
            value=self.value,
            value_text=self.text,
            unit=unit_of(self.key[0]),
            status=self.status,
            qualifier=self.qualifier,  # type: ignore[arg-type]
            source="table",
            matched_by=self.by,
            evidence=self.evidence,
            locator=self.locator,
        )


@dataclass(slots=True)
class OpenRow:
    """A row whose figures do not say in which columns they stand.

    keys: the figure key of every column, in order. text: the figures as printed.
    ways: the ways of reading the row, each with the text in every column (None for a blank).
    """

    keys: list[FigureKey]
    text: str
    ways: list[Way]
    by: MatchedBy
    row_label: str
    column_labels: list[str]
    locator: str


@dataclass(slots=True)
class TableReadings:
    """Everything read from the form's tables of one report.

    rivals: other readings of a figure already in `readings` (a row printed twice).
    layout_votes: layout -> how many blocks are printed in that form, with the words that say so.
    """

    readings: dict[FigureKey, Reading] = field(default_factory=dict)
    rivals: dict[FigureKey, list[Reading]] = field(default_factory=dict)
    open_rows: list[OpenRow] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    layout_votes: dict[str, list[str]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)

    def add(self, reading: Reading) -> None:
        """Keep a reading; a second one of the same figure becomes a rival unless it agrees."""
        known = self.readings.get(reading.key)
        if known is None or (known.status == "blank" and reading.status != "blank"):
            self.readings[reading.key] = reading
        elif reading.status != "blank" and (reading.value, reading.status) != (
            known.value,
            known.status,
        ):
            self.rivals.setdefault(reading.key, []).append(reading)

    def vote(self, layout: str, words: str) -> None:
        """Count a block printed in `layout`, by the `words` that show it."""
        self.layout_votes.setdefault(layout, []).append(words)


def read_figure(
    key: FigureKey, cell: Cell, by: MatchedBy, evidence: str, locator: str, unit_in_head: str = ""
) -> tuple[Reading, Finding | None]:
    """Read one cell as the figure `key`; what cannot be read is `unreadable`, with a finding.

    unit_in_head: the unit of money that the head prints (元, 万元), "" for none.
    """
    text = cell.text
    try:
        quantity = read_cell(text)
        value = _in_unit(quantity, unit_of(key[0]), unit_in_head)
    except NotAQuantity as reason:
        reading = Reading(key, None, text, "unreadable", "exact", by, evidence, locator)
        message = f"{key[0]}: {reason} ({locator})"
        return reading, Finding("unreadable-cell", "warning", message, None, text, key[0], evidence)
    return (
        Reading(key, value, text, quantity.status, quantity.qualifier, by, evidence, locator),
        None,
    )


def _in_unit(quantity: Quantity, unit: str, unit_in_head: str) -> float | None:
    """A quantity in the indicator's unit of measure.

    Raises:
        NotAQuantity: a count with a unit of money, or an amount whose unit is printed nowhere.
    """
    if quantity.value is None:
        return None
    if unit == "count":
        if quantity.unit.endswith(("元", "圆")):
            raise NotAQuantity(f"“{quantity.text}” is an amount of money where a count is asked")
        return quantity.value
    if quantity.value == 0:
        return 0.0
    if "万" in quantity.unit or "亿" in quantity.unit or quantity.unit.endswith(("元", "圆")):
        return round(quantity.value / 10_000, 10)
    if quantity.unit:
        raise NotAQuantity(f"“{quantity.text}” is a count where an amount of money is asked")
    if unit_in_head == "万元":
        return quantity.value
    if unit_in_head == "元":
        return round(quantity.value / 10_000, 10)
    # The form of 2019 prescribes no unit: reports print 元, 万元 or nothing.
    raise NotAQuantity(f"“{quantity.text}” is an amount whose unit (元 or 万元) is printed nowhere")
