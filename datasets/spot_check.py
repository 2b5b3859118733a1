"""Spot checks: draw figures at random, keep what a person says of them, give the error rate.

Figures are drawn in strata (layout, source, how they were found), so that rare ways of reading
are looked at too; the error rate weighs each stratum by its size. Verdicts live in a CSV file in
the data directory and outlast builds: one counts as long as the figure is still the one judged.
"""

from __future__ import annotations

import csv
import datetime as dt
import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow.dataset as ds

from datasets.passages import Passage, passage_of
from datasets.tables import read_arrow, read_rows

Verdict = Literal["right", "wrong", "unsure"]
Stratum = tuple[str, str, str]
FigureKey = tuple[str, int, str, str | None, str]

FILE_NAME = "spot-checks.csv"
_FIELDS = (
    "judged_at",
    "verdict",
    "office_id",
    "report_year",
    "indicator",
    "applicant",
    "source",
    "value",
    "status",
    "capture_id",
    "note",
)
# So many reports are looked into at most: the figures of a country need not be in memory.
_REPORTS_AT_MOST = 400
# 95 %, two-sided.
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure that was drawn: its row of `observations`, its report, and where it stands."""

    observation: dict[str, Any]
    report: dict[str, Any]
    passage: Passage

    @property
    def stratum(self) -> Stratum:
        """Layout, source, and how the figure was found."""
        return _stratum(self.observation, self.report)


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """The share of wrong figures, weighted by stratum, with a 95 % interval (Wilson's).

    strata: stratum -> (right, wrong). Figures that a person was unsure of count in neither.
    """

    right: int
    wrong: int
    unsure: int
    rate: float | None
    low: float | None
    high: float | None
    strata: dict[Stratum, tuple[int, int]]


def _stratum(observation: Mapping[str, Any], report: Mapping[str, Any]) -> Stratum:
    return (report["layout"] or "none", observation["source"], observation["matched_by"])


def figure_key(row: Mapping[str, Any]) -> FigureKey:
    """What names a figure in the dataset."""
    return (
        row["office_id"],
        int(row["report_year"]),
        row["indicator"],
        row["applicant"] or None,
        row["source"],
    )


def draw(data_dir: Path, n: int, seed: int, *, office: str | None = None) -> list[Drawn]:
    """Draw `n` figures at random: every stratum is drawn from, larger ones more often.

    The same dataset and seed give the same figures. Fewer come back when there are no more.

    Raises:
        datasets.tables.NoDataset: nothing was built yet.
    """
    chance = random.Random(seed)
    reports, figures = _some_figures(data_dir, chance, office)
    strata: dict[Stratum, list[dict[str, Any]]] = {}
    for one in figures:
        report = reports[(one["office_id"], one["report_year"])]
        strata.setdefault(_stratum(one, report), []).append(one)
    drawn: list[dict[str, Any]] = []
    for stratum, count in _allocation({key: len(rows) for key, rows in strata.items()}, n).items():
        drawn += chance.sample(strata[stratum], count)
    chance.shuffle(drawn)
    sections: dict[tuple[str, int], list[dict[str, Any]]] = {}
    result = []
    for one in drawn:
        key = (one["office_id"], one["report_year"])
        if key not in sections:
            where = (ds.field("office_id") == key[0]) & (ds.field("report_year") == key[1])
            sections[key] = read_rows(data_dir, "sections", where)
        result.append(Drawn(one, reports[key], passage_of(one, sections[key])))
    return result


def _some_figures(
    data_dir: Path, chance: random.Random, office: str | None
) -> tuple[dict[tuple[str, int], dict[str, Any]], list[dict[str, Any]]]:
    where = ds.field("status") == "parsed"
    if office is not None:
        where = where & (ds.field("office_id") == office)
    rows = read_rows(data_dir, "reports", where)
    if len(rows) > _REPORTS_AT_MOST:
        rows = chance.sample(rows, _REPORTS_AT_MOST)
    reports = {(row["office_id"], row["report_year"]): row for row in rows}
    offices = sorted({office_id for office_id, _ in reports})
    figures = read_rows(data_dir, "observations", ds.field("office_id").isin(offices))
    return reports, [one for one in figures if (one["office_id"], one["report_year"]) in reports]


def _allocation(sizes: Mapping[Stratum, int], n: int) -> dict[Stratum, int]:
    """How many to draw from each stratum: one at least, the rest in proportion to its size."""
    n = min(n, sum(sizes.values()))
    order = sorted(sizes, key=lambda key: (-sizes[key], key))
    counts = dict.fromkeys(order[:n], 1)
    while sum(counts.values()) < n:
        # The stratum that is furthest below its share is next (Webster's method).
        open_ones = [key for key in counts if counts[key] < sizes[key]]
        counts[max(open_ones, key=lambda key: sizes[key] / (2 * counts[key] + 1))] += 1
    return counts


def save_verdict(
    data_dir: Path, drawn: Drawn, verdict: Verdict, judged_at: dt.datetime, note: str = ""
) -> None:
    """Append a verdict to the file of verdicts."""
    path = data_dir / FILE_NAME
    is_new = not path.exists()
    one = drawn.observation
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, _FIELDS)
        if is_new:
            writer.writeheader()
        said: dict[str, Any] = {name: one.get(name) for name in _FIELDS if name in one}
        said |= {"judged_at": judged_at.isoformat(timespec="seconds"), "verdict": verdict}
        writer.writerow(said | {"note": note})


def read_verdicts(data_dir: Path) -> dict[FigureKey, dict[str, str]]:
    """The last verdict on each figure; none when there is no file."""
    path = data_dir / FILE_NAME
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {figure_key(row): row for row in csv.DictReader(file)}


def error_rate(data_dir: Path) -> ErrorRate:
    """The error rate by the verdicts that speak of figures as they still are.

    Raises:
        datasets.tables.NoDataset: nothing was built yet.
    """
    verdicts = read_verdicts(data_dir)
    reports = {
        (row["office_id"], row["report_year"]): row for row in read_rows(data_dir, "reports")
    }
    sizes = _stratum_sizes(data_dir, reports)
    judged: dict[Stratum, list[str]] = {}
    offices = sorted({key[0] for key in verdicts})
    rows = (
        read_rows(data_dir, "observations", ds.field("office_id").isin(offices)) if offices else []
    )
    for row in rows:
        verdict = verdicts.get(figure_key(row))
        if verdict is not None and _same_figure(row, verdict):
            report = reports[(row["office_id"], row["report_year"])]
            judged.setdefault(_stratum(row, report), []).append(verdict["verdict"])
    return _rate(judged, sizes)


def _same_figure(row: Mapping[str, Any], verdict: Mapping[str, str]) -> bool:
    value = float(verdict["value"]) if verdict["value"] else None
    return bool(row["value"] == value and row["status"] == verdict["status"])


def _stratum_sizes(
    data_dir: Path, reports: Mapping[tuple[str, int], Mapping[str, Any]]
) -> dict[Stratum, int]:
    names = ["office_id", "report_year", "source", "matched_by"]
    counted = (
        read_arrow(data_dir, "observations", columns=names)
        .group_by(names)
        .aggregate([([], "count_all")])
        .to_pylist()
    )
    sizes: dict[Stratum, int] = {}
    for row in counted:
        stratum = _stratum(row, reports[(row["office_id"], row["report_year"])])
        sizes[stratum] = sizes.get(stratum, 0) + row["count_all"]
    return sizes


def _rate(judged: Mapping[Stratum, Sequence[str]], sizes: Mapping[Stratum, int]) -> ErrorRate:
    told = [verdict for verdicts in judged.values() for verdict in verdicts]
    strata = {
        stratum: (verdicts.count("right"), verdicts.count("wrong"))
        for stratum, verdicts in sorted(judged.items())
    }
    decided = {stratum: sum(counts) for stratum, counts in strata.items() if sum(counts)}
    right, wrong, unsure = (told.count(one) for one in ("right", "wrong", "unsure"))
    if not decided:
        return ErrorRate(right, wrong, unsure, None, None, None, strata)
    whole = sum(sizes[stratum] for stratum in decided)
    weights = {stratum: sizes[stratum] / whole for stratum in decided}
    rate = sum(weights[one] * strata[one][1] / decided[one] for one in decided)
    # Kish's effective size: uneven weights make a sample worth less than its number.
    effective = 1 / sum(weights[one] ** 2 / decided[one] for one in decided)
    low, high = wilson(rate, effective)
    return ErrorRate(right, wrong, unsure, rate, low, high, strata)


def wilson(rate: float, n: float) -> tuple[float, float]:
    """Wilson's 95 % interval of a share `rate` seen in `n` trials."""
    base = 1 + _Z**2 / n
    middle = (rate + _Z**2 / (2 * n)) / base
    half = _Z * math.sqrt(rate * (1 - rate) / n + _Z**2 / (4 * n**2)) / base
    return max(0.0, middle - half), min(1.0, middle + half)


def not_yet_judged(data_dir: Path, drawn: Iterable[Drawn]) -> list[Drawn]:
    """Those of `drawn` on which there is no verdict that still holds."""
    verdicts = read_verdicts(data_dir)
    return [
        one
        for one in drawn
        if (said := verdicts.get(figure_key(one.observation))) is None
        or not _same_figure(one.observation, said)
    ]
