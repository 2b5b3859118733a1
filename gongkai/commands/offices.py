"""`gongkai offices`: the registry of offices: add one by its address, list, show, check.

What a site is taken for is `crawler.discovery`'s business; this module asks, shows and writes.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from crawler.arguments import ArgumentError
from crawler.discovery import Look, Proposal, check_given, look_at, propose
from crawler.families import all_families
from crawler.locks import Busy, NotWritable
from crawler.offices import (
    OWN_REGISTRY,
    Office,
    OfficeError,
    Selection,
    add_row,
    row_of,
    row_text,
    select_offices,
    stream_offices,
)
from crawler.run import crawl
from gongkai.commands.crawl import CrawlProgress, exit_code_of
from gongkai.exit_codes import ExitCode
from gongkai.office_trial import Tried, office_names, tried_reports
from gongkai.options import DataOption, OfficesOption, fail
from gongkai.reading import data_directory

offices_app = typer.Typer(
    help="The offices that are known: add one by its address, list, show, check.",
    no_args_is_help=True,
)
LevelOption = Annotated[
    str | None, typer.Option(help="national, province, city, county, township.")
]
FamilyOption = Annotated[str | None, typer.Option(help="The family of the site.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.add_typer(offices_app, name="offices")


@offices_app.command("add")
def add(
    url: Annotated[str, typer.Argument(help="The site: its home page, or the list of reports.")],
    into: Annotated[
        Path | None,
        typer.Option(help="The registry that gets the row; by default offices.csv in the data."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Write the row without a question.")] = False,
    sample: Annotated[int, typer.Option(help="How many reports are fetched to try it.")] = 3,
    office_id: Annotated[str | None, typer.Option("--id", help="The id of the office.")] = None,
    name: Annotated[str | None, typer.Option(help="The full name of the office.")] = None,
    level: LevelOption = None,
    division: Annotated[
        str | None, typer.Option(help="The division code (GB/T 2260), six digits.")
    ] = None,
    family: FamilyOption = None,
    data: DataOption = None,
) -> None:
    """Look at a site, propose the row of its office, try it on a sample, and write it.

    The site is asked for a few pages by the normal crawl, with its pauses and robots.txt; they are
    kept in DATA/sample.
    """
    data_dir = data_directory(data)
    given = {
        "id": office_id,
        "name": name,
        "level": level,
        "division_code": division,
        "family": family,
    }
    try:
        check_given(given)
        look = _look(url, data_dir, sample)
        read = office_names(look)
        proposal = propose(look, read=read, given=given)
        if not proposal.office.division_code and not yes and sys.stdin.isatty():
            given["division_code"] = typer.prompt("Division code, empty for none", default="")
            proposal = propose(look, read=read, given=given)
        _show_proposal(proposal, look)
        trial = look_at(url, data_dir=data_dir, office=proposal.office, sample=sample)
        tried = tried_reports(trial)
        _show_trial(tried, trial)
        if not tried:
            elsewhere = " or ".join(look.elsewhere)
            fail(
                f"No report was read on {url}, so no row is written; give the address of the page"
                f" that lists the reports{f' (perhaps {elsewhere})' if elsewhere else ''}, or write"
                " the row by hand.",
                ExitCode.NOTHING_FOUND,
            )
        typer.echo(row_text(proposal.office).splitlines()[1])
        registry = into or data_dir / OWN_REGISTRY
        if not yes and not typer.confirm(f"Add this row to {registry}?", default=True):
            raise typer.Exit(ExitCode.OK)
        add_row(registry, proposal.office)
    except (OfficeError, ArgumentError, NotWritable) as error:
        fail(str(error), ExitCode.USAGE)
    except Busy as error:
        fail(str(error), ExitCode.BUSY)
    more = f" --offices {into}" if into else ""
    more += f" --data {data}" if data is not None else ""
    typer.echo(f"Added to {registry}. Next: gongkai crawl {proposal.office.id}{more}")


@offices_app.command("list")
def list_offices(
    ids: Annotated[
        list[str] | None, typer.Argument(help="Ids, or beginnings of ids such as 'cn-3715*'.")
    ] = None,
    level: LevelOption = None,
    family: FamilyOption = None,
    province: Annotated[
        str | None,
        typer.Option(
            "--province",
            "--place",
            help="A province, city or county by name, or the beginning of a division code.",
        ),
    ] = None,
    data: DataOption = None,
    offices: OfficesOption = None,
) -> None:
    """List offices, one a line; tab-separated into a pipe."""
    try:
        check_given({"level": level, "family": family})
    except OfficeError as error:
        fail(str(error), ExitCode.USAGE)
    chosen = Selection.of(ids or (), level=level or "", family=family or "", place=province or "")
    console = Console()
    names = ("id", "name", "level", "division_code", "province", "family", "entry_urls")
    table = Table(*("entry pages" if name == "entry_urls" else name for name in names))
    problems: list[OfficeError] = []
    count = 0
    try:
        for office in stream_offices(
            offices, data_dir=data_directory(data), selection=chosen, problem=problems.append
        ):
            cells = _cells(office)
            shown = [cells[name] for name in names]
            if console.is_terminal:
                table.add_row(*shown)
            else:
                typer.echo("\t".join(shown))
            count += 1
    except OfficeError as error:
        fail(str(error), ExitCode.USAGE)
    if console.is_terminal:
        console.print(table)
    for problem in problems:
        typer.echo(str(problem), err=True)
    if problems:
        raise typer.Exit(ExitCode.PARTIAL)
    if not count:
        fail("No office is like that.", ExitCode.NOTHING_FOUND)


@offices_app.command("show")
def show(
    office_id: Annotated[str, typer.Argument(metavar="ID", help="The id of an office.")],
    data: DataOption = None,
    offices: OfficesOption = None,
) -> None:
    """Show all that is known of an office, and where it is written."""
    try:
        chosen = select_offices([office_id], offices, data_dir=data_directory(data))
        for number, office in enumerate(chosen):
            if number:
                typer.echo()
            for name, value in _said_of(office).items():
                typer.echo(f"{name:24}{value}")
    except OfficeError as error:
        fail(str(error), ExitCode.USAGE)


@offices_app.command("check")
def check(
    live: Annotated[
        bool, typer.Option("--live", help="Also try each entry page, with one report of each.")
    ] = False,
    ids: Annotated[list[str] | None, typer.Argument(help="Only these offices.")] = None,
    data: DataOption = None,
    offices: OfficesOption = None,
) -> None:
    """Say every row and file of offices that cannot be used, and with --live every entry page."""
    problems: list[OfficeError] = []
    good: list[Office] = []
    levels: Counter[str] = Counter()
    try:
        for office in stream_offices(
            offices,
            data_dir=data_directory(data),
            selection=Selection.of(ids or ()),
            problem=problems.append,
        ):
            levels[office.level or "without a level"] += 1
            if live:
                good.append(office)
    except OfficeError as error:
        fail(str(error), ExitCode.USAGE)
    for problem in problems:
        typer.echo(str(problem), err=True)
    counts = ", ".join(f"{count} {level}" for level, count in sorted(levels.items()))
    typer.echo(
        f"{levels.total()} offices can be used{f' ({counts})' if counts else ''};"
        f" {len(problems)} cannot."
    )
    code = _check_live(good, data_directory(data)) if good else ExitCode.OK
    if problems:
        raise typer.Exit(ExitCode.USAGE)
    raise typer.Exit(code)


@offices_app.command("families")
def families() -> None:
    """Name the families of sites that there are."""
    for family in all_families():
        typer.echo(f"{family.name:16}{family.about}")


def _look(url: str, data_dir: Path, sample: int) -> Look:
    with CrawlProgress(Console(stderr=True)) as progress:
        look = look_at(url, data_dir=data_dir, sample=sample, listener=progress.show)
    [result] = look.result.offices
    if result.verdict in ("unreachable", "busy", "usage"):
        fail(result.message.partition(": ")[2], exit_code_of(look.result))
    return look


def _show_proposal(proposal: Proposal, look: Look) -> None:
    [result] = look.result.offices
    typer.echo(f"Looked at {look.office.urls[0]}: {result.requests} requests.")
    if result.verdict == "partial":
        typer.echo(f"  not all was had: {result.message.partition(': ')[2]}")
    for name, value in _cells(proposal.office).items():
        reason = proposal.reasons.get(name, "")
        if value or reason:
            typer.echo(f"  {name:16}{value or '(empty)'}{f'   ({reason})' if reason else ''}")


def _cells(office: Office) -> dict[str, str]:
    """The cells of a row, with the family that an empty cell means."""
    return row_of(office) | {"family": office.family}


def _show_trial(tried: list[Tried], trial: Look) -> None:
    [result] = trial.result.offices
    years = ", ".join(map(str, result.report_years)) or "none"
    typer.echo(f"Tried with {len(tried)} reports; years seen: {years}.")
    for one in tried:
        typer.echo(
            f"  {one.year or '????'}  {one.layout or one.status:16}{one.figures:4} figures,"
            f" {one.errors} errors   {one.url}"
        )


def _check_live(offices: list[Office], data_dir: Path) -> ExitCode:
    with CrawlProgress(Console(stderr=True)) as progress:
        result = crawl(offices, data_dir=data_dir, sample=1, listener=progress.show)
    for office in result.offices:
        said = office.message.partition(": ")[2] or "its entry page lists reports"
        typer.echo(f"{office.office_id}: {office.verdict}: {said}")
    return exit_code_of(result)


def _said_of(office: Office) -> dict[str, Any]:
    said = asdict(office)
    said |= said.pop("expected") | said.pop("politeness")
    where = f"{office.source}, line {office.line}" if office.line else office.source
    said |= {"written in": where}
    return {
        name: " | ".join(map(str, value)) if isinstance(value, tuple | list) else value
        for name, value in said.items()
        if name not in ("source", "line") and value not in ("", (), {}, None)
    }
