"""What `gongkai update` does after its crawl: build, compare with the dataset before, check.

A finding that was there before is no news: only new errors make an update fail, so that a
scheduled run does not cry every week over what a page printed wrong in 2019.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from gongkai.commands.build import make_build
from gongkai.exit_codes import ExitCode

if TYPE_CHECKING:
    from datasets.build import BuildSummary

_STYLES = {"error": "red", "warning": "yellow"}


@dataclass(frozen=True, slots=True)
class BuildOutcome:
    """What a build made, and what is new or wrong in it.

    new_findings: rows of `findings` that the dataset before did not have, of very many the first;
        none of a first build. new_severities: how many of all of them there are of each severity.
    new_revisions: rows of `revisions` that it did not have: what an office changed on its site.
    departures: one sentence for each place where the files depart from the registry.
    """

    summary: BuildSummary
    new_findings: list[dict[str, Any]]
    new_revisions: list[dict[str, Any]]
    departures: list[str]
    new_severities: Counter[str] = field(default_factory=Counter)

    @property
    def code(self) -> ExitCode:
        """EXPECTATIONS, PARTIAL (new errors, departures) or OK."""
        if self.summary.failed_expectations:
            return ExitCode.EXPECTATIONS
        wrong = self.departures or self.new_severities["error"]
        return ExitCode.PARTIAL if wrong else ExitCode.OK


def build_compare_check(data_dir: Path, offices: Path | None = None) -> ExitCode:
    """Build from the archive, print what differs and which findings are new.

    Returns OK; PARTIAL when there are new findings of severity error, or when the files depart
    from the registry; EXPECTATIONS when an office's expectation fails.

    Raises:
        gongkai.commands.build.BuildFailed: there is no new dataset.
    """
    return build_and_judge(data_dir, offices).code


def build_and_judge(data_dir: Path, offices: Path | None = None) -> BuildOutcome:
    """Build, compare, check and print as `build_compare_check` does, and give all of it."""
    from datasets.difference import Difference
    from datasets.validation import violations

    known = Counter(map(_revision_key, _revisions(data_dir)))
    # What is wrong with rows of the registry is said by the crawl, and makes it partial.
    summary = make_build(data_dir, offices, compare=True, problems=[])
    if not summary.published:
        # The dataset in place is the one before; of the other, the expectations say enough.
        return BuildOutcome(summary, [], [], [])
    # Of a first dataset every finding is new: `gongkai check` lists them.
    found = summary.difference or Difference()
    new = list(found.new_findings)
    revisions = list(_not_known(_revisions(data_dir), known))
    outcome = BuildOutcome(summary, new, revisions, violations(data_dir), found.new_severities)
    console = Console()
    for row in revisions:
        console.print(Text(f"changed on the site: {revision_in_words(row)}", style="yellow"))
    for one in new:
        words = f"{one['office_id']} {one['report_year'] or ''} {one['rule']}: {one['message']}"
        console.print(
            Text(f"new {one['severity']}: {words}", style=_STYLES.get(one["severity"], "dim"))
        )
    if found.counts["new_findings"] > len(new):
        console.print(f"… and {found.counts['new_findings'] - len(new):,} more new findings.")
    for sentence in outcome.departures:
        console.print(Text(f"error: {sentence}", style="red"))
    return outcome


def revision_in_words(row: dict[str, Any]) -> str:
    """A row of `revisions` in words: `cn-… 2021: applications.received was 2, is 5 (https://…)`."""
    named = " ".join(
        part for part in (row["indicator"], row["applicant"], row["source"]) if part is not None
    )
    old, new = (
        (row[f"{side}_text"] or row[f"{side}_status"]) if row["change"] != absent else "absent"
        for side, absent in (("old", "added"), ("new", "removed"))
    )
    where = f"{row['office_id']} {row['report_year']}"
    return f"{where}: {named} was {old}, is {new} ({row['url']})"


def _revisions(data_dir: Path) -> list[dict[str, Any]]:
    from datasets.tables import NoDataset, read_rows

    try:
        return read_rows(data_dir, "revisions")
    except NoDataset:
        return []


def _not_known(rows: list[dict[str, Any]], known: Counter[Any]) -> Iterator[dict[str, Any]]:
    for row in rows:
        key = _revision_key(row)
        known[key] -= 1
        if known[key] < 0:
            yield row


def _revision_key(row: dict[str, Any]) -> tuple[Any, ...]:
    # Not the address: the same change is told of the page that shows it best, once that has it.
    names = ("office_id", "report_year", "indicator", "applicant", "source")
    figures = ("old_value", "old_status", "new_value", "new_status")
    return tuple(row[name] for name in (*names, *figures))
