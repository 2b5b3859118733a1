"""Read an office file: one office as TOML, with comments about its site.

Says in one sentence what is wrong with a file; registries of rows are `crawler.offices.rows`.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from crawler.offices.keys import (
    EXPECTED_KEYS,
    OFFICE_KEYS,
    POLITENESS_KEYS,
    OfficeError,
    WrongKey,
    checked,
    office_of,
)
from crawler.offices.office import Office

# Keys that had another name before.
_RENAMED = {"division": "division_code"}


def read_office(path: Path) -> Office:
    """The office that the file `path` describes.

    Raises:
        OfficeError: the file cannot be read, or a key in it is unknown, missing or wrong.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OfficeError(f"Office file {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OfficeError(f"Office file {path} is no TOML in UTF-8: {error}.") from error
    table = {_RENAMED.get(name, name): value for name, value in table.items()}
    try:
        values = checked(table, OFFICE_KEYS)
        manners = checked(values.pop("politeness", {}), POLITENESS_KEYS, "politeness.")
        expected = checked(values.pop("expected", {}), EXPECTED_KEYS, "expected.")
        return office_of(values, manners, expected, source=path)
    except WrongKey as wrong:
        office_id = table.get("id")
        raise OfficeError(
            f"Office file {path}, key {wrong.key}: {wrong}.",
            office_id=office_id if isinstance(office_id, str) else "",
        ) from None
