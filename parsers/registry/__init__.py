"""The registry: every indicator, section and layout label, as tables that a person can read.

`indicators.csv` and `sections.csv` stand in this folder, the national forms in `parsers/layouts/`.
Everything else that knows an indicator's name, unit or label reads it from here.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

APPLICANTS = (
    "natural_person",
    "business",
    "research",
    "public_interest",
    "legal_service",
    "other_organisation",
    "total",
)
LAYOUTS = ("narrative-2008", "tables-2019", "tables-2021")


@dataclass(frozen=True, slots=True)
class Indicator:
    """One row of `indicators.csv`.

    part: `applications`, `proactive`, `disputes` or `narrative`. unit: `count` or `CNY_10k`.
    layouts: the layouts that ask for it. row_type: `reported` or `total`.
    """

    part: str
    name: str
    dimension: str
    label_zh: str
    definition_en: str
    unit: str
    layouts: tuple[str, ...]
    row_type: str
    note: str


def read_table(package: str, name: str) -> list[dict[str, str]]:
    """The rows of a CSV table that ships with `package`, comment lines (#) left out."""
    text = files(package).joinpath(name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return [dict(row) for row in csv.DictReader(lines)]


@cache
def indicators() -> tuple[Indicator, ...]:
    """Every indicator, in the order of the form; table and narrative rows apart."""
    return tuple(
        Indicator(
            part=row["part"],
            name=row["indicator"],
            dimension=row["dimension"],
            label_zh=row["label_zh"],
            definition_en=row["definition_en"],
            unit=row["unit"],
            layouts=tuple(row["layouts"].split()),
            row_type=row["row_type"],
            note=row["note"] or "",
        )
        for row in read_table("parsers.registry", "indicators.csv")
    )


@cache
def unit_of(indicator: str) -> str:
    """The unit of measure of an indicator.

    Raises:
        KeyError: no such indicator in `indicators.csv`.
    """
    for row in indicators():
        if row.name == indicator:
            return row.unit
    raise KeyError(f"{indicator} is not in parsers/registry/indicators.csv")


@cache
def section_codes() -> tuple[str, ...]:
    """The canonical section codes, in the order of `sections.csv`."""
    return tuple(row["section"] for row in read_table("parsers.registry", "sections.csv"))
