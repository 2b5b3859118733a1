"""Keep what pages say, one file an office, so that a page is parsed once by one parser version.

A reading is kept under the place of its capture in the archive and its digest; captures that read
alike, such as those of a page with a hit counter, share one. The files are derived: one that is
lost, damaged or of other code is as good as none, and its pages are parsed again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import Any, get_args, get_origin, get_type_hints

import pyarrow as pa

from datasets.pages import Reading, ReadingKey

_COMPRESSION = "zstd"
_DIGEST = 64  # characters of a sha256 at the end of the file


class KeptReadings:
    """The kept readings of one office; a context manager that writes what is new at its end.

    code: of the parsers (`engine.code.reading_code`).
    n_parsed, n_kept: how many readings were parsed anew, and how many were there.
    """

    def __init__(self, path: Path, code: str):
        self._path = path
        self._code = code
        self._lines = dict(_lines(path, code))
        self._used: dict[str, str] = {}
        # Of a page that is fetched every week there are hundreds of captures and few readings.
        self._shared: dict[str, tuple[str, Reading]] = {}
        self.n_parsed = self.n_kept = 0

    def __enter__(self) -> KeptReadings:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # What was parsed before an error is kept too: another build need not parse it again.
        kept = self._used if error is None else self._lines | self._used
        if self.n_parsed or kept.keys() != self._lines.keys():
            self._write(kept)

    def reading(self, key: ReadingKey, read: Callable[[], Reading]) -> Reading:
        """The kept reading of `key`, else what `read` gives, which is kept."""
        name = json.dumps(key, ensure_ascii=False)
        line = self._lines.get(name)
        if line is None:
            new = read()
            self.n_parsed += 1
            line = json.dumps(_encoded(new), ensure_ascii=False)
        else:
            self.n_kept += 1
            new = None
        if line not in self._shared:
            self._shared[line] = (line, new or _decoded(json.loads(line)))
        # Of equal lines and readings the first ones alone stay in memory.
        self._used[name], reading = self._shared[line]
        return reading

    def _write(self, lines: dict[str, str]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        staging = self._path.with_name(f"{self._path.name}.{os.getpid()}.part")
        by_reading: dict[str, list[str]] = {}
        for name in sorted(lines):
            by_reading.setdefault(lines[name], []).append(name)
        digest = hashlib.sha256()
        with pa.output_stream(str(staging), compression=_COMPRESSION) as stream:
            stream.write(f"{self._code}\n".encode())
            for reading, names in by_reading.items():
                line = f"{json.dumps(names)}\t{reading}\n".encode("utf-8", "surrogatepass")
                digest.update(line)
                stream.write(line)
            stream.write(digest.hexdigest().encode())
        staging.replace(self._path)


def _lines(path: Path, code: str) -> Iterator[tuple[str, str]]:
    """The keys and readings in the file, as JSON; none when it is of other code or damaged."""
    try:
        with pa.input_stream(str(path), compression=_COMPRESSION) as stream:
            head, _, body = stream.read().partition(b"\n")
    except (OSError, pa.ArrowException):
        return
    body, told = body[:-_DIGEST], body[-_DIGEST:]
    if head.decode("utf-8", "replace") != code or hashlib.sha256(body).hexdigest().encode() != told:
        return
    for line in body.decode("utf-8", "surrogatepass").split("\n")[:-1]:
        names, _, reading = line.partition("\t")
        for name in json.loads(names):
            yield name, reading


def _encoded(reading: Reading) -> Any:
    """`reading` in the types of JSON; a record is the list of its fields."""
    encoder = _encoder(Reading)
    return encoder(reading) if encoder is not None else reading


@cache
def _encoder(kind: Any) -> Callable[[Any], Any] | None:
    """What makes JSON of a value of type `kind`; None when JSON has it as it is."""
    if kind is dt.date:
        return dt.date.isoformat
    if get_origin(kind) is tuple:
        one = _encoder(get_args(kind)[0])
        return one and (lambda values: list(map(one, values)))
    some = _unless_none(kind)
    if some is not None:
        inner = _encoder(some)
        return inner and (lambda value: None if value is None else inner(value))
    if not _is_record(kind):
        return None
    hints, names = get_type_hints(kind), [one.name for one in fields(kind)]
    made = [(at, _encoder(hints[name])) for at, name in enumerate(names)]
    changed = [(at, encoder) for at, encoder in made if encoder is not None]
    values_of = attrgetter(*names)
    if not changed:
        return values_of

    def record(one: Any) -> list[Any]:
        values = list(values_of(one))
        for at, encoder in changed:
            values[at] = encoder(values[at])
        return values

    return record


def _decoded(value: Any) -> Reading:
    reading = _decoder(Reading)
    assert reading is not None  # a reading is a record
    decoded: Reading = reading(value)
    return decoded


@cache
def _decoder(kind: Any) -> Callable[[Any], Any] | None:
    """What makes a value of type `kind` of its JSON; None when JSON has it as it is."""
    if kind is dt.date:
        return dt.date.fromisoformat
    if get_origin(kind) is tuple:
        one = _decoder(get_args(kind)[0])
        return tuple if one is None else lambda values: tuple(map(one, values))
    some = _unless_none(kind)
    if some is not None:
        inner = _decoder(some)
        return inner and (lambda value: None if value is None else inner(value))
    if not _is_record(kind):
        return None
    hints = get_type_hints(kind)
    made = [(at, _decoder(hints[one.name])) for at, one in enumerate(fields(kind))]
    changed = [(at, decoder) for at, decoder in made if decoder is not None]

    def record(values: list[Any]) -> Any:
        for at, decoder in changed:
            values[at] = decoder(values[at])
        return kind(*values)

    return record


def _is_record(kind: Any) -> bool:
    return is_dataclass(kind)


def _unless_none(kind: Any) -> Any:
    """The type T of `T | None`; None when `kind` is of another make."""
    others = [one for one in get_args(kind) if one is not type(None)]
    return others[0] if len(others) + 1 == len(get_args(kind)) else None
