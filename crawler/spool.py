"""Results of offices that wait for the manifest of their run, on disk as soon as they are many.

For runs that have no frontier to keep them. They are written once and read as often as one likes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from tempfile import SpooledTemporaryFile
from types import TracebackType

from crawler.results import OfficeResult

# A few hundred results: up to here no disk is asked for.
_IN_MEMORY = 1024 * 1024


class Spool:
    """The results of a run in the order in which they came; gone when the block ends."""

    def __init__(self, results: Iterable[OfficeResult]):
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed at the end
        # What a full disk had no room for: the run is over soon, and shall say what it did.
        self._unkept: list[OfficeResult] = []
        for result in results:
            self._add(result)

    def _add(self, result: OfficeResult) -> None:
        line = json.dumps(asdict(result), ensure_ascii=False).encode() + b"\n"
        if not self._unkept:
            begin = self._file.tell()
            try:
                self._file.write(line)
                self._file.flush()
                return
            except OSError:
                self._file.seek(begin)
                self._file.truncate()
        self._unkept.append(result)

    def __iter__(self) -> Iterator[OfficeResult]:
        self._file.seek(0)
        for line in self._file:
            yield OfficeResult(**json.loads(line))
        yield from self._unkept

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._file.close()
