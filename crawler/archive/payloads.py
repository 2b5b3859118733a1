"""Take an HTTP block apart: status, header lines, body; undo transfer and content encodings.

Bytes in, bytes out. It never guesses a charset and never reads more than `PAYLOAD_LIMIT` bytes
out of a compressed body.
"""

from __future__ import annotations

import importlib
import re
import zlib
from collections.abc import Callable
from typing import Any

from crawler.archive.captures import PayloadError

# A page of the national form has 50 kB to 350 kB, a scanned report some MiB; a body that grows
# beyond this is a bomb.
PAYLOAD_LIMIT = 64 * 1024 * 1024
_TOO_LARGE = "the compressed body grows beyond {} bytes"
# What is decompressed before its length is looked at.
_PIECE = 1024 * 1024

_HEADER_END = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?\s+(\d{3})")
_CHUNK_HEAD = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n")


def split_block(block: bytes) -> tuple[bytes, bytes]:
    """The header block with its closing empty line, and the body, of an HTTP message."""
    end = _HEADER_END.search(block)
    if end is None:
        return block, b""
    return block[: end.end()], block[end.end() :]


def status_of(header_block: bytes) -> int:
    """The status code in the first line; 0 when there is none."""
    match = _STATUS.match(header_block)
    return int(match.group(1)) if match else 0


def header_lines(header_block: bytes) -> list[tuple[str, str]]:
    """The header fields in order, names as received, values as Latin-1 (which loses no byte)."""
    fields: list[tuple[str, str]] = []
    for line in re.split(rb"\r?\n", header_block)[1:]:
        if not line.strip():
            continue
        if line[:1] in b" \t" and fields:
            name, value = fields[-1]
            fields[-1] = (name, f"{value} {line.strip().decode('latin-1')}")
            continue
        raw_name, colon, raw_value = line.partition(b":")
        if colon:
            fields.append((raw_name.strip().decode("latin-1"), raw_value.strip().decode("latin-1")))
    return fields


def field(fields: list[tuple[str, str]], name: str) -> str | None:
    """The first value of the header field `name`, in any case; None when it is not there."""
    return next((value for key, value in fields if key.lower() == name), None)


def media_type(fields: list[tuple[str, str]]) -> str | None:
    """The media type of Content-Type, lower case, without parameters."""
    value = (field(fields, "content-type") or "").split(";")[0].strip().lower()
    return value or None


def decode_body(body: bytes, fields: list[tuple[str, str]], *, limit: int = PAYLOAD_LIMIT) -> bytes:
    """`body` with the encodings that the header names undone.

    A body that is not in the stated encoding is given as it is: servers state gzip and send none.

    Raises:
        PayloadError: the encoding is unknown, or the result is larger than `limit` bytes.
    """
    codings = [
        coding.strip().lower()
        for name in ("content-encoding", "transfer-encoding")
        for key, value in fields
        if key.lower() == name
        for coding in value.split(",")
    ]
    for coding in reversed([coding for coding in codings if coding not in ("", "identity")]):
        undo = _UNDO.get(coding)
        if undo is None:
            raise PayloadError(f"content encoding “{coding}” is not known")
        body = undo(body, limit)
    return body


def _dechunk(body: bytes, limit: int) -> bytes:
    # Crawlers store bodies with and without their chunk framing under the same header, so only a
    # framing that is valid to its end is undone.
    parts: list[bytes] = []
    at = 0
    while head := _CHUNK_HEAD.match(body, at):
        size = int(head.group(1), 16)
        start = head.end()
        if size == 0:
            return b"".join(parts)
        if body[start + size : start + size + 2] != b"\r\n":
            return body
        parts.append(body[start : start + size])
        at = start + size + 2
    return body


def _inflate(body: bytes, limit: int, *window_bits: int) -> bytes:
    for bits in window_bits:
        try:
            return _inflate_members(body, limit, bits)
        except zlib.error:
            continue
    return body


def _inflate_members(body: bytes, limit: int, bits: int) -> bytes:
    out = bytearray()
    rest = body
    while rest:
        stream = zlib.decompressobj(bits)
        try:
            out += stream.decompress(rest, limit + 1 - len(out))
        except zlib.error:
            if out:  # bytes after the end of the stream, as some proxies leave
                break
            raise
        if len(out) > limit:
            raise PayloadError(_TOO_LARGE.format(limit))
        rest = stream.unused_data if stream.eof else b""
    return bytes(out)


def _gunzip(body: bytes, limit: int) -> bytes:
    return _inflate(body, limit, zlib.MAX_WBITS + 16)


def _inflate_zlib(body: bytes, limit: int) -> bytes:
    return _inflate(body, limit, zlib.MAX_WBITS, -zlib.MAX_WBITS)


def _unbrotli(body: bytes, limit: int) -> bytes:
    brotli = _package("brotli", "br")
    stream, out, piece = brotli.Decompressor(), bytearray(), body
    try:
        while not stream.is_finished():
            grown = stream.process(piece, output_buffer_limit=_PIECE)
            out += grown
            piece = b""
            if len(out) > limit:
                raise PayloadError(_TOO_LARGE.format(limit))
            if not grown and stream.can_accept_more_data() and not stream.is_finished():
                return body  # cut off
    except brotli.error:  # not in this encoding after all
        return body
    return bytes(out)


def _unzstd(body: bytes, limit: int) -> bytes:
    zstd = _package("compression.zstd", "backports.zstd", "zstd")
    out, rest = bytearray(), body
    try:
        while rest:  # frame by frame
            stream = zstd.ZstdDecompressor()
            while not stream.eof:
                grown = stream.decompress(rest, max_length=_PIECE)
                out += grown
                rest = b""
                if len(out) > limit:
                    raise PayloadError(_TOO_LARGE.format(limit))
                if not grown and stream.needs_input and not stream.eof:
                    return body  # cut off
            rest = stream.unused_data
    except zstd.ZstdError:  # not in this encoding after all
        return body
    return bytes(out)


def _package(*names: str) -> Any:
    """The first of the packages `names` that is there; the last of the names is the encoding's."""
    *modules, coding = names
    for module in modules:
        try:
            return importlib.import_module(module)
        except ImportError:
            continue
    raise PayloadError(f"a body in the encoding {coding} needs the package {modules[-1]}")


_UNDO: dict[str, Callable[[bytes, int], bytes]] = {
    "chunked": _dechunk,
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate_zlib,
    "br": _unbrotli,
    "zstd": _unzstd,
}
