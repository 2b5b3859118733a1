"""`gongkai check`: what the rules say of the dataset, and whether its files keep the registry."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gongkai.exit_codes import ExitCode
from gongkai.options import DataOption, fail
from gongkai.reading import data_directory

_STYLES = {"error": "red", "warning": "yellow", "note": "dim"}


class FailOn(StrEnum):
    """From which severity on the command fails."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    NEVER = "never"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("check")(check)


def check(
    office: Annotated[str | None, typer.Option("--office", help="Only this office.")] = None,
    year: Annotated[int | None, typer.Option(help="Only this report year.")] = None,
    rule: Annotated[str | None, typer.Option(help="Only this rule.")] = None,
    fail_on: Annotated[
        FailOn, typer.Option(help="Leave with code 1 when a finding is at least so severe.")
    ] = FailOn.ERROR,
    rules: Annotated[bool, typer.Option("--rules", help="List the rules and leave.")] = False,
    data: DataOption = None,
) -> None:
    """Print the findings of every rule; nothing is altered by a check."""
    if rules:
        _print_rules()
        return
    code = run_check(
        data_directory(data), office=office, year=year, rule=rule, fail_on=fail_on.value
    )
    raise typer.Exit(code)


def run_check(
    data_dir: Path,
    *,
    office: str | None = None,
    year: int | None = None,
    rule: str | None = None,
    fail_on: str = "error",
) -> ExitCode:
    """Print the findings and what departs from the registry; the exit code says how bad it is."""
    from datasets.findings import read_findings
    from datasets.tables import NoDataset
    from datasets.validation import violations

    try:
        found = read_findings(data_dir, office=office, year=year, rule=rule)
        departures = violations(data_dir)
    except NoDataset as error:
        fail(str(error), ExitCode.NOTHING_FOUND)
    console = Console()
    if found:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for title in ("office", "year", "rule", "", "finding"):
            table.add_column(title, overflow="fold")
        for one in found:
            style = _STYLES[one["severity"]]
            table.add_row(
                one["office_id"],
                str(one["report_year"] or ""),
                one["rule"],
                Text(one["severity"], style=style),
                Text(one["message"]),
            )
        console.print(table)
    for sentence in departures:
        console.print(Text(f"error: {sentence}", style="red"))
    counted = Counter(one["severity"] for one in found)
    counts = ", ".join(f"{counted[one]} {one}s" for one in _STYLES)
    console.print(f"{counts}; {len(departures)} departures from the registry.")
    worst = [one for one in _STYLES if counted[one]]
    order = [*_STYLES, "never"]
    failed = bool(worst) and order.index(worst[0]) <= order.index(fail_on) and fail_on != "never"
    return ExitCode.PARTIAL if failed or departures else ExitCode.OK


def _print_rules() -> None:
    from datasets.findings import described_rules

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("rule", "", "what it says"):
        table.add_column(title, overflow="fold")
    for one in described_rules():
        words = one["words"] + (f" ({one['source']})" if one["source"] else "")
        table.add_row(one["rule"], Text(one["severity"], style=_STYLES[one["severity"]]), words)
    Console().print(table)
