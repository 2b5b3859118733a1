"""Coverage and headline figures of many offices by what they are and where they belong.

Joins the published tables with table `offices`, a row group at a time, and counts and adds up. The
registry says which figures mean another thing: they are never added up together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from datasets.registry import LAYOUT_PAIRS, LAYOUTS, columns, comparability, panel_columns
from datasets.selection import of_offices
from datasets.tables import NoDataset, read_arrow, read_batches

# The columns of table `offices` by which rows can be put together, the widest first.
GROUPINGS = ("level", "province", "city", "county", "family")
# Cities of two provinces may have one name, and counties of two cities often have.
_WITHIN = {"city": ("province",), "county": ("province", "city")}

# A government may report for its whole area, with the bureaus that report for themselves: the two
# are never added up together.
_APART = "kind"

# The names of a group, from the province down; None where the registry of offices says nothing.
Group = tuple[str | None, ...]


class NoGrouping(Exception):
    """There is nothing to put offices together by; the message says what there is."""


@dataclass(frozen=True, slots=True)
class Total:
    """A headline figure over the offices of a group.

    value: the sum; None when no office states it, and when those that do follow forms in which it
        means another thing. n_offices: how many state it. n_inexact: how many of them only as at
        least, at most or about. forms: as which forms they state it, oldest first.
    """

    value: float | None
    n_offices: int
    n_inexact: int = 0
    forms: tuple[str, ...] = ()


def grouping(by: str) -> tuple[str, ...]:
    """The columns of table `offices` that name a group of `by`.

    Raises:
        NoGrouping: offices cannot be put together by it.
    """
    if by not in GROUPINGS:
        raise NoGrouping(
            f"Offices are put together by {', '.join(GROUPINGS[:-1])} or {GROUPINGS[-1]}, "
            f"not by {by}."
        )
    return (*_WITHIN.get(by, ()), by)


def coverage_by(
    data_dir: Path, by: str, offices: Sequence[str] | None = None
) -> dict[Group, Counter[tuple[int, str]]]:
    """For each group how many of its offices have which (report year, status).

    by: one of `GROUPINGS`. offices: sorted ids; by default all.

    Raises:
        NoGrouping: offices cannot be put together by it, or nothing says what they are.
        datasets.tables.NoDataset: nothing was built yet.
    """
    found: dict[Group, Counter[tuple[int, str]]] = {}
    names = grouping(by)
    for rows in _joined(data_dir, "coverage", names, ["report_year", "status"], offices):
        counted = rows.group_by([*names, "report_year", "status"]).aggregate([([], "count_all")])
        for row in counted.to_pylist():
            group = tuple(row[name] for name in names)
            here = found.setdefault(group, Counter())
            here[row["report_year"], row["status"]] += row["count_all"]
    return dict(sorted(found.items(), key=lambda item: _order(item[0], by)))


def totals_by(
    data_dir: Path,
    by: str,
    figures: Sequence[str],
    offices: Sequence[str] | None = None,
    form: str | None = None,
) -> dict[tuple[Group, int], dict[str, Total]]:
    """For each group and report year the sum of each of `figures` over its offices.

    figures: harmonised columns of the panel that are counts or amounts; a share has no sum.
        by, offices: as of `coverage_by`. form: only figures that stand in a block of this layout.

    The last name of each group is the kind of its offices: a report of a government may cover all
    its bureaus, which report for themselves too. Governments of several levels may hold each other.
    A sum says nothing of the offices that state no figure: `n_offices` says how many do, and
    `coverage_by` how many there are.

    Raises:
        NoGrouping: see `coverage_by`, or one of `figures` is no such column, or `form` no layout.
        datasets.tables.NoDataset: nothing was built yet.
    """
    if form is not None and form not in LAYOUTS:
        raise NoGrouping(f"There is no form {form}; there are {', '.join(LAYOUTS)}.")
    for one in figures:
        if one not in panel_columns() or panel_columns()[one].kind == "rate":
            raise NoGrouping(f"The panel has no column {one} that can be added up.")
    found: dict[tuple[Group, int], dict[str, Total]] = {}
    names = (*grouping(by), _APART)
    by_year = [*names, "report_year"]
    wanted = [f"{one}{said}" for one in figures for said in ("", "__form", "__qualifier")]
    for rows in _joined(data_dir, "panel", names, ["report_year", *wanted], offices):
        for row in rows.group_by(by_year).aggregate([]).to_pylist():
            found.setdefault(_key(row, names), dict.fromkeys(figures, Total(None, 0)))
        for one in figures:
            stated = rows.filter(pc.is_valid(rows[one]))
            inexact = pc.cast(pc.not_equal(stated[f"{one}__qualifier"], "exact"), pa.int32())
            counted = stated.append_column("inexact", inexact).group_by([*by_year, f"{one}__form"])
            for row in counted.aggregate(
                [(one, "sum"), (one, "count"), ("inexact", "sum")]
            ).to_pylist():
                if form in (None, row[f"{one}__form"]):
                    here = found[_key(row, names)]
                    here[one] = _added(here[one], one, row)
    for here in found.values():
        for one, total in here.items():
            if any(set(pair) <= set(total.forms) for pair in redefined_pairs(one)):
                here[one] = replace(total, value=None)
    return dict(sorted(found.items(), key=lambda item: (_order(item[0][0], by), item[0][1])))


@cache
def redefined_pairs(name: str) -> tuple[tuple[str, str], ...]:
    """The pairs of layouts in which a column of the panel means another thing."""
    return tuple(
        pair for pair in LAYOUT_PAIRS if comparability(name, *pair).comparability == "redefined"
    )


def _key(row: Mapping[str, Any], names: Sequence[str]) -> tuple[Group, int]:
    return tuple(row[name] for name in names), row["report_year"]


def _added(before: Total, figure: str, row: Mapping[str, Any]) -> Total:
    forms = {*before.forms, row[f"{figure}__form"]}
    return Total(
        value=(before.value or 0) + row[f"{figure}_sum"],
        n_offices=before.n_offices + row[f"{figure}_count"],
        n_inexact=before.n_inexact + (row["inexact_sum"] or 0),
        forms=tuple(layout for layout in LAYOUTS if layout in forms),
    )


def _joined(
    data_dir: Path,
    table: str,
    names: Sequence[str],
    wanted: Sequence[str],
    offices: Sequence[str] | None,
) -> Iterator[pa.Table]:
    """The wanted columns of `table` with those that name the groups, a row group at a time."""
    place = [name for name in names if name != _APART]
    try:
        described = read_arrow(data_dir, "offices", columns=["office_id", *names])
    except NoDataset as error:
        raise NoGrouping(
            f"The dataset in {data_dir} has no table offices: build it again."
        ) from error
    if not any(described[name].null_count < described.num_rows for name in place):
        raise NoGrouping(
            f"Nothing says the {place[-1]} of the offices in {data_dir}: describe them in a "
            "registry or in office files (`gongkai offices add`), and build again."
        )
    ids = described["office_id"].combine_chunks()
    where = of_offices(offices) if offices is not None else None
    for batch in read_batches(data_dir, table, where=where, columns=["office_id", *wanted]):
        places = pc.index_in(batch["office_id"], value_set=ids)
        groups = [described[name].take(places) for name in names]
        cells = [batch[name] for name in wanted]
        yield pa.table([*groups, *cells], names=[*names, *wanted])


def _order(group: Group, by: str) -> tuple[object, ...]:
    """Levels from the country down, names as they are written, what is not known last."""
    if by == "level":
        levels = next(one.values for one in columns("offices") if one.name == "level")
        level, *rest = group
        first: tuple[object, ...] = (levels.index(level) if level in levels else len(levels),)
        return first + tuple((name is None, name or "") for name in rest)
    return tuple((name is None, name or "") for name in group)
