"""What there is for every office and expected year, or why there is nothing.

A status rests on what the archive shows, and `evidence` says on what, in English and in Chinese.
This module reads no figure.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from datasets.merging import Copy, MergedReport, copies_of
from datasets.pages import Page, Version
from parsers.titles import recognise_title

# Years of which the dataset has figures: those of a removed report are kept.
WITH_FIGURES = ("parsed", "removed")
# Failures by which a site refuses, against those by which it cannot be reached.
_REFUSALS = frozenset({"robots", "challenge", "blocked"})
_BLOCKING_STATUSES = frozenset({401, 403, 412, 429, 521})

# What a report that stands on its page turned out to be, in Chinese.
_READ_ZH = {
    "parsed": "网页载有该年度的报告",
    "empty_page": "网页留有报告的位置而没有内容",
    "attachment_only": "报告只见于附件或图片",
    "unreadable": "网页上的报告无法识读",
}


class _Words(NamedTuple):
    """What a status rests on, in English and in Chinese."""

    en: str
    zh: str

    def columns(self) -> dict[str, str]:
        """The columns of table `coverage`."""
        return {"evidence": self.en, "evidence_zh": self.zh}


@dataclass(frozen=True, slots=True)
class _Undated:
    """Documents of one page that are titled as reports and have neither year nor content.

    newer, older: the years of the dated reports before and after them in the page, in either
        order; None when there is none on that side.
    title: what they, or the links to them, are titled; None when nothing says it.
    """

    copies: tuple[Copy, ...]
    newer: int | None
    older: int | None
    title: str | None = None

    def may_be(self, year: int) -> bool:
        """Whether their place in the page leaves room for the report of `year`."""
        if self.newer is None or self.older is None:
            return False
        return min(self.newer, self.older) < year < max(self.newer, self.older)

    @property
    def words(self) -> _Words:
        count = len(self.copies)
        titled = f" titled {self.title}" if self.title else ""
        between = (
            f" between the reports of {self.newer} and {self.older}"
            if self.newer is not None and self.older is not None
            else ""
        )
        one = count == 1
        titled_zh = f"题为“{self.title}”、" if self.title else ""
        between_zh = (
            f"在{self.newer}年与{self.older}年的报告之间，"
            if self.newer is not None and self.older is not None
            else ""
        )
        return _Words(
            f"the site lists {count} document{'' if one else 's'}{titled} without year and "
            f"without content{between}; which year {'it was' if one else 'each was'} for "
            "cannot be told",
            f"{between_zh}网站列有{count}份{titled_zh}未注明年度且没有内容的文件，"
            f"无法判断{'' if one else '各'}属哪一年度",
        )


def coverage_rows(
    office_id: str,
    expected_years: Iterable[int],
    pages: Sequence[Page],
    reports: Sequence[MergedReport],
) -> list[dict[str, Any]]:
    """One row for every expected, found or linked year, as table `coverage` has them."""
    by_year = {report.year: report for report in reports}
    expected = set(expected_years)
    missing = sorted(expected - set(by_year))
    undated = _undated(pages)
    # A report that was asked for and could not be had is missing, whether or not it was expected.
    linked = {
        year for page in pages if (year := page.linked_year) is not None and not _is_of_a_year(page)
    }
    rows = []
    for year in sorted(expected | set(by_year) | linked):
        report = by_year.get(year)
        told = _found(report) if report else _not_found(year, missing, pages, undated)
        rows.append({"office_id": office_id, "report_year": year, "expected": year in expected})
        rows[-1] |= told
    return rows


def _found(report: MergedReport) -> dict[str, Any]:
    chosen, status = report.chosen, report.report.status
    pages = {copy.page.url: copy.page for copy in report.copies}
    first_seen = min(copy.version.first.fetched_at for copy in report.copies)
    standing = [copy for copy in report.copies if copy.is_standing]
    if status == "parsed" and not any(copy.report.status == "parsed" for copy in standing):
        status_now = "removed"
        evidence = _removal(report, standing)
    else:
        status_now = status
        count = len(standing)
        evidence = _Words(
            f"{_reason(report)}; {count} current cop{'y' if count == 1 else 'ies'}",
            f"{_READ_ZH[status]}；现存副本{count}份",
        )
    if any(finding.rule == "other-office" for finding in report.findings):
        name = report.report.office_name
        evidence = _Words(
            f"{evidence.en}; it names another office as its own: {name}",
            f"{evidence.zh}；所署为另一机关：{name}",
        )
    return {
        "status": status_now,
        **evidence.columns(),
        "source_url": chosen.page.url,
        "n_captures": sum(len(page.captures) + len(page.failures) for page in pages.values()),
        "first_seen": first_seen,
        "last_checked": max(page.last_checked for page in pages.values()),
        "last_changed": _last_changed(chosen),
    }


def _reason(report: MergedReport) -> str:
    """Why the document is a report, or why the report cannot be read."""
    rule = report.report.status.replace("_", "-")
    told = (finding.message for finding in report.report.findings if finding.rule == rule)
    return next(told, report.chosen.document.reason)


def _removal(report: MergedReport, standing: list[Copy]) -> _Words:
    last = f"{report.chosen.version.last.fetched_at:%Y-%m-%d}"
    seen, seen_zh = f"last seen {last}; its data are kept", f"最后一次见于{last}，数据仍保留"
    if standing:
        now = standing[0].report.status
        return _Words(
            f"its page is still there but {now}; {seen}",
            f"原网页尚在，但{_READ_ZH[now]}；{seen_zh}",
        )
    codes = sorted(
        {str(copy.page.captures[-1].http_status) for copy in report.copies if copy.page.is_gone}
    )
    if codes:
        return _Words(
            f"its page answers {', '.join(codes)}; {seen}",
            f"原网页返回 HTTP {'、'.join(codes)}；{seen_zh}",
        )
    return _Words(f"its page holds it no longer; {seen}", f"原网页不再载有该报告；{seen_zh}")


def _last_changed(chosen: Copy) -> dt.datetime:
    """The first capture of the content that the chosen page has had since without change."""
    since = chosen.version.first.fetched_at
    for version in reversed(chosen.page.versions[: chosen.version.position]):
        reading = version.reading
        if not any(
            report.report_year == chosen.report.report_year and digest == chosen.digest
            for report, digest in zip(reading.reports, reading.digests, strict=True)
        ):
            break
        since = version.first.fetched_at
    return since


def _undated(pages: Sequence[Page]) -> list[_Undated]:
    """Runs of undated empty documents in the current pages, with the dated years round them."""
    found = []
    for page in pages:
        if page.current is None:
            continue
        run: list[Copy] = []
        newer: int | None = None
        copies = [copy for copy in copies_of([page]) if copy.version.is_current]
        for copy in copies:
            year = copy.report.report_year
            if year is None and copy.report.status != "parsed":
                run.append(copy)
            elif year is not None:
                if run:
                    found.append(_Undated(tuple(run), newer, year, _title(run, pages)))
                    run = []
                newer = year
        if run:
            found.append(_Undated(tuple(run), newer, None, _title(run, pages)))
    # A page that shows the place of the documents says more than one that holds a single one.
    return sorted(found, key=lambda one: (-len(one.copies), one.copies[0].page.url))


def _title(copies: Iterable[Copy], pages: Iterable[Page]) -> str | None:
    """What undated documents are titled: by themselves, else by the links to undated pages.

    In a channel page the titles stand in the list of links and not above the documents.
    """
    for copy in copies:
        if copy.report.title:
            return copy.report.title
    for page in pages:
        title = recognise_title(page.link_text) if page.link_text else None
        if (
            not _is_of_a_year(page)
            and title is not None
            and title.report_year is None
            and title.kind != "about_reports"
        ):
            return title.text
    return None


def _not_found(
    year: int, missing: Sequence[int], pages: Sequence[Page], undated: Sequence[_Undated]
) -> dict[str, Any]:
    told = {
        "source_url": None,
        "n_captures": 0,
        "first_seen": None,
        "last_checked": max((page.last_checked for page in pages), default=None),
        "last_changed": None,
    }
    linked = _linked(year, pages)
    if linked is not None:
        return told | linked
    for group in undated:
        if group.may_be(year):
            return told | _as_empty(group)
    # Without a place in a list, undated pages fill the missing years only if there are enough.
    alone = [group for group in undated if group.newer is None and group.older is None]
    if alone and sum(len(group.copies) for group in alone) >= len(missing):
        copies = tuple(copy for one in alone for copy in one.copies)
        everywhere = _Undated(copies, None, None, alone[0].title)
        return told | _as_empty(everywhere)
    if not pages:
        none = _Words("the archive holds no page of it", "存档中没有该机关的任何网页")
        return told | {"status": "never_listed", **none.columns()}
    listing = [page.url for page in pages if page.versions]
    if not listing:
        return told | _unreached(pages)
    evidence = f"no page of the office that was read names a report of {year}"
    evidence_zh = f"已读的网页均未提及{year}年的报告"
    if alone:
        evidence += f"; {len(alone)} undated page{'' if len(alone) == 1 else 's'} without content"
        evidence_zh += f"；另有{len(alone)}个未注明年度且没有内容的网页"
    return told | {"status": "never_listed", **_Words(evidence, evidence_zh).columns()}


def _as_empty(group: _Undated) -> dict[str, Any]:
    pages = list({copy.page.url: copy.page for copy in group.copies}.values())
    return {
        "status": "empty_page",
        **group.words.columns(),
        "source_url": pages[0].url,
        "n_captures": sum(len(page.captures) for page in pages),
        "first_seen": min(copy.version.first.fetched_at for copy in group.copies),
        "last_checked": max(page.last_checked for page in pages),
    }


def _unreached(pages: Sequence[Page]) -> dict[str, Any]:
    page = max(pages, key=lambda page: (page.last_checked, page.url))
    status, why = _trouble(page)
    return {
        "status": status,
        **_Words(
            f"no page of the office could be read; {page.url}: {why.en}",
            f"该机关没有可识读的网页；{page.url}：{why.zh}",
        ).columns(),
        "source_url": page.url,
        "n_captures": sum(len(page.captures) + len(page.failures) for page in pages),
    }


def _linked(year: int, pages: Sequence[Page]) -> dict[str, Any] | None:
    """What became of the page that a link names as the report of `year`, None without such."""
    for page in pages:
        if page.linked_year != year:
            continue
        status, why = _trouble(page)
        return {
            "status": status,
            **_Words(
                f"listed as {page.link_text}; {why.en}", f"网站列有“{page.link_text}”；{why.zh}"
            ).columns(),
            "source_url": page.url,
            "n_captures": len(page.captures) + len(page.failures),
            "first_seen": page.captures[0].fetched_at if page.captures else None,
            "last_checked": page.last_checked,
        }
    known = {page.url for page in pages}
    for page in pages:
        documents = page.current.reading.documents if page.current is not None else ()
        for text, address in (link for document in documents for link in document.links):
            title = recognise_title(text)
            if title is None or title.kind != "report" or title.report_year != year:
                continue
            if address in known:
                continue
            return {
                "status": "http_error",
                **_Words(
                    f"listed as {title.text} at {address}, which the archive does not hold",
                    f"网站列有“{title.text}”（{address}），存档中没有该网页",
                ).columns(),
                "source_url": page.url,
                "last_checked": page.last_checked,
            }
    return None


def _is_of_a_year(page: Page) -> bool:
    """Whether the page holds a report whose year is known."""
    return page.current is not None and any(
        report.report_year is not None for report in page.current.reading.reports
    )


def _trouble(page: Page) -> tuple[str, _Words]:
    """Status and words for a page that does not give the report that a link names."""
    if any(capture.kind == "attachment" and capture.is_ok for capture in page.captures):
        words = _Words("the link leads to a file, which is not read", "链接指向附件，附件未识读")
        return "attachment_only", words
    if page.current is not None:
        return "unreadable", _other_content(page.current)
    if page.failures and (
        not page.captures or page.failures[-1].failed_at >= page.captures[-1].fetched_at
    ):
        failure = page.failures[-1]
        refused = failure.reason in _REFUSALS
        status = "blocked" if refused else "http_error"
        said = f"{failure.reason}: {failure.message}"
        return status, _Words(said, f"{'网站拒绝访问' if refused else '网页未能取得'}（{said}）")
    last = page.captures[-1]
    answer = f"HTTP {last.http_status}"
    if last.kind == "challenge" or last.http_status in _BLOCKING_STATUSES:
        words = _Words(
            f"a guard answers in the place of the page ({answer})",
            f"网站以防护页代替该网页（{answer}）",
        )
        return "blocked", words
    return "http_error", _Words(answer, f"网页返回 {answer}")


def _other_content(version: Version) -> _Words:
    """What a page holds in the place of the report that a link names."""
    reading = version.reading
    if reading.failure:
        return _Words(reading.failure, f"网页无法识读（{reading.failure}）")
    years = sorted({one.report_year for one in reading.reports if one.report_year is not None})
    if years:
        return _Words(
            f"the page holds the report of {', '.join(map(str, years))}",
            f"该网页所载为{'、'.join(map(str, years))}年的报告",
        )
    kinds = ", ".join(sorted({one.kind for one in reading.documents})) or "nothing"
    return _Words(
        f"what the page holds is no report: {kinds}", f"该网页所载内容不是报告（{kinds}）"
    )
