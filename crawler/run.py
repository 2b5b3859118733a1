"""Crawl offices from Python: the one call behind the command line.

The crawl itself runs in a child process (see `crawler.process`), so it can be called as often as
one likes, from anywhere.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.accepted import read_accepted
from crawler.archive import Archive
from crawler.arguments import CrawlArguments
from crawler.frontier import Frontier
from crawler.locks import NotWritable, make_folder, run_lock
from crawler.manifest import ended_run
from crawler.offices import (
    Office,
    OfficeError,
    load_offices,
    own_path,
    select_offices,
    stream_offices,
)
from crawler.partitions import Partition, Sites
from crawler.results import CrawlResult, OfficeResult

Listener = Callable[[dict[str, Any]], None]


def crawl(
    offices: Iterable[Office | str] = (),
    *,
    data_dir: str | Path = "data",
    offices_path: str | Path | None = None,
    mode: str = "crawl",
    from_year: int | None = None,
    until_year: int | None = None,
    sample: int | None = None,
    max_age_hours: float | None = None,
    partition: str | None = None,
    again: Iterable[str] = (),
    listener: Listener | None = None,
    take_run_lock: bool = True,
    log_format: str = "text",
) -> CrawlResult:
    """Fetch the annual reports of `offices` into the archive in `data_dir`.

    offices: ids (or beginnings of ids, such as cn-3715*) or records; none means all of one's own in
        `offices_path` or `offices.csv` of the data directory, or else all that are bundled.
    mode: `crawl`, `update` or `replay` (see `crawler.arguments`).
    partition: such as `3/16`: only the third of sixteen parts of `offices`. Offices that share a
        host are in one part, so that parts may run at the same time on several machines; the
        parts must be given the same offices. Log and manifest are the part's own; beside it run
        the other parts of sixteen and nothing else.
    again: addresses of archived reports: these are asked for now, and nothing else; log and
        manifest are `again.log` and `again.json`.
    listener: called with each event, a dict with `event` = `visit` and the fields of a
        `crawler.journal.Visit` and its office_id, or `event` = `office` and the fields of an
        `OfficeResult` with `ended` and `count`, how many offices have ended and how many are
        crawled, or `event` = `interrupted` when the run was told to end.
    take_run_lock: False when the caller holds the lock of the data directory.
    log_format: `text`, or `json` for JSON lines; the log is `crawl.log` beside the manifest.

    Returns what happened; `crawl.json` in the data directory says the same. An office that fails
    is a result with a verdict and a sentence, not an exception; so is a row of the registry that
    cannot be used beside others that can. A run that was killed is taken up by the next one with
    the same arguments within a day: its offices that had ended are not crawled again.

    Raises:
        ArgumentError: an argument is wrong. OfficeError: an office is unknown, or its file or the
            file of accepted failures is wrong.
        Busy: another run is at work in `data_dir`. NotWritable: it cannot be written.
    """
    arguments = CrawlArguments.read(
        mode=mode,
        from_year=from_year,
        until_year=until_year,
        sample=sample,
        max_age_hours=max_age_hours,
        again=again,
    )
    part = Partition.read(partition) if partition is not None else None
    data_dir = Path(data_dir).resolve()
    read_accepted(data_dir)  # what is wrong with it is said before anything is asked for
    chosen = _Chosen(offices, offices_path, data_dir, part)
    run_dir = data_dir / "sample" if arguments.sample is not None else data_dir
    name = "again" if arguments.again else "crawl"
    name += f"-{part.name}" if part is not None else ""
    is_replay = arguments.mode == "replay"
    lock = (
        run_lock(data_dir, part.name if part else "") if take_run_lock and not is_replay else None
    )
    try:
        make_folder(run_dir)
        # A replay writes nothing that another could take up, and several may run at once.
        kept = f".{name}-replay-{os.getpid()}" if is_replay else f".{name}"
        job = arguments.to_json()
        with Frontier.of(run_dir / f"{kept}.frontier", chosen, job) as frontier:
            log_path = run_dir / f"{name}.log"
            ending = _run_child(frontier, arguments, data_dir, log_path, listener, log_format)
            if is_replay:
                frontier.forget()
            return ended_run(
                run_dir,
                _Results(frontier, ending, chosen.problems, log_path),
                arguments,
                started_at=frontier.begun_at,
                name=name,
                partition=str(part) if part is not None else None,
            )
    finally:
        if lock is not None:
            lock.release()


def offices_to_update(
    ids: Iterable[str] = (), *, path: str | Path | None = None, data_dir: str | Path
) -> tuple[list[str], list[str]]:
    """The ids that an update is about, and those in the archive that no file describes.

    Those given; without any, those in the archive, when there is no file of one's own. No id at
    all means every office that `crawl` would take.

    Raises:
        OfficeError: none of the offices in the archive is described.
    """
    ids = list(ids)
    if ids or own_path(path, data_dir) is not None:
        return ids, []
    archived = Archive(data_dir).offices()
    known = load_offices()
    mine = [office_id for office_id in archived if office_id in known]
    strange = [office_id for office_id in archived if office_id not in known]
    if archived and not mine:
        raise OfficeError(
            f"No office file describes what is in {Path(data_dir) / 'archive'}"
            f" ({', '.join(strange)}); name the file with --offices, or an office to begin with."
        )
    return mine, strange


class _Chosen:
    """The offices to crawl, each with its site, read anew each time they are iterated.

    problems: what is wrong with other rows of the registry.
    """

    def __init__(
        self,
        offices: Iterable[Office | str],
        path: str | Path | None,
        data_dir: Path,
        part: Partition | None,
    ):
        """Look at all of them once.

        Raises:
            OfficeError: an office is unknown, or none can be used.
        """
        self._path, self._data_dir, self._part = path, data_dir, part
        self.problems: list[OfficeError] = []
        given = list(offices)
        self._named = [office for office in given if isinstance(office, Office)]
        ids = [office for office in given if isinstance(office, str)]
        if ids:
            self._named += select_offices(ids, path, data_dir=data_dir, problems=self.problems)
        self._is_registry = not given
        self._sites = Sites()
        is_empty = True
        for office in self._offices(self.problems.append):
            self._sites.add(office)
            is_empty = False
        if self.problems and is_empty:
            raise self.problems[0]
        if is_empty:
            where = own_path(path, data_dir)
            raise OfficeError(f"There is no office in {where}; `gongkai offices add` adds one.")

    def __iter__(self) -> Iterator[tuple[Office, str]]:
        for office in self._offices(lambda known: None):
            site = self._sites.of(office)
            if self._part is None or self._part.holds(site):
                yield office, site

    def _offices(self, problem: Callable[[OfficeError], None]) -> Iterator[Office]:
        if not self._is_registry:
            yield from self._named
            return
        yield from stream_offices(self._path, data_dir=self._data_dir, problem=problem)


def _run_child(
    frontier: Frontier,
    arguments: CrawlArguments,
    data_dir: Path,
    log_path: Path,
    listener: Listener | None,
    log_format: str,
) -> _Ending:
    job = {
        "frontier": str(frontier.path),
        "arguments": arguments.to_json(),
        "settings": {
            "GONGKAI_DATA": str(data_dir),
            "GONGKAI_MANIFEST": False,
            "GONGKAI_LOG_FORMAT": log_format,
        },
    }
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    try:
        log = log_path.open("ab")
    except OSError as error:
        raise NotWritable(f"The log {log_path} cannot be written: {error.strerror}.") from error
    with log:
        child = subprocess.Popen(
            [sys.executable, "-m", "crawler.process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment,
        )
    assert child.stdin is not None
    assert child.stdout is not None
    # What the frontier had no room for.
    unkept: dict[str, OfficeResult] = {}
    interrupted = 0
    try:
        with contextlib.suppress(BrokenPipeError):
            child.stdin.write(json.dumps(job).encode() + b"\n")
            child.stdin.flush()
        while True:
            try:
                line = child.stdout.readline()
            except KeyboardInterrupt:
                # The child has the signal too, and ends by itself; a second one ends it at once.
                interrupted += 1
                if interrupted > 1:
                    raise
                if listener is not None:
                    listener({"event": "interrupted"})
                continue
            if not line:
                break
            event = json.loads(line)
            if event["event"] == "unkept":
                unkept[event["result"]["office_id"]] = OfficeResult(**event["result"])
            elif listener is not None:
                listener(event)
    finally:
        child.stdin.close()
        child.stdout.close()
        code = child.wait()
    return _Ending(code, unkept)


@dataclass(frozen=True, slots=True)
class _Ending:
    """How the child ended: its exit code, and the results that the frontier had no room for."""

    code: int
    unkept: dict[str, OfficeResult]


@dataclass(frozen=True, slots=True)
class _Results:
    """The results of a run in the order of its offices, read from the frontier as they are needed.

    problems: what is wrong with rows that were no offices.
    """

    frontier: Frontier
    ending: _Ending
    problems: list[OfficeError]
    log_path: Path

    def __iter__(self) -> Iterator[OfficeResult]:
        for office_id, kept in self.frontier.results():
            if office_id in self.ending.unkept:
                yield self.ending.unkept[office_id]
            elif kept is not None:
                yield OfficeResult(**kept)
            else:
                yield _without_result(office_id, self.ending.code, self.log_path)
        for problem in self.problems:
            yield OfficeResult(problem.office_id, "usage", str(problem), finish_reason="not_begun")


def _without_result(office_id: str, code: int, log_path: Path) -> OfficeResult:
    if code == 0:
        words = f"{office_id}: the run was ended before this office's turn; run it again to go on."
        return OfficeResult(office_id, "partial", words, finish_reason="shutdown")
    words = f"{office_id}: the crawl ended without a result (exit code {code}); see {log_path}."
    return OfficeResult(office_id, "partial", words, finish_reason="killed")
