"""Which code made something: digests of the project's own files and of the libraries that count.

What a build keeps carries the digest of the code it was made with, and is made anew under any
other; no one has to remember to raise a number. Nothing is read here but the project's own files.
"""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from parsers.records import PARSER_VERSION

# Where what a page says can come to depend on another version of a library.
_READING_LIBRARIES = (
    "beautifulsoup4",
    "charset-normalizer",
    "dateparser",
    "html5lib",
    "lxml",
    "rapidfuzz",
)
_TABLE_LIBRARIES = ("pyarrow",)
# What the rows of an office depend on beside what its pages say.
_TABLE_PACKAGES = ("crawler.archive", "datasets")
_SUFFIXES = frozenset({".py", ".csv", ".toml", ".json", ".txt"})


def reading_code() -> str:
    """The digest of what decides what a page says: the parsers, Python, the libraries they use."""
    return f"{PARSER_VERSION} {_digest(('parsers',), _READING_LIBRARIES)}"


def table_code() -> str:
    """The digest of what decides the bytes of the tables: the readings, the datasets, Arrow."""
    return f"{reading_code()} {_digest(_TABLE_PACKAGES, _TABLE_LIBRARIES)}"


@cache
def _digest(packages: tuple[str, ...], libraries: tuple[str, ...]) -> str:
    digest = hashlib.sha256(platform.python_version().encode())
    for library in libraries:
        digest.update(f"{library} {version(library)}\n".encode())
    for package in packages:
        folder = _folder(package)
        for path in sorted(folder.rglob("*")):
            if path.suffix in _SUFFIXES and path.is_file():
                data = path.read_bytes()
                digest.update(f"{package} {path.relative_to(folder)} {len(data)}\n".encode())
                digest.update(data)
    return digest.hexdigest()


def _folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"There is no package {package}.")
    return Path(spec.origin).parent
