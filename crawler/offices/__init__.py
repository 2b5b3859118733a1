"""Offices: who publishes, where, and how its site wants to be treated.

An office is a row of a registry (CSV) or a file of its own (TOML, with comments); both give the
same record. This package reads, checks and selects them; it never touches the network.
"""

from __future__ import annotations

from crawler.offices.columns import COLUMNS
from crawler.offices.keys import LEVELS, OfficeError, UnknownOffice
from crawler.offices.office import (
    Expected,
    Office,
    Politeness,
    office_from_json,
    office_to_json,
    served_at,
)
from crawler.offices.registry import (
    OFFICES_VARIABLE,
    OWN_REGISTRY,
    load_offices,
    own_path,
    select_offices,
    stream_offices,
)
from crawler.offices.row_writing import add_row, row_of, row_text
from crawler.offices.rows import read_rows
from crawler.offices.selection import Selection
from crawler.offices.toml_file import read_office

__all__ = [
    "COLUMNS",
    "LEVELS",
    "OFFICES_VARIABLE",
    "OWN_REGISTRY",
    "Expected",
    "Office",
    "OfficeError",
    "Politeness",
    "Selection",
    "UnknownOffice",
    "add_row",
    "load_offices",
    "office_from_json",
    "office_to_json",
    "own_path",
    "read_office",
    "read_rows",
    "row_of",
    "row_text",
    "select_offices",
    "served_at",
    "stream_offices",
]
