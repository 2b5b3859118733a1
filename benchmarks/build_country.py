"""Build countries of several sizes with several numbers of workers, and what that costs.

`python -m benchmarks.build_country --out benchmarks/results` writes synthetic countries of 10 000,
30 000 and 100 000 report pages into archives, builds each from nothing with one worker and with
two, builds again after one page has changed, and sets beside it, on the same pages, what bare
loops over the archive cost. Each build is the command that a person runs.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import lxml.html
import pyarrow.dataset as ds

from benchmarks.country.archiving import REGISTRY, base_url, write_country
from benchmarks.country.offices import Country
from benchmarks.country.reports import plans
from benchmarks.country.scoring import SILENT, dataset_files, score
from benchmarks.country.sites import site_of
from benchmarks.measuring import (
    GONGKAI,
    Measured,
    MeasuredFailure,
    folder_size,
    machine,
    measure,
    say,
    table,
    write_results,
)
from crawler.archive import Archive, Capture
from crawler.archive.writing import ArchiveWriter
from datasets.pages import READ_KINDS
from parsers import parse_page

SIZES = (10_000, 30_000, 100_000)
# What is to be reached: the cost of a page at the largest size by that at the smallest, MB of a
# worker, times faster with two workers, seconds of a rebuild after one page.
MOST_GROWTH, MOST_MEMORY, LEAST_SPEEDUP, MOST_REBUILD = 1.15, 1000.0, 1.7, 10.0
_MADE = "country.json"
# What a build keeps and makes; without it a build begins from nothing.
_DERIVED = (".build", "dataset", "dataset-rejected")
_COMPARED = 1500
# A page that has changed once more; later than both visits.
_CHANGED_AT = dt.datetime(2025, 6, 1, tzinfo=dt.UTC)


def prepare(data_dir: Path, pages: int, seed: int, workers: int) -> dict[str, Any]:
    """Write a country into `data_dir`, unless it is there; what it came to."""
    made = data_dir / _MADE
    if made.exists():
        found: dict[str, Any] = json.loads(made.read_text("utf-8"))
        if (found["asked"], found["seed"]) == (pages, seed):
            return found
    shutil.rmtree(data_dir, ignore_errors=True)
    country = Country(seed)
    count = country.offices_with(pages)
    began, told = time.perf_counter(), 0.0
    total: dict[str, Any] = {"asked": pages, "seed": seed, "offices": 0, "reports": 0, "pages": 0}
    total["bytes"] = 0
    for amount in write_country(country, data_dir, count, workers=workers):
        for name in ("offices", "reports", "pages", "bytes"):
            total[name] += getattr(amount, name)
        if time.perf_counter() - told > 20:
            told = time.perf_counter()
            say(f"written: {total['offices']}/{count} offices, {total['reports']} reports")
    total["write_seconds"] = round(time.perf_counter() - began, 1)
    total["archive_bytes"] = folder_size(data_dir / "archive")
    made.write_text(json.dumps(total), "utf-8")
    return total


def build(data_dir: Path, limit: float, workers: int | None = None) -> Measured:
    """The command `gongkai build`, measured; without `workers` it decides itself how many."""
    command = [*GONGKAI, "build", "--data", str(data_dir), "--offices", str(data_dir / REGISTRY)]
    if workers is not None:
        command += ["--workers", str(workers)]
    return measure(command, limit_seconds=limit)


def from_nothing(data_dir: Path, workers: int, limit: float) -> Measured:
    for name in _DERIVED:
        shutil.rmtree(data_dir / name, ignore_errors=True)
    return build(data_dir, limit, workers)


def dataset_digest(data_dir: Path) -> str:
    """One digest of every Parquet file of the dataset, with its name."""
    digest = hashlib.sha256()
    folder = data_dir / "dataset"
    for path in sorted(folder.rglob("*.parquet")):
        digest.update(str(path.relative_to(folder)).encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


@contextmanager
def one_page_more(data_dir: Path, seed: int) -> Iterator[str]:
    """Archive one report page once more, with another figure, while the block runs."""
    office = Country(seed).office(0)
    site = site_of(office, plans(office))
    path, resource = next(
        (path, one)
        for path, one in site.resources.items()
        if one.kind == "report" and one.plan is not None and one.plan.form is not None
    )
    body = resource.make(1).replace("没有".encode(), "未曾".encode(), 1) + b"\n"
    folder = data_dir / "archive" / office.id
    before = set(folder.glob("*.warc.gz"))
    with ArchiveWriter(data_dir / "archive", office.id) as archive:
        archive.write_response(
            base_url(office) + path,
            fetched_at=_CHANGED_AT,
            header_block=b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n",
            body=body,
            kind="report",
            link_text=resource.link_text,
        )
    try:
        yield base_url(office) + path
    finally:
        for added in set(folder.glob("*.warc.gz")) - before:
            added.unlink()


# -- what it is compared with --------------------------------------------------------------------


def captures_of(archive: Archive) -> Iterator[Capture]:
    for office_id in archive.offices():
        for capture in archive.captures(office_id):
            if capture.is_ok and capture.kind in READ_KINDS:
                yield capture


def _payload_only(archive: Archive, capture: Capture) -> object:
    return archive.payload(capture)


def _tree(archive: Archive, capture: Capture) -> object:
    data = archive.payload(capture)
    return lxml.html.fromstring(data) if data.strip() else None


def _parse(archive: Archive, capture: Capture) -> object:
    headers = dict(archive.headers(capture))
    return parse_page(archive.payload(capture), url=capture.url, headers=headers)


LOOPS: dict[str, Callable[[Archive, Capture], object]] = {
    "reading the WARC records alone": _payload_only,
    "… and lxml's tree of each page": _tree,
    "… and parse_page of each page": _parse,
}


def bare_loops(data_dir: Path) -> dict[str, float]:
    """Pages a second of loops in this one process that keep nothing, over the same pages."""
    speeds = {}
    for name, step in LOOPS.items():
        with Archive(data_dir) as archive:
            chosen = list(islice(captures_of(archive), _COMPARED))
            for capture in chosen[:50]:  # fills caches
                step(archive, capture)
            began = time.perf_counter()
            for capture in chosen:
                step(archive, capture)
            speeds[name] = len(chosen) / (time.perf_counter() - began)
    return speeds


# -- the run -------------------------------------------------------------------------------------


def run_size(
    data_dir: Path, pages: int, options: argparse.Namespace, ends_at: float
) -> dict[str, Any]:
    """Everything of one size."""
    say(f"{pages} pages: writing the country")
    found = prepare(data_dir, pages, options.seed, max(options.workers))
    found["pages_read"] = 0
    found["builds"] = []
    for workers in options.workers:
        say(f"{pages} pages: building with {workers} worker(s)")
        measured = from_nothing(data_dir, workers, ends_at - time.monotonic())
        found["pages_read"] = _pages_read(data_dir)
        found["builds"].append(_build_figures(found, measured, workers, data_dir))
        say(
            f"{pages} pages, {workers} worker(s): {measured.seconds:.0f} s,"
            f" {found['reports'] / measured.seconds:.0f} reports a second,"
            f" largest process {measured.peaks[0]:.0f} MB"
        )
    with one_page_more(data_dir, options.seed) as url:
        say(f"{pages} pages: building again after {url} has changed")
        again = build(data_dir, ends_at - time.monotonic())
    unchanged = build(data_dir, ends_at - time.monotonic())
    found["rebuild_seconds"] = round(again.seconds, 2)
    found["rebuild_back_seconds"] = round(unchanged.seconds, 2)
    found["dataset_bytes"] = folder_size(data_dir / "dataset")
    judged = score(data_dir, examples=0)
    found["figures"] = judged.count()
    found["right"] = judged.count("right")
    found["silent"] = judged.count(*SILENT)
    return found


def _pages_read(data_dir: Path) -> int:
    """Distinct contents that a build has to read; equal ones of an office are read once."""
    files = dataset_files(data_dir, "captures")
    kinds = ds.field("kind").isin(sorted(READ_KINDS)) & (ds.field("http_status") < 400)
    found = ds.dataset(list(map(str, files))).to_table(
        columns=["office_id", "capture_id"], filter=kinds
    )
    return int(found.group_by(["office_id", "capture_id"]).aggregate([]).num_rows)


def _build_figures(
    found: dict[str, Any], measured: Measured, workers: int, data_dir: Path
) -> dict[str, Any]:
    return {
        "workers": workers,
        "seconds": round(measured.seconds, 2),
        "cpu_seconds": round(measured.cpu_seconds, 2),
        "reports_per_second": round(found["reports"] / measured.seconds, 2),
        "reports_per_second_per_worker": round(found["reports"] / measured.seconds / workers, 2),
        "pages_per_second_per_worker": round(found["pages_read"] / measured.seconds / workers, 2),
        "cpu_ms_per_report": round(1000 * measured.cpu_seconds / found["reports"], 3),
        "largest_process_mb": round(measured.peaks[0], 1),
        "processes_mb": [round(peak, 1) for peak in measured.peaks],
        "all_processes_mb": round(measured.together, 1),
        "digest": dataset_digest(data_dir),
    }


def conclusions(sizes: list[dict[str, Any]]) -> dict[str, Any]:
    """Growth, ratios and what is reached, over all sizes that were run."""
    first, last = sizes[0], sizes[-1]
    cost = [size["builds"][0]["seconds"] / size["reports"] for size in (first, last)]
    work = [size["builds"][0]["cpu_ms_per_report"] for size in (first, last)]
    speedups = [
        one["builds"][0]["seconds"] / build["seconds"]
        for one in sizes
        for build in one["builds"]
        if build["workers"] == 2 and one["builds"][0]["workers"] == 1
    ]
    memory = max(build["largest_process_mb"] for one in sizes for build in one["builds"])
    rebuild = max(one["rebuild_seconds"] for one in sizes)
    same = all(len({build["digest"] for build in one["builds"]}) == 1 for one in sizes)
    return {
        "growth_of_cost_per_page": round(cost[1] / cost[0], 3),
        "growth_of_cpu_per_page": round(work[1] / work[0], 3),
        "speedup_with_two_workers": round(max(speedups), 3) if speedups else None,
        "largest_process_mb": memory,
        "rebuild_seconds": rebuild,
        "same_bytes_with_any_number_of_workers": same,
        "reached": {
            "cost per page flat": cost[1] / cost[0] <= MOST_GROWTH,
            "memory of a worker": memory < MOST_MEMORY,
            "two workers": bool(speedups) and max(speedups) >= LEAST_SPEEDUP,
            "rebuild in seconds": rebuild <= MOST_REBUILD,
            "the same bytes": same,
            "no figure read wrongly in silence": not any(one["silent"] for one in sizes),
        },
    }


def words_of(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    rows = [
        [
            one["reports"], one["pages_read"], made["workers"], made["seconds"],
            made["reports_per_second"], made["pages_per_second_per_worker"],
            made["cpu_ms_per_report"], made["largest_process_mb"], made["all_processes_mb"],
        ]
        for one in results["sizes"]
        for made in one["builds"]
    ]  # fmt: skip
    parts = [
        "## Build of synthetic countries\n\n",
        table(
            ["report pages", "pages read", "workers", "seconds", "report pages/s",
             "pages read/s/worker", "CPU ms/report", "largest process MB", "all processes MB"],
            rows,
        ),
        "\nAfter one page has changed, and its dataset's size:\n\n",
        table(
            ["report pages", "rebuild s", "archive MB", "dataset MB", "figures", "right %",
             "wrong in silence"],
            [
                [one["reports"], one["rebuild_seconds"], one["archive_bytes"] / 1e6,
                 one["dataset_bytes"] / 1e6, one["figures"], 100 * one["right"] / one["figures"],
                 one["silent"]]
                for one in results["sizes"]
            ],
        ),
        "\nBeside it, in one process on the same pages (the first of the smallest country):\n\n",
        table(["bare loop that keeps nothing", "pages/s"], list(results["bare_loops"].items())),
        "\n",
    ]  # fmt: skip
    told = results["conclusions"]
    parts.append(
        f"Cost of a page, largest by smallest country: {told['growth_of_cost_per_page']} in time,"
        f" {told['growth_of_cpu_per_page']} in processor time."
        f" One to two workers: {told['speedup_with_two_workers']}×."
        f" Largest process: {told['largest_process_mb']:.0f} MB.\n\n"
    )
    parts += [
        f"- {name}: {'reached' if ok else 'NOT reached'}\n" for name, ok in told["reached"].items()
    ]
    return "".join(parts)


def main() -> int:
    arguments = argparse.ArgumentParser(
        prog="python -m benchmarks.build_country", description=__doc__
    )
    arguments.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="report pages")
    arguments.add_argument("--workers", type=int, nargs="+", default=(1, 2))
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--work", type=Path, help="keep the countries here and use them again")
    arguments.add_argument("--out", type=Path, help="write build_country.json and .md here")
    arguments.add_argument(
        "--minutes", type=float, default=120, help="end at the latest after so many"
    )
    options = arguments.parse_args()
    ends_at = time.monotonic() + 60 * options.minutes
    results: dict[str, Any] = {"machine": machine(), "sizes": [], "bare_loops": {}}
    with tempfile.TemporaryDirectory(prefix="country-") as temporary:
        work = options.work or Path(temporary)
        for pages in sorted(options.sizes):
            try:
                results["sizes"].append(run_size(work / str(pages), pages, options, ends_at))
            except MeasuredFailure as failure:
                say(f"{pages} pages: {failure}")
                break
            if not results["bare_loops"]:
                say("bare loops over the same pages")
                results["bare_loops"] = bare_loops(work / str(pages))
            results["conclusions"] = conclusions(results["sizes"])
            write_results(options.out, "build_country", results, words_of(results))
    if len(results["sizes"]) < len(options.sizes):
        return 1
    return 0 if all(results["conclusions"]["reached"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())
