"""What every command that reads the dataset does first: find it, and the offices that are meant."""

from __future__ import annotations

from pathlib import Path

from gongkai.exit_codes import ExitCode
from gongkai.options import fail


def chosen_office(data_dir: Path, office: str | None) -> str:
    """The office that is meant: the one named, else the only one that was built.

    Leaves with one sentence when there is no dataset, no such office, or a choice to make.
    """
    from datasets.one_report import WhichOffice, only_office
    from datasets.selection import NoSuchOffice
    from datasets.tables import NoDataset

    try:
        return only_office(data_dir, office)
    except (NoDataset, NoSuchOffice) as error:
        fail(str(error), ExitCode.NOTHING_FOUND)
    except WhichOffice as error:
        fail(f"{error} Use --office.", ExitCode.USAGE)


def chosen_offices(data_dir: Path, offices: list[str] | None) -> list[str]:
    """The offices that are meant: those named by ids or patterns, else all that were built.

    Leaves with one sentence when there is no dataset, or no such office.
    """
    from datasets.selection import NoSuchOffice, select_offices
    from datasets.tables import NoDataset

    try:
        return select_offices(data_dir, offices)
    except (NoDataset, NoSuchOffice) as error:
        fail(str(error), ExitCode.NOTHING_FOUND)
