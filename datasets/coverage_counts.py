"""How many offices have which status in each year, for a dataset that is too large for a grid.

Counts rows of the published table `coverage`; what a status rests on is not judged here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from datasets.selection import of_offices
from datasets.tables import read_batches


def coverage_counts(
    data_dir: Path, offices: Sequence[str] | None = None
) -> Counter[tuple[int, str]]:
    """(report year, status) -> how many offices. offices: sorted ids; None for all.

    Raises:
        datasets.tables.NoDataset: nothing was built yet.
    """
    where = of_offices(offices) if offices is not None else None
    counted: Counter[tuple[int, str]] = Counter()
    for batch in read_batches(data_dir, "coverage", where=where, columns=["report_year", "status"]):
        rows = pa.Table.from_batches([batch]).group_by(["report_year", "status"])
        for row in rows.aggregate([([], "count_all")]).to_pylist():
            counted[row["report_year"], row["status"]] += row["count_all"]
    return counted
