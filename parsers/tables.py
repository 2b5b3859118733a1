"""Read the form's tables of one report: from rows to observations, findings and a layout.

The rooms of this step are `tablerows` (rows and their part), `applications`, `proactive` and
`disputes` (one table each) and `identities` (checks, and decisions between readings). No prose is
read here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from parsers.applications import read_applications
from parsers.disputes import read_disputes
from parsers.identities import check, decide
from parsers.proactive import read_proactive
from parsers.readings import TableReadings, table_of
from parsers.records import Finding, Observation
from parsers.tablerows import TableRow, vote_parts

_READERS = {
    "proactive": read_proactive,
    "applications": read_applications,
    "disputes": read_disputes,
}


@dataclass(frozen=True, slots=True)
class FormTables:
    """What the form's tables of one report say.

    parts: the parts of the form that were found. layout_votes: layout -> the printed words that
    speak for it, one entry a block.
    """

    observations: tuple[Observation, ...]
    findings: tuple[Finding, ...]
    layout_votes: dict[str, list[str]]
    parts: tuple[str, ...]


def read_tables(rows: Iterable[TableRow], findings: Iterable[Finding] = ()) -> FormTables:
    """Read the rows of all tables of one report, in page order.

    findings: what was found while the rows were taken from the page.
    """
    voted = vote_parts(rows)
    result = TableReadings()
    result.findings += findings
    parts = []
    for part, read in _READERS.items():
        own = [row for row in voted if row.part == part]
        if own:
            parts.append(part)
            before = _said(result)
            read(own, result)
            if _said(result) == before:
                result.findings.append(_without_figures(part, own[0].table))
    decide(result)
    check(result)
    headed = {f"table {row.table}": row.headed for row in voted if row.headed}
    if headed:
        result.findings += _of_another_year(result, headed)
    observations = tuple(result.readings.values())
    return FormTables(observations, tuple(result.findings), result.layout_votes, tuple(parts))


def _of_another_year(result: TableReadings, headed: Mapping[str, int]) -> list[Finding]:
    """A finding on every indicator that is read from a table under the heading of another year."""
    years = {
        reading.indicator: headed[table_of(reading)]
        for reading in result.readings.values()
        if table_of(reading) in headed
    }
    return [
        Finding(
            "other-year",
            "warning",
            f"{indicator} stands in a table that is headed with {year}, which is not the report's",
            None,
            str(year),
            indicator,
        )
        for indicator, year in years.items()
    ]


def _said(result: TableReadings) -> tuple[int, int, int]:
    return len(result.readings), len(result.open_rows), len(result.findings)


def _without_figures(part: str, table: int) -> Finding:
    """A table of which only the head survives: its figures are lost, or were no figures."""
    message = (
        f"the head of the form's table of {part} is on the page (table {table}), and no row below"
        " it that could be read"
    )
    return Finding("missing-table", "warning", message, indicator=part)
