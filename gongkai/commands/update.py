"""`gongkai update`: crawl what can have changed, build, compare, check, in one run.

The steps are those of the commands of their own; this module holds the lock around them, and says
how the whole ended.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from crawler.archive import Archive
from crawler.arguments import ArgumentError
from crawler.locks import Busy, NotWritable, run_lock
from crawler.offices import OfficeError
from crawler.results import CrawlResult
from crawler.run import crawl, offices_to_update
from gongkai.commands.build import BuildFailed
from gongkai.commands.crawl import CrawlProgress, exit_code_of, show_result
from gongkai.exit_codes import ExitCode
from gongkai.options import DataOption, LogJsonOption, MaxAgeOption, OfficesOption, fail
from gongkai.reading import data_directory
from gongkai.update_page import write_update
from gongkai.update_steps import BuildOutcome, build_and_judge

# From good to bad: an update ends with the worst of what its steps say. That a site cannot be
# reached goes before an expectation that fails for it.
_WORSE = (
    ExitCode.OK,
    ExitCode.PARTIAL,
    ExitCode.EXPECTATIONS,
    ExitCode.NOTHING_FOUND,
    ExitCode.UNREACHABLE,
    ExitCode.BUSY,
    ExitCode.USAGE,
)


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("update")(update)


def update(
    offices: Annotated[
        list[str] | None,
        typer.Argument(
            help="Office ids; when none is given those of --offices, else those archived already."
        ),
    ] = None,
    data: DataOption = None,
    offices_path: OfficesOption = None,
    max_age_hours: MaxAgeOption = None,
    log_json: LogJsonOption = False,
) -> None:
    """Fetch what can have changed, build the dataset, and say what differs from the one before.

    Made for schedules: the exit code says how it ended, DATA/update.md tells it on one page, and
    DATA/update.json to a machine.
    """
    data_dir = data_directory(data)
    started_at = dt.datetime.now(dt.UTC)
    try:
        with run_lock(data_dir):
            crawled = _crawl(offices or [], data_dir, offices_path, max_age_hours, log_json)
            crawls = [crawled, *_ask_again(crawled, data_dir, offices_path, log_json)]
            built, code = _build(crawls, data_dir, offices_path)
            code = max(code, *map(exit_code_of, crawls), key=_WORSE.index)
            page = write_update(data_dir, code, crawls, built, started_at)
    except (ArgumentError, OfficeError, NotWritable) as error:
        fail(str(error), ExitCode.USAGE)
    except Busy as error:
        fail(str(error), ExitCode.BUSY)
    except OSError as error:
        fail(f"{data_dir} cannot be written: {error}; make room there.", ExitCode.PARTIAL)
    typer.echo(f"Update: {code.name.lower()}; {page}")
    raise typer.Exit(code)


def _crawl(
    ids: list[str],
    data_dir: Path,
    offices_path: Path | None,
    max_age_hours: float | None,
    log_json: bool,
) -> CrawlResult:
    ids, left_out = offices_to_update(ids, path=offices_path, data_dir=data_dir)
    if left_out:
        typer.echo(f"Not asked, as no office file describes them: {', '.join(left_out)}.")
    return _crawled(ids, data_dir, offices_path, log_json, max_age_hours=max_age_hours)


def _ask_again(
    crawled: CrawlResult, data_dir: Path, offices_path: Path | None, log_json: bool
) -> Iterator[CrawlResult]:
    """Ask for the reports, of whatever year, that a channel page states otherwise than before."""
    from datasets.contradicted import contradicted_pages

    doubted: dict[str, list[str]] = {}
    for office in crawled.offices:
        if office.verdict in ("ok", "partial") and office.finish_reason == "finished":
            with Archive(data_dir) as archive:
                if pages := contradicted_pages(archive, office.office_id):
                    doubted[office.office_id] = pages
    if doubted:
        count = sum(map(len, doubted.values()))
        typer.echo(f"A channel page states something else; asked for again: {count}.")
        again = [page for pages in doubted.values() for page in pages]
        yield _crawled(list(doubted), data_dir, offices_path, log_json, again=again)


def _crawled(
    ids: list[str], data_dir: Path, offices_path: Path | None, log_json: bool, **options: Any
) -> CrawlResult:
    with CrawlProgress(Console(stderr=True)) as progress:
        result = crawl(
            ids,
            data_dir=data_dir,
            offices_path=offices_path,
            mode="update",
            listener=progress.show,
            take_run_lock=False,
            log_format="json" if log_json else "text",
            **options,
        )
    show_result(result)
    return result


def _build(
    crawls: list[CrawlResult], data_dir: Path, offices_path: Path | None
) -> tuple[BuildOutcome | str, ExitCode]:
    """What the build gave and how it ended; a sentence when there is no new dataset."""
    if any(office.finish_reason == "shutdown" for one in crawls for office in one.offices):
        failure, code = "The crawl was interrupted; nothing was built.", ExitCode.PARTIAL
    elif not Archive(data_dir).offices():
        # What the crawl says is why; its code is the worse one.
        failure, code = "There is nothing in the archive; nothing was built.", ExitCode.OK
    else:
        try:
            built = build_and_judge(data_dir, offices_path)
            return built, built.code
        except BuildFailed as error:
            failure, code = str(error), error.code
    typer.echo(failure, err=True)
    return failure, code
