"""Which offices of a dataset are meant, where it may hold one or a hundred thousand.

Offices are named by id or by a pattern of ids: an id begins with the division code, so
`cn-3715*` is a city. This module reads no figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path

import pyarrow.dataset as ds

from datasets.tables import offices_built

_AT_ONCE = 500


class NoSuchOffice(Exception):
    """The dataset holds no office that is meant; the message names what it holds."""


def select_offices(data_dir: Path, wanted: Iterable[str] | None = None) -> list[str]:
    """The offices that are meant, sorted.

    wanted: ids, or patterns with `*`; by default all offices. Of an empty list there are none.

    Raises:
        NoSuchOffice: one of them names no office.
        datasets.tables.NoDataset: nothing was built yet.
    """
    built = offices_built(data_dir)
    if wanted is None:
        return built
    known = set(built)
    chosen: set[str] = set()
    for one in wanted:
        found = {one} & known or {name for name in built if fnmatchcase(name, one)}
        if not found:
            near = get_close_matches(one, built, n=5, cutoff=0.5) or built
            raise NoSuchOffice(
                f"The dataset in {data_dir} holds no office {one}; it holds "
                f"{some_names(near, len(built))}."
            )
        chosen |= found
    return sorted(chosen)


def some_names(names: Sequence[str], count: int | None = None) -> str:
    """The names; of very many the first ten, and how many more there are of `count`."""
    count = len(names) if count is None else count
    shown = list(names[:10])
    more = f" and {count - len(shown)} more" if count > len(shown) else ""
    return (", ".join(shown) or "none") + more


def of_offices(offices: Sequence[str]) -> ds.Expression:
    """The rows of these offices, none of an empty list. offices: sorted.

    Rows stand sorted by office, so the range lets whole row groups be passed over.
    """
    if not offices:
        return ds.scalar(False)
    office = ds.field("office_id")
    between = (office >= offices[0]) & (office <= offices[-1])
    return between if len(offices) == 1 else between & office.isin(offices)


def some_at_once(offices: Sequence[str], count: int | None = None) -> Iterator[Sequence[str]]:
    """The offices in lots that are read at once, so that memory does not grow with their number.

    count: how many in a lot; by default as many as have few rows each.
    """
    count = count or _AT_ONCE
    for start in range(0, len(offices), count):
        yield offices[start : start + count]
