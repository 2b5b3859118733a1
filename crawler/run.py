"""Crawl offices from Python: the one call behind the command line.

The crawl itself runs in a child process (see `crawler.process`), so it can be called as often as
one likes, from anywhere.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from crawler.arguments import CrawlArguments
from crawler.locks import NotWritable, make_folder, run_lock
from crawler.offices import Office, OfficeError, office_to_json, select_offices
from crawler.results import CrawlResult, OfficeResult, ended_run

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
    listener: Listener | None = None,
    take_run_lock: bool = True,
    log_format: str = "text",
) -> CrawlResult:
    """Fetch the annual reports of `offices` into the archive in `data_dir`.

    offices: ids (or beginnings of ids, such as cn-3715*) or records; none means all of one's own in
        `offices_path` or `offices.csv` of the data directory, or else all that are bundled.
    mode: `crawl`, `update` or `replay` (see `crawler.arguments`).
    listener: called with each event, a dict with `event` = `visit` and the fields of a
        `crawler.journal.Visit` and its office_id.
    take_run_lock: False when the caller holds the lock of the data directory.
    log_format: `text`, or `json` for JSON lines; the log is `crawl.log` beside the manifest.

    Returns what happened; `crawl.json` in the data directory says the same. An office that fails
    is a result with a verdict and a sentence, not an exception; so is a row of the registry that
    cannot be used beside others that can.

    Raises:
        ArgumentError: an argument is wrong. OfficeError: an office is unknown or its file wrong.
        Busy: another run is at work in `data_dir`. NotWritable: it cannot be written.
    """
    arguments = CrawlArguments.read(
        mode=mode,
        from_year=from_year,
        until_year=until_year,
        sample=sample,
        max_age_hours=max_age_hours,
    )
    data_dir = Path(data_dir).resolve()
    problems: list[OfficeError] = []
    chosen = _choose(offices, offices_path, data_dir, problems)
    run_dir = data_dir / "sample" if arguments.sample is not None else data_dir
    started_at = dt.datetime.now(dt.UTC)
    lock = run_lock(data_dir) if take_run_lock and arguments.mode != "replay" else None
    try:
        make_folder(run_dir)
        results = _run_child(
            chosen, arguments, data_dir, run_dir / "crawl.log", listener, log_format
        )
        results += [
            OfficeResult(problem.office_id, "usage", str(problem), finish_reason="not_begun")
            for problem in problems
        ]
        return ended_run(run_dir, results, arguments, started_at=started_at)
    finally:
        if lock is not None:
            lock.release()


def _choose(
    offices: Iterable[Office | str],
    path: str | Path | None,
    data_dir: Path,
    problems: list[OfficeError],
) -> list[Office]:
    """The offices to crawl; what is wrong with others of the registry is added to `problems`."""
    given = list(offices)
    records = [office for office in given if isinstance(office, Office)]
    ids = [office for office in given if isinstance(office, str)]
    if ids or not records:
        records += select_offices(ids, path, data_dir=data_dir, problems=problems)
    if problems and not records:
        raise problems[0]
    return records


def _run_child(
    offices: list[Office],
    arguments: CrawlArguments,
    data_dir: Path,
    log_path: Path,
    listener: Listener | None,
    log_format: str,
) -> list[OfficeResult]:
    job = {
        "offices": [office_to_json(office) for office in offices],
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
    results: dict[str, OfficeResult] = {}
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
                continue
            if not line:
                break
            event = json.loads(line)
            if event.pop("event") == "result":
                results[event["office_id"]] = OfficeResult(**event)
            elif listener is not None:
                listener({"event": "visit", **event})
    finally:
        child.stdin.close()
        child.stdout.close()
        code = child.wait()
    return [
        results.get(office.id)
        or OfficeResult(
            office.id,
            "partial",
            f"{office.id}: the crawl ended without a result (exit code {code}); see {log_path}.",
            finish_reason="killed",
        )
        for office in offices
    ]
