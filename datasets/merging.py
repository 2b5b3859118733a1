"""From the pages of one office to its reports: which copy of a report stands, and what differs.

The rules, in their order (docs/dataset.md tells them at more length):

1. Per address the newest readable content counts; older contents are history (`revisions`).
2. Copies of one report year are one report. A copy that holds figures goes before one that is an
   attachment, unreadable or empty; a copy in the office's own name before one in another's; a page
   that is still there before one that is gone; the page with the fewest reports before the channel
   page that holds them all; then the latest publication date; then the address, so that the order
   of a crawl decides nothing.
3. A report that no current page holds any more is kept from the last content that held it.
4. What the chosen copy leaves open (title, dates, office, index number) is filled from the next
   copy that states it, and `supplemented` names it. Figures are never filled or mixed.
5. Figures that differ between two current copies are a finding, not a silent choice.

Nothing here alters a figure.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from crawler.offices import Office
from datasets.pages import Page, Version
from parsers import Document, Finding, Observation, Report
from parsers.characters import compact

# A copy with figures goes before one without.
_STATUS_ORDER = ("parsed", "attachment_only", "unreadable", "empty_page")
# Columns of a report that another copy may fill, and only when the chosen one states nothing.
_SUPPLEMENTED = (
    "office_name",
    "title",
    "published_on",
    "period_start",
    "period_end",
    "declared_parts",
    "index_number",
)
# So many differing figures are told one by one; more are told as a number.
_TOLD_ONE_BY_ONE = 10

ObservationKey = tuple[str, str | None, str]


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of a report: a document in one content of one page.

    position: of the document in the page, from 1.
    digest: of the report's content. crowd: how many reports the page holds; 1 for a report's own
        page.
    """

    page: Page
    version: Version
    position: int
    document: Document
    report: Report
    digest: str
    crowd: int

    @property
    def is_standing(self) -> bool:
        """Whether the office's site holds it now, as far as the archive knows."""
        return self.version.is_current and not self.page.is_gone


@dataclass(frozen=True, slots=True)
class MergedReport:
    """One report of an office.

    report: the chosen copy's, with what other copies supplement, observations unique.
    chosen: the copy that stands. copies: every copy, chosen first, in the order of the rules.
    supplemented: column -> address of the copy that fills it.
    findings: the parser's and those of merging.
    """

    year: int
    report: Report
    chosen: Copy
    copies: tuple[Copy, ...]
    supplemented: dict[str, str]
    findings: tuple[Finding, ...]


def observation_key(observation: Observation) -> ObservationKey:
    """What makes an observation one of its report."""
    return (observation.indicator, observation.applicant, observation.source)


def copies_of(pages: Iterable[Page]) -> Iterator[Copy]:
    """Every copy of a report in every content of every page, those without a year too."""
    for page in pages:
        for version in page.versions:
            digests = version.reading.digests
            crowd, before = len(digests), 0
            for position, document in enumerate(version.reading.documents, start=1):
                report = document.report
                if report is not None:
                    digest = digests[before]
                    yield Copy(page, version, position, document, report, digest, crowd)
                    before += 1


def merge_reports(pages: Iterable[Page], office_names: Iterable[str]) -> list[MergedReport]:
    """The reports of an office by year, each from all its copies.

    office_names: the names by which the office is known, present and former; empty when unknown.
    """
    by_year: dict[int, list[Copy]] = {}
    for copy in copies_of(pages):
        if copy.report.report_year is not None:
            by_year.setdefault(copy.report.report_year, []).append(copy)
    names = tuple(compact(name) for name in office_names)
    return [_merged(year, by_year[year], names) for year in sorted(by_year)]


def names_agree(printed: str | None, names: tuple[str, ...]) -> bool:
    """Whether the printed office is this one: unknown names and no name are no contradiction.

    names: compacted. A printed name that holds a name agrees, and so does a short form (市外办)
    whose characters stand in a name in their order. A government and a commission agree only in
    full: 聊城市人民政府 is not 聊城市人民政府外事办公室, whose name holds its characters.
    """
    if printed is None or not names:
        return True
    folded = compact(printed)
    return any(_is_name_of(folded, name) for name in names)


# What ends so is a full name, and the beginning of the names of others.
_FULL_NAMES = ("人民政府", "委员会", "人民政府办公厅", "人民政府办公室")
# The short forms of a government.
_GOVERNMENTS = ("政府", "政府办公厅", "政府办公室", "政府办")


def _is_name_of(printed: str, name: str) -> bool:
    place = printed.rfind(name)
    if place >= 0:
        # 发展和改革委员会（能源局） is the commission, 人民政府外事办公室 not the government.
        rest = printed[place + len(name) :]
        return not (rest[:1].isalnum() and name.endswith(_FULL_NAMES))
    if printed.endswith(_FULL_NAMES):
        # 聊城市人民政府 is short for 山东省聊城市人民政府.
        return name.endswith(printed)
    if printed.endswith(_GOVERNMENTS) and not name.endswith(_GOVERNMENTS):
        return False
    return _in_order(printed, name)


def names_of(office: Office | None) -> tuple[str, ...]:
    """The names by which an office is known, present and former; none when nothing says them."""
    return (office.name, *office.former_names, *office.aliases) if office is not None else ()


def _in_order(short: str, full: str) -> bool:
    rest = iter(full)
    return all(character in rest for character in short)


def _order(copy: Copy, names: tuple[str, ...]) -> tuple[object, ...]:
    published = copy.report.published_on
    return (
        _STATUS_ORDER.index(copy.report.status),
        not copy.version.is_current,
        not names_agree(copy.report.office_name, names),
        copy.page.is_gone,
        copy.crowd,
        -published.toordinal() if published is not None else 0,
        -copy.version.position,
        copy.page.url,
        copy.position,
    )


def _merged(year: int, copies: list[Copy], names: tuple[str, ...]) -> MergedReport:
    ranked = sorted(copies, key=lambda copy: _order(copy, names))
    chosen = ranked[0]
    current = [copy for copy in ranked if copy.version.is_current]
    report, supplemented = _supplement(chosen, current)
    observations, twice = _unique(report)
    report = replace(report, observations=observations)
    findings = [*report.findings, *twice, *_disagreements(chosen, current)]
    if not names_agree(report.office_name, names):
        findings.append(
            Finding(
                rule="other-office",
                severity="error",
                message=f"the report names {report.office_name} as its office, which is not a "
                "name of this office; if it is, add it to the office file",
                expected=" / ".join(names),
                actual=report.office_name,
            )
        )
    return MergedReport(year, report, chosen, tuple(ranked), supplemented, tuple(findings))


def _supplement(chosen: Copy, current: list[Copy]) -> tuple[Report, dict[str, str]]:
    report, filled = chosen.report, {}
    for column in _SUPPLEMENTED:
        if getattr(report, column) is not None:
            continue
        for other in current:
            stated = getattr(other.report, column)
            if stated is not None:
                report = replace(report, **{column: stated})
                filled[column] = other.page.url
                break
    return report, filled


def _unique(report: Report) -> tuple[tuple[Observation, ...], list[Finding]]:
    """The first observation of each key; a later one that says otherwise is a finding."""
    kept: dict[ObservationKey, Observation] = {}
    findings = []
    for one in report.observations:
        first = kept.setdefault(observation_key(one), one)
        if first is not one and (first.value, first.status) != (one.value, one.status):
            findings.append(
                Finding(
                    rule="stated-twice",
                    severity="warning",
                    message=f"{_named(one)} is stated twice with different figures; "
                    "the first one stands",
                    expected=first.value_text,
                    actual=one.value_text,
                    indicator=one.indicator,
                    evidence=f"{first.evidence} ‖ {one.evidence}",
                )
            )
    return tuple(kept.values()), findings


def _named(one: Observation) -> str:
    applicant = f", {one.applicant}" if one.applicant else ""
    return f"{one.indicator}{applicant} ({one.source})"


def differing(old: Report, new: Report) -> Iterator[tuple[Observation | None, Observation | None]]:
    """The observations that differ between two readings of a report, sorted by key.

    A pair has None on the side that lacks the observation. Differing words around an equal figure
    are no difference.
    """
    before = {observation_key(one): one for one in _unique(old)[0]}
    after = {observation_key(one): one for one in _unique(new)[0]}
    for key in sorted({*before, *after}, key=lambda key: (key[0], key[1] or "", key[2])):
        one, other = before.get(key), after.get(key)
        if one is None or other is None or _figure(one) != _figure(other):
            yield one, other


def _figure(one: Observation) -> tuple[object, ...]:
    # An unreadable figure that became another unreadable one is a change too.
    text = compact(one.value_text) if one.status == "unreadable" else ""
    return (one.value, one.status, one.qualifier, text)


def _disagreements(chosen: Copy, current: list[Copy]) -> Iterator[Finding]:
    told = {chosen.digest}
    for other in current:
        if other is chosen or other.report.status != "parsed":
            continue
        if other.digest in told:
            continue
        told.add(other.digest)
        pairs = list(differing(chosen.report, other.report))
        where = f"{other.page.url} (document {other.position})"
        if len(pairs) > _TOLD_ONE_BY_ONE:
            yield Finding(
                rule="copies-disagree",
                severity="warning",
                message=f"{len(pairs)} figures differ between the chosen copy and {where}",
                expected=chosen.page.url,
                actual=other.page.url,
            )
            continue
        for ours, theirs in pairs:
            one = ours or theirs
            assert one is not None  # a pair has at least one side
            yield Finding(
                rule="copies-disagree",
                severity="warning",
                message=f"{_named(one)} is {_stated(ours)} in the chosen copy and "
                f"{_stated(theirs)} in {where}",
                expected=_stated(ours),
                actual=_stated(theirs),
                indicator=one.indicator,
                evidence=(theirs or one).evidence,
            )


def _stated(one: Observation | None) -> str:
    if one is None:
        return "absent"
    return one.value_text or one.status


@dataclass(frozen=True, slots=True)
class Revision:
    """One figure that differs between two contents of the same page.

    position: of the document in the new content, from 1.
    """

    year: int
    url: str
    position: int
    old: Observation | None
    new: Observation | None
    old_version: Version
    new_version: Version

    @property
    def changed_at(self) -> dt.datetime:
        """When the new content was first fetched."""
        return self.new_version.first.fetched_at


def revisions_of(pages: Iterable[Page]) -> list[Revision]:
    """Every figure that changed between two contents of a page, in the order of time.

    The same change in a report's own page and in the channel page is one revision: the one of the
    page with fewer reports. A report that left or joined a page is no revision; coverage tells it.
    """
    found: list[tuple[int, Revision]] = []
    for page in pages:
        for old, new in zip(page.versions, page.versions[1:], strict=False):
            crowd = len(new.reading.reports)
            for before, after, position in _paired(old, new):
                assert before.report_year is not None  # paired by it
                for one, other in differing(before, after):
                    year = before.report_year
                    revision = Revision(year, page.url, position, one, other, old, new)
                    found.append((crowd, revision))
    found.sort(key=lambda item: (item[0], item[1].url, item[1].new_version.position))
    kept: list[Revision] = []
    told: dict[tuple[object, ...], dict[str, int]] = {}
    for _, revision in found:
        # A figure may go to and fro: the n-th such change of one page is that of another page.
        per_page = told.setdefault(_change(revision), {})
        seen = per_page.get(revision.url, 0) + 1
        if all(count < seen for url, count in per_page.items() if url != revision.url):
            kept.append(revision)
        per_page[revision.url] = seen
    return sorted(kept, key=lambda one: (one.changed_at, one.url))


def _paired(old: Version, new: Version) -> Iterator[tuple[Report, Report, int]]:
    """The reports of two contents that differ, by year; of one year, the n-th with the n-th.

    With them the place of the later one among the documents of its content.
    """
    before: dict[int, list[tuple[Report, str]]] = {}
    for report, digest in zip(old.reading.reports, old.reading.digests, strict=True):
        if report.report_year is not None and report.status == "parsed":
            before.setdefault(report.report_year, []).append((report, digest))
    documents = enumerate(new.reading.documents, start=1)
    places = [place for place, document in documents if document.report is not None]
    for report, digest, place in zip(new.reading.reports, new.reading.digests, places, strict=True):
        if report.report_year is None or report.status != "parsed":
            continue
        waiting = before.get(report.report_year)
        if waiting:
            earlier, digest_before = waiting.pop(0)
            if digest != digest_before:
                yield earlier, report, place


def _change(revision: Revision) -> tuple[object, ...]:
    one = revision.new or revision.old
    assert one is not None  # a revision has at least one side
    old = _figure(revision.old) if revision.old else None
    new = _figure(revision.new) if revision.new else None
    return (revision.year, observation_key(one), old, new)
