"""Does a built dataset keep what the registry says: columns, types, nulls, values, keys, units?

And are its files those that its descriptor lists? Looks at the published files alone, so it can be
run on a copy from elsewhere. Tables are read batch by batch: memory does not grow with their rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from datasets.formats.integrity import changed_files
from datasets.registry import Column, columns, indicators, panel_columns, tables
from datasets.schemas import arrow_schema, key_columns
from datasets.tables import NoDataset, dataset_folder, read_batches, table_path, table_schema

# With these a column of the panel has a figure, with the others none.
_FIGURE_STATUSES = ("reported", "reported_none", "computed")
# Wrong values are quoted, but of very many only some.
_QUOTED = 10
_HAS_VALUE = {"reported": True, "reported_none": True, "blank": False, "unreadable": False}


def violations(data_dir: Path) -> list[str]:
    """One sentence for everything in which the dataset departs from the registry.

    Raises:
        datasets.tables.NoDataset: there is no dataset.
    """
    table_path(data_dir, "reports")
    found = []
    for table in tables():
        try:
            found += [f"{table}: {sentence}" for sentence in _violations(data_dir, table)]
        except NoDataset as error:
            found.append(str(error))
    if not found:
        found += _numbers(data_dir)
    return [*found, *changed_files(dataset_folder(data_dir))]


def _violations(data_dir: Path, table: str) -> Iterator[str]:
    schema = table_schema(data_dir, table)
    yield from _of_columns(schema, table)
    fitting = [
        column
        for column in columns(table)
        if column.name in schema.names
        and schema.field(column.name).type == arrow_schema(table).field(column.name).type
    ]
    names = [column.name for column in fitting]
    watches: list[_Watch] = [_Cells(fitting)]
    if set(key_columns(table)) <= set(names):
        watches.append(_Keys(key_columns(table)))
    if table == "panel":
        watches.append(_Panel(names))
    if table == "observations" and {"indicator", "unit", "status", "value"} <= set(names):
        watches.append(_Figures())
    for batch in read_batches(data_dir, table, columns=names):
        for watch in watches:
            watch.see(batch)
    for watch in watches:
        yield from watch.sentences()


def _of_columns(schema: pa.Schema, table: str) -> Iterator[str]:
    """What the head of the files says against the registry."""
    expected = arrow_schema(table)
    for name in schema.names:
        if name not in expected.names:
            yield f"column {name} is not in the registry"
    for column in columns(table):
        if column.name not in schema.names:
            yield f"column {column.name} is missing"
            continue
        field = schema.field(column.name)
        if field.type != expected.field(column.name).type:
            yield f"column {column.name} is {field.type}, not {column.type}"
        if field.nullable != column.nullable:
            may = "may" if field.nullable else "may not"
            yield f"column {column.name} says that it {may} be null"
        said = field.metadata or {}
        if b"description" not in said:
            yield f"column {column.name} carries no description"
        if column.unit and said.get(b"unit", b"").decode() != column.unit:
            yield f"column {column.name} carries no unit, or another than {column.unit}"
        wanted = expected.field(column.name).metadata
        others = [
            key.decode()
            for key in sorted({*said, *wanted})
            # Without these it was said already; Arrow adds keys of its own.
            if said.get(key) != wanted.get(key)
            and key != b"unit"
            and not key.startswith(b"PARQUET:")
            and not (key == b"description" and key not in said)
        ]
        if others:
            yield f"column {column.name} says another {', '.join(others)} than the registry"


class _Watch:
    """Something to be seen batch by batch, and told at the end."""

    def see(self, batch: pa.RecordBatch) -> None:
        raise NotImplementedError

    def sentences(self) -> Iterable[str]:
        raise NotImplementedError


class _Cells(_Watch):
    """Nulls where none may be, values that are not listed, and numbers that are none."""

    def __init__(self, described: list[Column]):
        self._described = described
        self._nulls: Counter[str] = Counter()
        self._not_numbers: Counter[str] = Counter()
        self._odd: dict[str, set[Any]] = {}

    def see(self, batch: pa.RecordBatch) -> None:
        for column in self._described:
            values = batch.column(column.name)
            if not column.nullable:
                self._nulls[column.name] += values.null_count
            if column.type == "float64":
                self._not_numbers[column.name] += pc.invert(pc.is_finite(values)).true_count
            odd = self._odd.setdefault(column.name, set())
            if column.values and len(odd) <= _QUOTED:
                odd |= set(pc.unique(values).to_pylist()) - {*column.values, None}

    def sentences(self) -> Iterator[str]:
        for column in self._described:
            if self._nulls[column.name]:
                yield f"column {column.name} is null in {self._nulls[column.name]} rows"
            if self._not_numbers[column.name]:
                count = self._not_numbers[column.name]
                yield f"column {column.name} holds no number in {count} rows (null is for none)"
            if self._odd.get(column.name):
                yield f"column {column.name} holds {_some(self._odd[column.name])}"


class _Keys(_Watch):
    """Keys that are there twice.

    The rows of an office, and of a report where the key has the year, stand together in every
    table, so only those of the last one have to be remembered; rows out of order are told.
    """

    def __init__(self, key: tuple[str, ...]):
        self._key = list(key)
        self._run = [name for name in ("office_id", "report_year") if name in key]
        self._rows: pa.Table | None = None
        self._repeated = 0
        self._orders: list[list[str]] = [[*self._run], [*self._run[::-1]]]
        self._out_of_order: dict[str, Any] | None = None

    def see(self, batch: pa.RecordBatch) -> None:
        if not self._key or not batch.num_rows:
            return
        rows = pa.Table.from_batches([batch.select(self._key)])
        held = self._rows.num_rows if self._rows is not None else 0
        if self._rows is not None:
            rows = pa.concat_tables([self._rows, rows])
        if self._run:
            self._look_at_order(rows.select(self._run).slice(max(0, held - 1)))
        # Those of the last run were counted with their own batch.
        frame = rows.to_pandas()
        self._repeated += int(frame.duplicated().iloc[held:].sum())
        last = (frame[self._run] == frame[self._run].iloc[-1]).all(axis=1)
        self._rows = rows.filter(pa.array(last))

    def _look_at_order(self, rows: pa.Table) -> None:
        for order in list(self._orders):
            at = _first_out_of_order(rows, order)
            if at is not None:
                self._orders.remove(order)
                if not self._orders and self._out_of_order is None:
                    self._out_of_order = rows.slice(at, 1).to_pylist()[0]

    def sentences(self) -> Iterator[str]:
        if self._repeated:
            yield f"{self._repeated} rows repeat the key {', '.join(self._key)}"
        if self._out_of_order is not None:
            where = " ".join(str(value) for value in self._out_of_order.values())
            yield (
                f"rows stand out of the order of {' and '.join(self._run)}, first at {where}: "
                "whether keys repeat cannot be told"
            )


def _first_out_of_order(rows: pa.Table, order: list[str]) -> int | None:
    """The first row that is before the one above it by the columns `order`."""
    worse = pa.array([False] * (rows.num_rows - 1), type=pa.bool_())
    equal = pa.array([True] * (rows.num_rows - 1), type=pa.bool_())
    for name in order:
        values = rows.column(name).combine_chunks()
        above, below = values[:-1], values[1:]
        worse = pc.or_(worse, pc.and_(equal, pc.greater(above, below)))
        equal = pc.and_(equal, pc.equal(above, below))
    at = pc.index(worse, True).as_py()
    return None if at < 0 else at + 1


class _Figures(_Watch):
    """Status and value agree, and every figure is of a known indicator in its unit."""

    def __init__(self) -> None:
        self._wrong: Counter[str] = Counter()
        self._not_none = 0
        self._pairs: set[tuple[str, str]] = set()

    def see(self, batch: pa.RecordBatch) -> None:
        has_value = pc.is_valid(batch.column("value"))
        for status, has in _HAS_VALUE.items():
            wrong = pc.and_(pc.equal(batch.column("status"), status), pc.not_equal(has_value, has))
            self._wrong[status] += wrong.true_count
        none = pc.equal(batch.column("status"), "reported_none")
        other = pc.fill_null(pc.not_equal(batch.column("value"), 0), False)
        self._not_none += pc.and_(none, other).true_count
        data = pa.Table.from_batches([batch])
        for pair in data.group_by(["indicator", "unit"]).aggregate([]).to_pylist():
            if len(self._pairs) <= len(indicators()) + _QUOTED:
                self._pairs.add((pair["indicator"], pair["unit"]))

    def sentences(self) -> Iterator[str]:
        for status, has in _HAS_VALUE.items():
            if self._wrong[status]:
                verb = "lack" if has else "have"
                yield f"{self._wrong[status]} rows of status {status} {verb} a value"
        if self._not_none:
            yield f"{self._not_none} rows of status reported_none have another value than 0"
        for name, unit in sorted(self._pairs, key=str):
            known = indicators().get(name)
            if known is None:
                yield f"indicator {name} is not in the registry"
            elif known.unit != unit:
                yield f"indicator {known.name} is in {unit}, not in {known.unit}"


class _Panel(_Watch):
    """A harmonised column has a figure just where its status says so."""

    def __init__(self, names: Sequence[str]):
        both = (name for name in panel_columns() if {name, f"{name}__status"} <= set(names))
        self._wrong = Counter(dict.fromkeys(both, 0))

    def see(self, batch: pa.RecordBatch) -> None:
        for name in self._wrong:
            has_value = pc.is_valid(batch.column(name))
            says = pc.is_in(batch.column(f"{name}__status"), pa.array(_FIGURE_STATUSES))
            self._wrong[name] += pc.not_equal(has_value, says).true_count

    def sentences(self) -> Iterator[str]:
        for name, count in self._wrong.items():
            if count:
                yield f"{count} rows of {name}__status say no figure beside one, or one beside none"


def _numbers(data_dir: Path) -> Iterator[str]:
    """What reports count and the tables that hold it."""
    rows = {
        table: sum(batch.num_rows for batch in read_batches(data_dir, table, columns=["office_id"]))
        for table in ("reports", "panel", "observations")
    }
    counted = 0
    for batch in read_batches(data_dir, "reports", columns=["n_observations"]):
        counted += pc.sum(batch.column("n_observations")).as_py() or 0
    if rows["panel"] != rows["reports"]:
        yield f"panel has {rows['panel']} rows, and there are {rows['reports']} reports"
    if rows["observations"] != counted:
        yield f"observations has {rows['observations']} rows, and the reports count {counted}"


def _some(values: set[Any]) -> str:
    listed = sorted(map(str, values))
    return ", ".join(listed[:_QUOTED]) + (" and more" if len(listed) > _QUOTED else "")
