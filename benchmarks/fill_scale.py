"""Work out a whole country from what the benchmarks measured, and write it into docs/scale.md.

`python -m benchmarks.fill_scale` reads `build_country`, `crawl_country` and `query_country` from
`benchmarks/results` and puts two blocks between their markers: what was measured, and what follows
for 120 000 offices and 17 years. Everything else in the document stays. It measures nothing.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measuring import table

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
DOCUMENT = ROOT / "docs" / "scale.md"
NAMES = ("build_country", "crawl_country", "query_country")

OFFICES, YEARS = 120_000, 17
# Seconds between requests to a host, and what an official site takes to answer.
PAUSE, ANSWER = 3.0, 0.5
# A province's shared platform may hold so many offices behind one host; a county has so many.
OFFICES_OF_THE_LARGEST_HOST, OFFICES_OF_A_COUNTY = 3000, 45
# Pages that a yearly update asks for at an office beside the new report: home page, lists.
UPDATE_LISTINGS = 3
# Attached files that the pages only link to: so many of the reports, of so many bytes.
ATTACHED, ATTACHMENT = 0.1, 1e6
_CORES = (2, 16, 64)
# Above this load before it began, a measurement is not of the work alone.
QUIET = 0.7


class MissingResults(Exception):
    """A benchmark has not been run; the message says which and how."""


def read_results(folder: Path) -> dict[str, tuple[dict[str, Any], str]]:
    """Figures and words of each benchmark.

    Raises:
        MissingResults: the folder lacks one.
    """
    found = {}
    for name in NAMES:
        figures, words = folder / f"{name}.json", folder / f"{name}.md"
        if not (figures.exists() and words.exists()):
            raise MissingResults(
                f"{figures} is missing: run python -m benchmarks.{name} --out {folder} first."
            )
        found[name] = (json.loads(figures.read_text("utf-8")), words.read_text("utf-8"))
    return found


@dataclass(frozen=True, slots=True)
class Costs:
    """What one report costs, as measured on the largest country.

    core_seconds: of one worker for a report and what is read with it. requests: for one report in
    a first crawl. request_seconds: of a core for one request. at_once: offices that a crawl had
    at work at the same time. page_bytes: of a page as served. archive_bytes, dataset_bytes: of
    one report. worker_mb: of the largest process of a build. rebuild: seconds, at which size.
    """

    reports: int
    core_seconds: float
    requests: float
    request_seconds: float
    at_once: tuple[int, ...]
    page_bytes: float
    archive_bytes: float
    dataset_bytes: float
    worker_mb: float
    rebuild_seconds: float
    figures: float


def costs_of(results: dict[str, tuple[dict[str, Any], str]]) -> Costs:
    """The costs that the results state."""
    largest = max(results["build_country"][0]["sizes"], key=lambda one: int(one["reports"]))
    crawls = results["crawl_country"][0]["run"]["crawls"]
    reports = largest["reports"]
    slowest = min(build["reports_per_second_per_worker"] for build in largest["builds"])
    return Costs(
        reports=reports,
        core_seconds=1 / slowest,
        requests=largest["pages"] / reports,
        request_seconds=max(one["cpu_ms_per_request"] for one in crawls) / 1000,
        at_once=tuple(one["at_once"] for one in crawls),
        page_bytes=largest["bytes"] / largest["pages"],
        archive_bytes=largest["archive_bytes"] / reports,
        dataset_bytes=largest["dataset_bytes"] / reports,
        worker_mb=max(build["largest_process_mb"] for build in largest["builds"]),
        rebuild_seconds=largest["rebuild_seconds"],
        figures=largest["figures"] / reports,
    )


def country_words(costs: Costs) -> str:
    """The tables of a whole country."""
    reports = OFFICES * YEARS
    requests = reports * costs.requests
    build_hours = reports * costs.core_seconds / 3600
    crawl_core_hours = requests * costs.request_seconds / 3600
    pace = PAUSE + ANSWER
    year_requests = OFFICES * (1 + UPDATE_LISTINGS)
    year_build = OFFICES * costs.core_seconds / 3600
    rows: list[list[object]] = [
        ["report pages", "120 000 offices × 17 years", f"{reports:,}"],
        ["requests of a first crawl", f"{costs.requests:.2f} a report", f"{requests:,.0f}"],
        [
            "figures in the dataset",
            f"{costs.figures:.0f} a report",
            f"{reports * costs.figures / 1e6:,.0f} million",
        ],
        [
            "archive",
            f"{costs.archive_bytes / 1000:.1f} kB a report, pages of"
            f" {costs.page_bytes / 1000:.0f} kB compressed",
            f"{reports * costs.archive_bytes / 1e9:,.0f} GB",
        ],
        [
            "… attachments on top",
            f"{ATTACHED:.0%} of the reports, {ATTACHMENT / 1e6:g} MB each",
            f"{reports * ATTACHED * ATTACHMENT / 1e9:,.0f} GB",
        ],
        [
            "dataset",
            f"{costs.dataset_bytes / 1000:.2f} kB a report",
            f"{reports * costs.dataset_bytes / 1e9:,.1f} GB",
        ],
        [
            "build from nothing",
            f"{1000 * costs.core_seconds:.1f} ms a report and core",
            f"{build_hours:,.1f} core hours",
        ],
        *([f"… on {cores} cores", "", f"{build_hours / cores:,.1f} hours"] for cores in _CORES),
        [
            "memory of a worker",
            f"measured at {costs.reports:,} reports",
            f"{costs.worker_mb:,.0f} MB",
        ],
        [
            "crawl, processor",
            f"{1000 * costs.request_seconds:.1f} ms a request",
            f"{crawl_core_hours:,.1f} core hours",
        ],
        *(
            [
                f"crawl by one process, {at_once} offices at once",
                f"{pace:g} s a request and host",
                f"{max(requests * pace / at_once, requests * costs.request_seconds) / 3600:,.0f}"
                " hours, and the largest host",
            ]
            for at_once in costs.at_once
        ),
        [
            "crawl, an office with a host of its own",
            f"{YEARS * costs.requests:.0f} requests, {pace:g} s each",
            f"{YEARS * costs.requests * pace / 60:.1f} minutes",
        ],
        [
            "crawl, a county on one host",
            f"{OFFICES_OF_A_COUNTY} offices",
            f"{OFFICES_OF_A_COUNTY * YEARS * costs.requests * pace / 3600:.1f} hours",
        ],
        [
            "crawl, the largest shared platform",
            f"{OFFICES_OF_THE_LARGEST_HOST:,} offices",
            f"{OFFICES_OF_THE_LARGEST_HOST * YEARS * costs.requests * pace / 86400:.1f} days",
        ],
        [
            "a year's update: requests",
            f"{1 + UPDATE_LISTINGS} an office",
            f"{year_requests:,}",
        ],
        [
            "… the largest shared platform",
            f"{OFFICES_OF_THE_LARGEST_HOST:,} offices",
            f"{OFFICES_OF_THE_LARGEST_HOST * (1 + UPDATE_LISTINGS) * pace / 3600:.1f} hours",
        ],
        [
            "… reading the new reports",
            f"{OFFICES:,} reports",
            f"{year_build:,.1f} core hours",
        ],
        [
            "one page more",
            f"measured at {costs.reports:,} reports",
            f"{costs.rebuild_seconds:.1f} s",
        ],
    ]
    return table(["what", "from", "a country"], rows)


def measured_words(results: dict[str, tuple[dict[str, Any], str]]) -> str:
    """What the benchmarks say, under headings one level lower, with the machine."""
    made = results["build_country"][0]["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in made["versions"].items())
    load = max(figures["machine"]["load_before"] for figures, _ in results.values())
    busy = f" **The machine was busy with other work (load {load:g}): times are too long.**"
    head = (
        f"Measured on {made['measured_on']}: {made['processor']}, {made['cores']} cores,"
        f" {made['memory_gb']} GB; {made['system']}, Python {made['python']}; {versions}."
        f"{busy if load > QUIET else ''}\n\n"
    )
    return head + "\n".join(
        re.sub(r"^## ", "### ", words, flags=re.M) for _, words in results.values()
    )


def fill(document: str, blocks: dict[str, str]) -> str:
    """`document` with each block between its markers.

    Raises:
        ValueError: a block's markers are not there.
    """
    for name, words in blocks.items():
        begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
        before, found, rest = document.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"there is no “{begin.strip()}” … “{end}” in the document")
        document = f"{before}{begin}\n{words.strip()}\n\n{end}{after}"
    return document


def filled(document: str, results: Path) -> str:
    """`document` with its blocks made from the results in that folder."""
    found = read_results(results)
    blocks = {"measured": measured_words(found), "country": country_words(costs_of(found))}
    return fill(document, blocks)


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.fill_scale", description=__doc__)
    arguments.add_argument("--results", type=Path, default=RESULTS)
    arguments.add_argument("--document", type=Path, default=DOCUMENT)
    options = arguments.parse_args()
    try:
        text = filled(options.document.read_text("utf-8"), options.results)
    except (MissingResults, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    options.document.write_text(text, "utf-8")
    print(f"{options.document} is filled from {options.results}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
