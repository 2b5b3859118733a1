"""What is true of a country, written beside its pages: every figure, every report year.

`truth/figures-*.parquet` has a row for each figure that a page states, as it is printed there;
`truth/reports-*.parquet` a row for each office and year. It reads nothing back.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.country.offices import Country
from benchmarks.country.reports import Plan, Written, plans
from benchmarks.country.sites import Site, site_of

# value: null where a blank is printed. qualifier: as the dataset names it.
FIGURES = pa.schema(
    [
        ("office_id", pa.string()),
        ("report_year", pa.int16()),
        ("indicator", pa.string()),
        ("applicant", pa.string()),
        ("source", pa.string()),
        ("status", pa.string()),
        ("value", pa.float64()),
        ("qualifier", pa.string()),
    ]
)
# status: as coverage names it. misprinted: the indicator that is printed wrongly, if any.
REPORTS = pa.schema(
    [
        ("office_id", pa.string()),
        ("report_year", pa.int16()),
        ("status", pa.string()),
        ("layout", pa.string()),
        ("published_on", pa.date32()),
        ("title", pa.string()),
        ("form", pa.string()),
        ("style", pa.string()),
        ("family", pa.string()),
        ("misprinted", pa.string()),
        ("is_changed", pa.bool_()),
        ("url", pa.string()),
    ]
)
_ROWS_AT_ONCE = 200_000


def write_truth(country: Country, folder: Path, bases: dict[int, str], visit: int = 1) -> None:
    """Write the truth of the offices with these numbers, served at these addresses."""
    with TruthWriter(folder, "served") as truth:
        for number, base in bases.items():
            office = country.office(number)
            planned = plans(office)
            truth.add_site(site_of(office, planned), planned, base, visit)


class TruthWriter:
    """Streams the truth of some offices into two Parquet files of `folder`; `part` names them."""

    def __init__(self, folder: Path, part: str):
        folder.mkdir(parents=True, exist_ok=True)
        self._tables = {
            name: (pq.ParquetWriter(folder / f"{name}-{part}.parquet", schema), schema)
            for name, schema in (("figures", FIGURES), ("reports", REPORTS))
        }
        self._figures: dict[str, list[Any]] = {name: [] for name in FIGURES.names}
        self._reports: list[dict[str, Any]] = []

    def __enter__(self) -> TruthWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        for writer, _schema in self._tables.values():
            writer.close()

    def add_site(self, site: Site, planned: Iterable[Plan], base: str, visit: int = 1) -> None:
        """Add an office's years as its site, served at `base`, shows them at a visit."""
        for plan in planned:
            path = site.paths.get(plan.year)
            self._add_plan(plan, base + path if path else None, visit)
            if plan.layout is not None:
                self._add_report(site.report(plan, visit))

    def _add_plan(self, plan: Plan, url: str | None, visit: int) -> None:
        self._reports.append(
            {
                "office_id": plan.office.id,
                "report_year": plan.year,
                # What is taken away later is still there at the first visit.
                "status": "parsed" if plan.fate == "removed" and not visit else plan.fate,
                "layout": plan.layout,
                "published_on": plan.published_on,
                "title": plan.title,
                "form": plan.form.name if plan.form else "narrative",
                "style": plan.style.name,
                "family": plan.office.family,
                "misprinted": plan.misprint[0] if plan.misprint else None,
                "is_changed": plan.is_changed,
                "url": url,
            }
        )

    def _add_report(self, written: Written) -> None:
        plan, figures = written.plan, self._figures
        before = len(figures["indicator"])
        if plan.form is not None:
            zero = plan.style.zero_states
            zero_value = None if zero == "blank" else 0.0
            figures["indicator"] += [indicator for indicator, _ in plan.form.keys]
            figures["applicant"] += [applicant for _, applicant in plan.form.keys]
            figures["status"] += ["reported" if value else zero for value in written.values]
            figures["value"] += [float(value) if value else zero_value for value in written.values]
            figures["source"] += ["table"] * len(plan.form.keys)
            figures["qualifier"] += ["exact"] * len(plan.form.keys)
        for told in written.told:
            figures["indicator"].append(told.indicator)
            figures["applicant"].append("")
            figures["status"].append(told.status)
            figures["value"].append(None if math.isnan(told.value) else told.value)
            figures["source"].append(told.source)
            figures["qualifier"].append(told.qualifier)
        count = len(figures["indicator"]) - before
        figures["office_id"] += [plan.office.id] * count
        figures["report_year"] += [plan.year] * count
        if len(figures["indicator"]) >= _ROWS_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        writer, schema = self._tables["figures"]
        writer.write_table(pa.table(self._figures, schema=schema))
        self._figures = {name: [] for name in schema.names}
        writer, schema = self._tables["reports"]
        writer.write_table(pa.Table.from_pylist(self._reports, schema=schema))
        self._reports = []
