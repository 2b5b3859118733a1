"""The findings of a built dataset, and the words for every rule that can speak in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from datasets.registry import registry_rows
from datasets.selection import of_offices
from datasets.tables import read_batches

# What is listed of a finding: a dataset of an older schema has it too.
_SHOWN = ("office_id", "report_year", "rule", "severity", "message")


@dataclass(slots=True)
class Findings:
    """Findings of a dataset: all of them counted, the first of them listed.

    rows: of table `findings`, in its order. counts: (rule, severity) -> how many there are.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def severities(self) -> Counter[str]:
        """How many there are of each severity."""
        found: Counter[str] = Counter()
        for (_, severity), count in self.counts.items():
            found[severity] += count
        return found


def read_findings(
    data_dir: Path,
    *,
    offices: Sequence[str] | None = None,
    year: int | None = None,
    rule: str | None = None,
    most: int | None = None,
) -> Findings:
    """The findings of offices (None for all), a report year or a rule, without their evidence.

    most: how many rows to give; the others are only counted, so that memory does not grow.

    Raises:
        datasets.tables.NoDataset: nothing was built yet.
    """
    where: ds.Expression | None = None
    for name, wanted in (("report_year", year), ("rule", rule)):
        if wanted is not None:
            one = ds.field(name) == wanted
            where = one if where is None else where & one
    if offices is not None:
        where = of_offices(offices) if where is None else where & of_offices(offices)
    found = Findings()
    for batch in read_batches(data_dir, "findings", where=where, columns=_SHOWN):
        room = batch.num_rows if most is None else max(0, most - len(found.rows))
        found.rows += batch.slice(0, room).to_pylist()
        counted = pa.Table.from_batches([batch]).group_by(["rule", "severity"])
        for row in counted.aggregate([([], "count_all")]).to_pylist():
            found.counts[row["rule"], row["severity"]] += row["count_all"]
    return found


def described_rules() -> list[dict[str, str]]:
    """Every rule with its severity and words: those of the checks, the build and the parser."""
    return [*registry_rows("rules.csv"), *registry_rows("other_rules.csv")]
