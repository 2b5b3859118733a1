"""`gongkai build`: from the archive to the tables."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from crawler.locks import NotWritable, make_folder
from crawler.offices import Office, OfficeError, load_offices, own_path
from gongkai.exit_codes import ExitCode
from gongkai.options import DataOption, OfficesOption, fail
from gongkai.reading import data_directory

if TYPE_CHECKING:
    from datasets.build import BuildSummary


class Files(StrEnum):
    """How the files of the dataset are arranged."""

    AUTO = "auto"
    SINGLE = "single"
    PARTITIONED = "partitioned"


@dataclass(frozen=True, slots=True)
class Engine:
    """Where a build reads, and how it arranges its files; see `datasets.build.build`."""

    workers: int | None = None
    scheduler: str | None = None
    files: Files = Files.AUTO


class BuildFailed(Exception):
    """There is no new dataset; the message says why, `code` how a command ends."""

    def __init__(self, sentence: str, code: ExitCode):
        super().__init__(sentence)
        self.code = code


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("build")(build)


def build(
    data: DataOption = None,
    offices: OfficesOption = None,
    corrections: Annotated[
        Path | None,
        typer.Option(help="Corrections file (TOML); by default corrections.toml in the data."),
    ] = None,
    publish_anyway: Annotated[
        bool,
        typer.Option(
            "--publish-anyway",
            help="Replace the dataset in place even when the new one fails an expectation that "
            "the old one meets.",
        ),
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Processes to read in; by default one a core when there is much to read.",
        ),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Read on the Dask cluster with this scheduler, such as tcp://10.0.0.5:8786; its "
            "machines see the data directory under the same path.",
        ),
    ] = None,
    files: Annotated[
        Files,
        typer.Option(help="One file a table, or several by report year; by default by size."),
    ] = Files.AUTO,
) -> None:
    """Read the archived pages that are new and write the tables of the dataset as Parquet."""
    run_build(
        data_directory(data),
        offices,
        corrections=corrections,
        publish_anyway=publish_anyway,
        engine=Engine(workers, scheduler, files),
    )


def run_build(
    data_dir: Path,
    offices: Path | None,
    *,
    corrections: Path | None = None,
    publish_anyway: bool = False,
    engine: Engine = Engine(),
) -> None:
    """Build, show the progress and the result; leaves with the exit code when not all is well."""
    problems: list[OfficeError] = []
    try:
        summary = make_build(
            data_dir,
            offices,
            corrections=corrections,
            publish_anyway=publish_anyway,
            problems=problems,
            engine=engine,
        )
    except BuildFailed as error:
        fail(str(error), error.code)
    typer.echo(
        f"{summary.n_parsed} pages parsed, the others as read before; {summary.n_written} files "
        f"written, {summary.n_files - summary.n_written} as they were.",
        err=True,
    )
    if summary.failed_expectations:
        raise typer.Exit(ExitCode.EXPECTATIONS)
    if problems:
        raise typer.Exit(ExitCode.PARTIAL)


def make_build(
    data_dir: Path,
    offices: Path | None,
    *,
    corrections: Path | None = None,
    publish_anyway: bool = False,
    compare: bool = False,
    problems: list[OfficeError] | None = None,
    engine: Engine = Engine(),
) -> BuildSummary:
    """Build, and show the progress and the result.

    compare: also print what differs from the dataset that was in place.
    problems: gets what is wrong with rows of the registry of offices; without it the first of them
        ends the build.

    Raises:
        BuildFailed: there is nothing to be built, or it cannot be.
    """
    from datasets.build import BuildBusy, NothingToBuild
    from datasets.build import build as build_dataset
    from datasets.corrections import CorrectionError
    from datasets.engine.batches import NoArchiveHere, OtherCode
    from datasets.engine.running import ClusterFailed, NoCluster
    from datasets.engine.segments import SegmentsDamaged

    console = Console(stderr=True)
    progress = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed} pages read"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    try:
        known = load_offices(offices, data_dir=data_dir, problems=problems)
        for problem in problems or ():
            typer.echo(f"{problem} The office is built without its row.", err=True)
        make_folder(data_dir)
        with progress:
            task = progress.add_task("build", total=None)
            summary = build_dataset(
                data_dir,
                known,
                also=_given(offices, data_dir, known),
                corrections=corrections,
                publish_anyway=publish_anyway,
                compare=compare,
                arrangement=engine.files.value,
                workers=engine.workers,
                scheduler=engine.scheduler,
                on_office=lambda office: progress.update(task, description=office),
                on_pages=lambda count: progress.advance(task, count),
            )
    except (
        OfficeError,
        CorrectionError,
        NotWritable,
        NoCluster,
        OtherCode,
        NoArchiveHere,
    ) as error:
        raise BuildFailed(str(error), ExitCode.USAGE) from error
    except (ClusterFailed, SegmentsDamaged) as error:
        raise BuildFailed(str(error), ExitCode.PARTIAL) from error
    except NothingToBuild as error:
        raise BuildFailed(str(error), ExitCode.NOTHING_FOUND) from error
    except BuildBusy as error:
        raise BuildFailed(str(error), ExitCode.BUSY) from error
    except OSError as error:
        words = f"{data_dir} cannot be written: {error}. Nothing was published."
        raise BuildFailed(words, ExitCode.PARTIAL) from error
    counts = summary.counts
    severities = ", ".join(
        f"{summary.severities[one]} {one}{'s' if summary.severities[one] != 1 else ''}"
        for one in ("error", "warning", "note")
        if one in summary.severities
    )
    typer.echo(
        f"{counts['reports']} reports, {counts['observations']} figures, "
        f"{counts['coverage']} office years, {counts['captures']} captures, "
        f"{counts['findings']} findings{f' ({severities})' if severities else ''}: {summary.folder}"
    )
    for sentence in summary.failed_expectations:
        typer.echo(sentence, err=True)
    if not summary.published:
        typer.echo(
            f"The dataset in place meets what this build fails, so it stays; the new one is in "
            f"{summary.folder}. Use --publish-anyway to replace it.",
            err=True,
        )
    if summary.difference is not None:
        from gongkai.commands.diff import difference_table

        Console().print(difference_table(summary.difference))
    return summary


def _given(offices: Path | None, data_dir: Path, known: dict[str, Office]) -> list[str]:
    """The offices of a person's own file or folder, not the bundled ones."""
    own = own_path(offices, data_dir)
    files = {own, *own.glob("*")} if own is not None else set()
    return [office.id for office in known.values() if office.source in files]
