"""The data dictionary: tables, columns, layouts, indicators, breaks and rules, as Markdown.

All of it comes from the registry; it reads no data.
"""

from __future__ import annotations

from collections.abc import Iterator

from datasets.findings import described_rules
from datasets.panel import TOTAL_RULE
from datasets.registry import (
    LAYOUTS,
    Column,
    Indicator,
    columns,
    comparability_matrix,
    indicators,
    panel_columns,
    registry_rows,
    tables,
)
from datasets.schemas import SCHEMA_VERSION


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
    yield ""
    yield from _question_lines()
    yield from _layout_lines()
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


_QUESTIONS = (
    (
        "How many applications did an office receive in each year?",
        "`panel`: `applications_received`; where it is null, `applications_received__status` says "
        "why. An expected year without a report has no row there",
    ),
    (
        "Which years are missing, and why?",
        "`coverage`: `status`, and in words `evidence` (in Chinese `evidence_zh`)",
    ),
    (
        "May a figure be set beside that of another year?",
        "`panel`: the companion `__vs_previous`; for any two layouts table `comparability`, and "
        "[below](#where-series-break) with the reason and the notice that changed it; `__form` of "
        "the two rows says which two layouts they are",
    ),
    (
        "Is an empty cell a zero?",
        "No: it is null, and its `status` is `blank`. A zero is one that the report states, in a "
        "figure (`reported`) or in words (`reported_none`)",
    ),
    (
        "Who asked, and what became of it?",
        "`observations`: `indicator` by `applicant`; `total` is a row of its own",
    ),
    (
        "Where on which page does a figure stand?",
        "`observations`: `evidence` and `locator`; `capture_id` leads to address, day and archive "
        "in `captures`",
    ),
    (
        "How certain is a figure?",
        "`observations`: `matched_by` (label, similar label, position) and `qualifier` (at least, "
        "about); `findings` says what does not add up",
    ),
)


def _question_lines() -> Iterator[str]:
    yield "| question | where the answer is |"
    yield "|---|---|"
    for question, place in _QUESTIONS:
        yield f"| {question} | {place}. |"


def _layout_lines() -> Iterator[str]:
    yield ""
    yield "## Layouts"
    yield ""
    yield "The form that a report follows is told by what it prints, never by its year alone:"
    yield "offices adopt a form late, and mix forms. `layout_reason` has the words that told it."
    yield ""
    yield "| layout | what it is |"
    yield "|---|---|"
    for row in registry_rows("layouts.csv"):
        yield f"| `{row['layout']}` | {_cell(row['description'])} |"


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
    yield ""
    yield "Under each layout stands the label that it prints, or the wording of its prose, when it"
    yield "asks the indicator; ‖ parts the places in which it does, and ″ is the label of the"
    yield "column before. An indicator that a layout does not ask (—) has no row in its reports."
    part = ""
    for one in indicators().values():
        if one.part != part:
            part = one.part
            yield ""
            yield f"### {part}"
            yield ""
            yield "| indicator | meaning | unit | " + " | ".join(LAYOUTS) + " |"
            yield "|---|---|---|" + "---|" * len(LAYOUTS)
        note = f" ({one.note})" if one.note else ""
        broken = " by applicant" if one.dimension else ""
        about = f"{_cell(one.definition)}{_cell(note)} | {one.unit}{broken}"
        yield f"| `{one.name}` | {about} | {' | '.join(_labels(one))} |"


def _labels(indicator: Indicator) -> Iterator[str]:
    """Of each layout the label; a mark where it is that of the layout before, or there is none."""
    before = None
    for layout in LAYOUTS:
        label = indicator.labels.get(layout)
        yield "—" if label is None else "″" if label == before else _cell(label)
        before = label


def _break_lines() -> Iterator[str]:
    yield ""
    yield "## Where series break"
    yield ""
    yield (
        "Every indicator and harmonised column that is renamed or redefined between two layouts, "
        "or taken over by another; all other pairs are `same`, or `not_asked` in one of the two "
        "(the table `comparability` names the notice with which they came or went)."
    )
    yield ""
    yield "| name | from | to | | why | notice |"
    yield "|---|---|---|---|---|---|"
    for one in comparability_matrix():
        told = one.notice and not one.reason.startswith("not asked in")
        if one.comparability in ("renamed", "redefined") or told:
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
    yield "| rule | severity | what it says | 中文 | rests on |"
    yield "|---|---|---|---|---|"
    for one in described_rules():
        words = (_cell(one[name]) for name in ("words", "words_zh", "source"))
        cells = (f"`{one['rule']}`", one["severity"], *words)
        yield f"| {' | '.join(cells)} |"
