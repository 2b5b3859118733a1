"""`gongkai spot-check`: figures at random beside their source, for a person to judge."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ParamSpec

import typer
from rich.text import Text

from gongkai.dataset_access import chosen_offices, reads_dataset
from gongkai.exit_codes import ExitCode
from gongkai.options import DataOption, SomeOfficesOption, fail
from gongkai.reading import data_directory
from gongkai.terminal import output_console
from gongkai.wording import counted, meaning
from gongkai.year_table import figure_text

if TYPE_CHECKING:
    from datasets.spot_check import Drawn, ErrorRate
    from datasets.verdicts import Stated, Verdict

_P = ParamSpec("_P")

_ANSWERS: dict[str, Verdict] = {"r": "right", "w": "wrong", "u": "unsure"}


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("spot-check")(reads_dataset(_reads_verdicts(spot_check)))


def _reads_verdicts(command: Callable[_P, None]) -> Callable[_P, None]:
    """The command, which ends with one sentence where the file of verdicts cannot be read."""

    @wraps(command)
    def reading(*args: _P.args, **kwargs: _P.kwargs) -> None:
        from datasets.verdicts import BrokenVerdicts

        try:
            command(*args, **kwargs)
        except BrokenVerdicts as error:
            fail(str(error), ExitCode.USAGE)

    return reading


def spot_check(
    n: Annotated[int, typer.Option("--n", min=1, help="How many figures to draw.")] = 20,
    seed: Annotated[
        int | None, typer.Option(help="The same seed draws the same figures; by default the day's.")
    ] = None,
    office: SomeOfficesOption = None,
    export: Annotated[
        Path | None,
        typer.Option(help="Write the figures with their source to this HTML file and leave."),
    ] = None,
    save_golden: Annotated[
        Path | None,
        typer.Option(
            "--save-golden",
            metavar="DIR",
            help="Write the judged figures, each beside its captured page, as tests of the parser "
            "into this folder (for pytest --pages) and leave.",
        ),
    ] = None,
    rate: Annotated[
        bool, typer.Option("--rate", help="Print the error rate by the verdicts so far and leave.")
    ] = False,
    data: DataOption = None,
) -> None:
    """Judge figures against the words they were read from; prints the error rate."""
    from datasets.spot_check import draw, error_rate, not_yet_judged
    from datasets.verdicts import FILE_NAME, save_verdict
    from gongkai.spot_sheet import spot_sheet

    data_dir = data_directory(data)
    seed = seed if seed is not None else dt.datetime.now(dt.UTC).date().toordinal()
    console = output_console()
    offices = chosen_offices(data_dir, office) if office else None
    if save_golden is not None:
        _save_goldens(data_dir, save_golden, offices)
        return
    if rate:
        console.print(_rate_text(error_rate(data_dir, offices=offices)))
        return
    drawn = draw(data_dir, n, seed, offices=offices)
    if not drawn:
        fail(f"The dataset in {data_dir} holds no figure to draw.", ExitCode.NOTHING_FOUND)
    if export is not None:
        title = f"{len(drawn)} figures drawn with seed {seed}"
        try:
            export.write_text(spot_sheet(drawn, title), encoding="utf-8")
        except OSError as error:
            fail(f"{export} cannot be written: {error}.", ExitCode.USAGE)
        typer.echo(f"{len(drawn)} figures with their source: {export}")
        return
    waiting = not_yet_judged(data_dir, drawn)
    for number, one in enumerate(waiting, start=1):
        console.print(_figure(one, number, len(waiting)))
        answer = _ask()
        if answer is None:
            break
        right = _ask_what_is_right(one.observation["unit"]) if answer == "wrong" else None
        note, now = _ask_why(answer), dt.datetime.now(dt.UTC)
        try:
            digest = one.report["content_digest"]
            save_verdict(
                data_dir,
                one.observation,
                answer,
                now,
                content_digest=digest,
                right=right,
                note=note,
            )
        except OSError as error:
            fail(f"{data_dir / FILE_NAME} cannot be written: {error}.", ExitCode.USAGE)
    console.print(_rate_text(error_rate(data_dir, offices=offices)))


def _ask() -> Verdict | None:
    while True:
        said: str = typer.prompt("[r]ight, [w]rong, [u]nsure, [q]uit")
        answer = said.strip().lower()[:1]
        if answer == "q":
            return None
        if answer in _ANSWERS:
            return _ANSWERS[answer]


def _ask_what_is_right(unit: str) -> Stated | None:
    """What the page states instead; None when the person does not say."""
    from datasets.verdicts import NotAFigure, read_stated

    counted = ", in 万元" if unit == "CNY_10k" else ""
    question = (
        f"What does the page state{counted}? 12, ≥600 (余), ≈3000 (约); none, blank, unreadable, "
        "absent; Enter when you cannot say"
    )
    while True:
        typed: str = typer.prompt(question, default="", show_default=False)
        if not typed.strip():
            return None
        try:
            return read_stated(typed)
        except NotAFigure as error:
            typer.echo(str(error), err=True)


def _ask_why(answer: Verdict) -> str:
    """A note on what is not right; nothing is asked of what is."""
    if answer == "right":
        return ""
    note: str = typer.prompt("A note (Enter for none)", default="", show_default=False)
    return note.strip()


def _save_goldens(data_dir: Path, folder: Path, offices: list[str] | None) -> None:
    from datasets.goldens import GoldenError, save_goldens
    from datasets.verdicts import FILE_NAME, every_verdict

    if not every_verdict(data_dir):
        fail(
            f"{data_dir / FILE_NAME} holds no verdict yet: judge some figures with "
            "`gongkai spot-check` first.",
            ExitCode.NOTHING_FOUND,
        )
    try:
        saved = save_goldens(data_dir, folder, offices=offices)
    except GoldenError as error:
        fail(str(error), ExitCode.USAGE)
    except OSError as error:
        fail(f"{folder} cannot be written: {error}.", ExitCode.USAGE)
    for head, sentences in (
        ("Left out:", saved.left_out),
        ("Read otherwise than verified, to be fixed in the parser:", saved.to_fix),
    ):
        if sentences:
            typer.echo(head)
        for sentence in sentences:
            typer.echo(f"  {sentence}")
    if not saved.pages:
        fail("No verdict gives a golden; nothing was written.", ExitCode.NOTHING_FOUND)
    typer.echo(
        f"{counted(len(saved.pages), 'page')} with {counted(saved.figures, 'verified figure')} "
        f"in {folder}. In a checkout of gongkai, `pytest --pages {folder}` checks them."
    )


def _figure(drawn: Drawn, number: int, count: int) -> Text:
    one, report, passage = drawn.observation, drawn.report, drawn.passage
    shown = figure_text(one["value"], one["unit"], one["status"], one["qualifier"])
    named = one["indicator"] + (f" {one['applicant']}" if one["applicant"] else "")
    text = Text()
    text.append(f"\n{number} of {count}  ", style="dim")
    text.append(f"{report['office_name'] or report['office_id']} {report['report_year']}  ")
    text.append(named, style="bold")
    text.append(f"  {meaning(one['indicator'])}\n")
    text.append(f"{passage.heading}\n", style="dim")
    text.append(passage.above)
    text.append(passage.marked, style="black on yellow")
    text.append(passage.below)
    text.append(f"\n{report['source_url']}, capture {one['capture_id'][:12]}", style="dim")
    text.append(f"\n{one['evidence']}  ({one['locator']}, found by {one['matched_by']})\n", "dim")
    text.append(f"read as: {shown}", style="bold cyan")
    return text


def _rate_text(found: ErrorRate) -> Text:
    counts = f"{found.right} right, {found.wrong} wrong, {found.unsure} unsure"
    if found.rate is None or found.low is None or found.high is None:
        return Text(f"{counts}; no error rate yet.")
    lines = [
        f"{counts}; error rate {found.rate:.2%}, 95 % interval {found.low:.2%} to {found.high:.2%} "
        f"(weighted by stratum; the strata judged hold {found.share:.0%} of the figures)."
    ]
    lines += [
        f"  {', '.join(stratum)}: {wrong} wrong of {right + wrong}"
        for stratum, (right, wrong) in found.strata.items()
    ]
    return Text("\n".join(lines))
