"""The manifest of a run as one page for people.

Markdown from the manifest's own values; it computes nothing new.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# Enough to see what happened; the manifest has all.
_LONGEST = 40
_VERDICTS = {
    "ok": "Nothing is wrong.",
    "partial": "Something failed, or a limit cut the run.",
    "nothing_found": "No report of the years asked for was found.",
    "unreachable": "An office's site could not be reached, or refused.",
    "busy": "Another run was at work.",
    "usage": "An argument or an office file is wrong.",
}
_LISTS = (
    ("new", "New"),
    ("changed", "Changed (other bytes than before; the figures may be the same)"),
    ("missing", "Missing (archived before, gone or no longer linked)"),
)


def markdown_lines(manifest: dict[str, Any], *, level: int = 1) -> Iterator[str]:
    """The lines of the page for `manifest`, the content of a `crawl.json`.

    level: of its main heading, where it is a part of another page. The offices are iterated twice,
    and none is kept.
    """
    whole = "complete" if manifest["is_complete"] else "not complete"
    sample = ", a sample" if manifest["is_sample"] else ""
    again = manifest["arguments"].get("again")
    about = f" Asked again for what a channel page contradicts: {len(again)}." if again else ""
    count = manifest["outcomes"].get("accepted", 0)
    accepted = f" Failures that are known and accepted: {count}." if count else ""
    yield from (
        f"{'#' * level} Crawl of {manifest['started_at']}: {manifest['verdict']}",
        "",
        f"{_VERDICTS[manifest['verdict']]} The run is {whole}{sample}; mode"
        f" {manifest['arguments']['mode']}, until {manifest['finished_at']}.{about}{accepted}",
        "",
        "| office | verdict | reports | new | changed | unchanged | from the archive | failed"
        " | requests | ended |",
        "|---|---|---|---|---|---|---|---|---|---|",
    )
    for office in manifest["offices"]:
        counts = [
            office["outcomes"].get(name, 0)
            for name in ("new", "changed", "unchanged", "archived", "failed")
        ]
        cells = [
            office["office_id"], office["verdict"], office["kinds"].get("report", 0), *counts,
            office["requests"], office["finish_reason"],
        ]  # fmt: skip
        yield f"| {' | '.join(map(str, cells))} |"
    for office in manifest["offices"]:
        yield from _details(office, level + 1)
    versions = ", ".join(f"{name} {value}" for name, value in manifest["versions"].items())
    yield from ("", f"Made by {versions}.")


def _details(office: dict[str, Any], level: int) -> list[str]:
    lines: list[str] = []
    if office["message"]:
        lines += ["", f"- {plain(office['message'])}"]
    if office["report_years"]:
        years = ", ".join(map(str, office["report_years"]))
        lines += ["", f"{office['office_id']}: report years named by links: {years}."]
    for name, heading in _LISTS:
        lines += listed(f"{heading}: {office['office_id']}", office[name], level)
    lines += listed(f"Failed: {office['office_id']}", list(map(_failure, office["failed"])), level)
    accepted = [
        f"{_failure(one)}; accepted since {one['since']}: {one['why']}"
        for one in office["accepted"]
    ]
    return lines + listed(f"Failed, known and accepted: {office['office_id']}", accepted, level)


def _failure(row: dict[str, Any]) -> str:
    linked = f", linked as {row['link_text']}" if row["link_text"] else ""
    return f"{row['url']} ({row['reason'] or row['status']}){linked}"


def listed(heading: str, rows: list[str], level: int) -> list[str]:
    """The lines of a section with a list of `rows`, cut where it gets long; none without rows."""
    if not rows:
        return []
    shown = [f"- {plain(row)}" for row in rows[:_LONGEST]]
    if len(rows) > _LONGEST:
        shown.append(f"- and {len(rows) - _LONGEST} more, in the JSON file beside this page")
    return ["", f"{'#' * level} {heading}", "", *shown]


def plain(words: object) -> str:
    """Words of a page or an address as text of Markdown: one line, no markup of their own."""
    return " ".join(str(words).split()).replace("<", "&lt;").replace("|", "&#124;")
