"""What the archive holds, told by its folders alone.

It opens no index and reads no record, so that a build of a hundred thousand offices finds in
seconds which of them have anything new.
"""

from __future__ import annotations

import os
from pathlib import Path

from crawler.archive.writing import OFFICE_ID

# Name, bytes and time of change (nanoseconds) of each WARC file, sorted by name.
OfficeState = tuple[tuple[str, int, int], ...]


def office_states(data_dir: str | Path) -> dict[str, OfficeState]:
    """The state of every office that has WARC files, by office id, sorted.

    WARC files are only ever added and appended to; an office whose state is the same holds the
    same captures.
    """
    root = Path(data_dir) / "archive"
    if not root.is_dir():
        return {}
    with os.scandir(root) as folders:
        names = sorted(one.name for one in folders if OFFICE_ID.fullmatch(one.name))
    states = {name: office_state(root / name) for name in names}
    return {name: state for name, state in states.items() if state}


def office_state(folder: Path) -> OfficeState:
    """The state of the office whose folder is `folder`; empty when it has no WARC file."""
    found = []
    try:
        with os.scandir(folder) as files:
            for file in files:
                if file.name.endswith(".warc.gz"):
                    stat = file.stat()
                    found.append((file.name, stat.st_size, stat.st_mtime_ns))
    except (FileNotFoundError, NotADirectoryError):
        return ()
    return tuple(sorted(found))
