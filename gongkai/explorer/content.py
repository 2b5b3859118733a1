"""What the explorer shows: coverage, series with their breaks, figures with their evidence.

Gathers rows of the published tables into plain dictionaries; it computes no figure.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

from datasets.comparison import YearComparison, year_by_year
from datasets.findings import described_rules
from datasets.one_report import form_order
from datasets.passages import Places
from datasets.registry import APPLICANTS, indicators, indicators_of, panel_columns
from datasets.tables import read_rows

APPLICANT_LABELS = {
    "natural_person": ("自然人", "natural persons"),
    "business": ("商业企业", "businesses"),
    "research": ("科研机构", "research institutions"),
    "public_interest": ("社会公益组织", "public interest organisations"),
    "legal_service": ("法律服务机构", "legal service institutions"),
    "other_organisation": ("其他", "other organisations"),
    "total": ("总计", "total"),
}
# The columns of an observation that the page shows or looks a figure up by.
_FIGURE_COLUMNS = (
    "report_year",
    "indicator",
    "applicant",
    "source",
    "value",
    "value_text",
    "unit",
    "status",
    "qualifier",
    "matched_by",
    "evidence",
    "locator",
    "capture_id",
)
# The place of a figure in the report's text, beside its columns.
_PASSAGE = "passage"
_CAPTURE_COLUMNS = ("url", "fetched_at", "warc_file", "warc_offset", "origin")
_FINDING_COLUMNS = (
    "report_year",
    "rule",
    "severity",
    "message",
    "expected",
    "actual",
    "indicator",
    "evidence",
)


def explorer_content(data_dir: Path, offices: Sequence[str]) -> dict[str, Any]:
    """Everything the page needs about `offices`, ready for JSON.

    Raises:
        datasets.tables.NoDataset: nothing was built yet.
    """
    return {
        "offices": [_office(data_dir, office) for office in offices],
        "indicators": {
            name: {"zh": one.label_zh, "en": one.definition, "labels": one.labels}
            for name, one in indicators().items()
        },
        "rules": {one["rule"]: one["words_zh"] for one in described_rules()},
        "applicants": {name: APPLICANT_LABELS[name] for name in APPLICANTS},
        "figure_columns": [*_FIGURE_COLUMNS, _PASSAGE],
    }


def _office(data_dir: Path, office: str) -> dict[str, Any]:
    of_office = ds.field("office_id") == office
    comparison = year_by_year(data_dir, office)
    observations = read_rows(data_dir, "observations", of_office)
    observations.sort(key=lambda row: (-row["report_year"], *form_order(row)))
    covered = read_rows(data_dir, "coverage", of_office)
    addresses = {row["report_year"]: row["source_url"] for row in covered}
    used = {row["capture_id"] for row in observations}
    passages, places = _passages(observations, read_rows(data_dir, "sections", of_office))
    return {
        "id": office,
        "name": comparison.office_name or office,
        "years": [
            {
                "year": head.year,
                "status": head.status,
                "layout": head.layout,
                "evidence": head.evidence,
                "evidence_zh": head.evidence_zh,
                "url": addresses[head.year],
            }
            for head in comparison.years
        ],
        "series": _series(comparison),
        "figures": [
            [*(row[name] for name in _FIGURE_COLUMNS), place]
            for row, place in zip(observations, places, strict=True)
        ],
        "passages": passages,
        "captures": _captures(data_dir, of_office, used),
        "findings": [
            {name: row[name] for name in _FINDING_COLUMNS}
            for row in read_rows(data_dir, "findings", of_office)
        ],
    }


def _passages(
    observations: list[dict[str, Any]], sections: list[dict[str, Any]]
) -> tuple[list[list[str]], list[int]]:
    """The passages in which figures stand, and for each figure the number of its own.

    A passage is heading, words above, the marked words, words below. The figures of one row of a
    table share one.
    """
    places = {
        year: Places(
            [row for row in observations if row["report_year"] == year],
            [row for row in sections if row["report_year"] == year],
        )
        for year in {row["report_year"] for row in observations}
    }
    numbers: dict[tuple[str, str, str, str], int] = {}
    own = []
    for row in observations:
        found = places[row["report_year"]].passage_of(row)
        words = (found.heading, found.above, found.marked, found.below)
        own.append(numbers.setdefault(words, len(numbers)))
    return [list(words) for words in numbers], own


def _series(comparison: YearComparison) -> list[dict[str, Any]]:
    return [
        {
            "column": line.column,
            "en": line.label_en,
            "zh": line.label_zh,
            "unit": line.unit,
            "kind": panel_columns()[line.column].kind,
            "parts": indicators_of(line.column),
            "cells": [
                {
                    "value": cell.value,
                    "status": cell.status,
                    "qualifier": cell.qualifier,
                    "source": cell.source,
                    "break": cell.series_break,
                    "reason": cell.reason,
                    "reason_zh": cell.reason_zh,
                }
                for cell in line.cells
            ],
        }
        for line in comparison.lines
        if line.has_figures
    ]


def _captures(data_dir: Path, of_office: ds.Expression, used: set[str]) -> dict[str, Any]:
    """Where each payload was first fetched, by its digest."""
    found: dict[str, Any] = {}
    rows = read_rows(data_dir, "captures", of_office)
    for row in sorted(rows, key=lambda row: (row["fetched_at"], row["url"])):
        if row["capture_id"] in used and row["capture_id"] not in found:
            found[row["capture_id"]] = {name: _plain(row[name]) for name in _CAPTURE_COLUMNS}
    return found


def _plain(value: Any) -> Any:
    return value.isoformat(sep=" ", timespec="seconds") if isinstance(value, dt.datetime) else value
