"""The one registry: which indicators there are, which tables and columns, and what they mean.

The Arrow schemas, the codebook, the data dictionary, the availability matrix and the checks all
come from the tables read here; nothing is described a second time in code. This module never
opens the archive or the dataset.

- `parsers/registry/indicators.csv`: indicators, their printed labels, the layouts that ask them;
- `tables.csv`, `columns.csv` beside this module: the tables of the dataset and their columns;
- `panel.csv`: the harmonised columns of the panel, with the expression that fills them per layout;
- `comparability.csv`: where a series is renamed or redefined from one layout to another, and why.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from itertools import combinations

from parsers.registry import APPLICANTS, LAYOUTS

# Pairs of layouts are always named in this order, from the older to the newer.
LAYOUT_PAIRS: tuple[tuple[str, str], ...] = tuple(combinations(LAYOUTS, 2))


__all__ = [
    "APPLICANTS",
    "LAYOUTS",
    "LAYOUT_PAIRS",
    "Column",
    "Comparability",
    "Indicator",
    "PanelColumn",
    "RegistryError",
    "columns",
    "comparability",
    "comparability_matrix",
    "expression_parts",
    "files_of",
    "indicators",
    "indicators_of",
    "panel_columns",
    "partition_column",
    "rate_parts",
    "registry_rows",
    "tables",
]


class RegistryError(ValueError):
    """A table of the registry contradicts itself; the message names the file and the row."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator, whatever the number of places in which the form asks it.

    labels: layout -> the label (or the wording of the prose) as printed, of each layout that
        asks it; several places are joined by " ‖ ".
    dimension: `applicant` for the rows of the applications table, else "".
    row_type: `reported` (a figure of the form) or `total` (a total the form prints).
    """

    name: str
    part: str
    dimension: str
    labels: dict[str, str]
    definition: str
    unit: str
    row_type: str
    note: str

    @property
    def layouts(self) -> tuple[str, ...]:
        """The layouts that ask it, oldest first."""
        return tuple(layout for layout in LAYOUTS if layout in self.labels)

    @property
    def label_zh(self) -> str:
        """The newest printed label."""
        return self.labels[self.layouts[-1]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its name, type and meaning. `values` lists what it may hold."""

    table: str
    name: str
    type: str
    nullable: bool
    key: bool
    unit: str
    values: tuple[str, ...]
    description: str


@dataclass(frozen=True, slots=True)
class PanelColumn:
    """A harmonised column of the panel.

    kind: `reported`, `computed` (a total made here) or `rate` (a share of two other columns).
    expressions: layout -> what fills it; a layout that does not ask it has none. An expression is
        an indicator, a sum (`a + b`, or `prefix.*` for every indicator of that prefix which the
        layout asks), or for a rate `(a + b) / c` over columns of the panel.
    """

    name: str
    kind: str
    unit: str
    expressions: dict[str, str]
    label_zh: str
    label_en: str
    description: str


@dataclass(frozen=True, slots=True)
class Comparability:
    """Whether figures of one name may be set side by side across two layouts, and why.

    reason, reason_zh: the same in English and in Chinese.
    """

    name: str
    layout_from: str
    layout_to: str
    comparability: str
    reason: str
    reason_zh: str
    notice: str | None


def registry_rows(name: str) -> list[dict[str, str]]:
    """The rows of a table beside this module; empty cells are ""."""
    return _rows("datasets", name)


def _rows(package: str, name: str) -> list[dict[str, str]]:
    text = resources.files(package).joinpath("registry", name).read_text("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


@cache
def indicators() -> dict[str, Indicator]:
    """Every indicator by name, in the order of `parsers/registry/indicators.csv`.

    An indicator that the form asks in two places (applications received, in the table and in the
    prose) is one indicator: its labels are those of each place.
    """
    found: dict[str, Indicator] = {}
    for row in _rows("parsers", "indicators.csv"):
        name, layouts = row["indicator"], row["layouts"].split()
        unknown = set(layouts) - set(LAYOUTS)
        if unknown:
            raise RegistryError(f"indicators.csv: {name}: no such layout: {', '.join(unknown)}")
        before = found.get(name)
        if before is None:
            labels = dict.fromkeys(layouts, row["label_zh"])
            found[name] = Indicator(
                name=name,
                part=row["part"],
                dimension=row["dimension"],
                labels=labels,
                definition=row["definition_en"],
                unit=row["unit"],
                row_type=row["row_type"],
                note=row["note"],
            )
            continue
        if before.unit != row["unit"]:
            raise RegistryError(f"indicators.csv: {name} has two units")
        for layout in layouts:
            said = before.labels.get(layout)
            before.labels[layout] = f"{said} ‖ {row['label_zh']}" if said else row["label_zh"]
    return found


@cache
def tables() -> dict[str, str]:
    """The tables of the dataset and what each holds, in the order in which they are written."""
    return {row["table"]: row["description"] for row in _rows("datasets", "tables.csv")}


@cache
def _files() -> dict[str, str]:
    return {row["table"]: row["files"] for row in _rows("datasets", "tables.csv")}


def files_of(table: str) -> str:
    """In which files `table` stands when the dataset is large.

    `report_year`: in a folder a report year; `office`: in files of one folder, each with a run of
    offices; `one`: in one file; `registry`: in one file that is made from the registry alone.
    """
    return _files()[table]


def partition_column(table: str) -> str | None:
    """The column that a partitioned `table` has in the names of its folders, None without one."""
    return "report_year" if files_of(table) == "report_year" else None


@cache
def panel_columns() -> dict[str, PanelColumn]:
    """The harmonised columns of the panel by name."""
    return {
        row["column"]: PanelColumn(
            name=row["column"],
            kind=row["kind"],
            unit=row["unit"],
            expressions={layout: row[layout] for layout in LAYOUTS if row[layout]},
            label_zh=row["label_zh"],
            label_en=row["label_en"],
            description=row["description"],
        )
        for row in _rows("datasets", "panel.csv")
    }


def rate_parts(expression: str) -> tuple[list[str], str]:
    """The columns of a rate `(a + b) / c`: those above the line, and the one below it."""
    above, _, below = expression.partition("/")
    return [name.strip(" ()") for name in above.split("+")], below.strip()


def indicators_of(column: str) -> dict[str, tuple[str, ...]]:
    """The indicators, by layout, that a harmonised column is read or computed from.

    Raises:
        KeyError: the panel has no such column.
    """
    one = panel_columns()[column]
    if one.kind != "rate":
        return {
            layout: expression_parts(expression, layout)
            for layout, expression in one.expressions.items()
        }
    parts: dict[str, tuple[str, ...]] = {}
    for layout, expression in one.expressions.items():
        above, below = rate_parts(expression)
        named = [indicators_of(name).get(layout, ()) for name in (*above, below)]
        parts[layout] = tuple(part for some in named for part in some)
    return parts


@cache
def expression_parts(expression: str, layout: str) -> tuple[str, ...]:
    """The indicators of a sum such as `a + b` or `prefix.*`, those that `layout` asks of a star."""
    parts: list[str] = []
    for term in expression.split("+"):
        name = term.strip()
        if name.endswith(".*"):
            parts += [
                one.name
                for one in indicators().values()
                if one.name.startswith(name[:-1]) and layout in one.layouts
            ]
        else:
            parts.append(name)
    return tuple(parts)


# What stands beside every harmonised column of the panel.
PANEL_STATUSES = (
    "reported reported_none computed blank unreadable incomplete not_stated not_asked no_base "
    "no_report"
)
_COMPANIONS = (
    (
        "status",
        False,
        PANEL_STATUSES,
        "how {name} came about, and why it is null: computed from parts; blank or unreadable on "
        "the page; incomplete, a part is unreadable or lost; not_stated in the prose; not_asked "
        "by the form; no_base, a share of nothing; no_report, the report could not be read",
    ),
    (
        "source",
        True,
        "table narrative annex",
        "where in the report {name} stands; null when there is no figure or it is computed",
    ),
    (
        "qualifier",
        True,
        "exact at_least at_most about",
        "how exactly {name} is known: as the report states it; a total with a blank part is at "
        "least so much; null when there is no figure",
    ),
    (
        "form",
        True,
        " ".join(LAYOUTS),
        "the layout as which {name} was read or computed: another one than the report's when it "
        "mixes forms; null when it is not asked",
    ),
    (
        "vs_previous",
        True,
        "same renamed redefined not_asked",
        "whether {name} may be set beside that of previous_year; null where there is none and "
        "where the report could not be read",
    ),
)


@cache
def columns(table: str) -> tuple[Column, ...]:
    """The columns of `table` in their order, those of the panel with their companions.

    Raises:
        KeyError: the registry has no such table.
    """
    if table not in tables():
        raise KeyError(f"no table {table}; there are {', '.join(tables())}")
    listed = tuple(
        Column(
            table=table,
            name=row["column"],
            type=row["type"],
            nullable=row["nullable"] == "yes",
            key=row["key"] == "yes",
            unit=row["unit"],
            values=tuple(row["values"].split()),
            description=row["description"],
        )
        for row in _rows("datasets", "columns.csv")
        if row["table"] == table
    )
    return listed + _panel_fields() if table == "panel" else listed


def _panel_fields() -> tuple[Column, ...]:
    fields: list[Column] = []
    for column in panel_columns().values():
        name, words = column.name, f"{column.label_en} ({column.label_zh}): {column.description}"
        fields.append(Column("panel", name, "float64", True, False, column.unit, (), words))
        for suffix, nullable, values, text in _COMPANIONS:
            # A share has no place on the page.
            if column.kind == "rate" and suffix == "source":
                continue
            about = text.format(name=name)
            fields.append(
                Column(
                    "panel",
                    f"{name}__{suffix}",
                    "string",
                    nullable,
                    False,
                    "",
                    tuple(values.split()),
                    about,
                )
            )
    return tuple(fields)


@cache
def _exceptions() -> tuple[dict[str, str], ...]:
    return tuple(_rows("datasets", "comparability.csv"))


@cache
def comparability(name: str, layout_from: str, layout_to: str) -> Comparability:
    """Whether figures of `name` in the two layouts may be set side by side, and why.

    name: an indicator or a column of the panel. The order of the layouts does not matter.

    Raises:
        KeyError: there is no such indicator or column.
        RegistryError: the two layouts fill it in different ways and no row of
            `comparability.csv` says what follows.
    """
    if layout_from == layout_to:
        return Comparability(
            name, layout_from, layout_to, "same", "the same form", "同一种格式", None
        )
    older, newer = sorted((layout_from, layout_to), key=LAYOUTS.index)
    said = _said(name, older, newer)
    if said is not None:
        return said
    column = panel_columns().get(name)
    if column is not None and _only_indicator(column) is not None:
        return replace(comparability(str(_only_indicator(column)), older, newer), name=name)
    asked = column.expressions if column is not None else _asked_as(name)
    missing = [layout for layout in (older, newer) if layout not in asked]
    if missing:
        return Comparability(
            name,
            older,
            newer,
            "not_asked",
            f"not asked in {' and '.join(missing)}",
            f"{'、'.join(missing)} 未要求填报",
            _notice(asked, older, newer),
        )
    if column is None:
        return _same(name, older, newer)
    if column.kind != "rate" and asked[older] != asked[newer]:
        raise RegistryError(
            f"{name} is {asked[older]!r} in {older} and {asked[newer]!r} in {newer}: add a row to "
            "datasets/registry/comparability.csv that says whether the two compare"
        )
    return _as_its_parts(column, older, newer)


def _said(name: str, older: str, newer: str) -> Comparability | None:
    """What `comparability.csv` says of the name and the two layouts; None when nothing."""
    for row in _exceptions():
        if (
            fnmatchcase(name, row["name"])
            and fnmatchcase(older, row["layout_from"])
            and fnmatchcase(newer, row["layout_to"])
        ):
            return Comparability(
                name,
                older,
                newer,
                row["comparability"],
                row["reason"],
                row["reason_zh"],
                row["notice"] or None,
            )
    return None


def _only_indicator(column: PanelColumn) -> str | None:
    """The indicator that the column is in every layout that asks it; None when there are more.

    Such a column compares as its indicator does: a verdict is said once.
    """
    filled = {*column.expressions.values()}
    return filled.pop() if len(filled) == 1 and filled <= indicators().keys() else None


def _notice(asked: Collection[str], older: str, newer: str) -> str | None:
    """The notice with which a figure came or went between two layouts; None when it did neither."""
    if (older in asked) == (newer in asked):
        return None
    between = LAYOUTS[LAYOUTS.index(older) + 1 : LAYOUTS.index(newer) + 1]
    changed = next(layout for layout in between if (layout in asked) == (newer in asked))
    notices = {row["layout"]: row["notice"] for row in registry_rows("layouts.csv")}
    return notices[changed] or None


def _asked_as(name: str) -> dict[str, str]:
    return dict.fromkeys(indicators()[name].layouts, name)


def _same(name: str, older: str, newer: str) -> Comparability:
    words = ("asked for the same thing in both", "两种格式填报内容相同")
    return Comparability(name, older, newer, "same", *words, None)


# A share or a total is as comparable as the least comparable of its parts.
_WORST_FIRST = ("not_asked", "redefined", "renamed", "same")


def _as_its_parts(column: PanelColumn, older: str, newer: str) -> Comparability:
    """Of a column whose parts stand in both layouts."""
    parts: set[str] = set()
    for layout in (older, newer):
        expression = column.expressions[layout]
        if column.kind == "rate":
            above, below = rate_parts(expression)
            parts |= {*above, below}
        else:
            parts |= {*expression_parts(expression, layout)}
    found = [comparability(part, older, newer) for part in sorted(parts)]
    worst = min(found, key=lambda one: _WORST_FIRST.index(one.comparability))
    if worst.comparability == "same":
        return _same(column.name, older, newer)
    return replace(
        worst,
        name=column.name,
        reason=f"as {worst.name}: {worst.reason}",
        reason_zh=f"同 {worst.name}：{worst.reason_zh}",
    )


def comparability_matrix() -> list[Comparability]:
    """Every indicator and panel column with every pair of layouts, sorted by name."""
    names = sorted({*indicators(), *panel_columns()})
    return [comparability(name, *pair) for name in names for pair in LAYOUT_PAIRS]
