"""The door to the Internet Archive's service, by the `wayback` package.

Who asks, how fast, where, and what to do when the service is busy or breaks off; what is asked for
is the business of `crawler.wayback`.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from crawler.extras import install_hint
from crawler.identity import user_agent
from crawler.offices import Office

if TYPE_CHECKING:
    from wayback import CdxRecord, WaybackSession

# Where the service is; another address is for a stand-in that speaks as it does.
SERVICE_VARIABLE = "GONGKAI_WAYBACK"
_SERVICE = "https://web.archive.org"
# How often one question is asked when the answer breaks off, or the service is busy.
_TRIES = 3
# A service that asks to stay away for longer is asked again by the next run: as with a site.
_LONGEST_WAIT = 300.0

_T = TypeVar("_T")


class WaybackMissing(Exception):
    """The optional package is not installed."""


class ServiceFailed(Exception):
    """The service cannot be reached, or does not answer as it should."""


class StayAway(ServiceFailed):
    """The service asks to stay away for longer than a run waits."""


class Unplayable(Exception):
    """The service does not give this one page or capture; others it may."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A capture as the service gives it: the original status and fields, the body unpacked."""

    status: int
    header_block: bytes
    content_type: str | None
    body: bytes


class WaybackService:
    """The service, asked for one office; use it as a context.

    statuses: the HTTP statuses of its answers. requests: how often it was asked.

    Raises:
        WaybackMissing: the optional package is not installed.
    """

    def __init__(self, office: Office):
        try:
            from wayback import WaybackClient
        except ImportError as error:
            raise WaybackMissing(install_hint("wayback", "wayback")) from error
        self._session = _open_session(user_agent(office.politeness.contact))
        self._session.hooks["response"].append(self._answered)
        self._client = WaybackClient(self._session)
        self._unanswered = 0
        self.statuses: Counter[str] = Counter()

    def __enter__(self) -> WaybackService:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    @property
    def requests(self) -> int:
        """How many requests it answered, or left without an answer."""
        return self.statuses.total() + self._unanswered

    def states(self, url: str) -> list[CdxRecord]:
        """The different captures with status 200 that the service has of `url`, the latest first.

        Raises:
            Unplayable: it must not say. ServiceFailed: it cannot be asked.
        """
        from wayback.exceptions import BlockedByRobotsError, BlockedSiteError

        records = self._ask(
            lambda: list(
                self._client.search(
                    url,
                    match_type="exact",
                    filter_field="statuscode:200",
                    collapse="digest",
                    # The address is one of ours; the package takes an IP address for a mistake.
                    skip_malformed_results=False,
                )
            ),
            unplayable=(BlockedSiteError, BlockedByRobotsError),
        )
        by_digest = {record.digest: record for record in records}
        return sorted(by_digest.values(), key=lambda record: record.timestamp, reverse=True)

    def fetch(self, record: CdxRecord) -> Answer:
        """The capture that `record` tells of.

        Raises:
            Unplayable: this one cannot be had. ServiceFailed: the service cannot be asked.
        """
        from requests.exceptions import ChunkedEncodingError, ContentDecodingError
        from wayback.exceptions import WaybackException

        def ask() -> Answer:
            memento = self._client.get_memento(record, follow_redirects=False)
            fields = memento.headers
            content_type = (fields.get("content-type") or "").split(";")[0].strip().lower()
            return Answer(
                memento.status_code,
                _header_block(memento.status_code, fields),
                content_type or None,
                memento.content,
            )

        # A body that breaks off each time is this capture's fault.
        broken = (WaybackException, ChunkedEncodingError, ContentDecodingError)
        return self._ask(ask, unplayable=broken)

    def _ask(self, ask: Callable[[], _T], *, unplayable: tuple[type[Exception], ...]) -> _T:
        """What `ask` gives; again after a pause, when the service is busy or breaks off."""
        from requests.exceptions import RequestException
        from wayback.exceptions import RateLimitError, WaybackException, WaybackRetryError

        tries = 0
        while True:
            tries += 1
            try:
                return ask()
            except RateLimitError as error:
                pause = float(error.retry_after or 0)
                if pause > _LONGEST_WAIT or tries == _TRIES:
                    raise StayAway(_words(error)) from error
            except WaybackRetryError as error:  # tried again by the package
                self._unanswered += error.retries + 1
                raise ServiceFailed(_words(error)) from error
            except WaybackException as error:
                raise _blame(error, unplayable) from error
            except (RequestException, RuntimeError) as error:
                # RuntimeError: the package's generator stumbles over an answer that ends too early.
                self._unanswered += 1
                if tries == _TRIES:
                    raise _blame(error, unplayable) from error
                pause = self._session.backoff * 2**tries
            time.sleep(pause)

    def _answered(self, response: Any, *_: Any, **__: Any) -> None:
        self.statuses[str(response.status_code)] += 1


def _blame(error: Exception, unplayable: tuple[type[Exception], ...]) -> Exception:
    kind = Unplayable if isinstance(error, unplayable) else ServiceFailed
    return kind(_words(error))


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__


def _open_session(contact: str) -> WaybackSession:
    from wayback import WaybackSession

    service = service_address()
    if service == _SERVICE:
        return WaybackSession(user_agent=contact)
    session = WaybackSession(
        user_agent=contact,
        retries=1,
        backoff=0.1,
        search_calls_per_second=0,
        memento_calls_per_second=0,
    )
    session.mount(_SERVICE, _stand_in(service))
    return session


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


def _header_block(status: int, fields: Any) -> bytes:
    """The header block of a capture, from the fields that the service gives of it."""
    # The service gives the original fields one by one and the body unpacked, so what spoke of its
    # packing does not hold any more.
    gone = {"content-encoding", "transfer-encoding", "content-length"}
    lines = [f"{name}: {value}" for name, value in fields.items() if name.lower() not in gone]
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode("latin-1", "replace")
