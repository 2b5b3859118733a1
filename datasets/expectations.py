"""What an office file expects of the office's reports, and what of it they fail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from crawler.offices import Office
from datasets.merging import names_agree, names_of
from parsers.characters import compact


def failed_expectations(
    office: Office, reports: Iterable[Mapping[str, Any]]
) -> Iterator[tuple[str, str]]:
    """The expectations that an office's reports fail: (what is expected, the sentence)."""
    by_year = {row["report_year"]: row for row in reports}
    names = tuple(map(compact, names_of(office)))
    for year in office.expected.required_years:
        found = by_year.get(year)
        if found is None:
            sentence = f"{office.id}: the report of {year} is required and was not found."
            yield f"{office.id} {year} there", sentence
        elif not names_agree(found["office_name"], names):
            yield (
                f"{office.id} {year} there",
                f"{office.id}: the report of {year} is required and the one that was found is that "
                f"of {found['office_name']}.",
            )
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
