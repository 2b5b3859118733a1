"""The codebook: every indicator with its labels, unit, definition and comparability.

Rows for the tables `codebook` and `comparability`, and the data dictionary as Markdown; all from
the registry. It reads no data.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datasets.findings import described_rules
from datasets.panel import TOTAL_RULE
from datasets.registry import (
    LAYOUT_PAIRS,
    LAYOUTS,
    Column,
    PanelColumn,
    columns,
    comparability,
    comparability_matrix,
    indicators,
    panel_columns,
    tables,
)
from datasets.schemas import SCHEMA_VERSION


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
        row |= {_label_column(layout): column.expressions.get(layout) for layout in LAYOUTS}
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


def data_dictionary() -> str:
    """The data dictionary as Markdown: tables, columns, indicators, breaks."""
    return "\n".join(_dictionary()) + "\n"


def _dictionary() -> Iterator[str]:
    yield "# Data dictionary"
    yield ""
    yield "Made from the registry by `gongkai codebook --write`; a test fails when it is stale."
    yield f"Schema version {SCHEMA_VERSION}."
    yield ""
    yield "A `?` after a type says that the column may be null; **bold** columns are the key."
    for table, description in tables().items():
        yield ""
        yield f"## `{table}`"
        yield ""
        yield description
        yield ""
        yield "| column | type | unit | meaning |"
        yield "|---|---|---|---|"
        for column in columns(table):
            if table == "panel" and _is_harmonised(column):
                continue
            yield _column_line(column)
        if table == "panel":
            yield from _panel_lines()
    yield from _indicator_lines()
    yield from _break_lines()
    yield from _rule_lines()


def _is_harmonised(column: Column) -> bool:
    return column.name.split("__")[0] in panel_columns()


def _column_line(column: Column) -> str:
    name = f"**`{column.name}`**" if column.key else f"`{column.name}`"
    listed = ", ".join(f"`{value}`" for value in column.values)
    meaning = _cell(column.description) + (f". One of: {listed}" if listed else "")
    optional = "?" if column.nullable else ""
    return f"| {name} | {column.type}{optional} | {column.unit} | {meaning}. |"


def _panel_lines() -> Iterator[str]:
    yield ""
    yield "Harmonised columns (float64?), each with companions:"
    yield ""
    first = next(one.name for one in panel_columns().values() if one.kind != "rate")
    for column in columns("panel"):
        if column.name.startswith(f"{first}__"):
            suffix = column.name.removeprefix(first)
            values = ", ".join(f"`{value}`" for value in column.values)
            text = column.description.replace(first, "the figure")
            yield f"- `{suffix}`: {text}. One of: {values}."
    yield ""
    yield f"Computed totals: {TOTAL_RULE}"
    yield ""
    yield "| column | 中文 | unit | kind | " + " | ".join(LAYOUTS) + " |"
    yield "|---|---|---|---|" + "---|" * len(LAYOUTS)
    for one in panel_columns().values():
        sources = " | ".join(_code(one.expressions.get(layout)) for layout in LAYOUTS)
        words = f"`{one.name}`: {_cell(one.description)}"
        yield f"| {words} | {one.label_zh} | {one.unit} | {one.kind} | {sources} |"


def _code(text: str | None) -> str:
    return f"`{text}`" if text else "not asked"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _indicator_lines() -> Iterator[str]:
    yield ""
    yield "## Indicators"
    part = ""
    for one in indicators().values():
        if one.part != part:
            part = one.part
            yield ""
            yield f"### {part}"
            yield ""
            yield "| indicator | label as printed | meaning | unit | asked in |"
            yield "|---|---|---|---|---|"
        note = f" ({one.note})" if one.note else ""
        broken = " by applicant" if one.dimension else ""
        yield (
            f"| `{one.name}` | {_cell(one.label_zh)} | {_cell(one.definition)}{_cell(note)} | "
            f"{one.unit}{broken} | {', '.join(one.layouts)} |"
        )


def _break_lines() -> Iterator[str]:
    yield ""
    yield "## Where series break"
    yield ""
    yield (
        "Every indicator and harmonised column that is renamed or redefined between two layouts, "
        "or taken over by another; all other pairs are `same`, or `not_asked` in one of the two."
    )
    yield ""
    yield "| name | from | to | | why | notice |"
    yield "|---|---|---|---|---|---|"
    for one in comparability_matrix():
        if one.comparability in ("renamed", "redefined") or one.notice:
            yield (
                f"| `{one.name}` | {one.layout_from} | {one.layout_to} | {one.comparability} | "
                f"{_cell(one.reason)} | {one.notice or ''} |"
            )


def _rule_lines() -> Iterator[str]:
    yield ""
    yield "## Rules"
    yield ""
    yield "Every rule that can speak in `findings`. No figure is altered by one."
    yield ""
    yield "| rule | severity | what it says | rests on |"
    yield "|---|---|---|---|"
    for one in described_rules():
        cells = (f"`{one['rule']}`", one["severity"], _cell(one["words"]), _cell(one["source"]))
        yield f"| {' | '.join(cells)} |"
