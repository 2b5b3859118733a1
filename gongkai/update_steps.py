"""What `gongkai update` does after its crawl: build, compare with the dataset before, check.

A finding that was there before is no news: only new errors make an update fail, so that a
scheduled run does not cry every week over what a page printed wrong in 2019.
"""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.text import Text

from gongkai.commands.build import make_build
from gongkai.exit_codes import ExitCode


def build_compare_check(data_dir: Path, offices: Path | None = None) -> ExitCode:
    """Build from the archive, print what differs and which findings are new.

    Returns OK; PARTIAL when there are new findings of severity error, or when the files depart
    from the registry; EXPECTATIONS when an office's expectation fails. Leaves with a sentence when
    there is nothing to build.
    """
    from datasets.findings import read_findings
    from datasets.validation import violations

    summary = make_build(data_dir, offices, compare=True)
    if summary.failed_expectations:
        return ExitCode.EXPECTATIONS
    new = (
        read_findings(data_dir)
        if summary.difference is None
        else list(summary.difference.new_findings)
    )
    console = Console()
    for one in new:
        words = f"{one['office_id']} {one['report_year'] or ''} {one['rule']}: {one['message']}"
        style = {"error": "red", "warning": "yellow"}.get(one["severity"], "dim")
        console.print(Text(f"new {one['severity']}: {words}", style=style))
    departures = violations(data_dir)
    for sentence in departures:
        console.print(Text(f"error: {sentence}", style="red"))
    first_build = summary.difference is None
    errors = [one for one in new if one["severity"] == "error"]
    failed = departures or (errors and not first_build)
    return ExitCode.PARTIAL if failed else ExitCode.OK
