"""What every command that reads the dataset does first: find it, and the office that is meant."""

from __future__ import annotations

from pathlib import Path

from gongkai.exit_codes import ExitCode
from gongkai.options import fail


def chosen_office(data_dir: Path, office: str | None) -> str:
    """The office that is meant: the one named, else the only one that was built.

    Leaves with one sentence when there is no dataset, no such office, or a choice to make.
    """
    from datasets.one_report import WhichOffice, only_office
    from datasets.tables import NoDataset

    try:
        return only_office(data_dir, office)
    except NoDataset as error:
        fail(str(error), ExitCode.NOTHING_FOUND)
    except WhichOffice as error:
        if office is not None:
            fail(str(error), ExitCode.NOTHING_FOUND)
        fail(f"{error} Use --office.", ExitCode.USAGE)
