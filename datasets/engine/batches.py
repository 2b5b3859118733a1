"""Read a batch of offices: their pages, and from these the rows of every table.

A batch is the task of a build. What it is made from (the state of the archive, what is known of
the offices, corrections, the code) is its key: a batch whose key is that of the kept one is not
read again. Where batches end depends on nothing but the office ids.
"""

from __future__ import annotations

import hashlib
import json
import platform
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from crawler.archive import Archive, OfficeState
from crawler.offices import Office
from datasets.corrections import Correction
from datasets.engine.code import reading_code, table_code
from datasets.engine.readings import KeptReadings
from datasets.engine.segments import BatchIndex, SegmentWriter, read_index
from datasets.expectations import failed_expectations
from datasets.office_tables import office_tables

# In the data directory; all of it is derived and may be removed when no build runs.
KEPT = ".build"
# Sixteen offices of a dozen years are some seconds of work: little to lose with a worker, and
# enough to be worth sending.
_LEAST, _MEAN, _MOST = 8, 16, 32
# What the rows of an office depend on of its description, beside the years that are expected.
_COUNTS = (
    "id",
    "name",
    "name_en",
    "former_names",
    "aliases",
    "level",
    "division_code",
    "province",
    "city",
    "county",
    "family",
    "home_url",
)
# What one process reads at a time: parsing holds the interpreter anyway, so threads gain nothing,
# and the memory of a process is that of one office.
_READING = threading.Lock()


class OtherCode(Exception):
    """A worker runs other code than the build; the message names its machine."""


class NoArchiveHere(Exception):
    """A worker does not see the data directory; the message names its machine."""


@dataclass(frozen=True, slots=True)
class OfficeInput:
    """What the rows of one office are made from.

    state: of its archive; empty when nothing is archived.
    """

    office_id: str
    state: OfficeState
    office: Office | None = None
    corrections: tuple[Correction, ...] = ()

    def told(self) -> list[Any]:
        """All of it in the types of JSON, but for what no row depends on."""
        office: list[Any] | None = None
        if self.office is not None:
            office = [getattr(self.office, name) for name in _COUNTS]
            office.append(asdict(self.office.expected))
        return [self.office_id, self.state, office, [asdict(one) for one in self.corrections]]


@dataclass(frozen=True, slots=True)
class Batch:
    """A run of offices that are read by one task, sorted by id."""

    offices: tuple[OfficeInput, ...]

    def __str__(self) -> str:
        return f"the offices {self.name} to {self.offices[-1].office_id}"

    @property
    def name(self) -> str:
        """The id of its first office."""
        return self.offices[0].office_id

    @property
    def bytes(self) -> int:
        """The size of its WARC files."""
        return sum(size for one in self.offices for _, size, _ in one.state)

    def key(self, code: str) -> str:
        """The digest of all that its rows are made from."""
        told = json.dumps([code, [one.told() for one in self.offices]], default=str)
        return hashlib.sha256(told.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class BatchDone:
    """What a task tells: its rows are in the file of segments."""

    name: str
    n_captures: int = 0
    n_parsed: int = 0
    n_kept: int = 0


@dataclass(slots=True)
class Facts:
    """What is to be known of a batch beside its rows.

    severities: how many findings of each. failed: what fails of which office's expectations, as
        (office id, what is expected, the sentence).
    """

    severities: dict[str, int] = field(default_factory=dict)
    failed: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, one: OfficeInput, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """Take what the rows of one office tell."""
        for finding in rows["findings"]:
            severity = finding["severity"]
            self.severities[severity] = self.severities.get(severity, 0) + 1
        if one.office is not None and one.state:
            self.failed += [
                (one.office_id, *failed)
                for failed in failed_expectations(one.office, rows["reports"])
            ]

    def to_json(self) -> dict[str, Any]:
        """The facts in the types of JSON."""
        return asdict(self)

    @staticmethod
    def from_json(told: Mapping[str, Any]) -> Facts:
        """The facts that `to_json` told."""
        return Facts(told["severities"], [tuple(one) for one in told["failed"]])


def ends_here(office_id: str, mean: int) -> bool:
    """Whether a run of on average `mean` offices ends after this one.

    It is decided by the id alone, so that an office that joins moves no end but its neighbours'.
    """
    digest = hashlib.sha256(office_id.encode()).digest()
    return int.from_bytes(digest[:8], "big") % mean == 0


def in_batches(offices: Iterable[OfficeInput]) -> Iterator[Batch]:
    """The offices, sorted by id, in batches."""
    waiting: list[OfficeInput] = []
    for one in offices:
        waiting.append(one)
        enough = len(waiting) >= _LEAST and ends_here(one.office_id, _MEAN - _LEAST)
        if enough or len(waiting) >= _MOST:
            yield Batch(tuple(waiting))
            waiting = []
    if waiting:
        yield Batch(tuple(waiting))


def segments_path(data_dir: Path, batch_name: str) -> Path:
    """Where the segments of a batch are kept."""
    return data_dir / KEPT / "tables" / f"{batch_name}.segments"


def readings_path(data_dir: Path, office_id: str) -> Path:
    """Where the readings of an office are kept."""
    return data_dir / KEPT / "readings" / f"{office_id}.readings"


def kept_index(data_dir: Path, batch: Batch) -> BatchIndex | None:
    """The kept tables of `batch`; None when there are none, or what they were made from changed."""
    index = read_index(segments_path(data_dir, batch.name))
    return index if index is not None and index.key == batch.key(table_code()) else None


def read_batch(
    data_dir: Path,
    code: str,
    batch: Batch,
    on_office: Callable[[str], None] | None = None,
    on_pages: Callable[[int], None] | None = None,
) -> BatchDone:
    """Read the offices of `batch` and keep their tables as a file of segments.

    code: `table_code` of the build that asks. on_office, on_pages: for a progress display, as
        those of `datasets.build.build`.
    Pages whose reading is kept are not parsed. The same archive gives the same file on any
    machine; a task that is run twice writes the same file twice.

    Raises:
        OtherCode, NoArchiveHere: this process cannot do it.
        datasets.corrections.CorrectionError: a correction matches nothing that was read.
    """
    if table_code() != code:
        raise OtherCode(
            f"The worker on {platform.node()} runs another version of gongkai, of Python or of a "
            "library than this build: install the same on every machine of the cluster."
        )
    on_capture = None if on_pages is None else (lambda _: on_pages(1))
    writer, facts, done = SegmentWriter(), Facts(), BatchDone(batch.name)
    with _READING:
        for one in batch.offices:
            if on_office is not None:
                on_office(one.office_id)
            if one.state and not (data_dir / "archive" / one.office_id).is_dir():
                raise NoArchiveHere(
                    f"The worker on {platform.node()} does not see the archive in {data_dir}: "
                    "give every machine of the cluster the data directory under the same path."
                )
            kept = KeptReadings(readings_path(data_dir, one.office_id), reading_code())
            with Archive(data_dir) as archive, kept:
                rows = office_tables(
                    archive, one.office_id, one.office, one.corrections, on_capture, kept
                )
            writer.add(rows)
            facts.add(one, rows)
            done = replace(
                done,
                n_captures=done.n_captures + len(rows["captures"]),
                n_parsed=done.n_parsed + kept.n_parsed,
                n_kept=done.n_kept + kept.n_kept,
            )
        writer.write(segments_path(data_dir, batch.name), batch.key(code), facts.to_json())
    return done
