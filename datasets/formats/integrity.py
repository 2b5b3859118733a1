"""Are the files of a dataset still those that its datapackage.json describes?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from datasets.formats.files import file_digest

_DESCRIPTOR = "datapackage.json"


def changed_files(folder: Path) -> Iterator[str]:
    """One sentence for every file that is gone, changed or not described.

    folder: of the tables.
    """
    try:
        described = json.loads((folder / _DESCRIPTOR).read_text("utf-8"))
        resources: list[dict[str, Any]] = described["resources"]
        known = {one["path"]: (one["bytes"], one["hash"]) for one in resources}
    except (OSError, ValueError, KeyError, TypeError) as error:
        yield f"{_DESCRIPTOR} does not describe the files ({type(error).__name__}: {error})"
        return
    for path, (size, digest) in known.items():
        file = folder / path
        if not file.is_file():
            yield f"{path} is described in {_DESCRIPTOR} and is not there"
        elif file.stat().st_size != size or f"sha256:{file_digest(file)}" != digest:
            yield f"{path} is not the file that {_DESCRIPTOR} describes"
    for file in sorted(folder.rglob("*.parquet")):
        if file.relative_to(folder).as_posix() not in known:
            yield f"{file.relative_to(folder).as_posix()} is not described in {_DESCRIPTOR}"
