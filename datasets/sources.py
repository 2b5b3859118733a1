"""The digest of the project's own files: which code made something.

It reads nothing but these files. Neither the place nor the time of an installation enters it, so
that the same code says the same everywhere.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

# What decides what is read and what is written: the command line and the crawl do not.
SOURCE_PACKAGES = ("parsers", "crawler.archive", "datasets")
_SUFFIXES = frozenset({".py", ".csv", ".toml", ".json", ".txt"})


def source_digest() -> str:
    """The sha256 of the code and the registries that make a dataset, in hexadecimal."""
    return package_digest(SOURCE_PACKAGES)


@cache
def package_digest(packages: tuple[str, ...]) -> str:
    """The sha256 of the files of these packages, with their names, in hexadecimal.

    Raises:
        ModuleNotFoundError: there is no such package.
    """
    digest = hashlib.sha256()
    for package in packages:
        folder = _folder(package)
        for path in sorted(folder.rglob("*")):
            if path.suffix in _SUFFIXES and path.is_file():
                data = path.read_bytes()
                name = path.relative_to(folder).as_posix()
                digest.update(f"{package} {name} {len(data)}\n".encode())
                digest.update(data)
    return digest.hexdigest()


def _folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"There is no package {package}.")
    return Path(spec.origin).parent
