"""What every command that reads the dataset does first: find it, and the office that is meant."""

from __future__ import annotations

from pathlib import Path

from gongkai.exit_codes import ExitCode
from gongkai.options import fail


def chosen_office(data_dir: Path, office: str | None) -> str:
    """The office that is meant: the one named, else the only one that was built.

    Leaves with one sentence when there is no dataset, no such office, or a choice to make.
    """
    from datasets.comparison import offices_built
    from datasets.tables import NoDataset

    try:
        built = offices_built(data_dir)
    except NoDataset as error:
        fail(str(error), ExitCode.NOTHING_FOUND)
    if office is not None:
        if office not in built:
            fail(
                f"The dataset in {data_dir} holds no office {office}; it holds "
                f"{_some(built) or 'none'}.",
                ExitCode.NOTHING_FOUND,
            )
        return office
    if not built:
        fail(f"The dataset in {data_dir} holds no office.", ExitCode.NOTHING_FOUND)
    if len(built) > 1:
        fail(
            f"The dataset in {data_dir} holds {len(built)} offices; name one with --office: "
            f"{_some(built)}.",
            ExitCode.USAGE,
        )
    return built[0]


def _some(names: list[str]) -> str:
    """The names; of very many the first ten."""
    shown = ", ".join(names[:10])
    return f"{shown} and {len(names) - 10} more" if len(names) > 10 else shown
