"""`gongkai check`: what the rules say of the dataset, and whether its files keep the registry."""

from __future__ import annotations

from collections import Counter
from difflib import get_close_matches
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from gongkai.dataset_access import chosen_offices, reads_dataset
from gongkai.exit_codes import ExitCode
from gongkai.options import DataOption, SomeOfficesOption, fail
from gongkai.reading import data_directory
from gongkai.terminal import output_console
from gongkai.wording import counted

_STYLES = {"error": "red", "warning": "yellow", "note": "dim"}


class FailOn(StrEnum):
    """From which severity on the command fails."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    NEVER = "never"


# The severities at which the command fails.
_FAILING = {
    FailOn.ERROR: ("error",),
    FailOn.WARNING: ("error", "warning"),
    FailOn.NOTE: ("error", "warning", "note"),
    FailOn.NEVER: (),
}


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("check")(reads_dataset(check))


def check(
    office: SomeOfficesOption = None,
    year: Annotated[int | None, typer.Option(help="Only this report year.")] = None,
    rule: Annotated[str | None, typer.Option(help="Only this rule.")] = None,
    fail_on: Annotated[
        FailOn, typer.Option(help="Leave with code 1 when a finding is at least so severe.")
    ] = FailOn.ERROR,
    most: Annotated[
        int, typer.Option(min=0, help="List so many findings; the others are counted by rule.")
    ] = 200,
    rules: Annotated[bool, typer.Option("--rules", help="List the rules and leave.")] = False,
    data: DataOption = None,
) -> None:
    """Print the findings of every rule; nothing is altered by a check."""
    from datasets.findings import read_findings
    from datasets.validation import violations

    if rules:
        _print_rules()
        return
    data_dir = data_directory(data)
    if rule is not None:
        _known_rule(rule)
    offices = chosen_offices(data_dir, office) if office else None
    found = read_findings(data_dir, offices=offices, year=year, rule=rule, most=most)
    departures = violations(data_dir)
    console = output_console()
    if found.rows:
        console.print(_findings_table(found.rows))
    if len(found.rows) < found.counts.total():
        console.print(_counts_table(found.counts))
        console.print(
            f"{len(found.rows):,} of {found.counts.total():,} findings are listed: narrow them "
            "down with --office, --year or --rule, or list more with --most.",
            highlight=False,
        )
    for sentence in departures:
        console.print(Text(f"error: {sentence}", style="red"))
    severities = found.severities
    counts = ", ".join(counted(severities[one], one) for one in _STYLES)
    console.print(f"{counts}; {counted(len(departures), 'departure')} from the registry.")
    failed = departures or any(severities[one] for one in _FAILING[fail_on])
    raise typer.Exit(ExitCode.PARTIAL if failed else ExitCode.OK)


def _known_rule(rule: str) -> None:
    from datasets.findings import described_rules

    names = [one["rule"] for one in described_rules()]
    if rule not in names:
        near = get_close_matches(rule, names, n=3)
        hint = (
            f"did you mean {' or '.join(near)}?" if near else "`gongkai check --rules` lists them."
        )
        fail(f"There is no rule {rule}; {hint}", ExitCode.USAGE)


def _findings_table(rows: list[dict[str, Any]]) -> Table:
    offices = {one["office_id"] for one in rows}
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title_justify="left")
    if len(offices) == 1:
        (table.title,) = offices
    else:
        table.add_column("office", overflow="fold")
    table.add_column("year", no_wrap=True)
    table.add_column("rule", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("finding", overflow="fold")
    for one in rows:
        office = [one["office_id"]] if len(offices) > 1 else []
        table.add_row(
            *office,
            str(one["report_year"] or ""),
            one["rule"],
            Text(one["severity"], style=_STYLES[one["severity"]]),
            Text(one["message"]),
        )
    return table


def _counts_table(counts: Counter[tuple[str, str]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("rule", overflow="fold")
    table.add_column("")
    table.add_column("findings", justify="right")
    for (rule, severity), count in counts.most_common():
        table.add_row(rule, Text(severity, style=_STYLES[severity]), f"{count:,}")
    return table


def _print_rules() -> None:
    from datasets.findings import described_rules

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("rule", "", "what it says"):
        table.add_column(title, overflow="fold")
    for one in described_rules():
        words = one["words"] + (f" ({one['source']})" if one["source"] else "")
        table.add_row(one["rule"], Text(one["severity"], style=_STYLES[one["severity"]]), words)
    output_console().print(table)
