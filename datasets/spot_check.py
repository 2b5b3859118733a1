"""Spot checks: draw figures at random beside their place, and give the error rate by the verdicts.

Figures are drawn in strata (layout, source, how they were found), so that rare ways of reading
are looked at too; the error rate weighs each stratum by its size. A verdict counts as long as the
figure is still the one judged. A figure that was corrected by hand says nothing of how pages are
read: it is neither drawn nor counted. This module asks nobody and keeps nothing.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from datasets.passages import Passage, Places
from datasets.selection import of_offices, select_offices, some_at_once
from datasets.tables import read_arrow, read_batches, read_rows
from datasets.verdicts import FigureKey, figure_key, read_verdicts, still_speaks_of

Stratum = tuple[str, str, str]
ReportKey = tuple[str, int]
_REPORT = ("office_id", "report_year")

# So many reports are looked into at most: the figures of a country need not be in memory.
_REPORTS_AT_MOST = 400
# What a person put in the place of what was read is left out.
_AS_READ = ~ds.field("correction").is_valid()
# 95 %, two-sided.
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure that was drawn: its row of `observations`, its report, and where it stands.

    stratum: layout, source, and how the figure was found.
    """

    observation: dict[str, Any]
    report: dict[str, Any]
    passage: Passage
    stratum: Stratum


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """The share of wrong figures, weighted by stratum, with a 95 % interval (Wilson's).

    strata: stratum -> (right, wrong). Figures that a person was unsure of count in neither.
    share: of all figures, those in strata of which one at least was told right or wrong: of the
        others the rate says nothing.
    """

    right: int
    wrong: int
    unsure: int
    rate: float | None
    low: float | None
    high: float | None
    strata: dict[Stratum, tuple[int, int]]
    share: float


def _stratum(observation: Mapping[str, Any], layouts: Mapping[ReportKey, str | None]) -> Stratum:
    return (
        layouts[_report(observation)] or "none",
        observation["source"],
        observation["matched_by"],
    )


def draw(data_dir: Path, n: int, seed: int, *, offices: Sequence[str] | None = None) -> list[Drawn]:
    """Draw `n` figures at random: every stratum is drawn from, larger ones more often.

    offices: only of these, sorted. The same dataset and seed give the same figures. Fewer come
    back when there are no more.

    Raises:
        datasets.tables.NoDataset: nothing was built yet.
    """
    chance = random.Random(seed)
    reports = _some_reports(data_dir, chance, offices)
    layouts = {key: row["layout"] for key, row in reports.items()}
    keys = pa.table(
        {
            "office_id": pa.array([office for office, _ in reports], pa.string()),
            "report_year": pa.array([year for _, year in reports], pa.int16()),
        }
    )
    strata: dict[Stratum, list[dict[str, Any]]] = {}
    for one in _rows_of(data_dir, "observations", keys, _AS_READ):
        strata.setdefault(_stratum(one, layouts), []).append(one)
    drawn: list[dict[str, Any]] = []
    for stratum, count in _allocation({key: len(rows) for key, rows in strata.items()}, n).items():
        drawn += chance.sample(strata[stratum], count)
    chance.shuffle(drawn)
    texts: dict[ReportKey, Places] = {}
    result = []
    for one in drawn:
        key = _report(one)
        if key not in texts:
            where = _of_report(*key)
            beside = read_rows(data_dir, "observations", where)
            texts[key] = Places(beside, read_rows(data_dir, "sections", where))
        result.append(Drawn(one, reports[key], texts[key].passage_of(one), _stratum(one, layouts)))
    return result


def _some_reports(
    data_dir: Path, chance: random.Random, offices: Sequence[str] | None
) -> dict[ReportKey, dict[str, Any]]:
    """Reports that were read, by office and year: all of them, or a random lot of very many."""
    parsed = ds.field("status") == "parsed"
    where = parsed if offices is None else parsed & of_offices(offices)
    keys = read_arrow(data_dir, "reports", where=where, columns=_REPORT)
    if keys.num_rows > _REPORTS_AT_MOST:
        keys = keys.take(sorted(chance.sample(range(keys.num_rows), _REPORTS_AT_MOST)))
    return {_report(row): row for row in _rows_of(data_dir, "reports", keys)}


def _rows_of(
    data_dir: Path, table: str, reports: pa.Table, only: ds.Expression | None = None
) -> Iterator[dict[str, Any]]:
    """The rows of `table` that are of these reports, in its order. reports: their keys."""
    offices = sorted(set(reports.column("office_id").to_pylist()))
    if not offices:
        return
    where = of_offices(offices) if only is None else of_offices(offices) & only
    for batch in read_batches(data_dir, table, where=where):
        found = pa.Table.from_batches([batch])
        numbered = found.append_column("number", pa.array(range(found.num_rows)))
        kept = numbered.join(reports, list(_REPORT), join_type="left semi")
        yield from kept.sort_by("number").drop_columns(["number"]).to_pylist()


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


def error_rate(data_dir: Path, *, offices: Sequence[str] | None = None) -> ErrorRate:
    """The error rate by the verdicts that speak of figures as they still are.

    offices: only of the figures of these offices, sorted.

    Raises:
        datasets.tables.NoDataset: nothing was built yet.
        datasets.verdicts.BrokenVerdicts: the file of verdicts cannot be read.
    """
    verdicts = {
        key: verdict
        for key, verdict in read_verdicts(data_dir).items()
        if offices is None or key[0] in offices
    }
    judged: dict[Stratum, list[str]] = {}
    judged_offices = sorted({key[0] for key in verdicts})
    layouts = _of_reports(data_dir, judged_offices, "layout")
    digests = _of_reports(data_dir, judged_offices, "content_digest")
    for row in _judged_figures(data_dir, verdicts):
        verdict = verdicts.get(figure_key(row))
        if verdict is not None and still_speaks_of(row, verdict, digests[_report(row)]):
            judged.setdefault(_stratum(row, layouts), []).append(verdict["verdict"])
    return _rate(judged, _stratum_sizes(data_dir, select_offices(data_dir, offices)))


def _of_reports(data_dir: Path, offices: Sequence[str], column: str) -> dict[ReportKey, str | None]:
    """A column of `reports`, of each report of these offices."""
    rows = read_rows(data_dir, "reports", of_offices(offices), [*_REPORT, column])
    return {_report(row): row[column] for row in rows}


def _report(row: Mapping[str, Any]) -> ReportKey:
    return (row["office_id"], row["report_year"])


def _judged_figures(data_dir: Path, verdicts: Iterable[FigureKey]) -> Iterator[dict[str, Any]]:
    """The rows of `observations` of the reports that verdicts speak of, report by report."""
    for office_id, year in sorted({(key[0], key[1]) for key in verdicts}):
        yield from read_rows(data_dir, "observations", _of_report(office_id, year) & _AS_READ)


def _of_report(office_id: str, year: int) -> ds.Expression:
    return (ds.field("office_id") == office_id) & (ds.field("report_year") == year)


def _stratum_sizes(data_dir: Path, offices: Sequence[str]) -> dict[Stratum, int]:
    names = [*_REPORT, "source", "matched_by"]
    sizes: dict[Stratum, int] = {}
    for some in some_at_once(offices):
        layouts = _of_reports(data_dir, some, "layout")
        where = of_offices(some) & _AS_READ
        for batch in read_batches(data_dir, "observations", where=where, columns=names):
            counted = pa.Table.from_batches([batch]).group_by(names).aggregate([([], "count_all")])
            for row in counted.to_pylist():
                stratum = _stratum(row, layouts)
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
        return ErrorRate(right, wrong, unsure, None, None, None, strata, 0.0)
    whole = sum(sizes[stratum] for stratum in decided)
    weights = {stratum: sizes[stratum] / whole for stratum in decided}
    rate = sum(weights[one] * strata[one][1] / decided[one] for one in decided)
    # Kish's effective size: uneven weights make a sample worth less than its number.
    effective = 1 / sum(weights[one] ** 2 / decided[one] for one in decided)
    low, high = wilson(rate, effective)
    share = whole / sum(sizes.values())
    return ErrorRate(right, wrong, unsure, rate, low, high, strata, share)


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
        or not still_speaks_of(one.observation, said, one.report["content_digest"])
    ]
