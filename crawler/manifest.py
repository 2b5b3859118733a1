"""Write what a run did, and read it again: `crawl.json` for machines, `crawl.md` for people.

The results of a run lie on disk, one for each office. They pass by one at a time, once to be
counted and once for each file to be written, and those of a run that has ended are read back from
its manifest: what a run holds in memory does not grow with its offices. Nothing is judged here.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import weakref
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, overload

from crawler.arguments import CrawlArguments
from crawler.identity import versions
from crawler.results import CrawlResult, OfficeResult, Records, Totals
from crawler.summary import markdown_lines
from crawler.whole_files import whole_file

_STEP = "  "  # by which a level of JSON is moved in


class OfficesOnDisk(Sequence[OfficeResult]):
    """The results of a run's offices as its manifest has them, each read when it is asked for.

    The file is kept open, so that they stay what they were when a later run has written another
    manifest. In memory are eight bytes for each office, where its result begins.
    """

    def __init__(self, manifest: Path, begins: Sequence[int]):
        """`begins`: the byte at which each office begins, and the one behind the last of them."""
        self._file = os.open(manifest, os.O_RDONLY)
        self._begins = begins
        weakref.finalize(self, os.close, self._file)

    def __len__(self) -> int:
        return len(self._begins) - 1

    @overload
    def __getitem__(self, at: int) -> OfficeResult: ...
    @overload
    def __getitem__(self, at: slice) -> list[OfficeResult]: ...
    def __getitem__(self, at: int | slice) -> OfficeResult | list[OfficeResult]:
        if isinstance(at, slice):
            return [self._read(number) for number in range(len(self))[at]]
        return self._read(range(len(self))[at])

    def _read(self, number: int) -> OfficeResult:
        begin, end = self._begins[number], self._begins[number + 1]
        text = os.pread(self._file, end - begin, begin).decode()
        return OfficeResult(**json.loads(text.strip().removesuffix(",")))


def ended_run(
    data_dir: Path,
    offices: Iterable[OfficeResult],
    arguments: CrawlArguments,
    *,
    started_at: dt.datetime,
    name: str = "crawl",
    partition: str | None = None,
) -> CrawlResult:
    """The result of a run, with its manifest written, or with the problem that kept it away.

    offices: gives the results anew each time it is iterated. Where no manifest can be written,
        they are taken into memory.
    """
    try:
        return write_manifest(
            data_dir, offices, arguments, started_at=started_at, name=name, partition=partition
        )
    except OSError as error:
        problem = f"{data_dir / name}.json cannot be written: {error.strerror}; make room there."
        return CrawlResult(list(offices), Totals.of(offices), data_dir, problem=problem)


def write_manifest(
    data_dir: Path,
    offices: Iterable[OfficeResult],
    arguments: CrawlArguments,
    *,
    started_at: dt.datetime | None = None,
    name: str = "crawl",
    partition: str | None = None,
) -> CrawlResult:
    """Write `<name>.json` and `<name>.md` into `data_dir`, and give what they say.

    Raises:
        OSError: they cannot be written.
    """
    now = dt.datetime.now(dt.UTC)
    totals = Totals.of(offices)
    head: dict[str, Any] = {
        "arguments": arguments.to_json() | {"partition": partition},
        "versions": versions(),
        "started_at": (started_at or now).isoformat(timespec="seconds"),
        "finished_at": now.isoformat(timespec="seconds"),
        "verdict": totals.verdict,
        "is_sample": arguments.sample is not None,
        "is_complete": totals.is_complete,
        "finish_reason": totals.finish_reason,
        "outcomes": dict(sorted(totals.outcomes.items())),
        "statuses": dict(sorted(totals.statuses.items())),
    }
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / f"{name}.json"
    with whole_file(data_dir / f"{name}.md") as file:
        for line in markdown_lines(head | {"offices": Records(offices)}):
            file.write(f"{line}\n".encode())
    with whole_file(path) as file:
        begins = _write_json(file, head, offices)
    return CrawlResult(OfficesOnDisk(path, begins), totals, data_dir, head=head, manifest=path)


def _write_json(
    file: BinaryIO, head: dict[str, Any], offices: Iterable[OfficeResult]
) -> array[int]:
    """Write what `json.dumps` makes of `head` with the key `offices` behind; where each begins."""
    file.write(_json(head).removesuffix("\n}").encode())
    file.write(f',\n{_STEP}"offices": ['.encode())
    begins = array("Q")
    between = "\n"
    for record in Records(offices):
        file.write(between.encode())
        begins.append(file.tell())
        file.write((_STEP * 2 + _json(record).replace("\n", f"\n{_STEP * 2}")).encode())
        between = ",\n"
    begins.append(file.tell())
    file.write((f"\n{_STEP}]\n}}\n" if len(begins) > 1 else "]\n}\n").encode())
    return begins


def _json(value: Any) -> str:
    # A line end within a text is written as \n, so that lines can be moved in.
    return json.dumps(value, ensure_ascii=False, indent=len(_STEP))
