"""Which code made something: digests of the project's own files and of the libraries that count.

What a build keeps carries the digest of the code it was made with, and is made anew under any
other; no one has to remember to raise a number. Nothing is read here but the project's own files.
"""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import PackageNotFoundError, version

from datasets.schemas import code_version
from datasets.sources import package_digest
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
# Encodings of the archived bytes that are undone only where their package is installed.
_OPTIONAL_LIBRARIES = ("brotli", "zstandard")
_READING_PACKAGES = ("parsers", "crawler.archive")
_TABLE_LIBRARIES = ("pyarrow",)
# What the rows of an office depend on beside what its pages say.
_TABLE_PACKAGES = ("crawler.archive", "datasets")


def reading_code() -> str:
    """The digest of what decides what a page says.

    The parsers, the reading of the archive, Python, the libraries they use, and which decoders
    there are: a page that could not be decoded is read again where its decoder was installed since.
    """
    digest = _digest(_READING_PACKAGES, _READING_LIBRARIES)
    return f"{PARSER_VERSION} {digest} {' '.join(map(_installed, _OPTIONAL_LIBRARIES))}"


def table_code() -> str:
    """The digest of what decides the bytes of the tables.

    The readings, the datasets, Arrow, and the version of the project, which stands in the files.
    """
    return f"{reading_code()} {_digest(_TABLE_PACKAGES, _TABLE_LIBRARIES)} {code_version()}"


def _installed(library: str) -> str:
    try:
        return f"{library}={version(library)}"
    except PackageNotFoundError:
        return f"{library}=none"


def _digest(packages: tuple[str, ...], libraries: tuple[str, ...]) -> str:
    digest = hashlib.sha256(platform.python_version().encode())
    for library in libraries:
        digest.update(f"{library} {version(library)}\n".encode())
    digest.update(package_digest(packages).encode())
    return digest.hexdigest()
