"""Offices: who publishes, where, and how its site wants to be treated.

An office is one TOML file; the real ones stand beside this module, and a person's own can be given
as a file or a folder. This module loads and validates them; it never touches the network.
"""

from __future__ import annotations

from crawler.offices.loading import (
    OFFICES_VARIABLE,
    OfficeError,
    UnknownOffice,
    load_offices,
    read_office,
    select_offices,
)
from crawler.offices.office import (
    Expected,
    Office,
    Politeness,
    office_from_json,
    office_to_json,
    served_at,
)

__all__ = [
    "OFFICES_VARIABLE",
    "Expected",
    "Office",
    "OfficeError",
    "Politeness",
    "UnknownOffice",
    "load_offices",
    "office_from_json",
    "office_to_json",
    "read_office",
    "select_offices",
    "served_at",
]
