"""Build the dataset: the archive of every office, read, merged, and written as tables.

`office_tables` is a pure function of one office's archive, so any engine can call it for many
offices at once; `build` calls it office by office and streams the rows into the writer, so memory
is bounded by the largest office. Nothing from the moment of the build enters the tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
from filelock import FileLock, Timeout

from crawler.archive import Archive, Capture
from crawler.offices import Expected, Office
from datasets.checks import check_reports
from datasets.codebook import codebook_rows, comparability_rows
from datasets.corrections import FILE_NAME as CORRECTIONS_FILE
from datasets.corrections import Correction, CorrectionError, apply_corrections, read_corrections
from datasets.coverage import coverage_rows
from datasets.difference import Difference, difference
from datasets.formats.beside import write_descriptions
from datasets.merging import merge_reports, revisions_of
from datasets.pages import read_pages
from datasets.rows import (
    capture_rows,
    document_rows,
    failure_rows,
    finding_order,
    observation_rows,
    page_findings,
    panel_rows,
    report_findings,
    report_row,
    revision_row,
    section_rows,
)
from datasets.tables import NoDataset, read_rows
from datasets.writing import DatasetWriter

Rows = dict[str, list[dict[str, Any]]]

_LOCK = ".build.lock"


@dataclass(slots=True)
class BuildSummary:
    """What a build made.

    folder: where the dataset is: the published folder, or the one it was set aside in.
    published: whether it took the place of the one before.
    counts: rows per table. severities: findings per severity.
    failed_expectations: one sentence for each expectation of an office that it fails.
    difference: from the dataset that was in place before; None when there was none, or when it
        was not asked for.
    """

    folder: Path
    published: bool
    counts: dict[str, int]
    severities: dict[str, int] = field(default_factory=dict)
    failed_expectations: list[str] = field(default_factory=list)
    difference: Difference | None = None


class NothingToBuild(Exception):
    """The archive holds no capture."""


class BuildBusy(Exception):
    """Another build is writing into the same data directory."""


def build(
    data_dir: Path,
    offices: Mapping[str, Office],
    *,
    also: Iterable[str] = (),
    corrections: Path | None = None,
    publish_anyway: bool = False,
    compare: bool = False,
    on_office: Callable[[str], None] | None = None,
    on_capture: Callable[[Capture], None] | None = None,
) -> BuildSummary:
    """Build every table from the archive in `data_dir` and publish them together.

    offices: the known offices by id; an archived office that is not among them is built without
        expectations. also: offices that get rows in coverage though nothing is archived of them.
    corrections: the corrections file; by default `corrections.toml` in `data_dir`, if any.
    publish_anyway: publish even what fails an expectation that the published dataset meets.
    compare: tell what differs from the dataset in place.

    A build that fails an expectation which the dataset in place meets is set aside in
    `dataset-rejected`, and the one in place stays.

    Raises:
        NothingToBuild: the archive is empty.
        BuildBusy: another build runs.
        CorrectionError: a correction matches nothing that was read.
    """
    known = read_corrections(corrections or data_dir / CORRECTIONS_FILE)
    if corrections is not None and not corrections.exists():
        raise CorrectionError(f"There is no corrections file {corrections}.")
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(data_dir / _LOCK, blocking=False):
            return _build(
                data_dir,
                offices,
                tuple(also),
                known,
                publish_anyway,
                compare,
                on_office,
                on_capture,
            )
    except Timeout as error:
        raise BuildBusy(
            f"Another build is writing into {data_dir}; wait until it ends ({data_dir / _LOCK})."
        ) from error


def _build(
    data_dir: Path,
    offices: Mapping[str, Office],
    also: tuple[str, ...],
    corrections: tuple[Correction, ...],
    publish_anyway: bool,
    compare: bool,
    on_office: Callable[[str], None] | None,
    on_capture: Callable[[Capture], None] | None,
) -> BuildSummary:
    archived = Archive(data_dir).offices()
    if not archived:
        raise NothingToBuild(
            f"{data_dir / 'archive'} holds no captures: run `gongkai crawl --data {data_dir}` "
            "first, or add pages with `gongkai archive add`."
        )
    for one in corrections:
        if one.office_id not in archived:
            raise CorrectionError(f"{one.place}: nothing is archived of {one.office_id}.")
    worse = False
    with DatasetWriter(data_dir) as writer:
        summary = BuildSummary(writer.published, False, {})
        for office_id in sorted({*archived, *also}):
            if on_office is not None:
                on_office(office_id)
            office = offices.get(office_id)
            own = [one for one in corrections if one.office_id == office_id]
            # An archive keeps the index of every office it was asked for open.
            with Archive(data_dir) as archive:
                rows = office_tables(archive, office_id, office, own, on_capture)
            writer.add(rows)
            for finding in rows["findings"]:
                severity = finding["severity"]
                summary.severities[severity] = summary.severities.get(severity, 0) + 1
            if office is not None and office_id in archived:
                failed = dict(_failed(office, rows["reports"]))
                before = _reports_in_place(data_dir, office_id) if failed else []
                failed_before = dict(_failed(office, before))
                worse = worse or bool(before and failed.keys() - failed_before.keys())
                summary.failed_expectations += failed.values()
        writer.add({"codebook": codebook_rows(), "comparability": comparability_rows()})
        write_descriptions(writer.finish())
        summary.counts = dict(writer.counts)
        if compare:
            summary.difference = _difference_from_before(data_dir, writer.folder)
        summary.published = publish_anyway or not worse
        summary.folder = writer.publish() if summary.published else writer.set_aside()
    return summary


def _difference_from_before(data_dir: Path, new: Path) -> Difference | None:
    """What differs from the published dataset; None when there is none that can be read."""
    try:
        return difference(data_dir, new)
    except NoDataset:
        return None


def _reports_in_place(data_dir: Path, office_id: str) -> list[dict[str, Any]]:
    """An office's reports in the published dataset; none when there is none to be read."""
    columns = ["report_year", "status", "layout", "n_observations"]
    try:
        return read_rows(data_dir, "reports", ds.field("office_id") == office_id, columns)
    except NoDataset:
        return []


def _failed(office: Office, reports: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """The expectations that an office's reports fail: (what is expected, the sentence)."""
    by_year = {row["report_year"]: row for row in reports}
    for year in office.expected.required_years:
        if year not in by_year:
            sentence = f"{office.id}: the report of {year} is required and was not found."
            yield f"{office.id} {year} there", sentence
    minimum = office.expected.minimum_figures
    for year, row in sorted(by_year.items()):
        if row["status"] != "parsed":
            continue
        least = minimum.get(row["layout"] or "*", minimum.get("*", 0))
        if row["n_observations"] < least:
            yield (
                f"{office.id} {year} figures",
                f"{office.id}: the report of {year} gives {row['n_observations']} figures; "
                f"at least {least} are expected of {row['layout']}.",
            )


def office_tables(
    archive: Archive,
    office_id: str,
    office: Office | None,
    corrections: Iterable[Correction] = (),
    on_capture: Callable[[Capture], None] | None = None,
) -> Rows:
    """The rows of every table for one office, sorted as they are written.

    office: its description; None when no office file describes it.
    corrections: those of this office.

    The same archive gives the same rows, in the same order, in any process.
    """
    names = (office.name, *office.former_names, *office.aliases) if office is not None else ()
    expected = office.expected if office is not None else Expected()
    pages = read_pages(archive, office_id, on_capture)
    merged = merge_reports(pages, names)
    reports, corrected = apply_corrections(merged, corrections)
    findings = [
        *report_findings(office_id, reports, check_reports(reports)),
        *page_findings(archive, office_id, pages),
    ]
    findings.sort(key=finding_order)
    counted: dict[int, int] = {}
    for finding in findings:
        if finding["report_year"] is not None:
            counted[finding["report_year"]] = counted.get(finding["report_year"], 0) + 1
    years = range(expected.from_year, expected.until_year + 1)
    return {
        "reports": [report_row(office_id, one, counted.get(one.year, 0)) for one in reports],
        "sections": [row for one in reports for row in section_rows(office_id, one)],
        "observations": [
            row for one in reports for row in observation_rows(office_id, one, corrected)
        ],
        "panel": panel_rows(office_id, reports),
        "coverage": coverage_rows(office_id, years, pages, reports),
        "findings": findings,
        "captures": capture_rows(pages),
        "failures": failure_rows(pages),
        "documents": document_rows(office_id, pages, reports),
        "revisions": [revision_row(office_id, one) for one in revisions_of(pages)],
    }
