"""`gongkai explore`: write the dataset as one HTML page to look around in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gongkai.dataset_access import chosen_offices, reads_dataset
from gongkai.exit_codes import ExitCode
from gongkai.options import DataOption, SomeOfficesOption, fail
from gongkai.reading import data_directory
from gongkai.wording import counted

# A page holds every figure with its words: of so many some 25 megabytes, which a browser still
# opens in seconds.
MOST_FIGURES = 60_000


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("explore")(reads_dataset(explore))


def explore(
    data: DataOption = None,
    office: SomeOfficesOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="The file to write; by default DATA/explorer.html.")
    ] = None,
) -> None:
    """Write a self-contained HTML page: coverage, charts, figures, and the evidence of each."""
    from gongkai.explorer import write_explorer

    data_dir = data_directory(data)
    chosen = chosen_offices(data_dir, office)
    path = out or data_dir / "explorer.html"
    try:
        count = _figures(data_dir, chosen)
        if count > MOST_FIGURES:
            fail(
                f"{counted(len(chosen), 'office')} of {data_dir} have {count:,} figures, and one "
                f"page shows at most {MOST_FIGURES:,}: name fewer offices with --office, such as "
                f"--office {chosen[0]} or --office '{chosen[0][:7]}*'.",
                ExitCode.USAGE,
            )
        write_explorer(data_dir, chosen, path)
    except OSError as error:
        fail(f"{path} cannot be written: {error}.", ExitCode.USAGE)
    typer.echo(f"{path}: open it in a browser; it needs no network.")


def _figures(data_dir: Path, offices: list[str]) -> int:
    from datasets.selection import of_offices
    from datasets.tables import read_batches

    batches = read_batches(
        data_dir, "observations", where=of_offices(offices), columns=["office_id"]
    )
    return sum(batch.num_rows for batch in batches)
