"""`gongkai spot-check`: figures at random beside their source, for a person to judge."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from gongkai.exit_codes import ExitCode
from gongkai.options import DataOption, fail
from gongkai.reading import data_directory
from gongkai.year_table import figure_text

if TYPE_CHECKING:
    from datasets.spot_check import Drawn, ErrorRate

_ANSWERS = {"r": "right", "w": "wrong", "u": "unsure"}


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("spot-check")(spot_check)


def spot_check(
    n: Annotated[int, typer.Option("--n", min=1, help="How many figures to draw.")] = 20,
    seed: Annotated[
        int | None, typer.Option(help="The same seed draws the same figures; by default the day's.")
    ] = None,
    office: Annotated[str | None, typer.Option("--office", help="Only this office.")] = None,
    export: Annotated[
        Path | None,
        typer.Option(help="Write the figures with their source to this HTML file and leave."),
    ] = None,
    rate: Annotated[
        bool, typer.Option("--rate", help="Print the error rate by the verdicts so far and leave.")
    ] = False,
    data: DataOption = None,
) -> None:
    """Judge figures against the words they were read from; prints the error rate."""
    from datasets.spot_check import draw, error_rate, not_yet_judged, save_verdict
    from datasets.tables import NoDataset
    from gongkai.spot_sheet import spot_sheet

    data_dir = data_directory(data)
    now = dt.datetime.now(dt.UTC)
    seed = seed if seed is not None else now.date().toordinal()
    console = Console()
    try:
        if rate:
            console.print(_rate_text(error_rate(data_dir)))
            return
        drawn = draw(data_dir, n, seed, office=office)
        if not drawn:
            fail(f"The dataset in {data_dir} holds no figure to draw.", ExitCode.NOTHING_FOUND)
        if export is not None:
            title = f"{len(drawn)} figures drawn with seed {seed}"
            export.write_text(spot_sheet(drawn, title), encoding="utf-8")
            typer.echo(f"{len(drawn)} figures with their source: {export}")
            return
        waiting = not_yet_judged(data_dir, drawn)
        for number, one in enumerate(waiting, start=1):
            console.print(_figure(one, number, len(waiting)))
            answer = _ask()
            if answer is None:
                break
            save_verdict(data_dir, one, _ANSWERS[answer], now)  # type: ignore[arg-type]
        console.print(_rate_text(error_rate(data_dir)))
    except NoDataset as error:
        fail(str(error), ExitCode.NOTHING_FOUND)


def _ask() -> str | None:
    while True:
        said: str = typer.prompt("[r]ight, [w]rong, [u]nsure, [q]uit")
        answer = said.strip().lower()[:1]
        if answer == "q":
            return None
        if answer in _ANSWERS:
            return answer


def _figure(drawn: Drawn, number: int, count: int) -> Text:
    one, report, passage = drawn.observation, drawn.report, drawn.passage
    shown = figure_text(one["value"], one["unit"], one["status"], one["qualifier"])
    named = one["indicator"] + (f" {one['applicant']}" if one["applicant"] else "")
    glue = "\n" if "|" in passage.before + passage.marked + passage.after else ""
    text = Text()
    text.append(f"\n{number} of {count}  ", style="dim")
    text.append(f"{report['office_name'] or report['office_id']} {report['report_year']}  ")
    text.append(f"{named}\n", style="bold")
    text.append(f"{passage.heading}\n", style="dim")
    text.append(passage.before + glue if passage.before else "")
    text.append(passage.marked, style="black on yellow")
    text.append(glue + passage.after if passage.after else "")
    text.append(f"\n{one['evidence']}  ({one['locator']}, found by {one['matched_by']})\n", "dim")
    text.append(f"read as: {shown}", style="bold cyan")
    return text


def _rate_text(found: ErrorRate) -> Text:
    counts = f"{found.right} right, {found.wrong} wrong, {found.unsure} unsure"
    if found.rate is None or found.low is None or found.high is None:
        return Text(f"{counts}; no error rate yet.")
    lines = [
        f"{counts}; error rate {found.rate:.2%}, 95 % interval {found.low:.2%} to {found.high:.2%} "
        "(weighted by stratum)."
    ]
    lines += [
        f"  {', '.join(stratum)}: {wrong} wrong of {right + wrong}"
        for stratum, (right, wrong) in found.strata.items()
    ]
    return Text("\n".join(lines))
