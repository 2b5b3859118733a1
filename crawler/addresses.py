"""One spelling for each address, so that the same page is known again however a link writes it.

Addresses in, addresses out; which of them may be asked for is not decided here.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urldefrag, urljoin, urlsplit, urlunsplit

from w3lib.url import safe_url_string

_USUAL_PORTS = {"http": "80", "https": "443"}
# The dot of the root of all names may stand behind a host.
_HOST_AND_PORT = re.compile(r"(\[.*\]|[^:]*?)\.?(?::([0-9]*))?")


def host_of(url: str) -> str:
    """The host of `url` as offices name it: lower case, with the port when it is not the usual.

    Raises:
        ValueError: `url` is one that no parser takes, such as http://[.
    """
    return _netloc(urlsplit(url))


def absolute(url: str, reference: str, base: str | None = None) -> str | None:
    """`reference` on the page `url` as an address, without fragment and usual port; None for none.

    base: what the page says that its references are relative to.
    """
    try:
        joined = urljoin(urljoin(url, base) if base else url, reference.strip())
        parts = urlsplit(urldefrag(joined).url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            return None
        return urlunsplit(parts._replace(netloc=_netloc(parts)))
    except ValueError:  # an address such as http://[ that no parser takes
        return None


def redirected(url: str, location: str) -> str | None:
    """Where a redirect of `url` with this Location (read as Latin-1) leads; None for nowhere."""
    try:
        return absolute(url, safe_url_string(location.encode("latin-1")))
    except ValueError:  # bytes that are no UTF-8
        return None


def _netloc(parts: SplitResult) -> str:
    # Nobody logs in here: what stands before the @ tells no hosts apart, and is not sent.
    netloc = parts.netloc.rpartition("@")[2].lower()
    found = _HOST_AND_PORT.fullmatch(netloc)
    if found is None:
        return netloc
    host, port = found[1], found[2]
    if not host.isascii():
        try:
            host = host.encode("idna").decode()  # as requests have it
        except UnicodeError:
            return netloc
    return f"{host}:{port}" if port and port != _USUAL_PORTS.get(parts.scheme) else host
