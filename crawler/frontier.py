"""The frontier of a run: the offices it has still to crawl, on disk.

A run over thousands of offices keeps a few of them in memory; the others wait here, and what is
known of those that have ended is kept here until the manifest is written. A run that was killed
finds its frontier again and goes on with what is left. The pages of one office are not kept here:
they are few (the office's budget), and those already fetched are in the archive.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from crawler.locks import NotWritable
from crawler.offices import Office, office_from_json, office_to_json

# A frontier that was left behind longer ago is of another day's site: the run begins anew.
_OLDEST = dt.timedelta(hours=24)
_SCHEMA = """
CREATE TABLE run (job TEXT NOT NULL, begun_at TEXT NOT NULL);
CREATE TABLE offices (
  ordinal INTEGER PRIMARY KEY, office_id TEXT NOT NULL UNIQUE, site TEXT NOT NULL,
  record TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'begun', 'ended')),
  result TEXT
);
CREATE INDEX offices_state ON offices (state, ordinal, site);
"""


class Frontier:
    """The offices of one run, in the file `path`, in the order in which they were given."""

    def __init__(self, path: Path):
        self.path = path
        self._db = _connect(path)
        self._is_kept = True

    @classmethod
    def of(cls, path: Path, offices: Iterable[tuple[Office, str]], job: dict[str, Any]) -> Frontier:
        """The frontier of a run over `offices`, new or found again.

        offices: each with its site; none is kept in memory. job: the arguments of the run; a
            frontier that was left behind is taken up when it has the same arguments and offices
            and is of this day.

        Raises:
            NotWritable: there is no room for it.
        """
        try:
            return cls._of(path, offices, job)
        except (OSError, sqlite3.OperationalError) as error:
            raise NotWritable(f"The frontier {path} cannot be written: {error}.") from error

    @classmethod
    def _of(
        cls, path: Path, offices: Iterable[tuple[Office, str]], job: dict[str, Any]
    ) -> Frontier:
        beside = path.with_name(f"{path.name}.new")
        remove(beside)
        digest = hashlib.sha256(json.dumps(job, sort_keys=True).encode())
        db = _connect(beside)
        with db:
            db.executescript(_SCHEMA)
            for office, site in offices:
                record = json.dumps(office_to_json(office), ensure_ascii=False)
                digest.update(record.encode())
                db.execute(
                    "INSERT INTO offices (office_id, site, record) VALUES (?, ?, ?)",
                    (office.id, site, record),
                )
            begun_at = dt.datetime.now(dt.UTC).isoformat()
            db.execute("INSERT INTO run VALUES (?, ?)", (digest.hexdigest(), begun_at))
        db.close()
        if _can_go_on(path, digest.hexdigest()):
            remove(beside)
        else:
            remove(path)
            beside.rename(path)
        frontier = cls(path)
        with frontier._db:
            frontier._db.execute("UPDATE offices SET state = 'waiting' WHERE state = 'begun'")
        return frontier

    @property
    def begun_at(self) -> dt.datetime:
        """When the run began, also when it was taken up since."""
        (text,) = self._db.execute("SELECT begun_at FROM run").fetchone()
        return dt.datetime.fromisoformat(text)

    def take(self, busy_sites: Collection[str] = ()) -> tuple[Office, str] | None:
        """The next office that waits, and its site, none of `busy_sites`; None when none waits."""
        marks = ", ".join("?" * len(busy_sites))
        with self._db:
            row = self._db.execute(
                "SELECT ordinal, record, site FROM offices WHERE state = 'waiting'"
                f" AND site NOT IN ({marks}) ORDER BY ordinal LIMIT 1",
                tuple(busy_sites),
            ).fetchone()
            if row is None:
                return None
            self._db.execute("UPDATE offices SET state = 'begun' WHERE ordinal = ?", row[:1])
        return office_from_json(json.loads(row[1])), row[2]

    def end(self, office_id: str, result: dict[str, Any], *, again: bool) -> None:
        """Keep the result of an office; with `again`, a run that is taken up crawls it again."""
        with self._db:
            self._db.execute(
                "UPDATE offices SET state = ?, result = ? WHERE office_id = ?",
                (
                    "begun" if again else "ended",
                    json.dumps(result, ensure_ascii=False),
                    office_id,
                ),
            )

    def results(self) -> Iterator[tuple[str, dict[str, Any] | None]]:
        """Each office's id and result, None without one, in the order of the offices."""
        rows = self._db.execute("SELECT office_id, result FROM offices ORDER BY ordinal")
        for office_id, result in rows:
            yield office_id, json.loads(result) if result else None

    def counts(self) -> tuple[int, int]:
        """How many offices have ended, and how many there are."""
        ended, count = self._db.execute(
            "SELECT coalesce(sum(state = 'ended'), 0), count(*) FROM offices"
        ).fetchone()
        return ended, count

    def forget(self) -> None:
        """Let nobody take this run up."""
        self._is_kept = False

    def __enter__(self) -> Frontier:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, and remove it when every office has ended or nobody shall take it up."""
        ended, count = self.counts()
        self._db.close()
        if ended == count or not self._is_kept:
            remove(self.path)


def remove(path: Path) -> None:
    """Remove the frontier at `path` with the files that SQLite keeps beside it."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm", f"{path.name}-journal"):
        path.with_name(name).unlink(missing_ok=True)


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=30)
    # The frontier of one office shall find room where hardly any is left.
    db.execute("PRAGMA page_size = 1024")
    # A frontier is there again after a kill of the process; a power cut may lose the last seconds.
    db.execute("PRAGMA synchronous = OFF")
    return db


def _can_go_on(path: Path, job: str) -> bool:
    if not path.exists():
        return False
    try:
        db = _connect(path)
        try:
            known, begun_at = db.execute("SELECT job, begun_at FROM run").fetchone()
        finally:
            db.close()
    except (sqlite3.DatabaseError, TypeError):  # cut off by a full disk, or no frontier at all
        return False
    age = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(begun_at)
    return known == job and dt.timedelta(0) <= age < _OLDEST
