"""`gongkai crawl`: fetch reports into the archive, with a progress display on a terminal.

What is fetched, and how, is the crawler's business; this module shows it.
"""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from crawler.arguments import ArgumentError
from crawler.locks import Busy, NotWritable
from crawler.offices import OfficeError, select_offices
from crawler.results import CrawlResult
from crawler.run import crawl
from crawler.wayback import fill_from_wayback
from crawler.wayback_service import WaybackMissing
from gongkai.exit_codes import ExitCode
from gongkai.options import DataOption, LogJsonOption, MaxAgeOption, OfficesOption, fail
from gongkai.reading import data_directory

_EXIT_CODES = {
    "ok": ExitCode.OK,
    "partial": ExitCode.PARTIAL,
    "nothing_found": ExitCode.NOTHING_FOUND,
    "unreachable": ExitCode.UNREACHABLE,
    "busy": ExitCode.BUSY,
    "usage": ExitCode.USAGE,
}

# Offices of which the terminal has room to tell one by one, while they are at work and after.
_MOST_LINES = 8
_MOST_OFFICES = 20
# An answer that is under way may take the timeout of its office, a minute as a rule.
_INTERRUPTED = (
    "The run ends with the answers that are under way, which may take a minute; Ctrl-C once more"
    " ends it at once."
)


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("crawl")(crawl_command)


def crawl_command(
    offices: Annotated[
        list[str] | None,
        typer.Argument(
            help="Office ids such as cn-371500-wsb, or beginnings of ids such as 'cn-3715*'; "
            "all when none is given."
        ),
    ] = None,
    from_year: Annotated[int | None, typer.Option(help="The first report year.")] = None,
    until_year: Annotated[int | None, typer.Option(help="The last report year.")] = None,
    sample: Annotated[
        int | None, typer.Option(help="Stop after so many reports; kept apart in DATA/sample.")
    ] = None,
    data: DataOption = None,
    offices_path: OfficesOption = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="From the archive alone; a page it lacks is an error.")
    ] = False,
    from_wayback: Annotated[
        bool,
        typer.Option(
            "--from-wayback",
            help="Ask the Internet Archive, and not the site, for what the archive lacks.",
        ),
    ] = False,
    max_age_hours: MaxAgeOption = None,
    partition: Annotated[
        str | None,
        typer.Option(
            help="Only one part of the offices, such as 3/16; parts share no host, so that each"
            " may run on a machine of its own."
        ),
    ] = None,
    log_json: LogJsonOption = False,
) -> None:
    """Fetch the annual reports of offices into the archive.

    Run again, it goes on where it ended: what the archive has is not asked for again within a day
    (reports of closed years within a month).
    """
    console = Console(stderr=True)
    if from_wayback and (replay or sample is not None or partition is not None):
        fail("--from-wayback goes with no --replay, --sample or --partition.", ExitCode.USAGE)
    try:
        with CrawlProgress(console) as progress:
            if from_wayback:
                chosen = select_offices(offices or (), offices_path, data_dir=data_directory(data))
                result = fill_from_wayback(
                    chosen,
                    data_dir=data_directory(data),
                    from_year=from_year,
                    until_year=until_year,
                    listener=progress.show,
                )
            else:
                result = crawl(
                    offices or (),
                    data_dir=data_directory(data),
                    offices_path=offices_path,
                    mode="replay" if replay else "crawl",
                    from_year=from_year,
                    until_year=until_year,
                    sample=sample,
                    max_age_hours=max_age_hours,
                    partition=partition,
                    listener=progress.show,
                    log_format="json" if log_json else "text",
                )
    except (ArgumentError, OfficeError, WaybackMissing, NotWritable) as error:
        fail(str(error), ExitCode.USAGE)
    except Busy as error:
        fail(str(error), ExitCode.BUSY)
    finish(result)


def finish(result: CrawlResult) -> NoReturn:
    """Show the result and leave with the exit code of its verdict."""
    show_result(result)
    raise typer.Exit(exit_code_of(result))


class CrawlProgress:
    """A line for each office on a terminal; nothing anywhere else."""

    def __init__(self, console: Console):
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.fields[office]}"),
            BarColumn(bar_width=20, pulse_style="cyan"),
            TextColumn("{task.completed:.0f}"),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._total: TaskID | None = None
        self._pages = 0

    def __enter__(self) -> CrawlProgress:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, event: dict[str, Any]) -> None:
        """Show an event of a crawl."""
        match event["event"]:
            case "visit":
                self._visited(event["office_id"], event)
            case "office" if event["count"] > 1:
                self._ended(event["office_id"], event)
            case "interrupted":
                self._progress.console.print(_INTERRUPTED, soft_wrap=True)

    def _visited(self, office: str, event: dict[str, Any]) -> None:
        if office not in self._tasks:
            if len(self._tasks) >= _MOST_LINES:
                return  # the others are counted when they end
            self._tasks[office] = self._progress.add_task("", total=None, office=office)
        words = event["link_text"] or event["url"]
        self._progress.update(
            self._tasks[office], advance=1, description=f"{event['outcome']}: {words[:50]}"
        )

    def _ended(self, office: str, event: dict[str, Any]) -> None:
        if self._total is None:
            self._total = self._progress.add_task("", total=event["count"], office="all offices")
        pages = sum(event["outcomes"].values())
        self._pages += pages
        self._progress.update(
            self._total,
            completed=event["ended"],
            description=f"of {event['count']} offices, {self._pages} pages",
        )
        if office in self._tasks:
            self._progress.remove_task(self._tasks.pop(office))


def show_result(result: CrawlResult) -> None:
    """Print a line for each office, or one for many, and the sentences about what is wrong."""
    totals = result.totals
    if not result.offices:
        typer.echo("None of the offices is in this part.")
    if len(result.offices) > _MOST_OFFICES:
        told = ", ".join(f"{count} {verdict}" for verdict, count in totals.verdicts.most_common())
        typer.echo(
            f"{len(result.offices)} offices: {told}; {totals.report_pages} report pages"
            f" ({totals.requests} requests)"
        )
    for office in result.offices if len(result.offices) <= _MOST_OFFICES else ():
        if office.finish_reason == "not_begun":
            continue
        counts = ", ".join(f"{count} {outcome}" for outcome, count in office.outcomes.items())
        typer.echo(
            f"{office.office_id}: {office.kinds.get('report', 0)} report pages;"
            f" {counts or 'nothing'} ({office.requests} requests)"
        )
    for message in islice(result.sentences(), _MOST_OFFICES):
        typer.echo(message, err=True)
    more = totals.sentences - _MOST_OFFICES
    if more > 0:
        typer.echo(f"and {more} sentences more, in the manifest", err=True)
    if result.problem:
        typer.echo(result.problem, err=True)
    if result.manifest is not None:
        typer.echo(f"Archive: {result.data_dir / 'archive'}; run: {result.manifest}")


def exit_code_of(result: CrawlResult) -> ExitCode:
    """The exit code for the verdict of a crawl."""
    return _EXIT_CODES[result.verdict]
