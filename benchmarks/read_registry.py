"""Read a registry of 120 000 offices: one by id, a city, all as a stream, all at once.

Prints seconds of one core and peak memory for each, beside what the csv module alone takes to
pass over the file.
"""

from __future__ import annotations

import csv
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path

from crawler.divisions import divisions
from crawler.offices import COLUMNS, Selection, load_offices, select_offices, stream_offices

COUNT = 120_000


def write_registry(path: Path, count: int = COUNT) -> None:
    """Write `count` rows as full as rows of a country are."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, COLUMNS)
        rows.writeheader()
        for number, place in enumerate(islice(cycle(divisions()), count)):
            rows.writerow(
                {
                    "id": f"cn-{place.code}-o{number}",
                    "name": f"{place.name}第{number}局",
                    "aliases": "本局|市局",
                    "level": place.level,
                    "division_code": place.code,
                    "family": "dated-detail",
                    "entry_urls": f"http://www.o{number}.example.cn/zwgk/nb/",
                    "expected_years": "2008-2024",
                    "required_years": "2019-2023",
                }
            )


def _pass_over(path: Path) -> int:
    with path.open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.reader(file)) - 1


def _stream(path: Path, selection: Selection) -> int:
    return sum(1 for _ in stream_offices(path, selection=selection, problem=print))


WAYS: dict[str, Callable[[Path], int]] = {
    "csv module alone": _pass_over,
    "one by its id": lambda path: len(select_offices(["cn-110000-o0"], path)),
    "a city (3715)": lambda path: _stream(path, Selection.of(place="3715")),
    "all, one by one": lambda path: _stream(path, Selection.of()),
    "all at once": lambda path: len(load_offices(path)),
}


def main(arguments: list[str]) -> None:
    """Measure each way in a process of its own; with a way and a file, measure that."""
    if arguments:
        way, path = arguments
        begun = time.process_time()
        count = WAYS[way](Path(path))
        seconds = time.process_time() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{way:20}{count:8} offices {seconds:7.2f} s {peak:7.0f} MB")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "offices.csv"
        write_registry(path)
        print(f"{COUNT} rows, {path.stat().st_size / 1e6:.0f} MB")
        for way in WAYS:
            subprocess.run([sys.executable, __file__, way, str(path)], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
