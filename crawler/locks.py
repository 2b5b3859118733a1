"""Locks that keep two runs from one archive, by files that the system frees when a process dies."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout


class Busy(Exception):
    """Another run holds the lock; the message names the file."""


class NotWritable(Exception):
    """A folder of the data directory cannot be made or written; the message names it and why."""


def hold(path: Path, what: str) -> FileLock:
    """Take the lock file `path` for `what`, at once or not at all; release it with `.release()`.

    Raises:
        Busy: another process, or another holder in this one, has it.
        NotWritable: the folder cannot be made, or the file in it.
    """
    make_folder(path.parent)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise Busy(
            f"Another run is at work on {what} (it holds {path}); wait for it to end."
        ) from None
    except OSError as error:
        raise NotWritable(_not_writable(path.parent, error)) from error
    return lock


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

    part: the name of a partition, such as `3-of-16`, that has a lock of its own.
    """
    name = f".run-{part}.lock" if part else ".run.lock"
    what = f"partition {part} of " if part else ""
    return hold(data_dir / name, f"{what}the data directory {data_dir}")
