"""What every test may use: the invariants that hold for every document of any page."""

from __future__ import annotations

import datetime as dt
import json
import math
import os
from collections import Counter
from collections.abc import Callable, Iterable

import hypothesis
import pytest

from parsers import Document, Observation, Report
from parsers.registry import APPLICANTS, indicators, section_codes, unit_of

# `--hypothesis-profile=thorough` tries thousands of examples of every property. Where CI is set
# the examples are the same at every run.
hypothesis.settings.register_profile(
    "default",
    max_examples=150,
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=list(hypothesis.HealthCheck),
)
hypothesis.settings.register_profile(
    "thorough",
    hypothesis.settings.get_profile("default"),
    max_examples=4000,
    derandomize=False,
)
hypothesis.settings.load_profile("default")

Broken = Callable[[Iterable[Document]], list[str]]


@pytest.fixture(scope="session")
def broken_invariants() -> Broken:
    """A function that lists which invariants the documents of a page break; empty when none."""
    return _broken_invariants


def _broken_invariants(documents: Iterable[Document]) -> list[str]:
    documents = list(documents)
    broken = [] if documents else ["a page gives at least one document"]
    for document in documents:
        json.dumps(document.to_json(), ensure_ascii=False, allow_nan=False).encode("utf-8")
        if (document.kind == "report") != (document.report is not None):
            broken.append(f"a document of kind {document.kind} has report {document.report}")
        if not document.reason:
            broken.append("a document has no reason")
        if document.report is not None:
            broken += _broken_in_report(document.report)
    return broken


def _broken_in_report(report: Report) -> list[str]:
    broken = []
    keys = Counter((o.indicator, o.applicant, o.source) for o in report.observations)
    broken += [f"{key} is there {count} times" for key, count in keys.items() if count > 1]
    if report.status != "parsed" and (report.observations or report.sections):
        broken.append(f"a report that is {report.status} has observations or sections")
    for observation in report.observations:
        broken += _broken_in_observation(observation)
    broken += _unreadable_without_finding(report)
    for at, section in enumerate(report.sections, 1):
        if section.ordinal != at:
            broken.append(f"section {at} has ordinal {section.ordinal}")
        if section.section is not None and section.section not in section_codes():
            broken.append(f"section {at} has the unknown code {section.section}")
        if section.level not in {1, 2} or (section.level == 1 and section.parent is not None):
            broken.append(f"section {at} has level {section.level} and parent {section.parent}")
        if section.parent is not None:
            parent = report.sections[section.parent - 1] if 0 < section.parent < at else None
            if parent is None or parent.level != 1:
                broken.append(f"section {at} has parent {section.parent}, no section before it")
    for name in ("published_on", "period_start", "period_end"):
        date = getattr(report, name)
        if date is not None and not isinstance(date, dt.date):
            broken.append(f"{name} is {date!r}")
    return broken


def _broken_in_observation(o: Observation) -> list[str]:
    what = f"{o.indicator} ({o.applicant}, {o.source})"
    dimensions = {i.dimension for i in indicators() if i.name == o.indicator}
    if not dimensions:
        return [f"{what}: no such indicator"]
    broken = []
    if o.unit != unit_of(o.indicator):
        broken.append(f"{what}: unit {o.unit}")
    # The prose states some of the application figures for all applicants together.
    applicants = {None, *APPLICANTS} if "applicant" in dimensions else {None, "total"}
    if o.applicant not in applicants:
        broken.append(f"{what}: applicant {o.applicant}")
    if (o.value is None) != (o.status in {"blank", "unreadable"}):
        broken.append(f"{what}: status {o.status} with value {o.value}")
    if o.status == "reported_none" and o.value != 0:
        broken.append(f"{what}: reported_none with value {o.value}")
    if o.status in {"blank", "unreadable", "reported_none"} and o.qualifier != "exact":
        broken.append(f"{what}: status {o.status} with qualifier {o.qualifier}")
    if o.value is not None and not math.isfinite(o.value):
        broken.append(f"{what}: value {o.value}")
    # Of a row that prints no label there may be nothing to quote when it is not read.
    if not o.locator or (not o.evidence and o.status != "unreadable"):
        broken.append(f"{what}: evidence “{o.evidence}”, locator “{o.locator}”")
    return broken


def _unreadable_without_finding(report: Report) -> list[str]:
    """Figures called unreadable that no finding accounts for, by name or by what is printed."""
    broken = []
    for o in report.observations:
        if o.status != "unreadable":
            continue
        said = any(
            o.indicator in (finding.indicator, finding.expected)
            or o.indicator in finding.message
            # A finding names the first of several columns and quotes the row's figures.
            or (finding.actual is not None and finding.actual == o.value_text)
            for finding in report.findings
        )
        if not said:
            broken.append(f"{o.indicator} ({o.applicant}) is unreadable and no finding says why")
    return broken
