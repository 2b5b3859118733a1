"""Build the dataset: the archive of every office, read, merged, and written as tables.

Offices are read in batches, each a task for any process; what was read before and has not changed
is taken as it is. The files are put together from what the batches give, and published together.
This process holds what is known *of* the offices, never their rows.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.dataset as ds
from filelock import FileLock, Timeout

from crawler.archive import office_states
from crawler.offices import Office
from datasets.codebook import codebook_rows, comparability_rows
from datasets.corrections import FILE_NAME as CORRECTIONS_FILE
from datasets.corrections import Correction, CorrectionError, read_corrections
from datasets.difference import Difference, difference
from datasets.engine.batches import (
    Batch,
    BatchDone,
    Facts,
    OfficeInput,
    in_batches,
    kept_index,
    read_batch,
    readings_path,
    segments_path,
)
from datasets.engine.code import table_code
from datasets.engine.parts import Arrangement, plan_parts, usual_arrangement, write_part
from datasets.engine.published import PublishedFiles
from datasets.engine.running import Here, Runners
from datasets.engine.segments import BatchIndex, SegmentsDamaged
from datasets.expectations import failed_expectations
from datasets.formats.beside import write_descriptions
from datasets.formats.files import TableFile, file_digest, sorted_files
from datasets.registry import tables
from datasets.schemas import arrow_schema
from datasets.tables import NoDataset, read_rows
from datasets.writing import Staging, write_parquet

_LOCK = ".build.lock"
# What one process does in a second, roughly: bytes of WARC files that are read, and bytes of rows
# in memory that are written. It decides whether other processes are worth starting.
_WARC_PER_SECOND = 1_200_000
_TABLES_PER_SECOND = 100_000_000
# So many damaged files of kept tables are made anew; more than that is a damaged disk.
_ATTEMPTS = 10
# Offices of one filter when the published dataset is asked about them.
_OFFICES_AT_ONCE = 500


@dataclass(slots=True)
class BuildSummary:
    """What a build made.

    folder: where the dataset is: the published folder, or the one it was set aside in.
    published: whether it took the place of the one before.
    arrangement: `single` files, or `partitioned` ones.
    counts: rows per table. severities: findings per severity.
    failed_expectations: one sentence for each expectation of an office that it fails.
    n_parsed: pages that were parsed; n_kept: pages of the same offices whose reading was kept.
    n_files: files that hold rows of offices; n_written: those that were written, while the others
        are those of the dataset before.
    difference: from the dataset that was in place before; None when there was none, or when it
        was not asked for.
    """

    folder: Path
    published: bool
    arrangement: Arrangement
    counts: dict[str, int]
    severities: dict[str, int] = field(default_factory=dict)
    failed_expectations: list[str] = field(default_factory=list)
    n_parsed: int = 0
    n_kept: int = 0
    n_files: int = 0
    n_written: int = 0
    difference: Difference | None = None


class NothingToBuild(Exception):
    """The archive holds no capture."""


class BuildBusy(Exception):
    """Another build is writing into the same data directory."""


def build(
    data_dir: Path,
    offices: Mapping[str, Office],
    *,
    also: Iterable[str] = (),
    corrections: Path | None = None,
    publish_anyway: bool = False,
    compare: bool = False,
    arrangement: Arrangement | Literal["auto"] = "auto",
    workers: int | None = None,
    scheduler: str | None = None,
    on_office: Callable[[str], None] | None = None,
    on_pages: Callable[[int], None] | None = None,
) -> BuildSummary:
    """Build every table from the archive in `data_dir` and publish them together.

    offices: the known offices by id; an archived office that is not among them is built without
        expectations. also: offices that get rows in coverage though nothing is archived of them.
    corrections: the corrections file; by default `corrections.toml` in `data_dir`, if any.
    publish_anyway: publish even what fails an expectation that the published dataset meets.
    compare: tell what differs from the dataset in place.
    arrangement: one file a table, or several by report year; by default by the size.
    workers: processes to read in; by default one a core, and none but this one when there is
        little to read. scheduler: the address of a Dask scheduler to read on instead; its workers
        see `data_dir` under the same path.
    on_office: called with an office id before the office, or a run of offices that begins with it,
        is read; on_pages: called with the number of captures that have been read since.

    A build that fails an expectation which the dataset in place meets is set aside in
    `dataset-rejected`, and the one in place stays. A build that is killed is taken up by the next
    one where it was.

    Raises:
        NothingToBuild: the archive is empty.
        BuildBusy: another build runs.
        CorrectionError: a correction matches nothing that was read.
        SegmentsDamaged: what is kept cannot be kept.
        datasets.engine.running.NoCluster, ClusterFailed, datasets.engine.batches.OtherCode,
            NoArchiveHere: the cluster cannot do it.
    """
    data_dir = data_dir.absolute()
    known = read_corrections(corrections or data_dir / CORRECTIONS_FILE)
    if corrections is not None and not corrections.exists():
        raise CorrectionError(f"There is no corrections file {corrections}.")
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(data_dir / _LOCK, blocking=False), Runners(workers, scheduler) as runners:
            batches = list(_batches(data_dir, offices, also, known))
            kept = {
                batch.name: index
                for batch in batches
                if (index := kept_index(data_dir, batch)) is not None
            }
            done: list[BatchDone] = []
            for attempt in count(1):
                stale = [batch for batch in batches if batch.name not in kept]
                done += _read(data_dir, stale, runners, on_office, on_pages)
                kept |= {batch.name: _index(data_dir, batch) for batch in stale}
                indexes = {batch.name: kept[batch.name] for batch in batches}
                try:
                    summary = _published(
                        data_dir, offices, indexes, runners, arrangement, publish_anyway, compare
                    )
                    break
                except SegmentsDamaged as error:
                    if attempt == _ATTEMPTS:
                        raise
                    error.path.unlink(missing_ok=True)
                    kept = {name: one for name, one in kept.items() if one.path != error.path}
            summary.n_parsed = sum(one.n_parsed for one in done)
            summary.n_kept = sum(one.n_kept for one in done)
            _forget_others(data_dir, batches)
            return summary
    except Timeout as error:
        raise BuildBusy(
            f"Another build is writing into {data_dir}; wait until it ends ({data_dir / _LOCK})."
        ) from error


def _batches(
    data_dir: Path,
    offices: Mapping[str, Office],
    also: Iterable[str],
    corrections: Iterable[Correction],
) -> Iterator[Batch]:
    """All that is to be in the dataset, in batches."""
    states = office_states(data_dir)
    if not states:
        raise NothingToBuild(
            f"{data_dir / 'archive'} holds no captures: run `gongkai crawl --data {data_dir}` "
            "first, or add pages with `gongkai archive add`."
        )
    by_office: dict[str, list[Correction]] = {}
    for one in corrections:
        if one.office_id not in states:
            raise CorrectionError(f"{one.place}: nothing is archived of {one.office_id}.")
        by_office.setdefault(one.office_id, []).append(one)
    yield from in_batches(
        OfficeInput(
            office_id,
            states.get(office_id, ()),
            offices.get(office_id),
            tuple(by_office.get(office_id, ())),
        )
        for office_id in sorted({*states, *also})
    )


def _read(
    data_dir: Path,
    batches: Collection[Batch],
    runners: Runners,
    on_office: Callable[[str], None] | None,
    on_pages: Callable[[int], None] | None,
) -> list[BatchDone]:
    """Read the batches: their tables are kept then."""
    read = partial(read_batch, data_dir, table_code())
    runner = runners.for_work(sum(batch.bytes for batch in batches) / _WARC_PER_SECOND)
    if isinstance(runner, Here):
        read = partial(read, on_office=on_office, on_pages=on_pages)
        return list(runner.run(read, batches))
    done = []
    for one in runner.run(read, batches):
        done.append(one)
        if on_office is not None:
            on_office(one.name)
        if on_pages is not None:
            on_pages(one.n_captures)
    return done


def _index(data_dir: Path, batch: Batch) -> BatchIndex:
    index = kept_index(data_dir, batch)
    if index is None:
        raise SegmentsDamaged(segments_path(data_dir, batch.name), "does not hold its batch")
    return index


def _published(
    data_dir: Path,
    offices: Mapping[str, Office],
    indexes: Mapping[str, BatchIndex],
    runners: Runners,
    asked: Arrangement | Literal["auto"],
    publish_anyway: bool,
    compare: bool,
) -> BuildSummary:
    """Put the dataset together from the kept segments, and publish it."""
    arrangement = usual_arrangement(indexes.values()) if asked == "auto" else asked
    facts = [Facts.from_json(index.facts) for index in indexes.values()]
    failed, worse = _expectations(data_dir, offices, [one for some in facts for one in some.failed])
    with Staging(data_dir) as staging:
        parts = plan_parts(indexes.items(), arrangement, table_code())
        published = PublishedFiles(data_dir)
        files = {part.path: file for part in parts if (file := published.same(part)) is not None}
        for path in files:
            staging.take_over(path)
        new = [part for part in parts if part.path not in files]
        work = sum(part.bytes for part in new) / _TABLES_PER_SECOND
        write = partial(write_part, data_dir, staging.folder)
        for file in runners.for_work(work).run(write, new):
            files[file.path] = file
        files |= {file.path: file for file in _registry_files(staging.folder)}
        write_descriptions(staging.folder, sorted_files(files.values()))
        summary = BuildSummary(staging.published, publish_anyway or not worse, arrangement, {})
        summary.counts = dict.fromkeys(tables(), 0)
        for file in files.values():
            summary.counts[file.table] += file.rows
        for one in facts:
            for severity, count in one.severities.items():
                summary.severities[severity] = summary.severities.get(severity, 0) + count
        summary.failed_expectations = failed
        summary.n_files, summary.n_written = len(parts), len(new)
        if compare:
            summary.difference = _difference_from_before(data_dir, staging.folder)
        if summary.published:
            summary.folder = staging.publish()
            published.remember(parts, files)
        else:
            summary.folder = staging.set_aside()
    return summary


def _registry_files(folder: Path) -> Iterator[TableFile]:
    """Write the tables that say what the others mean."""
    for table, rows in (("codebook", codebook_rows()), ("comparability", comparability_rows())):
        path = folder / f"{table}.parquet"
        schema = arrow_schema(table)
        count = write_parquet(path, schema, [pa.Table.from_pylist(rows, schema=schema)])
        yield TableFile(table, path.name, path.stat().st_size, file_digest(path), count)


def _expectations(
    data_dir: Path, offices: Mapping[str, Office], failed: list[tuple[str, str, str]]
) -> tuple[list[str], bool]:
    """The sentences of what fails, and whether any of it is met by the dataset in place."""
    worse = False
    names = sorted({office_id for office_id, _, _ in failed})
    for start in range(0, len(names), _OFFICES_AT_ONCE):
        some = names[start : start + _OFFICES_AT_ONCE]
        before = _reports_in_place(data_dir, some)
        for office_id, expected, _ in failed:
            if office_id in before:
                told = failed_expectations(offices[office_id], before[office_id])
                worse = worse or expected not in dict(told)
    return [sentence for _, _, sentence in failed], worse


def _reports_in_place(data_dir: Path, offices: list[str]) -> dict[str, list[dict[str, Any]]]:
    """The offices' reports in the published dataset; none when there is none to be read."""
    columns = ["office_id", "report_year", "office_name", "status", "layout", "n_observations"]
    found: dict[str, list[dict[str, Any]]] = {}
    try:
        for row in read_rows(data_dir, "reports", ds.field("office_id").isin(offices), columns):
            found.setdefault(row["office_id"], []).append(row)
    except NoDataset:
        return {}
    return found


def _difference_from_before(data_dir: Path, new: Path) -> Difference | None:
    """What differs from the published dataset; None when there is none that can be read."""
    try:
        return difference(data_dir, new)
    except NoDataset:
        return None


def _forget_others(data_dir: Path, batches: Collection[Batch]) -> None:
    """Remove what is kept of batches and offices that there are no more."""
    tables_of = {segments_path(data_dir, batch.name) for batch in batches}
    offices = (one.office_id for batch in batches for one in batch.offices)
    readings_of = {readings_path(data_dir, office_id) for office_id in offices}
    for known in (tables_of, readings_of):
        folder, names = next(iter(known)).parent, {path.name for path in known}
        with os.scandir(folder) as files:
            others = [file.path for file in files if file.name not in names]
        for path in others:
            Path(path).unlink(missing_ok=True)
