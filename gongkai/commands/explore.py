"""`gongkai explore`: write the dataset as one HTML page to look around in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gongkai.exit_codes import ExitCode
from gongkai.options import DataOption, fail
from gongkai.reading import data_directory

# A page holds every figure with its words: about half a megabyte an office of ten years.
MOST_OFFICES = 40


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("explore")(explore)


def explore(
    data: DataOption = None,
    office: Annotated[
        list[str] | None,
        typer.Option("--office", help="Office id; may be repeated. By default all, when few."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="The file to write; by default DATA/explorer.html.")
    ] = None,
) -> None:
    """Write a self-contained HTML page: coverage, charts, figures, and the evidence of each."""
    from datasets.tables import NoDataset, offices_built
    from gongkai.explorer import write_explorer

    data_dir = data_directory(data)
    try:
        built = offices_built(data_dir)
        chosen = list(office) if office else built
        unknown = sorted(set(chosen) - set(built))
        if unknown:
            fail(
                f"The dataset in {data_dir} holds no office {', '.join(unknown)}.",
                ExitCode.NOTHING_FOUND,
            )
        if len(chosen) > MOST_OFFICES:
            fail(
                f"The dataset in {data_dir} holds {len(chosen)} offices, and one page shows at "
                f"most {MOST_OFFICES}: name some with --office.",
                ExitCode.USAGE,
            )
        path = write_explorer(data_dir, chosen, out or data_dir / "explorer.html")
    except NoDataset as error:
        fail(str(error), ExitCode.NOTHING_FOUND)
    except OSError as error:
        fail(f"{out or data_dir / 'explorer.html'} cannot be written: {error}.", ExitCode.USAGE)
    typer.echo(f"{path}: open it in a browser; it needs no network.")
