"""Judge a finished run and write its manifest.

The verdict is computed from what happened to each address, never from Scrapy's own exit code,
which is 0 even when every request failed.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from crawler.arguments import CrawlArguments
from crawler.identity import versions
from crawler.journal import Visit
from crawler.known_reports import missing_reports
from crawler.limits import limit_in_words
from crawler.reasons import REASONS, UNREACHABLE, in_words
from crawler.summary import as_markdown

if TYPE_CHECKING:
    from crawler.spiders.annual_reports import AnnualReportsSpider

# From good to bad.
Verdict = Literal["ok", "partial", "nothing_found", "unreachable", "busy", "usage"]
# What a link names as the report of a year without being known for its page: a file, a list.
_NAMED_KINDS = ("attachment", "listing")
_WORSE = ("ok", "partial", "nothing_found", "unreachable", "busy", "usage")


@dataclass(frozen=True)
class OfficeResult:
    """What a run did for one office.

    verdict: `ok`; `partial` (something failed, or a limit cut the run); `nothing_found` (no report
        of the years asked for is linked); `unreachable` (no entry page could be had); `busy`;
        `usage`.
    message: in one sentence what is wrong; "" when nothing is.
    finish_reason: `finished`, or why the run ended before it was done.
    is_complete: every page that the office's pages lead to was asked for.
    requests: how many reached the site. statuses: the HTTP statuses of their answers.
    new, changed, unchanged, missing: addresses; a report is missing when the archive has it and
        the site links it no more or answers 404 or 410.
    failed: address, kind, reason and status of each page that could not be had.
    """

    office_id: str
    verdict: Verdict
    message: str = ""
    finish_reason: str = ""
    is_complete: bool = False
    requests: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    report_years: list[int] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    failed: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class CrawlResult:
    """What a run did, office by office, and where its manifest is.

    data_dir: where the archive of this run is (`<data>/sample` for a sample run).
    problem: why there is no manifest; "" when there is one.
    """

    offices: list[OfficeResult]
    data_dir: Path
    manifest: Path | None = None
    problem: str = ""

    @property
    def verdict(self) -> Verdict:
        """The verdict of the run."""
        verdicts = [office.verdict for office in self.offices]
        return worst([*verdicts, "partial"] if self.problem else verdicts)

    @property
    def messages(self) -> list[str]:
        """One sentence for each office with which something is wrong."""
        messages = [office.message for office in self.offices]
        return [message for message in (*messages, self.problem) if message]

    def count(self, outcome: str) -> int:
        """How many addresses had `outcome` (`new`, `changed`, `unchanged`, …)."""
        return sum(office.outcomes.get(outcome, 0) for office in self.offices)


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict of a run over offices with `verdicts`.

    The worst of them when nothing was had of any office; `partial` when something was had of some
    and not all are well, since one site of many that is down says nothing of the others.
    """
    if all(verdict == "ok" for verdict in verdicts):
        return "ok"
    if any(verdict in ("ok", "partial") for verdict in verdicts):
        return "partial"
    return max(verdicts, key=_WORSE.index)


def result_of(spider: AnnualReportsSpider, finish_reason: str) -> OfficeResult:
    """The result of the run that `spider` has finished."""
    journal, arguments, office = spider.journal, spider.arguments, spider.office
    failed = journal.of("failed")
    is_complete = finish_reason == "finished" and not failed and not spider.agenda.cuts
    reports = [
        visit
        for visit in journal.visits.values()
        if visit.url not in spider.unlinked
        and (visit.kind == "report" or (visit.kind in _NAMED_KINDS and visit.report_year))
    ]
    years = sorted({visit.report_year for visit in reports if visit.report_year})
    verdict, message = _judge(spider, finish_reason, failed, reports)
    return OfficeResult(
        office_id=office.id,
        verdict=verdict,
        message=f"{office.id}: {message}" if message else "",
        finish_reason=finish_reason,
        is_complete=is_complete,
        requests=journal.requests,
        statuses=dict(sorted(journal.statuses.items())),
        outcomes=dict(sorted(Counter(v.outcome for v in journal.visits.values()).items())),
        kinds=dict(sorted(Counter(v.kind for v in journal.visits.values()).items())),
        report_years=years,
        new=[visit.url for visit in journal.of("new")],
        changed=[visit.url for visit in journal.of("changed")],
        unchanged=[visit.url for visit in journal.of("unchanged")],
        missing=(
            missing_reports(spider.archive, office.id, journal, spider.unlinked)
            if is_complete and arguments.is_whole
            else []
        ),
        failed=[
            {
                "url": visit.url,
                "kind": visit.kind,
                "reason": visit.reason,
                "status": visit.http_status,
                "link_text": visit.link_text,
            }
            for visit in failed
        ],
    )


def ended_run(
    data_dir: Path,
    offices: list[OfficeResult],
    arguments: CrawlArguments,
    *,
    started_at: dt.datetime,
    name: str = "crawl",
    partition: str | None = None,
) -> CrawlResult:
    """The result of a run, with its manifest written, or with the problem that kept it away."""
    try:
        manifest = write_manifest(
            data_dir, offices, arguments, started_at=started_at, name=name, partition=partition
        )
    except OSError as error:
        problem = f"{data_dir / name}.json cannot be written: {error.strerror}; make room there."
        return CrawlResult(offices, data_dir, problem=problem)
    return CrawlResult(offices, data_dir, manifest)


def write_manifest(
    data_dir: Path,
    offices: Sequence[OfficeResult],
    arguments: CrawlArguments,
    *,
    started_at: dt.datetime | None = None,
    name: str = "crawl",
    partition: str | None = None,
) -> Path:
    """Write `<name>.json` and `<name>.md` into `data_dir` and give the path of the first."""
    now = dt.datetime.now(dt.UTC)
    verdict = worst([office.verdict for office in offices])
    manifest: dict[str, Any] = {
        "arguments": arguments.to_json() | {"partition": partition},
        "versions": versions(),
        "started_at": (started_at or now).isoformat(timespec="seconds"),
        "finished_at": now.isoformat(timespec="seconds"),
        "verdict": verdict,
        "is_sample": arguments.sample is not None,
        "is_complete": all(office.is_complete for office in offices),
        "finish_reason": next(
            (one.finish_reason for one in offices if one.finish_reason != "finished"), "finished"
        ),
        "outcomes": _total(office.outcomes for office in offices),
        "statuses": _total(office.statuses for office in offices),
        "offices": [asdict(office) for office in offices],
    }
    data_dir.mkdir(parents=True, exist_ok=True)
    write_whole(data_dir / f"{name}.md", as_markdown(manifest))
    path = data_dir / f"{name}.json"
    write_whole(path, json.dumps(manifest, ensure_ascii=False, indent=2) + "\n")
    return path


def _total(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    return dict(sorted(sum(map(Counter, counts), Counter()).items()))


def write_whole(path: Path, text: str) -> None:
    """Write `text` to `path` so that whoever reads it sees the old page or the new one.

    Raises:
        OSError: it cannot be written; the old page stays.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def _judge(
    spider: AnnualReportsSpider, finish_reason: str, failed: list[Visit], reports: list[Visit]
) -> tuple[Verdict, str]:
    arguments, cut = spider.arguments, limit_in_words(spider.agenda.cuts)
    if spider.stopped is not None:
        return "partial", spider.stopped[1]
    if spider.pages_read == 0 and failed and not arguments.again:
        return "unreachable", _unreachable(failed, spider.office.urls)
    if spider.ledger.closed_hosts:
        host, reason = next(iter(spider.ledger.closed_hosts.items()))
        return "partial", f"{host} is asked for nothing more in this run: {in_words(reason)}."
    if finish_reason != "finished":
        return "partial", f"the run ended early ({finish_reason})."
    if failed:
        first = min(failed, key=lambda visit: (visit.kind != "robots", visit.url))
        more = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
        also = f"; and {cut}" if cut else "."
        return "partial", f"{first.url}{more} failed: {_words(first)}{also}"
    if cut:
        return "partial", cut
    wanted = [v for v in reports if v.report_year is not None or not arguments.years_in_words]
    if not wanted:
        where = spider.office.urls[0]
        return "nothing_found", f"no report{arguments.years_in_words} is linked from {where}."
    return "ok", ""


def _unreachable(failed: list[Visit], entries: tuple[str, ...]) -> str:
    # What the entry page said counts for more than what robots.txt or the home page did.
    first = min(failed, key=lambda visit: (*entries, visit.url).index(visit.url))
    robots = next((visit for visit in failed if visit.kind == "robots"), None)
    if first.reason in ("robots", "robots_unknown") and robots is not None:
        # Of a site that does not answer at all, where it begins says enough.
        silent = robots.reason in UNREACHABLE
        first = replace(robots, url=first.url) if silent else robots
    if first.kind == "challenge":
        return f"{first.url} refuses the crawler: {first.reason}."
    verb = "reached" if first.reason in UNREACHABLE else "fetched"
    return f"{first.url} cannot be {verb}: {_words(first)}."


def _words(visit: Visit) -> str:
    return in_words(visit.reason) if visit.reason in REASONS else visit.reason or "it failed"
