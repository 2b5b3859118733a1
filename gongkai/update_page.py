"""What an update did, as `update.json` for machines and `update.md`, one page for people.

It puts together what the crawl, the build and the comparison say; it judges nothing.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.results import CrawlResult
from crawler.summary import listed, markdown_lines, plain
from crawler.whole_files import whole_file
from gongkai.commands.diff import NO_DIFFERENCE
from gongkai.exit_codes import ExitCode
from gongkai.update_steps import BuildOutcome, revision_in_words
from gongkai.year_table import figure_text

if TYPE_CHECKING:
    from datasets.difference import Difference, FigureChange, StatedFigure

_CODES = {
    ExitCode.OK: "Nothing is wrong.",
    ExitCode.PARTIAL: "Some pages failed, or a check found a new error; the rest is done.",
    ExitCode.USAGE: "An argument or an office file is wrong.",
    ExitCode.NOTHING_FOUND: "No report of an office was found.",
    ExitCode.UNREACHABLE: "An office's site could not be reached, or refused.",
    ExitCode.EXPECTATIONS: "An expectation of an office fails.",
    ExitCode.BUSY: "Another run was at work on the archive of an office.",
}


def write_update(
    data_dir: Path,
    code: ExitCode,
    crawls: Sequence[CrawlResult],
    built: BuildOutcome | str,
    started_at: dt.datetime,
) -> Path:
    """Write both files into `data_dir` and give the path of the page for people.

    crawls: the crawl, and the one that asked again for what it put in doubt, if any.
    built: a sentence when there is no new dataset.

    Raises:
        OSError: they cannot be written.
    """
    crawled, again = crawls[0], crawls[1] if crawls[1:] else None
    # The manifests go in as they lie on disk: those of a country need not be held in memory.
    record: dict[str, Any] = {
        "exit_code": int(code),
        "verdict": code.name.lower(),
        "started_at": started_at.isoformat(timespec="seconds"),
        "finished_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "crawl": crawled.manifest,
        "asked_again": again and again.manifest,
        "build": {"failure": built} if isinstance(built, str) else _build_record(built),
    }
    with whole_file(data_dir / "update.json") as file:
        for piece in _json_pieces(record):
            file.write(piece.encode())
    page = data_dir / "update.md"
    shown = record | {"crawl": crawled.record, "asked_again": again and again.record}
    with whole_file(page) as file:
        for line in _markdown_lines(shown):
            file.write(f"{line}\n".encode())
    return page


def _json_pieces(record: dict[str, Any]) -> Iterator[str]:
    """The text that `json.dumps` makes of `record`; a path stands for the JSON in that file."""
    between = "{\n"
    for key, value in record.items():
        yield f"{between}  {json.dumps(key)}: "
        between = ",\n"
        if isinstance(value, Path):
            with value.open(encoding="utf-8") as lines:
                for number, line in enumerate(lines):
                    yield ("\n  " if number else "") + line.rstrip()
        else:
            text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
            yield text.replace("\n", "\n  ")
    yield "\n}\n"


def _markdown_lines(record: dict[str, Any]) -> Iterator[str]:
    """The lines of the page for `record`, the content of an `update.json`."""
    code, build = ExitCode(record["exit_code"]), record["build"]
    lines = [
        f"# Update of {record['started_at']}: {record['verdict']} (exit code {code.value})",
        "",
        _CODES[code],
        "",
    ]
    if "failure" in build:
        lines.append(plain(build["failure"]))
    else:
        counts = build["counts"]
        aside = f"set aside in {build['folder']}; the dataset in place meets what it fails"
        published = "published" if build["is_published"] else aside
        lines.append(
            f"{counts['reports']} reports, {counts['observations']} figures, {counts['revisions']}"
            f" revisions so far: {published}."
        )
        lines += ["", _news_in_words(build)]
        lines += listed("Expectations that fail", build["failed_expectations"], 2)
        lines += listed("The files depart from the registry", build["departures"], 2)
        revisions = [revision_in_words(row) for row in build["new_revisions"]]
        lines += listed("Changed on the sites", revisions, 2)
        if build["difference"] is not None:
            lines += _difference_lines(build["difference"])
            lines += listed("New findings", _finding_lines(build["new_findings"]), 2)
    yield from lines
    for crawled in (record["crawl"], record["asked_again"]):
        if crawled is not None:
            yield ""
            yield from markdown_lines(crawled, level=2)


def _build_record(built: BuildOutcome) -> dict[str, Any]:
    summary = built.summary
    found = summary.difference
    return {
        "is_published": summary.published,
        "folder": str(summary.folder),
        "counts": summary.counts,
        "findings": summary.severities,
        "failed_expectations": summary.failed_expectations,
        "departures": built.departures,
        "new_findings": built.new_findings,
        "new_severities": dict(built.new_severities),
        "new_revisions": built.new_revisions,
        "difference": None if found is None else _difference_record(found),
    }


def _difference_record(found: Difference) -> dict[str, Any]:
    """The changes, of very many the first; `counts` has the number of all of each kind."""
    counts = dict(found.counts)
    counts["fields"] = counts.pop("coverage", 0) + counts.get("fields", 0)
    return {
        "counts": {kind: count for kind, count in counts.items() if count},
        "reports_added": [list(key) for key in found.reports_added],
        "reports_removed": [list(key) for key in found.reports_removed],
        "fields": [asdict(one) for one in (*found.coverage, *found.fields)],
        "figures": [_figure_record(one) for one in found.figures],
    }


def _figure_record(one: FigureChange) -> dict[str, Any]:
    return {
        "office_id": one.office_id,
        "report_year": one.report_year,
        "indicator": one.indicator,
        "applicant": one.applicant,
        "source": one.source,
        "old": _figure(one.old),
        "new": _figure(one.new),
    }


def _figure(one: StatedFigure | None) -> str | None:
    if one is None:
        return None
    return figure_text(one.value, one.unit, one.status, one.qualifier)


def _news_in_words(build: dict[str, Any]) -> str:
    """What is new, by number; a schedule is silent when the sentence begins with “Nothing”."""
    found = build["difference"]
    if found is None:
        return "It is the first dataset here; there is none before it to compare with."
    of_kind, severities = found["counts"], build["new_severities"]
    told = sum(count for severity, count in severities.items() if severity != "note")
    counts = (
        (len(build["new_revisions"]), "figures changed on the sites"),
        (of_kind.get("reports_added"), "new reports"),
        (of_kind.get("reports_removed"), "reports gone from the dataset"),
        (of_kind.get("figures"), "figures that differ"),
        (of_kind.get("fields"), "other changes"),
        (told, "new findings"),
    )
    news = "; ".join(f"{count} {words}" for count, words in counts if count)
    return f"{news}." if news else f"Nothing is new. {NO_DIFFERENCE}"


def _difference_lines(found: dict[str, Any]) -> list[str]:
    reports = [f"new: {office} {year}" for office, year in found["reports_added"]]
    reports += [f"gone: {office} {year}" for office, year in found["reports_removed"]]
    lines = listed("Reports", reports, 2)
    figures = [
        f"{one['office_id']} {one['report_year']}:"
        f" {' '.join(part for part in (one['indicator'], one['applicant'], one['source']) if part)}"
        f" was {one['old'] or 'absent'}, is {one['new'] or 'absent'}"
        for one in found["figures"]
    ]
    lines += listed("Figures that differ", figures, 2)
    fields = [
        f"{one['office_id']} {one['report_year']}: {one['field']} was {one['old']}, is {one['new']}"
        for one in found["fields"]
    ]
    return lines + listed("Other changes", fields, 2)


def _finding_lines(found: list[dict[str, Any]]) -> list[str]:
    return [
        f"{one['severity']}: {one['office_id']} {one['report_year'] or ''} {one['rule']}:"
        f" {plain(one['message'])}"
        for one in found
        if one["severity"] != "note"
    ]
