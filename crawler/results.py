"""Judge what a run did for an office, and what its offices come to together.

The verdict is computed from what happened to each address, never from Scrapy's own exit code,
which is 0 even when every request failed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from crawler.journal import Visit
from crawler.known_reports import missing_reports
from crawler.limits import limit_in_words
from crawler.reasons import REASONS, UNREACHABLE, in_words

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
    accepted: the same of those of them that a person knows of and accepts, and why and since when.
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
    accepted: list[dict[str, Any]] = field(default_factory=list)


class Records:
    """Results in the types of JSON, made one by one each time they are iterated."""

    def __init__(self, offices: Iterable[OfficeResult]):
        self._offices = offices

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return map(asdict, self._offices)


@dataclass
class Totals:
    """What the offices of a run come to together, counted as their results pass by.

    finish_reason: that of the first office that did not finish. sentences: how many offices have
    one about what is wrong.
    """

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    is_complete: bool = True
    finish_reason: str = "finished"
    report_pages: int = 0
    requests: int = 0
    sentences: int = 0

    @classmethod
    def of(cls, offices: Iterable[OfficeResult]) -> Totals:
        """What `offices` come to."""
        totals = cls()
        for office in offices:
            totals.add(office)
        return totals

    def add(self, office: OfficeResult) -> None:
        """Count the result of one more office."""
        self.verdicts[office.verdict] += 1
        self.outcomes.update(office.outcomes)
        self.statuses.update(office.statuses)
        self.is_complete = self.is_complete and office.is_complete
        if self.finish_reason == "finished":
            self.finish_reason = office.finish_reason
        self.report_pages += office.kinds.get("report", 0)
        self.requests += office.requests
        self.sentences += bool(office.message)

    @property
    def verdict(self) -> Verdict:
        """The verdict of the run."""
        return worst(self.verdicts)


@dataclass(frozen=True)
class CrawlResult:
    """What a run did, office by office, and where its manifest is.

    offices: read from the manifest, each when it is asked for. totals: of all of them.
    data_dir: where the archive of this run is (`<data>/sample` for a sample run).
    head: what the manifest says of the run as a whole.
    problem: why there is no manifest; "" when there is one.
    """

    offices: Sequence[OfficeResult]
    totals: Totals
    data_dir: Path
    head: dict[str, Any] = field(default_factory=dict)
    manifest: Path | None = None
    problem: str = ""

    @property
    def verdict(self) -> Verdict:
        """The verdict of the run."""
        verdicts = self.totals.verdicts
        return worst([*verdicts, "partial"] if self.problem else verdicts)

    @property
    def record(self) -> dict[str, Any] | None:
        """The content of the manifest, its offices to be iterated; None when there is none."""
        return self.head | {"offices": Records(self.offices)} if self.manifest is not None else None

    @property
    def messages(self) -> list[str]:
        """One sentence for each office with which something is wrong, and for the manifest."""
        return [*self.sentences(), self.problem] if self.problem else list(self.sentences())

    def sentences(self) -> Iterator[str]:
        """The sentences about offices, one after the other."""
        return (office.message for office in self.offices if office.message)

    def count(self, outcome: str) -> int:
        """How many addresses had `outcome` (`new`, `changed`, `unchanged`, …)."""
        return self.totals.outcomes[outcome]


def worst(verdicts: Collection[Verdict]) -> Verdict:
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
    accepted = {
        visit.url: row
        for visit in journal.of("failed")
        if (row := spider.acceptance_of(visit)) is not None
    }
    failed = [visit for visit in journal.of("failed") if visit.url not in accepted]
    is_complete = finish_reason == "finished" and not failed and not spider.agenda.cuts
    reports = [
        visit
        for visit in journal.visits.values()
        if visit.url not in spider.unlinked
        and (visit.kind == "report" or (visit.kind in _NAMED_KINDS and visit.report_year))
    ]
    years = sorted({visit.report_year for visit in reports if visit.report_year})
    verdict, message = _judge(spider, finish_reason, failed, reports)
    outcomes = Counter(
        "accepted" if visit.url in accepted else visit.outcome for visit in journal.visits.values()
    )
    return OfficeResult(
        office_id=office.id,
        verdict=verdict,
        message=f"{office.id}: {message}" if message else "",
        finish_reason=finish_reason,
        is_complete=is_complete,
        requests=journal.requests,
        statuses=dict(sorted(journal.statuses.items())),
        outcomes=dict(sorted(outcomes.items())),
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
        failed=[_told(visit) for visit in failed],
        accepted=[
            _told(journal.visits[url]) | {"why": row.reason, "since": row.date.isoformat()}
            for url, row in accepted.items()
        ],
    )


def _told(visit: Visit) -> dict[str, Any]:
    return {
        "url": visit.url,
        "kind": visit.kind,
        "reason": visit.reason,
        "status": visit.http_status,
        "link_text": visit.link_text,
    }


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
