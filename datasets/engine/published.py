"""What is known of the files of the published dataset, so that a build need not write them again.

A list beside the kept segments says for each file from what it was put together, and its size, time
and digest. A file that was changed since by anyone else is not known any more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from datasets.engine.batches import KEPT
from datasets.engine.parts import Part
from datasets.formats.files import TableFile

_NAME = "published.json"


@dataclass(frozen=True, slots=True)
class _Known:
    key: str
    changed_at: int
    file: TableFile


class PublishedFiles:
    """The files of the published dataset that are as the last build left them."""

    def __init__(self, data_dir: Path):
        self._path = data_dir / KEPT / _NAME
        self._folder = data_dir / "dataset"
        self._known = dict(self._read())

    def _read(self) -> Iterable[tuple[str, _Known]]:
        try:
            told: Mapping[str, Any] = json.loads(self._path.read_text("utf-8"))
            for path, one in told.items():
                yield path, _Known(one["key"], one["changed_at"], TableFile(**one["file"]))
        except (OSError, ValueError, KeyError, TypeError):
            return

    def same(self, part: Part) -> TableFile | None:
        """The published file of `part`, when it is put together from the same segments."""
        known = self._known.get(part.path)
        if known is None or known.key != part.key:
            return None
        try:
            stat = (self._folder / part.path).stat()
        except OSError:
            return None
        unchanged = (stat.st_size, stat.st_mtime_ns) == (known.file.bytes, known.changed_at)
        return known.file if unchanged else None

    def remember(self, parts: Iterable[Part], files: Mapping[str, TableFile]) -> None:
        """Write down the files that have just been published, by their path."""
        told = {
            part.path: {
                "key": part.key,
                "changed_at": (self._folder / part.path).stat().st_mtime_ns,
                "file": asdict(files[part.path]),
            }
            for part in parts
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        staging = self._path.with_name(f"{_NAME}.part")
        staging.write_text(json.dumps(told), encoding="utf-8")
        staging.replace(self._path)
