"""The index of one office's WARC files: what is where, kept in SQLite beside them.

It is derived: every row comes from a record, rows that are missing are read from the records
when the index is opened, and a lost or broken index is made anew. It never holds anything that the
WARC files do not.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from crawler.archive import records
from crawler.archive.captures import Capture, Damage, Failure, Kind, Origin, PayloadError
from crawler.archive.digests import may_be_equal
from crawler.archive.rows import (
    FailureRow,
    IndexRow,
    Original,
    Reference,
    Row,
    UnresolvedRow,
    row_of_record,
)

INDEX_NAME = "index.sqlite"
_VERSION = 2

_SCHEMA = """
CREATE TABLE IF NOT EXISTS files (file TEXT PRIMARY KEY, indexed_to INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS captures (
  file TEXT NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL, record_id TEXT NOT NULL,
  url TEXT NOT NULL, fetched_at TEXT NOT NULL, http_status INTEGER NOT NULL, content_type TEXT,
  bytes INTEGER NOT NULL, capture_id TEXT NOT NULL, payload_digest TEXT, kind TEXT NOT NULL,
  origin TEXT NOT NULL, revisit_of TEXT, link_text TEXT, via TEXT,
  PRIMARY KEY (file, offset)
);
CREATE INDEX IF NOT EXISTS captures_url ON captures (url);
CREATE INDEX IF NOT EXISTS captures_id ON captures (capture_id);
CREATE INDEX IF NOT EXISTS captures_digest ON captures (payload_digest);
CREATE INDEX IF NOT EXISTS captures_record ON captures (record_id);
CREATE TABLE IF NOT EXISTS failures (
  file TEXT NOT NULL, offset INTEGER NOT NULL, url TEXT NOT NULL, failed_at TEXT NOT NULL,
  reason TEXT NOT NULL, message TEXT NOT NULL, kind TEXT NOT NULL, origin TEXT NOT NULL,
  link_text TEXT, via TEXT,
  PRIMARY KEY (file, offset)
);
CREATE TABLE IF NOT EXISTS unresolved (
  file TEXT NOT NULL, offset INTEGER NOT NULL, record_id TEXT NOT NULL, url TEXT NOT NULL,
  PRIMARY KEY (file, offset)
);
CREATE TABLE IF NOT EXISTS damages (
  file TEXT NOT NULL, offset INTEGER NOT NULL, until INTEGER NOT NULL, message TEXT NOT NULL,
  PRIMARY KEY (file, offset)
);
"""

_CAPTURE_COLUMNS = (
    "file, offset, length, record_id, url, fetched_at, http_status, content_type, bytes,"
    " capture_id, payload_digest, kind, origin, revisit_of, link_text, via"
)
_FAILURE_COLUMNS = "file, offset, url, failed_at, reason, message, kind, origin, link_text, via"
_TABLES = {
    Row: ("captures", _CAPTURE_COLUMNS),
    FailureRow: ("failures", _FAILURE_COLUMNS),
    UnresolvedRow: ("unresolved", "file, offset, record_id, url"),
}
_Way = tuple[tuple[str, ...], str, str]
# How a revisit finds the record that it repeats, the surest way first: which of the values it has
# to state for that, the condition, and which of several records is taken.
_WAYS_TO_ORIGINAL: tuple[_Way, ...] = (
    (("record_id",), "record_id = :record_id", "file DESC, offset DESC"),
    # Tools write the date with and without parts of a second.
    (
        ("date",),
        "url = :url AND substr(fetched_at, 1, 19) = substr(:date, 1, 19)",
        "fetched_at = :date DESC, file DESC, offset DESC",
    ),
    (("payload_digest",), "payload_digest = :payload_digest", "file DESC, offset DESC"),
)
# A 304 that says no more than its address is of the state before it.
_STATE_BEFORE: _Way = ((), "url = :url AND fetched_at <= :before", "fetched_at DESC")


class Index:
    """The index of the WARC files in `folder`, the folder of one office."""

    def __init__(self, folder: Path):
        self.folder = folder
        try:
            self._db = self._open()
            self.catch_up()
        except sqlite3.OperationalError:  # locked: the index itself is not at fault
            raise
        except sqlite3.DatabaseError:
            # Not a database, malformed, or of another version. It holds nothing of its own.
            remove_index(folder)
            self._db = self._open()
            self.catch_up()

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def _open(self) -> sqlite3.Connection:
        path = self.folder / INDEX_NAME
        try:
            return _connect(path)
        except sqlite3.OperationalError as error:
            if _is_locked(error):
                raise
            # A folder that cannot be written, such as an archive on read-only media, or a full
            # disk: what the files hold can be read all the same.
            return _connect(":memory:")

    def catch_up(self) -> None:
        """Read the records that the index does not know yet, and forget files that are gone."""
        try:
            self._catch_up()
        except sqlite3.OperationalError as error:
            if _is_locked(error):
                raise
            self._db.close()
            self._db = _connect(":memory:")
            self._catch_up()

    def _catch_up(self) -> None:
        known = dict(self._db.execute("SELECT file, indexed_to FROM files"))
        present = {path.name: path for path in sorted(self.folder.glob("*.warc.gz"))}
        has_read = False
        for name in sorted(known.keys() - present.keys()):
            self._forget(name)
        for name, path in present.items():
            start = known.get(name, 0)
            size = path.stat().st_size
            if size < start:
                self._forget(name)
                start = 0
            if size > start:
                self._read_records(name, path, start)
                has_read = True
        if has_read:
            self.resolve()

    def resolve(self) -> list[str]:
        """Take as captures the revisits whose originals came after them; gives their record ids."""
        resolved: list[str] = []
        for name, offset in self._db.execute("SELECT file, offset FROM unresolved").fetchall():
            try:
                record = records.read_record(self.folder / name, offset)
            except (OSError, records.RecordDamaged):
                continue
            row = row_of_record(record, self.find_original)
            if isinstance(row, Row):
                with self._db:
                    self._db.execute("BEGIN IMMEDIATE")
                    self._db.execute(
                        "DELETE FROM unresolved WHERE file = ? AND offset = ?", (name, offset)
                    )
                    self._add(name, row)
                resolved.append(row.record_id)
        return resolved

    def _read_records(self, name: str, path: Path, start: int) -> None:
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._drop_damages(name, start)
            at = start
            for item in records.scan(path, start):
                if isinstance(item, records.Gap):
                    self._db.execute(
                        "INSERT INTO damages VALUES (?, ?, ?, ?)",
                        (name, item.offset, item.until, item.message),
                    )
                    # What is cut off at the end may be a record that is being written just now.
                    at = at if item.end_of_file else item.until
                    continue
                row = row_of_record(item, self.find_original)
                if row is not None:
                    self._add(name, row)
                at = item.offset + item.length
            self._set_indexed_to(name, at)

    def _drop_damages(self, name: str, start: int) -> None:
        self._db.execute("DELETE FROM damages WHERE file = ? AND offset >= ?", (name, start))

    def add(self, name: str, row: IndexRow, indexed_to: int) -> None:
        """Take the row of a record just written to `name`, which now ends at `indexed_to`."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._drop_damages(name, row.offset)
            self._add(name, row)
            self._set_indexed_to(name, indexed_to)

    def _add(self, name: str, row: IndexRow) -> None:
        table, columns = _TABLES[type(row)]
        values = (name, *row.values())
        marks = ", ".join("?" * len(values))
        self._db.execute(f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({marks})", values)

    def _set_indexed_to(self, name: str, at: int) -> None:
        self._db.execute("INSERT OR REPLACE INTO files VALUES (?, ?)", (name, at))

    def _forget(self, name: str) -> None:
        with self._db:
            for table in ("files", "captures", "failures", "unresolved", "damages"):
                self._db.execute(f"DELETE FROM {table} WHERE file = ?", (name,))

    def captures(self) -> Iterator[Capture]:
        """Every capture in the order of arrival."""
        yield from self._select("ORDER BY file, offset", ())

    def latest(self, url: str, origins: tuple[Origin, ...]) -> list[Capture]:
        """The captures of `url` from these origins, the one that tells most of it today first.

        Live ones in the order of arrival, the latest first; then what came from elsewhere, in the
        order of its own time, since it may come years later. Where the site gave an error or a
        check last, the page as it came from elsewhere goes before that.
        """
        marks = ", ".join("?" * len(origins))
        where = f"WHERE url = ? AND origin IN ({marks}) ORDER BY file DESC, offset DESC"
        found = list(self._select(where, (url, *origins)))
        live = [capture for capture in found if capture.origin == "live"]
        others = [capture for capture in found if capture.origin != "live"]
        others.sort(key=lambda capture: capture.fetched_at, reverse=True)
        if live and not _is_page(live[0]):
            pages = [capture for capture in others if _is_page(capture)]
            return pages + live + [capture for capture in others if not _is_page(capture)]
        return live + others

    def payload_sources(self, capture_id: str) -> list[tuple[str, int]]:
        """File name and offset of each record that holds the payload itself."""
        return list(
            self._db.execute(
                "SELECT file, offset FROM captures WHERE capture_id = ? AND revisit_of IS NULL"
                " ORDER BY file, offset",
                (capture_id,),
            )
        )

    def originals(
        self, capture_id: str, payload_digest: str
    ) -> list[tuple[str, str, str, str, int]]:
        """Record id, URL, date text, file name and offset of the records with this payload."""
        return list(
            self._db.execute(
                "SELECT record_id, url, fetched_at, file, offset FROM captures"
                " WHERE capture_id = ? AND payload_digest = ? AND revisit_of IS NULL"
                " ORDER BY file DESC, offset DESC",
                (capture_id, payload_digest),
            )
        )

    def record_ids(self) -> set[str]:
        """The WARC-Record-IDs of all captures, and of the revisits that cannot be resolved."""
        return {
            row[0]
            for row in self._db.execute(
                "SELECT record_id FROM captures UNION SELECT record_id FROM unresolved"
            )
        }

    def places(self) -> set[tuple[str, int]]:
        """File name and offset of every record that the index has a row of."""
        return {
            (file, offset)
            for table, _ in _TABLES.values()
            for file, offset in self._db.execute(f"SELECT file, offset FROM {table}")
        }

    def count_unresolved(self) -> int:
        """How many revisits repeat a record that is not here."""
        (count,) = self._db.execute("SELECT count(*) FROM unresolved").fetchone()
        return int(count)

    def record_of(self, capture: Capture) -> tuple[str, str, str, str | None]:
        """Record id, URL, date text and digest of the record with the payload of `capture`."""
        row = self._db.execute(
            "SELECT record_id, url, fetched_at, payload_digest FROM captures WHERE capture_id = ?"
            " AND revisit_of IS NULL ORDER BY url = ? DESC, file DESC, offset DESC LIMIT 1",
            (capture.capture_id, capture.url),
        ).fetchone()
        if row is None:
            raise PayloadError(f"{capture.url}: no record holds the payload {capture.capture_id}")
        return cast("tuple[str, str, str, str | None]", row)

    def find_original(self, reference: Reference) -> Original | None:
        """The record that holds the payload of a revisit with this reference.

        None when none does for sure: one whose payload has another digest is never given.
        """
        stated = asdict(reference)
        ways = [way for way in _WAYS_TO_ORIGINAL if all(stated[name] for name in way[0])]
        for _, condition, order in ways or [_STATE_BEFORE]:
            for *original, digest in self._db.execute(
                "SELECT record_id, capture_id, bytes, kind, content_type, payload_digest"
                f" FROM captures WHERE {condition} AND revisit_of IS NULL ORDER BY {order}",
                stated,
            ):
                if may_be_equal(reference.payload_digest, digest):
                    return Original(*original)
        return None

    def failures(self) -> Iterator[Failure]:
        """Every failure in the order of arrival."""
        office_id = self.folder.name
        for row in self._db.execute(
            f"SELECT {_FAILURE_COLUMNS} FROM failures ORDER BY file, offset"
        ):
            file, offset, url, failed_at, reason, message, kind, origin, link_text, via = row
            yield Failure(
                office_id, url, dt.datetime.fromisoformat(failed_at), reason, message,
                cast(Kind, kind), cast(Origin, origin), f"{office_id}/{file}", offset,
                link_text, via,
            )  # fmt: skip

    def damages(self) -> Iterator[Damage]:
        """Every stretch of the files that gave no record."""
        for file, offset, until, message in self._db.execute(
            "SELECT file, offset, until, message FROM damages ORDER BY file, offset"
        ):
            yield Damage(f"{self.folder.name}/{file}", offset, until, message)

    def _select(self, where: str, values: tuple[Any, ...]) -> Iterator[Capture]:
        office_id = self.folder.name
        columns = (
            "url, fetched_at, http_status, content_type, bytes, capture_id, kind, origin, file,"
            " offset, revisit_of, link_text, via"
        )
        for row in self._db.execute(f"SELECT {columns} FROM captures {where}", values):
            url, fetched_at, status, content_type, size, capture_id, kind, origin, file, offset = (
                row[:10]
            )
            yield Capture(
                office_id, url, dt.datetime.fromisoformat(fetched_at), status, content_type, size,
                capture_id, kind, origin, f"{office_id}/{file}", offset, *row[10:],
            )  # fmt: skip


def _is_page(capture: Capture) -> bool:
    return capture.http_status < 400 and capture.kind not in ("challenge", "error")


def remove_index(folder: Path) -> None:
    """Delete the index of `folder`; the next reader makes it anew."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        (folder / f"{INDEX_NAME}{suffix}").unlink(missing_ok=True)


def _is_locked(error: sqlite3.OperationalError) -> bool:
    return "locked" in str(error) or "busy" in str(error)


def _connect(path: Path | str) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=60, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA wal_autocheckpoint = 100")  # a small log: the index is small
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, _VERSION):
            raise sqlite3.DatabaseError(f"index of version {version}")
        db.executescript(_SCHEMA)
        db.execute(f"PRAGMA user_version = {_VERSION}")
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db
