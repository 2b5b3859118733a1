"""`gongkai archive`: look at the archive, check it, add to it."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from crawler.archive import Archive, ArchiveError, Capture, Failure, PayloadError
from crawler.archive.index import remove_index
from crawler.archive.verification import verify
from crawler.exporting import ExportFailed, export_wacz
from crawler.foreign_files import is_web_archive
from crawler.importing import ImportFailed, add_saved_page, add_web_archive
from crawler.locks import Busy, NotWritable, office_lock
from crawler.offices import OfficeError, select_offices
from gongkai.exit_codes import ExitCode
from gongkai.options import DataOption, OfficesOption, fail
from gongkai.reading import data_directory

OfficeArgument = Annotated[
    str | None, typer.Argument(help="Office id; all offices of the archive when none is given.")
]

archive_app = typer.Typer(help="Look at the archive, check it, add to it.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.add_typer(archive_app, name="archive")


@archive_app.command("list")
def list_captures(
    office: OfficeArgument = None,
    kind: Annotated[str | None, typer.Option(help="Only this kind, such as report.")] = None,
    url: Annotated[str | None, typer.Option(help="Only addresses that contain this.")] = None,
    failures: Annotated[bool, typer.Option("--failures", help="What could not be had.")] = False,
    data: DataOption = None,
) -> None:
    """List captures (or failures), one a line, in the order in which they came."""
    with Archive(data_directory(data)) as archive:
        table = Table(
            "office", "time (UTC)", "status", "kind", "origin", "bytes", "address", "link"
        )
        count = 0
        for office_id in _offices(archive, office):
            rows = archive.failures(office_id) if failures else archive.captures(office_id)
            for row in rows:
                if (kind and row.kind != kind) or (url and url not in row.url):
                    continue
                table.add_row(*_cells(row))
                count += 1
    _print(table)
    if count == 0:
        fail("Nothing in the archive is like that.", ExitCode.NOTHING_FOUND)


@archive_app.command("show")
def show(
    url: Annotated[str, typer.Argument(help="An address, or a capture id or its beginning.")],
    office: Annotated[str | None, typer.Option(help="Only of this office.")] = None,
    payload: Annotated[bool, typer.Option("--payload", help="The bytes of the page.")] = False,
    data: DataOption = None,
) -> None:
    """Show every capture of an address, or write the bytes of the latest to standard output."""
    with Archive(data_directory(data)) as archive:
        found = [
            capture
            for office_id in _offices(archive, office)
            for capture in archive.captures(office_id)
            if capture.url == url or (len(url) >= 8 and capture.capture_id.startswith(url))
        ]
        if not found:
            fail(f"There is no capture of {url} in {archive.root}.", ExitCode.NOTHING_FOUND)
        if payload:
            try:
                sys.stdout.buffer.write(archive.payload(found[-1]))
            except PayloadError as error:
                fail(str(error), ExitCode.PARTIAL)
            return
        for capture in found:
            typer.echo(f"{capture.url}\n  {'  '.join(_cells(capture)[1:6])}")
            typer.echo(f"  capture {capture.capture_id}")
            typer.echo(f"  in {capture.warc_file} at byte {capture.warc_offset}")
            if capture.revisit_of:
                typer.echo(f"  the same as {capture.revisit_of}")
            if capture.link_text:
                typer.echo(f"  linked as {capture.link_text} from {capture.via}")
            for name, value in archive.headers(capture):
                typer.echo(f"  {name}: {value}")


@archive_app.command("verify")
def verify_archive(office: OfficeArgument = None, data: DataOption = None) -> None:
    """Read every record, compute its digests again, and compare the index with the files."""
    is_sound = True
    with Archive(data_directory(data)) as archive:
        for office_id in _offices(archive, office):
            found = verify(archive, office_id)
            typer.echo(
                f"{office_id}: {found.files} files, {found.records} records,"
                f" {found.captures} captures, {len(found.problems)} problems"
                f"{_repeating(found.unresolved)}"
            )
            for problem in found.problems:
                typer.echo(
                    f"{problem.warc_file}, byte {problem.offset}: {problem.message}", err=True
                )
            is_sound = is_sound and not found.problems
    if not is_sound:
        raise typer.Exit(ExitCode.PARTIAL)


@archive_app.command("rebuild-index")
def rebuild_index(office: OfficeArgument = None, data: DataOption = None) -> None:
    """Make the index again from the WARC files."""
    data_dir = data_directory(data)
    with Archive(data_dir) as archive:
        offices = _offices(archive, office)
    for office_id in offices:
        try:
            lock = office_lock(data_dir, office_id)
        except Busy as error:
            fail(str(error), ExitCode.BUSY)
        except NotWritable as error:
            fail(str(error), ExitCode.USAGE)
        remove_index(data_dir / "archive" / office_id)
        with Archive(data_dir) as archive:
            captures = sum(1 for _ in archive.captures(office_id))
            failures = sum(1 for _ in archive.failures(office_id))
            damages = archive.damages(office_id)
        lock.release()
        typer.echo(f"{office_id}: {captures} captures, {failures} failures")
        for damage in damages:
            typer.echo(
                f"{damage.warc_file}, bytes {damage.offset}-{damage.until}: {damage.message}",
                err=True,
            )


@archive_app.command("add")
def add(
    file: Annotated[Path, typer.Argument(help="A saved page or document, a WARC or a WACZ file.")],
    office: Annotated[str, typer.Option(help="The office whose page it is.")],
    url: Annotated[str | None, typer.Option(help="The address of a saved page.")] = None,
    fetched_at: Annotated[
        str | None,
        typer.Option(help="When it was saved, as 2024-03-01 or 2024-03-01T08:30 (UTC)."),
    ] = None,
    data: DataOption = None,
    offices: OfficesOption = None,
) -> None:
    """Add a page that was saved by hand, or the captures of another tool."""
    try:
        [record] = select_offices([office], offices, data_dir=data_directory(data))
        if is_web_archive(file):
            result = add_web_archive(file, record, data_directory(data))
            typer.echo(
                f"{file}: {result.added} captures added, {result.known} were there already,"
                f" {result.elsewhere} of other hosts left out{_repeating(result.unresolved)}"
                f"{_undecoded(result.undecoded)}"
            )
            if result.lost:
                fail(f"{result.lost}.", ExitCode.PARTIAL)
            return
        if url is None or fetched_at is None:
            fail(f"{file} is no web archive; say --url and --fetched-at.", ExitCode.USAGE)
        moment = _moment(fetched_at)
        capture = add_saved_page(file, record, data_directory(data), url=url, fetched_at=moment)
        typer.echo(f"{file}: added as {capture.kind}, capture {capture.capture_id}")
    except (OfficeError, ImportFailed, ArchiveError, NotWritable) as error:
        fail(str(error), ExitCode.USAGE)
    except Busy as error:
        fail(str(error), ExitCode.BUSY)


@archive_app.command("export")
def export(
    path: Annotated[Path, typer.Argument(help="The WACZ file to write, such as offices.wacz.")],
    office: Annotated[
        list[str] | None, typer.Option("--office", help="Only of this office; may be repeated.")
    ] = None,
    data: DataOption = None,
) -> None:
    """Write the archive as one WACZ file, which ReplayWeb.page, pywb and the like show."""
    data_dir = data_directory(data)
    with Archive(data_dir) as archive:
        known = _offices(archive, None)
        chosen = [_offices(archive, name)[0] for name in office or known]
    try:
        made = export_wacz(data_dir, path, dict.fromkeys(chosen))
    except (ExportFailed, NotWritable) as error:
        fail(str(error), ExitCode.USAGE)
    except Busy as error:
        fail(str(error), ExitCode.BUSY)
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}.", ExitCode.PARTIAL)
    typer.echo(
        f"{path}: {made.files} WARC files of {len(made.offices)} offices, {made.pages} pages"
        f" listed, {made.bytes} bytes"
    )
    for damage in made.lost:
        typer.echo(
            f"{damage.warc_file}, bytes {damage.offset}-{damage.until}: {damage.message}; the rest"
            " of the file is exported",
            err=True,
        )
    if made.lost:
        raise typer.Exit(ExitCode.PARTIAL)


def _offices(archive: Archive, office: str | None) -> list[str]:
    offices = archive.offices()
    if not offices:
        fail(
            f"There is no archive in {archive.root}; gongkai crawl makes one.",
            ExitCode.NOTHING_FOUND,
        )
    if office is not None and office not in offices:
        fail(
            f"There is nothing of “{office}” in {archive.root}; it has {', '.join(offices)}.",
            ExitCode.NOTHING_FOUND,
        )
    return [office] if office is not None else offices


def _cells(row: Capture | Failure) -> list[str]:
    if isinstance(row, Capture):
        moment, status, size = row.fetched_at, str(row.http_status), str(row.bytes)
    else:
        moment, status, size = row.failed_at, row.reason, ""
    time = f"{moment:%Y-%m-%d %H:%M:%S}"
    return [row.office_id, time, status, row.kind, row.origin, size, row.url, row.link_text or ""]


def _print(table: Table) -> None:
    console = Console()
    if console.is_terminal:
        console.print(table)
        return
    # Into a file or a pipe: one line a row, cells parted by tabs, nothing cut off.
    columns = [list(column.cells) for column in table.columns]
    for cells in zip(*columns, strict=True):
        typer.echo("\t".join(map(str, cells)))


def _repeating(count: int) -> str:
    return f"; {count} repeat a record that is not here" if count else ""


def _undecoded(count: int) -> str:
    return f"; {count} not decoded, and so not read" if count else ""


def _moment(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        fail(f"--fetched-at {text} is no time; write it like 2024-03-01T08:30.", ExitCode.USAGE)
    return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
