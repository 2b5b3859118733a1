"""Locks that keep two runs from one archive, by files that the system frees when a process dies.

A run over a data directory excludes every other one; parts of a run exclude each other only where
they might meet at a host, that is when they are not parts of one division. The file of a lock says
who holds it and since when.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import re
import socket
from pathlib import Path

from filelock import FileLock, Timeout

# How long a part waits for others to begin or to look who is there; seconds.
_PATIENCE = 2.0
# A run that has not ended after this is worth a look.
_LONG = dt.timedelta(days=1)
_PART = re.compile(r"\.run-\d+-of-(\d+)\.lock")


class Busy(Exception):
    """Another run holds the lock; the message names the file, who holds it and since when."""


class NotWritable(Exception):
    """A folder of the data directory cannot be made or written; the message names it and why."""


def hold(path: Path, what: str, *, patience: float = 0.0) -> FileLock:
    """Take the lock file `path` for `what`; release it with `.release()`.

    patience: how many seconds to wait for it; none, to have it at once or not at all.

    Raises:
        Busy: another process, or another holder in this one, has it.
        NotWritable: the folder cannot be made, or the file in it.
    """
    make_folder(path.parent)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=patience)
    except Timeout:
        raise Busy(_busy(path, what)) from None
    except OSError as error:
        raise NotWritable(_not_writable(path.parent, error)) from error
    holder = {
        "since": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "process": os.getpid(),
        "host": socket.gethostname(),
    }
    with contextlib.suppress(OSError):  # a full disk: the lock holds all the same
        path.write_text(json.dumps(holder) + "\n", "utf-8")
    return lock


def _busy(path: Path, what: str) -> str:
    """That `what` is at work, since when, and what to do when that is long ago."""
    try:
        holder = json.loads(path.read_text("utf-8"))
        since = dt.datetime.fromisoformat(holder["since"])
        who = f"process {holder['process']} on {holder['host']}"
    except (OSError, ValueError, LookupError, TypeError):  # just taken, or on a disk that was full
        return f"Another run is at work on {what} (it holds {path}); wait for it to end."
    at_work = (
        f"Another run is at work on {what} since {since:%Y-%m-%d %H:%M} UTC ({who} holds {path})"
    )
    age = dt.datetime.now(dt.UTC) - since
    if age < _LONG:
        return f"{at_work}; wait for it to end."
    return f"{at_work}. After {age.days} days it may hang: see whether crawl.log grows, or end it."


def make_folder(path: Path) -> None:
    """Make the folder `path` where it is not there yet.

    Raises:
        NotWritable: it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotWritable(_not_writable(path, error)) from error


def _not_writable(folder: Path, error: OSError) -> str:
    return (
        f"{folder} cannot be written: {error.strerror}; choose another data directory with --data,"
        " or give yourself the right to write there."
    )


def office_lock(data_dir: Path, office_id: str) -> FileLock:
    """The lock of the archive of one office, held by whoever writes to it."""
    return hold(data_dir / "archive" / office_id / ".lock", f"the archive of {office_id}")


def run_lock(data_dir: Path, part: str = "") -> FileLock:
    """The lock of a data directory, held by a run that crawls or builds it.

    part: the name of a partition, such as `3-of-16`: held beside other parts of sixteen, and
        beside nothing else.

    Raises:
        Busy, NotWritable: as `hold` does.
    """
    whole = data_dir / ".run.lock"
    # Who begins holds the lock of the whole until it has looked who else is at work.
    lock = hold(whole, f"the data directory {data_dir}", patience=_PATIENCE if part else 0.0)
    try:
        own = data_dir / f".run-{part}.lock" if part else whole
        for path in sorted(data_dir.glob(".run-*-of-*.lock")):
            if _division(path) != _division(own):
                hold(path, f"a part of the data directory {data_dir}").release()
        if not part:
            return lock
        taken = hold(own, f"partition {part} of the data directory {data_dir}")
    except BaseException:
        lock.release()
        raise
    lock.release()
    return taken


def _division(path: Path) -> str | None:
    """Into how many parts the run is divided that holds `path`; None for a whole one."""
    match = _PART.fullmatch(path.name)
    return match[1] if match else None
