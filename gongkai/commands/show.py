"""`gongkai show`: a report's figures with the evidence beside each."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from gongkai.dataset_access import chosen_office, reads_dataset
from gongkai.exit_codes import ExitCode
from gongkai.options import DataOption, OfficeOption, fail
from gongkai.reading import data_directory
from gongkai.terminal import output_console
from gongkai.year_table import figure_text


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("show")(reads_dataset(show))


def show(
    year: Annotated[int, typer.Argument(help="Report year, such as 2023.")],
    indicator: Annotated[
        str | None,
        typer.Argument(
            help="An indicator, or the beginning of several: applications.received, disputes."
        ),
    ] = None,
    office: OfficeOption = None,
    data: DataOption = None,
) -> None:
    """Print the figures of one report with the words each was read from."""
    from datasets.one_report import NoFigures, NoReport, report_figures

    data_dir = data_directory(data)
    office_id = chosen_office(data_dir, office)
    try:
        found = report_figures(data_dir, office_id, year, indicator)
    except (NoReport, NoFigures) as error:
        fail(str(error), ExitCode.NOTHING_FOUND)
    console = output_console()
    console.print(_head(found.report), highlight=False)
    console.print(_figures(found.observations))
    for finding in found.findings:
        words = f"{finding['severity']} {finding['rule']}: {finding['message']}"
        console.print(Text(words, style="yellow" if finding["severity"] != "note" else "dim"))


def _head(report: dict[str, Any]) -> str:
    lines = [
        f"[bold]{report['office_name'] or report['office_id']}, {report['report_year']}[/bold]"
        f" · {report['layout'] or report['status']} · {report['title'] or 'no title printed'}",
        f"published {report['published_on'] or 'on a day that is not stated'}, period "
        f"{report['period_start'] or '?'} to {report['period_end'] or '?'}; "
        f"{report['n_sections']} sections, {report['n_observations']} figures, "
        f"{report['n_copies']} current copies",
        f"{report['source_url']} (captured {report['captured_at']:%Y-%m-%d %H:%M} UTC, "
        f"sha256 {report['capture_id'][:12]})",
    ]
    return "\n".join(lines)


def _figures(observations: list[dict[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("indicator", overflow="fold")
    table.add_column("figure", justify="right")
    table.add_column("evidence", overflow="fold")
    table.add_column("where", style="dim", overflow="fold")
    for one in observations:
        named = one["indicator"] + (f" [dim]{one['applicant']}[/dim]" if one["applicant"] else "")
        shown = figure_text(one["value"], one["unit"], one["status"], one["qualifier"])
        unit = " 万元" if one["unit"] == "CNY_10k" and one["value"] is not None else ""
        doubt = {"label": "", "label_fuzzy": " ~", "position": " ?"}[one["matched_by"]]
        evidence = one["evidence"]
        if one["correction"]:
            evidence += f" (printed {one['value_text']}; corrected: {one['correction']})"
        table.add_row(
            named, f"{shown}{unit}{doubt}", Text(evidence), _where(one["source"], one["locator"])
        )
    table.caption = "~ the label was read loosely · ? found by its place · blank: an empty cell"
    table.caption_justify = "left"
    return table


def _where(source: str, locator: str) -> str:
    # A table of the form and a section say so themselves.
    return f"annex, {locator}" if source == "annex" else locator
