"""`gongkai demo`: the whole path on the bundled sample site, without any other network.

Serves the site on the loopback address, crawls it, builds the dataset, and prints the comparison.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

import typer
from rich.console import Console

from crawler import sample_site
from crawler.locks import Busy, NotWritable
from crawler.offices import Office, read_office, served_at
from crawler.results import CrawlResult
from crawler.run import crawl
from gongkai.commands.build import run_build
from gongkai.commands.crawl import CrawlProgress, exit_code_of, show_result
from gongkai.exit_codes import ExitCode
from gongkai.options import DataOption, fail
from gongkai.reading import data_directory
from gongkai.terminal import output_console
from gongkai.year_table import YearTable

# Always the same port where it is free, so that a second run meets the addresses it has archived;
# below the range from which systems hand out ports of their own.
PORT = 20140


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("demo")(demo)


def demo(data: DataOption = None) -> None:
    """Crawl the bundled sample site, build its dataset, and compare its years."""
    data_dir = data_directory(data)
    office = read_office(sample_site.OFFICE)
    result = _crawl_sample_site(office, data_dir)
    show_result(result)
    if result.verdict != "ok":
        raise typer.Exit(exit_code_of(result))
    run_build(data_dir, sample_site.OFFICE)
    _show_comparison(data_dir, office.id)


def _crawl_sample_site(office: Office, data_dir: Path) -> CrawlResult:
    with ExitStack() as stack:
        try:
            base = stack.enter_context(sample_site.serve(port=PORT))
        except OSError:  # somebody else listens there
            base = stack.enter_context(sample_site.serve())
        typer.echo(f"The sample site is served at {base} while it is crawled.")
        progress = stack.enter_context(CrawlProgress(Console(stderr=True)))
        try:
            return crawl(
                [served_at(office, base)],
                data_dir=data_dir,
                max_age_hours=0,
                listener=progress.show,
            )
        except Busy as error:
            fail(str(error), ExitCode.BUSY)
        except NotWritable as error:
            fail(str(error), ExitCode.USAGE)


def _show_comparison(data_dir: Path, office_id: str) -> None:
    from datasets.comparison import year_by_year

    console = output_console()
    console.print()
    console.print(YearTable(year_by_year(data_dir, office_id)))
    console.print()
    dataset = data_dir / "dataset"
    tables = ", ".join(sorted(path.stem for path in dataset.glob("*.parquet")))
    given = "" if data_dir == Path("data") else f" --data {data_dir}"
    for line in (
        f"Parquet tables: {dataset} ({tables})",
        f"Archive of the pages: {data_dir / 'archive' / office_id}",
        f"Words behind a figure: {sys.argv[0]} show 2023 applications.received{given}",
        f"To look around in a browser: {sys.argv[0]} explore{given}",
    ):
        typer.echo(line)
