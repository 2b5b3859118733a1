"""From a point of a series to the figures it is read or made from, with their words and pages.

Reads the published tables; it computes no figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

from datasets.comparison import check_column, form_of
from datasets.one_report import form_order
from datasets.registry import indicators_of
from datasets.tables import read_rows

Row = dict[str, Any]


def words_behind(data_dir: Path, office_id: str, column: str) -> list[Row]:
    """The rows of `observations` behind a harmonised column, by year, each with its page.

    Of an indicator asked by applicant the total, or where it has no figure the applicants that are
    added up. Each row has besides `url` and `fetched_at` of the capture it was read from.

    Raises:
        KeyError: the panel has no such column; the message names similar ones.
        datasets.tables.NoDataset: nothing was built yet.
    """
    check_column(column)
    of_office = ds.field("office_id") == office_id
    made_of = indicators_of(column)
    stated: dict[int, list[Row]] = {}
    every = sorted({name for names in made_of.values() for name in names})
    where = of_office & ds.field("indicator").isin(every)
    for row in read_rows(data_dir, "observations", where):
        stated.setdefault(row["report_year"], []).append(row)
    pages = _pages(data_dir, of_office)
    found = []
    for report in read_rows(data_dir, "panel", of_office):
        here = stated.get(report["report_year"], [])
        # A report that mixes forms may state the figure as another form asks it.
        for names in (made_of.get(str(form_of(report, column)), ()), every):
            rows = list(_counted(here, names))
            if rows:
                break
        found += [row | pages.get(row["capture_id"], {}) for row in sorted(rows, key=form_order)]
    return found


def _counted(stated: Sequence[Row], names: Sequence[str]) -> Iterator[Row]:
    """Of each indicator the total, or the applicants where the total has no figure."""
    for name in dict.fromkeys(names):
        rows = [row for row in stated if row["indicator"] == name]
        totals = [row for row in rows if row["applicant"] in (None, "total")]
        yield from totals if any(row["value"] is not None for row in totals) else rows


def _pages(data_dir: Path, of_office: ds.Expression) -> Mapping[str, Row]:
    """Where each payload was first fetched, by its digest."""
    names = ["capture_id", "url", "fetched_at"]
    rows = read_rows(data_dir, "captures", of_office, names)
    rows.sort(key=lambda row: (row["fetched_at"], row["url"]), reverse=True)
    return {row["capture_id"]: {name: row[name] for name in names[1:]} for row in rows}
