"""What every command that reads the dataset does first: find it, and the offices that are meant.

And what it does where the dataset cannot be read: it says so in one sentence. It reads no figure.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from gongkai.exit_codes import ExitCode
from gongkai.options import fail

_P = ParamSpec("_P")
_R = TypeVar("_R")


def reads_dataset(command: Callable[_P, _R]) -> Callable[_P, _R]:
    """The command, which ends with one sentence where a table is not there or cannot be read."""

    @wraps(command)
    def reading(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        from datasets.tables import NoDataset

        try:
            return command(*args, **kwargs)
        except NoDataset as error:
            fail(str(error), ExitCode.NOTHING_FOUND)

    return reading


def chosen_office(data_dir: Path, office: str | None) -> str:
    """The office that is meant: the one named, else the only one that was built.

    Leaves with one sentence when there is no such office, or a choice to make.

    Raises:
        datasets.tables.NoDataset: there is none; see `reads_dataset`.
    """
    from datasets.one_report import WhichOffice, only_office
    from datasets.selection import NoSuchOffice

    try:
        return only_office(data_dir, office)
    except NoSuchOffice as error:
        fail(str(error), ExitCode.NOTHING_FOUND)
    except WhichOffice as error:
        fail(f"{error} Use --office.", ExitCode.USAGE)


def chosen_offices(data_dir: Path, offices: list[str] | None) -> list[str]:
    """The offices that are meant: those named by ids or patterns, else all that were built.

    offices: as given on the command line, where none means all.

    Leaves with one sentence when there is no such office.

    Raises:
        datasets.tables.NoDataset: there is none; see `reads_dataset`.
    """
    from datasets.selection import NoSuchOffice, select_offices

    try:
        return select_offices(data_dir, offices or None)
    except NoSuchOffice as error:
        fail(str(error), ExitCode.NOTHING_FOUND)
