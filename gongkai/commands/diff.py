"""`gongkai diff`: which figures differ between two builds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gongkai.dataset_access import reads_dataset
from gongkai.exit_codes import ExitCode
from gongkai.terminal import output_console

if TYPE_CHECKING:
    from datasets.difference import Difference, FieldChange, StatedFigure

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

    found = difference(old, new, most)
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
        "reports_added": [Text(f"new report: {one} {year}") for one, year in found.reports_added],
        "reports_removed": [Text(f"gone: {one} {year}") for one, year in found.reports_removed],
        "coverage": [_field(one) for one in found.coverage],
        "fields": [_field(one) for one in found.fields],
    }
    lines: list[RenderableType] = []
    for kind, told in kinds.items():
        lines += [*told[:most], *_more(found, kind, most)]
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
    return Group(*lines, *_more(found, "figures", most))


# What changes of each kind are called when they are only counted.
_CALLED = {
    "reports_added": "new reports",
    "reports_removed": "reports gone",
    "coverage": "statuses",
    "fields": "fields of reports",
    "figures": "figures",
}


def _more(found: Difference, kind: str, most: int) -> list[RenderableType]:
    """The line with the number of changes that are not printed, if any."""
    more = found.counts[kind] - min(most, len(getattr(found, kind)))
    return [Text(f"… and {more:,} more {_CALLED[kind]}.")] if more > 0 else []


def _field(one: FieldChange) -> Text:
    return Text(f"{one.office_id} {one.report_year}: {one.field} was {one.old}, is {one.new}")


def _figure(one: StatedFigure | None) -> str:
    from gongkai.year_table import figure_text

    if one is None:
        return "absent"
    return figure_text(one.value, one.unit, one.status, one.qualifier)
