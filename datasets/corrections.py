"""Human corrections of single figures: written down with reason, source and the expected figure.

A corrections file is TOML with one `[[correction]]` per figure. A correction that no longer
matches what was read fails the build by name, so that none outlives its cause. The printed value
stays in the row beside the corrected one.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from datasets.merging import MergedReport, ObservationKey, observation_key
from datasets.registry import APPLICANTS, indicators
from parsers import Finding, Observation
from parsers.identities import broken_among

FILE_NAME = "corrections.toml"
_TEXT_KEYS = ("office_id", "indicator", "source", "reason", "evidence")
_KEYS = {*_TEXT_KEYS, "report_year", "applicant", "expected", "value"}
_SOURCES = ("table", "narrative", "annex")


class CorrectionError(Exception):
    """A corrections file cannot be used; the message names the file, the correction and why."""


@dataclass(frozen=True, slots=True)
class Correction:
    """One correction.

    expected: the figure as read without it: a number, or `blank` or `unreadable`.
    value: what is right; None to take a wrong figure out (it becomes unreadable).
    reason: why; evidence: where the right figure stands. place: file and number, for messages.
    """

    office_id: str
    report_year: int
    indicator: str
    applicant: str | None
    source: str
    expected: float | str
    value: float | None
    reason: str
    evidence: str
    place: str

    @property
    def key(self) -> ObservationKey:
        """The observation it is about."""
        return (self.indicator, self.applicant, self.source)

    @property
    def words(self) -> str:
        """As the row of the corrected observation tells it."""
        return f"{self.reason} ({self.evidence})"


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a correction did to an observation: the value as printed, and why it is not it."""

    printed_value: float | None
    words: str


def read_corrections(path: Path) -> tuple[Correction, ...]:
    """The corrections of a file; none when there is no such file.

    Raises:
        CorrectionError: the file is no TOML, or a correction lacks a key, has an unknown one or
            one of the wrong type, or two are about the same figure.
    """
    if not path.exists():
        return ()
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CorrectionError(f"{path} cannot be read as TOML in UTF-8: {error}.") from error
    unknown = set(table) - {"correction"}
    if unknown:
        raise CorrectionError(
            f"{path}: no such key: {', '.join(sorted(unknown))}; write [[correction]]."
        )
    listed = table.get("correction", [])
    found = tuple(_checked(path, number, one) for number, one in enumerate(listed, start=1))
    seen: dict[tuple[object, ...], str] = {}
    for one in found:
        about = (one.office_id, one.report_year, *one.key)
        if about in seen:
            raise CorrectionError(f"{one.place} is about the same figure as {seen[about]}.")
        seen[about] = one.place
    return found


def _checked(path: Path, number: int, said: dict[str, Any]) -> Correction:
    place = f"{path}, correction {number}"
    for key in sorted(set(said) - _KEYS):
        raise CorrectionError(
            f"{place}: no such key: {key}; the keys are {', '.join(sorted(_KEYS))}."
        )
    for key in (*_TEXT_KEYS, "report_year", "expected"):
        if key not in said:
            raise CorrectionError(f"{place} says no {key}.")
    for key in _TEXT_KEYS:
        if not isinstance(said[key], str) or not said[key].strip():
            raise CorrectionError(f"{place}, key {key}: {said[key]!r} must be a text.")
    if type(said["report_year"]) is not int:
        raise CorrectionError(f"{place}, key report_year: must be a year.")
    if said["indicator"] not in indicators():
        raise CorrectionError(f"{place}: there is no indicator {said['indicator']}.")
    applicant = said.get("applicant")
    if applicant is not None and applicant not in APPLICANTS:
        raise CorrectionError(f"{place}: applicant must be one of {', '.join(APPLICANTS)}.")
    if said["source"] not in _SOURCES:
        raise CorrectionError(f"{place}: source must be one of {', '.join(_SOURCES)}.")
    expected, value = said["expected"], said.get("value")
    if not _is_number(expected) and expected not in ("blank", "unreadable"):
        raise CorrectionError(f'{place}, key expected: a number, "blank" or "unreadable".')
    if value is not None and not _is_number(value):
        raise CorrectionError(f"{place}, key value: must be a number, or be left out.")
    return Correction(
        office_id=said["office_id"],
        report_year=said["report_year"],
        indicator=said["indicator"],
        applicant=applicant,
        source=said["source"],
        expected=expected if isinstance(expected, str) else float(expected),
        value=None if value is None else float(value),
        reason=said["reason"],
        evidence=said["evidence"],
        place=place,
    )


def _is_number(value: object) -> bool:
    # TOML writes nan and inf as numbers; no report states one.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value)


def apply_corrections(
    reports: Sequence[MergedReport], corrections: Iterable[Correction]
) -> tuple[list[MergedReport], dict[tuple[int, ObservationKey], Corrected]]:
    """The reports of one office with their corrections, and what these did to which figure.

    corrections: those of this office.

    Raises:
        CorrectionError: a correction matches no figure, or the figure read is not the expected.
    """
    by_year = {report.year: report for report in reports}
    done: dict[tuple[int, ObservationKey], Corrected] = {}
    for one in corrections:
        merged = by_year.get(one.report_year)
        if merged is None:
            raise CorrectionError(
                f"{one.place}: {one.office_id} has no report of {one.report_year}; take the "
                "correction out, or find out where the report went."
            )
        by_year[one.report_year], corrected = _apply(merged, one)
        done[(one.report_year, one.key)] = corrected
    years = {year for year, _ in done}
    return [
        _checked_again(report, by_year[report.year]) if report.year in years else report
        for report in reports
    ], done


def _checked_again(printed: MergedReport, corrected: MergedReport) -> MergedReport:
    """The corrected report; what the form says about its own figures is told of the right ones."""
    before = broken_among(printed.report.observations)
    after = broken_among(corrected.report.observations)
    kept = [one for one in corrected.findings if one not in before or one in after]
    words = broken_among(corrected.report.observations, "with the figures corrected by hand")
    new = [told for one, told in zip(after, words, strict=True) if one not in kept]
    return replace(corrected, findings=(*kept, *new))


def _apply(merged: MergedReport, correction: Correction) -> tuple[MergedReport, Corrected]:
    where = (
        f"{correction.place}: {correction.office_id} {correction.report_year} "
        f"{correction.indicator} ({correction.applicant or 'no applicant'}, {correction.source})"
    )
    observations = list(merged.report.observations)
    place = next(
        (
            number
            for number, one in enumerate(observations)
            if observation_key(one) == correction.key
        ),
        None,
    )
    if place is None:
        raise CorrectionError(
            f"{where} matches no figure: the report has none there. Look at the page and at "
            "the name, then update the correction or take it out."
        )
    printed = observations[place]
    if _as_read(printed) != correction.expected:
        raise CorrectionError(
            f"{where} expects {correction.expected} and {_as_read(printed)} was read: the page "
            "or the reading of it changed. Look at it again, then update the correction."
        )
    observations[place] = replace(
        printed,
        value=correction.value,
        status="unreadable" if correction.value is None else "reported",
        qualifier="exact",
    )
    finding = Finding(
        rule="corrected",
        severity="note",
        message=f"{correction.indicator} is corrected by hand: {correction.words}",
        expected="unreadable" if correction.value is None else f"{correction.value:g}",
        actual=printed.value_text or printed.status,
        indicator=correction.indicator,
        evidence=printed.evidence,
    )
    report = replace(merged.report, observations=tuple(observations))
    merged = replace(merged, report=report, findings=(*merged.findings, finding))
    return merged, Corrected(printed.value, correction.words)


def _as_read(one: Observation) -> float | str:
    return one.value if one.value is not None else one.status
