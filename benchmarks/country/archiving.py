"""Write a country straight into a Gongkai archive, as two visits of a crawl would have left it.

The WARC files, their indexes and the registry of offices are the real ones of the project
(`crawler.archive`); only the network is left out. Several processes may write different offices
at once.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.country.offices import Country, Office
from benchmarks.country.reports import plans
from benchmarks.country.sites import Resource, Site, site_of
from benchmarks.country.truth import TruthWriter
from crawler.archive.writing import ArchiveWriter

_VISITS = (dt.datetime(2025, 4, 1, tzinfo=dt.UTC), dt.datetime(2025, 5, 1, tzinfo=dt.UTC))
_REASONS = {200: "OK", 404: "Not Found"}
REGISTRY = "offices.csv"
_COLUMNS = ("id", "name", "level", "division_code", "family", "entry_urls", "home_url",
            "expected_years", "delay_seconds")  # fmt: skip
# Offices are given to a process in runs of this many.
_RUN = 25


@dataclass(frozen=True, slots=True)
class Amount:
    """How much was written."""

    offices: int = 0
    reports: int = 0
    pages: int = 0
    bytes: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(
            self.offices + other.offices,
            self.reports + other.reports,
            self.pages + other.pages,
            self.bytes + other.bytes,
        )


def write_country(
    country: Country, data_dir: Path, count: int, *, start: int = 0, workers: int = 1
) -> Iterator[Amount]:
    """Write offices `start` to `count` - 1 into the archive in `data_dir`, and their truth.

    Yields what each run of offices came to, as it is done. Besides the archive there are
    `truth/`, and `offices.csv` with all offices up to `count`.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    write_registry(data_dir / REGISTRY, country.offices(count))
    runs = [(at, min(at + _RUN, count)) for at in range(start, count, _RUN)]
    if workers == 1:
        for first, end in runs:
            yield _write_offices(country, data_dir, first, end)
        return
    with ProcessPoolExecutor(workers) as pool:
        waiting = [pool.submit(_write_offices, country, data_dir, *run) for run in runs]
        for one in waiting:
            yield one.result()


def write_registry(
    path: Path,
    offices: Iterable[Office],
    *,
    bases: dict[int, str] | None = None,
    delay_seconds: float | None = None,
) -> None:
    """Write the offices as a registry of rows.

    bases: number of an office -> where its site is served, such as `http://127.0.0.9:8100`.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, _COLUMNS, lineterminator="\n")
        rows.writeheader()
        for office in offices:
            base = bases[office.number] if bases else base_url(office)
            rows.writerow(
                {
                    "id": office.id,
                    "name": office.name,
                    "level": office.level,
                    "division_code": office.division,
                    "family": office.family,
                    "entry_urls": base + site_of(office, []).entry,
                    "home_url": f"{base}/",
                    "expected_years": f"{office.years[0]}-{office.years[-1]}",
                    "delay_seconds": "" if delay_seconds is None else f"{delay_seconds:g}",
                }
            )


def base_url(office: Office) -> str:
    """The address of an office's site in archives that no network was asked for."""
    return f"http://{office.host}"


def _write_offices(country: Country, data_dir: Path, start: int, end: int) -> Amount:
    amount = Amount()
    with TruthWriter(data_dir / "truth", f"{start:06}") as truth:
        for office in country.offices(end, start):
            planned = plans(office)
            site = site_of(office, planned)
            amount += _write_site(site, data_dir)
            truth.add_site(site, planned, base_url(office))
    return amount


def _write_site(site: Site, data_dir: Path) -> Amount:
    reports = pages = written = 0
    with ArchiveWriter(
        data_dir / "archive", site.office.id, run={"description": "a synthetic country"}
    ) as archive:
        for visit, day in enumerate(_VISITS):
            moment = day + dt.timedelta(seconds=site.office.number)
            for resource in _asked_for(site, visit):
                moment += dt.timedelta(seconds=3)
                written += _write_resource(archive, site, resource, visit, moment)
                pages += 1
                reports += resource.kind == "report" and not visit
    return Amount(1, reports, pages, written)


def _asked_for(site: Site, visit: int) -> Iterator[Resource]:
    """All at the first visit; at the second the lists and what is no longer what it was."""
    changed = {
        path
        for path, one in site.resources.items()
        if one.plan is not None and (one.plan.is_changed or one.statuses[0] != one.statuses[1])
    }
    for path, one in site.resources.items():
        if not visit or (changed and (path in changed or one.kind in ("channel", "listing"))):
            yield one


def _write_resource(
    archive: ArchiveWriter, site: Site, resource: Resource, visit: int, moment: dt.datetime
) -> int:
    body, status, base = resource.make(visit), resource.statuses[visit], base_url(site.office)
    header = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\nServer: nginx\r\nConnection: keep-alive\r\n"
        f"Content-Type: {resource.content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    request = (
        f"GET {resource.path} HTTP/1.1\r\nHost: {site.office.host}\r\nAccept: text/html\r\n\r\n"
    )
    archive.write_response(
        base + resource.path,
        fetched_at=moment,
        header_block=header.encode(),
        body=body,
        kind="error" if status == 404 else resource.kind,
        request_block=request.encode(),
        link_text=resource.link_text,
        via=base + resource.via if resource.via else None,
        ip_address="127.0.0.1",
    )
    return len(body)
