"""`gongkai diff`: which figures differ between two builds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gongkai.dataset_access import reads_dataset
from gongkai.exit_codes import ExitCode
from gongkai.terminal import output_console

if TYPE_CHECKING:
    from datasets.difference import Difference, FieldChange

NO_DIFFERENCE = "No figure, report or coverage differs."


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("diff")(reads_dataset(diff))


def diff(
    old: Annotated[
        Path, typer.Argument(help="Data directory, or dataset folder, of the old build.")
    ],
    new: Annotated[Path, typer.Argument(help="The same of the new build.")],
    most: Annotated[int, typer.Option(min=1, help="Print so many changes of each kind.")] = 200,
) -> None:
    """Print the figures, reports and coverage that differ; leave with 1 when anything does."""
    from datasets.difference import difference

    found = difference(old, new)
    output_console().print(difference_table(found, most))
    if found:
        raise typer.Exit(ExitCode.PARTIAL)


def difference_table(found: Difference, most: int = 200) -> RenderableType:
    """The difference as it is printed; one sentence when there is none.

    most: how many changes of each kind to print; of more, the number.
    """
    if not found:
        return Text(NO_DIFFERENCE)
    kinds = {
        "new reports": [Text(f"new report: {one} {year}") for one, year in found.reports_added],
        "reports gone": [Text(f"gone: {one} {year}") for one, year in found.reports_removed],
        "statuses": [_field(one) for one in found.coverage],
        "fields of reports": [_field(one) for one in found.fields],
    }
    lines: list[RenderableType] = []
    for what, told in kinds.items():
        lines += told[:most]
        if len(told) > most:
            lines.append(Text(f"… and {len(told) - most:,} more {what}."))
    if found.figures:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for title in ("office", "year", "indicator", "was", "is"):
            table.add_column(title, overflow="fold")
        for figure in found.figures[:most]:
            named = " ".join(
                part for part in (figure.indicator, figure.applicant, figure.source) if part
            )
            row = (figure.office_id, str(figure.report_year), named)
            table.add_row(*row, _figure(figure.old), _figure(figure.new))
        lines.append(table)
    if len(found.figures) > most:
        lines.append(Text(f"… and {len(found.figures) - most:,} more figures."))
    return Group(*lines)


def _field(one: FieldChange) -> Text:
    return Text(f"{one.office_id} {one.report_year}: {one.field} was {one.old}, is {one.new}")


def _figure(row: dict[str, Any] | None) -> str:
    from gongkai.year_table import figure_text

    if row is None:
        return "absent"
    return figure_text(row["value"], row["unit"], row["status"], row["qualifier"])
