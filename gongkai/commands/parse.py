"""`gongkai parse`: read pages on this machine and print what their documents say.

The interface of spot checks and of scorers from outside: with `--json` the names are those of the
dataset. Nothing is fetched, archived or built.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from gongkai.exit_codes import ExitCode
from parsers import Document, parse_page


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("parse")(parse)


def parse(
    files: Annotated[list[Path], typer.Argument(help="Pages: HTML, or text captures.")],
    url: Annotated[str | None, typer.Option(help="Where the page was fetched from.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False,
) -> None:
    """Read pages and print their documents, with every figure and its evidence as JSON."""
    errors = Console(stderr=True, soft_wrap=True, highlight=False)
    read: list[tuple[Path, Document]] = []
    nothing = False
    for path in files:
        try:
            documents = parse_page(path.read_bytes(), url=url)
        except OSError as error:
            errors.print(f"{path}: cannot be read: {error.strerror or error}", markup=False)
            nothing = True
            continue
        read.extend((path, document) for document in documents)
        if not any(document.kind == "report" for document in documents):
            reasons = "; ".join(dict.fromkeys(document.reason for document in documents))
            errors.print(f"{path}: holds no report: {reasons}", markup=False)
            nothing = True
    if as_json:
        rows = [{"source": str(path), **document.to_json()} for path, document in read]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    elif read:
        Console().print(_table(read))
    if nothing:
        raise typer.Exit(ExitCode.NOTHING_FOUND)


def _table(read: list[tuple[Path, Document]]) -> Table:
    """One line a document: what it is, of which year, in which form, with how many figures."""
    table = Table("file", "kind", "year", "layout", "office", "status", "figures", "findings")
    for path, document in read:
        report = document.report
        if report is None:
            table.add_row(path.name, document.kind, "", "", "", document.reason, "", "")
            continue
        table.add_row(
            path.name,
            document.kind,
            str(report.report_year or "?"),
            report.layout or "",
            report.office_name or "?",
            report.status,
            str(len(report.observations)),
            str(len(report.findings)),
        )
    return table
