"""One report out of the dataset: its row, its figures with their evidence, its findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

from datasets.registry import APPLICANTS, indicators
from datasets.selection import select_offices, some_names
from datasets.tables import read_rows


class NoReport(Exception):
    """There is no report of the year; the message says what coverage knows of it."""


class NoFigures(Exception):
    """The report has no figure of the indicator; the message says why."""


class WhichOffice(Exception):
    """The dataset holds several offices; the message names them."""


@dataclass(frozen=True, slots=True)
class ReportFigures:
    """A report's row of `reports`, rows of `observations` in the order of the form, `findings`."""

    report: dict[str, Any]
    observations: list[dict[str, Any]]
    findings: list[dict[str, Any]]


def only_office(data_dir: Path, office: str | None) -> str:
    """The office that is meant: the one named, else the only one in the dataset.

    Raises:
        WhichOffice: there are several; the message names them.
        datasets.selection.NoSuchOffice: it is not there.
        datasets.tables.NoDataset: nothing was built yet.
    """
    found = select_offices(data_dir, [office] if office is not None else None)
    if len(found) != 1:
        holds = f"{len(found)} offices" if office is None else f"{len(found)} offices like {office}"
        raise WhichOffice(
            f"The dataset in {data_dir} holds {holds}; name one: {some_names(found)}."
        )
    return found[0]


def report_figures(
    data_dir: Path, office_id: str, year: int, indicator: str | None = None
) -> ReportFigures:
    """The figures of one report; only those of `indicator`, a name, its beginning, or a part.

    Raises:
        NoReport, NoFigures: see there.
        datasets.tables.NoDataset: nothing was built yet.
    """
    where = (ds.field("office_id") == office_id) & (ds.field("report_year") == year)
    reports = read_rows(data_dir, "reports", where)
    if not reports:
        raise NoReport(absence(data_dir, office_id, year))
    report = reports[0]
    observations = read_rows(data_dir, "observations", where)
    findings = read_rows(data_dir, "findings", where)
    if indicator is not None:
        asked = {name for name in indicators() if _named_by(name, indicator)}
        observations = [one for one in observations if one["indicator"] in asked]
        findings = [one for one in findings if one["indicator"] in asked]
        if not observations:
            raise NoFigures(_no_figures(data_dir, report, indicator, asked))
    observations.sort(key=form_order)
    return ReportFigures(report, observations, findings)


@cache
def _places() -> dict[str | None, int]:
    return {name: place for place, name in enumerate((*indicators(), None, *APPLICANTS))}


def form_order(observation: Mapping[str, Any]) -> tuple[int, str, int]:
    """Where a row of `observations` stands in the order of the form: to sort those of a report."""
    places = _places()
    names = (observation["indicator"], observation["applicant"])
    indicator, applicant = (places.get(name, len(places)) for name in names)
    return indicator, observation["source"], applicant


def _named_by(name: str, asked: str) -> bool:
    return name == asked or name.startswith(f"{asked}.") or indicators()[name].part == asked


def absence(data_dir: Path, office_id: str, year: int) -> str:
    """One sentence with what coverage knows of a year without a report."""
    where = (ds.field("office_id") == office_id) & (ds.field("report_year") == year)
    covered = read_rows(data_dir, "coverage", where)
    if not covered:
        years = sorted(
            row["report_year"]
            for row in read_rows(data_dir, "coverage", ds.field("office_id") == office_id)
        )
        return (
            f"{office_id} {year}: no report, and none is expected; the years covered are "
            f"{years[0]} to {years[-1]}."
        )
    row = covered[0]
    return f"{office_id} {year}: no report ({row['status']}): {row['evidence']}."


def _no_figures(data_dir: Path, report: dict[str, Any], indicator: str, asked: set[str]) -> str:
    head = f"{report['office_id']} {report['report_year']}: "
    if not asked:
        return (
            f"{head}there is no indicator {indicator}; `gongkai codebook` lists them, "
            "and the beginning of a name (applications.refused) is enough."
        )
    if report["status"] != "parsed":
        where = (ds.field("office_id") == report["office_id"]) & (
            ds.field("report_year") == report["report_year"]
        )
        (covered,) = read_rows(data_dir, "coverage", where)
        status = report["status"].replace("_", " ")
        return f"{head}the report could not be read ({status}): {covered['evidence']}."
    layouts = sorted({layout for name in asked for layout in indicators()[name].layouts})
    if report["layout"] not in layouts:
        return (
            f"{head}{indicator} is not asked in {report['layout']}; it is asked in "
            f"{' and '.join(layouts)}."
        )
    return f"{head}the report states nothing of {indicator}."
