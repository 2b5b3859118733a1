"""Readings: what the cells of the forms' tables say, as observations that may still be settled.

A reading is certain, or undecided: then it lists the ways in which its row can be read, and the
identities of the form may decide among them (see `identities`). Nothing here looks at a page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite, prod

from parsers.columns import HeadColumn, Numeral, Placed, Way
from parsers.grids import Cell
from parsers.quantities import NotAQuantity, Quantity, read_cell
from parsers.records import Finding, MatchedBy, Observation, ObservationStatus, Qualifier
from parsers.registry import unit_of
from parsers.remembering import remembered
from parsers.tablerows import TableRow

# Key of one figure: the indicator and the applicant column ("" where there is no such dimension).
FigureKey = tuple[str, str]

_SCALES = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}
_WORST: dict[MatchedBy, int] = {"label": 0, "label_fuzzy": 1, "position": 2}


def weakest(row: MatchedBy, column: MatchedBy) -> MatchedBy:
    """The less certain of the ways in which a figure's row and column were found."""
    if row == column:
        return row
    return row if _WORST[row] >= _WORST[column] else column


def observed(
    key: FigureKey,
    value: float | None,
    text: str,
    status: ObservationStatus,
    qualifier: Qualifier,
    by: MatchedBy,
    evidence: str,
    locator: str,
) -> Observation:
    """What one cell says as the figure `key`. value: in the indicator's unit; text: the cell's."""
    indicator, applicant = key
    unit = unit_of(indicator)
    return Observation(
        indicator,
        applicant or None,
        value,
        text,
        unit,
        status,
        qualifier,
        "table",
        by,
        evidence,
        locator,
    )


def unreadable(
    key: FigureKey, text: str, by: MatchedBy, evidence: str, locator: str
) -> Observation:
    """The figure `key` of which it is only known what is printed."""
    return observed(key, None, text, "unreadable", "exact", by, evidence, locator)


def table_of(reading: Observation) -> str:
    """The table that a reading stands in, as its locator names it."""
    return reading.locator.partition(",")[0]


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

    readings: dict[FigureKey, Observation] = field(default_factory=dict)
    rivals: dict[FigureKey, list[Observation]] = field(default_factory=dict)
    open_rows: list[OpenRow] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    layout_votes: dict[str, list[str]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)

    def add(self, reading: Observation) -> None:
        """Keep a reading; a second one of the same figure becomes a rival unless it agrees.

        A blank beside a figure agrees where both stand in one table: its row was cut in two, or
        is printed twice. In another table a blank says something else.
        """
        key = (reading.indicator, reading.applicant or "")
        known = self.readings.setdefault(key, reading)
        if known is reading:
            return
        blank = [one.status == "blank" for one in (known, reading)]
        if any(blank) and (
            table_of(known) == table_of(reading) or not (known.value or reading.value)
        ):
            if blank[0]:
                self.readings[key] = reading
        elif (reading.value, reading.status) != (known.value, known.status):
            self.rivals.setdefault(key, []).append(reading)

    def vote(self, layout: str, words: str) -> None:
        """Count a block printed in `layout`, by the `words` that show it."""
        self.layout_votes.setdefault(layout, []).append(words)


def read_figure(
    key: FigureKey, cell: Cell, by: MatchedBy, evidence: str, locator: str, unit_in_head: str = ""
) -> tuple[Observation, Finding | None]:
    """Read one cell as the figure `key`; what cannot be read is `unreadable`, with a finding.

    unit_in_head: the unit of money that the head prints (元, 万元, 千元), "" for none.
    """
    text = cell.text
    try:
        if isinstance(text, Numeral):
            quantity = Quantity(1.0, "reported", "exact", "", str(text))
        else:
            quantity = read_cell(text)
        value = _in_unit(quantity, unit_of(key[0]), unit_in_head)
        if value is not None and not _possible(key[0], value):
            raise NotAQuantity(f"“{text}” is no count: counts are whole, and only changes negative")
    except NotAQuantity as reason:
        reading = unreadable(key, text, by, evidence, locator)
        message = f"{key[0]}: {reason} ({locator})"
        return reading, Finding("unreadable-cell", "warning", message, None, text, key[0], evidence)
    return (
        observed(key, value, text, quantity.status, quantity.qualifier, by, evidence, locator),
        None,
    )


@remembered(8192)
def _whole_count(text: str) -> Quantity | None:
    """What most cells say, in one look: a blank or a whole count; None for all else."""
    try:
        quantity = read_cell(text)
    except NotAQuantity:
        return None
    if quantity.value is None:
        return quantity
    whole = not quantity.unit and quantity.value >= 0 and quantity.value.is_integer()
    return quantity if whole else None


def _possible(indicator: str, value: float) -> bool:
    """Whether an indicator can have a value: a count is whole, and negative only as a change."""
    if value >= 0 and value.is_integer():
        return True
    if unit_of(indicator) != "count":
        return True
    whole = isfinite(value) and abs(value - round(value)) < 1e-6
    return whole and (value >= 0 or indicator.endswith("_change"))


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
    scale = _yuan_in(unit_in_head)
    own = quantity.unit.endswith(("元", "圆"))
    if own or (quantity.unit and (scale or not unit_in_head) and quantity.unit[0] in "万亿"):
        return round(quantity.value / 10_000, 10)
    if quantity.unit:
        raise NotAQuantity(f"“{quantity.text}” is a count where an amount of money is asked")
    if unit_in_head == "万元":
        return quantity.value
    if scale:
        return round(quantity.value * scale / 10_000, 10)
    if unit_in_head:
        raise NotAQuantity(f"“{quantity.text}” is an amount in {unit_in_head}, which are no yuan")
    # The form of 2019 prescribes no unit: reports print 元, 万元 or nothing.
    raise NotAQuantity(f"“{quantity.text}” is an amount whose unit (元 or 万元) is printed nowhere")


def _yuan_in(unit: str) -> int:
    """How many yuan a printed unit is (千元 is 1,000); 0 for none and for other currencies."""
    if not unit or not set(unit[:-1]) <= set(_SCALES):
        return 0
    return prod(_SCALES[character] for character in unit[:-1])


# -- rows ----------------------------------------------------------------------------------------


def read_cells(
    row: TableRow,
    columns: Sequence[HeadColumn],
    keys: Sequence[FigureKey],
    placed: Placed,
    by: MatchedBy,
    result: TableReadings,
    row_label: str = "",
    units: Mapping[str, str] | None = None,
) -> None:
    """Read the cells of a row whose columns are known.

    keys: the figure of every column. by: how the row was found. row_label: as printed, for the
    evidence. units: column key -> the unit of money that the head prints over it.

    What stands in a cell merged over several columns or rows is `unreadable`, with a finding.
    """
    place_of_row = f"table {row.table}, row {row.number}, column "
    before = f"{row_label} × " if row_label else ""
    cells, found_by, shared, known = placed.cells, placed.by, placed.shared, result.readings
    for column, key in zip(columns, keys, strict=True):
        name = column.key
        cell = cells[name]
        text = cell.text
        how = weakest(by, found_by[name])
        evidence = before + (column.label or name)
        locator = place_of_row + name
        finding: Finding | None = None
        if (not cell.origin or name in shared) and text.strip():
            reading, finding = _merged(key, cell, how, evidence, locator)
        elif (
            (unit := unit_of(key[0])) == "count"
            and type(text) is str
            and (count := _whole_count(text)) is not None
        ):
            indicator, applicant = key
            reading = Observation(
                indicator,
                applicant or None,
                count.value,
                text,
                unit,
                count.status,
                count.qualifier,
                "table",
                how,
                evidence,
                locator,
            )
        else:
            in_head = units.get(name, "") if units else ""
            reading, finding = read_figure(key, cell, how, evidence, locator, in_head)
        if known.setdefault(key, reading) is not reading:
            result.add(reading)
        if finding is not None:
            result.findings.append(finding)


def _merged(
    key: FigureKey, cell: Cell, by: MatchedBy, evidence: str, locator: str
) -> tuple[Observation, Finding]:
    reading = unreadable(key, cell.text, by, evidence, locator)
    message = (
        f"{key[0]}: “{cell.text}” stands in a cell merged over several columns or rows, so whose "
        f"figure it is cannot be told ({locator})"
    )
    return reading, Finding("merged-cell", "warning", message, None, cell.text, key[0], evidence)


def leave_open(
    row: TableRow,
    columns: Sequence[HeadColumn],
    keys: Sequence[FigureKey],
    ways: Sequence[Way],
    result: TableReadings,
) -> None:
    """Keep a row whose figures do not say where they stand, for the identities to decide."""
    labels = [column.label or column.key for column in columns]
    result.open_rows.append(
        OpenRow(
            list(keys),
            row.figures_text(),
            list(ways),
            "position",
            row.shown_label(),
            labels,
            f"table {row.table}, row {row.number}",
        )
    )


def leave_unread(row: TableRow, keys: Iterable[FigureKey], result: TableReadings) -> None:
    """Call figures `unreadable` that a row may state, unless they are read elsewhere."""
    text, label = row.values_text(), row.shown_label()
    locator = f"table {row.table}, row {row.number}"
    for key in keys:
        if key not in result.readings:
            result.readings[key] = unreadable(key, text, "position", label, locator)


def report_undecided_row(
    row: TableRow, possible: Sequence[str], indicator: str | None, result: TableReadings
) -> None:
    """Add the finding on a row that may be any of several rows of the form."""
    message = (
        f"row {row.number} of table {row.table} (“{row.label_text() or 'no label'}”) may be any "
        f"of {', '.join(possible)}; none of them is read"
    )
    text = row.values_text()
    label = row.label_text()
    result.findings.append(
        Finding("undecided-row", "warning", message, None, text, indicator, label)
    )


def report_unknown_row(row: TableRow, table: str, result: TableReadings) -> None:
    """Add the finding on a row with figures whose label is not in the form's `table`."""
    message = (
        f"row label “{row.label_text()}” is not in the form's {table} (table {row.table}, row "
        f"{row.number}); add it to parsers/layouts/tables_*.csv, or to ignored_rows.csv with a "
        f"reason"
    )
    text = row.values_text()
    label = row.label_text()
    result.findings.append(Finding("unknown-row", "warning", message, None, text, None, label))
