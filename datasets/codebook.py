"""The codebook: every indicator with its labels, unit, definition and comparability.

Rows for the tables `codebook` and `comparability`, from the registry. It reads no data.
"""

from __future__ import annotations

from typing import Any

from datasets.panel import TOTAL_RULE
from datasets.registry import (
    LAYOUT_PAIRS,
    LAYOUTS,
    PanelColumn,
    comparability,
    comparability_matrix,
    indicators,
    panel_columns,
)


def codebook_rows() -> list[dict[str, Any]]:
    """The rows of table `codebook`: indicators in the order of the form, then computed columns."""
    rows = []
    for one in indicators().values():
        row: dict[str, Any] = {
            "indicator": one.name,
            "part": one.part,
            "dimension": one.dimension or None,
            "row_type": one.row_type,
            "unit": one.unit,
            "definition": one.definition,
            "layouts": " ".join(one.layouts),
            "note": one.note or None,
        }
        row |= {_label_column(layout): one.labels.get(layout) for layout in LAYOUTS}
        rows.append(row | _compared(one.name))
    for column in panel_columns().values():
        if column.kind == "reported":
            continue
        row = {
            "indicator": column.name,
            "part": "panel",
            "dimension": None,
            "row_type": "computed",
            "unit": column.unit,
            "definition": f"{column.description}. {_how(column)}",
            "layouts": " ".join(column.expressions),
            "note": TOTAL_RULE if column.kind == "computed" else None,
        }
        # No form prints a computed figure; how it is made is in the definition.
        row |= dict.fromkeys(map(_label_column, LAYOUTS))
        rows.append(row | _compared(column.name))
    return rows


def comparability_rows() -> list[dict[str, Any]]:
    """The rows of table `comparability`, sorted by name and layouts."""
    return [
        {
            "name": one.name,
            "layout_from": one.layout_from,
            "layout_to": one.layout_to,
            "comparability": one.comparability,
            "reason": one.reason,
            "reason_zh": one.reason_zh,
            "notice": one.notice,
        }
        for one in comparability_matrix()
    ]


def _label_column(layout: str) -> str:
    return "label_zh_" + layout.replace("-", "_")


def _compared(name: str) -> dict[str, str]:
    row = {}
    for older, newer in LAYOUT_PAIRS:
        found = comparability(name, older, newer)
        column = f"{older}_to_{newer}".replace("-", "_")
        row[column] = found.comparability
        row[f"{column}_reason"] = found.reason
    return row


def _how(column: PanelColumn) -> str:
    return "; ".join(f"{layout}: {text}" for layout, text in column.expressions.items())
