"""The explorer: one HTML page that holds a dataset's figures, charts and evidence.

`write_explorer` puts content, page and the kept libraries of `vendor/` into one file that needs no
network and no server. It reads the published tables only and computes no figure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from gongkai.explorer.content import explorer_content

_SCRIPTS = ("vendor/echarts.common.min.js", "vendor/tabulator.min.js", "explorer.js")
_STYLES = ("vendor/tabulator_simple.min.css", "explorer.css")
# A browser would look for the map beside the page, where it is not.
_SOURCE_MAP = re.compile(r"(?m)^(//|/\*)# sourceMappingURL=.*$")


def write_explorer(data_dir: Path, offices: Sequence[str], path: Path) -> Path:
    """Write the explorer of `offices` to `path` and return it.

    Raises:
        datasets.tables.NoDataset: nothing was built yet.
        OSError: the file cannot be written.
    """
    page = _read("page.html")
    page = page.replace("/* STYLES */", "\n".join(map(_read, _STYLES)))
    page = page.replace("/* SCRIPTS */", "\n".join(map(_read, _SCRIPTS)))
    page = page.replace("/* CONTENT */", _json(explorer_content(data_dir, offices)))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
    return path


def _read(name: str) -> str:
    text = (resources.files(__package__) / name).read_text("utf-8")
    return _SOURCE_MAP.sub("", text)


def _json(content: dict[str, Any]) -> str:
    # Text from a page may hold "</script>"; inside JSON a < can always be written as an escape.
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
