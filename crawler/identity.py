"""Who is crawling: the User-Agent with its contact, and the versions of what does the work."""

from __future__ import annotations

import getpass
import os
import platform
import socket
from importlib import metadata

# An e-mail address or a web page of whoever answers for a crawl.
CONTACT_VARIABLE = "GONGKAI_CONTACT"


def user_agent(contact: str = "") -> str:
    """The User-Agent of a crawl; without a contact of its own, that of the environment.

    When that is not set either, the account and machine that crawl are the contact: an
    administrator who wonders must be able to find somebody.
    """
    contact = contact or os.environ.get(CONTACT_VARIABLE, "").strip() or _account()
    version = versions()["gongkai"]
    contact = contact.encode("ascii", "ignore").decode().replace(")", "").strip()
    return (
        f"gongkai/{version} (archive of annual reports on open government information; {contact})"
    )


def versions() -> dict[str, str]:
    """The versions of this project and of what fetches and stores for it."""
    found = {"python": platform.python_version()}
    for name in ("gongkai", "scrapy", "warcio"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "unknown"
    return found


def _account() -> str:
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in some containers
        name = "unknown"
    return f"{name}@{socket.gethostname()}"
