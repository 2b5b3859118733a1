"""The findings of a built dataset, and the words for every rule that can speak in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

from datasets.registry import registry_rows
from datasets.tables import read_rows


def read_findings(
    data_dir: Path,
    *,
    office: str | None = None,
    year: int | None = None,
    rule: str | None = None,
) -> list[dict[str, Any]]:
    """Rows of table `findings`, only those of an office, a report year or a rule.

    Raises:
        datasets.tables.NoDataset: nothing was built yet.
    """
    where: ds.Expression | None = None
    for name, wanted in (("office_id", office), ("report_year", year), ("rule", rule)):
        if wanted is not None:
            one = ds.field(name) == wanted
            where = one if where is None else where & one
    return read_rows(data_dir, "findings", where)


def described_rules() -> list[dict[str, str]]:
    """Every rule with its severity and words: those of the checks, the build and the parser."""
    return [*registry_rows("rules.csv"), *registry_rows("other_rules.csv")]
