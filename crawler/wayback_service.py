"""The door to the Internet Archive's service, by the `wayback` package.

Who asks, how fast, and where; what is asked for is the business of `crawler.wayback`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from crawler.extras import install_hint
from crawler.identity import user_agent
from crawler.offices import Office

if TYPE_CHECKING:
    from wayback import WaybackClient

# Where the service is; another address is for a stand-in that speaks as it does.
SERVICE_VARIABLE = "GONGKAI_WAYBACK"
_SERVICE = "https://web.archive.org"


class WaybackMissing(Exception):
    """The optional package is not installed."""


def open_client(office: Office) -> WaybackClient:
    """A client that names us with the contact of `office`.

    Raises:
        WaybackMissing: the optional package is not installed.
    """
    try:
        from wayback import WaybackClient, WaybackSession
    except ImportError as error:
        raise WaybackMissing(install_hint("wayback", "wayback")) from error
    contact = user_agent(office.politeness.contact)
    service = service_address()
    if service == _SERVICE:
        return WaybackClient(WaybackSession(user_agent=contact))
    session = WaybackSession(
        user_agent=contact,
        retries=1,
        backoff=0.1,
        search_calls_per_second=0,
        memento_calls_per_second=0,
    )
    session.mount(_SERVICE, _stand_in(service))
    return WaybackClient(session)


def _stand_in(base_url: str) -> Any:
    """An adapter that sends to `base_url` what is meant for the service, and hides that it did."""
    from requests.adapters import HTTPAdapter

    base = urlsplit(base_url)

    class StandIn(HTTPAdapter):
        def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
            meant = request.url
            moved = request.copy()
            moved.url = urlunsplit(urlsplit(meant)._replace(scheme=base.scheme, netloc=base.netloc))
            response = super().send(moved, *args, **kwargs)
            response.url = meant
            response.request = request
            return response

    return StandIn()


def service_address() -> str:
    """Where the service is asked."""
    return (os.environ.get(SERVICE_VARIABLE) or _SERVICE).rstrip("/")


def header_block(status: int, fields: Any) -> bytes:
    """The header block of a capture, from the fields that the service gives of it."""
    # The service gives the original fields one by one and the body unpacked, so what spoke of its
    # packing does not hold any more.
    gone = {"content-encoding", "transfer-encoding", "content-length"}
    lines = [f"{name}: {value}" for name, value in fields.items() if name.lower() not in gone]
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode("latin-1", "replace")
