"""By when a report has to be published: for the checks, and for whoever looks at the days.

The Regulations are told here once. Nothing is judged, and no date is read from a page.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow.dataset as ds

from datasets.tables import read_rows

# The first report under the Regulations as revised in 2019.
_REVISED = 2019


def deadline(report_year: int, kind: str | None, printed_name: str | None) -> dt.date:
    """The last day on which the report of `report_year` is to be published.

    kind: of the office, as table `offices` has it; None when nothing describes the office.
    printed_name: of the office in its report: what tells a government where `kind` does not.

    31 March until the report for 2018 (Article 31 of the Regulations of 2007). Since then (Article
    49 of those of 2019) 31 January for departments; the report of a government (本级政府) is
    published by the authority in charge of disclosure, by 31 March. Of an office of which nobody
    knows what it is, the later day is said.
    """
    if kind is None:
        governs = printed_name is None or printed_name.endswith("政府")
    else:
        governs = kind == "government"
    early = report_year >= _REVISED and not governs
    return dt.date(report_year + 1, 1, 31) if early else dt.date(report_year + 1, 3, 31)


def deadlines(data_dir: Path, office_id: str) -> dict[int, dt.date]:
    """The deadline of every year of one office that coverage knows, by year.

    Raises:
        datasets.tables.NoDataset: nothing was built yet.
    """
    where = ds.field("office_id") == office_id
    kinds = [row["kind"] for row in read_rows(data_dir, "offices", where, ["kind"])]
    reports = read_rows(data_dir, "reports", where, ["report_year", "office_name"])
    names = {row["report_year"]: row["office_name"] for row in reports}
    # A year without a report is that of the same office as the others.
    printed = next((names[year] for year in sorted(names, reverse=True) if names[year]), None)
    return {
        row["report_year"]: deadline(
            row["report_year"],
            kinds[0] if kinds else None,
            names.get(row["report_year"]) or printed,
        )
        for row in read_rows(data_dir, "coverage", where, ["report_year"])
    }
