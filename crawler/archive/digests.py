"""The digests in WARC fields: one spelling for all that the standard and its tools use.

The standard has `algorithm:value` and says no more; tools write the value in base 32 or in
hexadecimal, in either case, and the algorithm with or without a hyphen. It reads no record.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

# The names of algorithms without hyphens, as hashlib has them.
_ALGORITHMS = frozenset({"md5", "sha1", "sha224", "sha256", "sha384", "sha512"})


def canonical(text: str | None) -> str | None:
    """`text` as this store writes digests, such as `sha1:` and base 32 in capitals.

    A digest of another algorithm or spelling stays as it is; None stays None.
    """
    algorithm, value = _taken_apart(text or "")
    if value is None:
        return text.strip() if text else None
    return f"{algorithm}:{base64.b32encode(value).decode().rstrip('=')}"


def may_be_equal(one: str | None, other: str | None) -> bool:
    """Whether two canonical digests may be of the same bytes: one is missing, or unlike in kind."""
    if one is None or other is None:
        return True
    return one == other or one.partition(":")[0] != other.partition(":")[0]


def is_of(text: str, data: bytes) -> bool:
    """Whether `text` may be the digest of `data`; what cannot be computed here may be."""
    algorithm, value = _taken_apart(text)
    return value is None or hashlib.new(algorithm, data, usedforsecurity=False).digest() == value


def _taken_apart(text: str) -> tuple[str, bytes | None]:
    name, _, digits = text.strip().partition(":")
    algorithm, digits = name.strip().lower().replace("-", ""), digits.strip()
    if algorithm not in _ALGORITHMS:
        return algorithm, None
    size = hashlib.new(algorithm, usedforsecurity=False).digest_size
    try:
        if len(digits) == 2 * size:
            return algorithm, binascii.unhexlify(digits)
        digits = digits.rstrip("=").upper()
        value = base64.b32decode(digits + "=" * (-len(digits) % 8))
    except ValueError:
        return algorithm, None
    return algorithm, value if len(value) == size else None
