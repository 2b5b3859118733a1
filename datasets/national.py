"""Coverage and headline figures of many offices by what they are and where they belong.

Joins the published tables with table `offices`, a row group at a time, and counts and adds up; what
a figure means and which ones compare is not judged here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from datasets.registry import columns, panel_columns
from datasets.selection import of_offices
from datasets.tables import NoDataset, read_arrow, read_batches

# The columns of table `offices` by which rows can be put together, the widest first.
GROUPINGS = ("level", "province", "city", "county", "family")
# Cities of two provinces may have one name, and counties of two cities often have.
_WITHIN = {"city": ("province",), "county": ("province", "city")}

# The names of a group, from the province down; None where the registry of offices says nothing.
Group = tuple[str | None, ...]


class NoGrouping(Exception):
    """There is nothing to put offices together by; the message says what there is."""


@dataclass(frozen=True, slots=True)
class Total:
    """A headline figure over the offices of a group.

    value: the sum; None when no office states it. n_offices: how many state it.
    """

    value: float | None
    n_offices: int


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
    for rows in _joined(data_dir, "coverage", by, ["report_year", "status"], offices):
        counted = rows.group_by([*names, "report_year", "status"]).aggregate([([], "count_all")])
        for row in counted.to_pylist():
            group = tuple(row[name] for name in names)
            here = found.setdefault(group, Counter())
            here[row["report_year"], row["status"]] += row["count_all"]
    return dict(sorted(found.items(), key=lambda item: _order(item[0], by)))


def totals_by(
    data_dir: Path, by: str, figures: Sequence[str], offices: Sequence[str] | None = None
) -> dict[tuple[Group, int], dict[str, Total]]:
    """For each group and report year the sum of each of `figures` over its offices.

    figures: harmonised columns of the panel that are counts or amounts; a share has no sum.
        by, offices: as of `coverage_by`.

    A sum says nothing of the offices that state no figure: `n_offices` says how many do, and
    `coverage_by` how many there are.

    Raises:
        NoGrouping: see `coverage_by`, or one of `figures` is no such column.
        datasets.tables.NoDataset: nothing was built yet.
    """
    for one in figures:
        if one not in panel_columns() or panel_columns()[one].kind == "rate":
            raise NoGrouping(f"The panel has no column {one} that can be added up.")
    found: dict[tuple[Group, int], dict[str, Total]] = {}
    names = grouping(by)
    asked = [(one, way) for one in figures for way in ("sum", "count")]
    for rows in _joined(data_dir, "panel", by, ["report_year", *figures], offices):
        for row in rows.group_by([*names, "report_year"]).aggregate(asked).to_pylist():
            key = (tuple(row[name] for name in names), row["report_year"])
            here = found.setdefault(key, dict.fromkeys(figures, Total(None, 0)))
            for one in figures:
                here[one] = _added(here[one], row[f"{one}_sum"], row[f"{one}_count"])
    return dict(sorted(found.items(), key=lambda item: (_order(item[0][0], by), item[0][1])))


def _added(before: Total, value: float | None, count: int) -> Total:
    if not count:
        return before
    return Total((before.value or 0) + (value or 0), before.n_offices + count)


def _joined(
    data_dir: Path, table: str, by: str, wanted: Sequence[str], offices: Sequence[str] | None
) -> Iterator[pa.Table]:
    """The wanted columns of `table` with those that name the groups, a row group at a time."""
    names = grouping(by)
    try:
        described = read_arrow(data_dir, "offices", columns=["office_id", *names])
    except NoDataset as error:
        raise NoGrouping(
            f"The dataset in {data_dir} has no table offices: build it again."
        ) from error
    if not any(described[name].null_count < described.num_rows for name in names):
        raise NoGrouping(
            f"Nothing says the {by} of the offices in {data_dir}: describe them in a registry or "
            "in office files (`gongkai offices add`), and build again."
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
        (level,) = group
        return (levels.index(level) if level in levels else len(levels),)
    return tuple((name is None, name or "") for name in group)
