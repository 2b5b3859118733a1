"""How long a page takes from bytes to documents, beside the libraries that build its tree alone.

`python benchmarks/parse_pages.py [--rounds N] [FILE …]` measures every function on the same pages
in one run, in turns, and prints the best and the median of all rounds. Nothing is asserted: a
machine under load makes every figure larger, and the ratios little.
"""

from __future__ import annotations

import argparse
import gc
import io
import resource
import statistics
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path

import lxml.html
import pandas as pd
from bs4 import BeautifulSoup

from parsers import parse_page

PAGES = Path(__file__).parents[1] / "tests" / "pages"
# A report of three tables as an office's editor writes it, 46 kB.
PAGE = PAGES / "style06-attribute-html-nbsp-blanks.html"
MOST_TIMES_LXML = 6.0


def lxml_tree(data: bytes) -> object:
    return lxml.html.fromstring(data)


def pandas_tables(data: bytes) -> object:
    return pd.read_html(io.BytesIO(data))


def soup_tree(data: bytes) -> object:
    return BeautifulSoup(data, "lxml")


# Where a library cannot read a page at all (no table on it, no markup), that page is left out.
FUNCTIONS: dict[str, Callable[[bytes], object]] = {
    "parse_page: bytes to documents": parse_page,
    "(a) lxml.html: the tree": lxml_tree,
    "(b) pandas.read_html: the tables": pandas_tables,
    "(c) BeautifulSoup(lxml): the tree": soup_tree,
}


def measure(pages: list[bytes], rounds: int) -> dict[str, list[float]]:
    """Milliseconds for all pages together, a figure a round; the functions take turns."""
    times: dict[str, list[float]] = {name: [] for name in FUNCTIONS}
    names = list(FUNCTIONS)
    for at in range(rounds + 1):
        for name in names[at % 4 :] + names[: at % 4]:
            function = FUNCTIONS[name]
            gc.collect()
            start = time.perf_counter()
            for page in pages:
                function(page)
            taken = (time.perf_counter() - start) * 1000
            if at:  # the first round fills caches that a build over many pages has filled
                times[name].append(taken)
    return times


def peak_memory(page: bytes) -> float:
    """The most memory that Python objects take while one page is parsed, in MB."""
    tracemalloc.start()
    parse_page(page)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def readable(page: bytes) -> bool:
    """Whether all four functions can read the page, so that they are compared on the same ones."""
    for function in FUNCTIONS.values():
        try:
            function(page)
        except Exception:
            return False
    return True


def report(title: str, pages: list[bytes], rounds: int) -> dict[str, float]:
    """Print one table; the best times in milliseconds a page."""
    size = sum(map(len, pages)) / len(pages) / 1000
    print(f"\n{title}: {len(pages)} page(s) of {size:.0f} kB, {rounds} rounds, ms a page")
    times = measure(pages, rounds)
    best = {name: min(taken) / len(pages) for name, taken in times.items()}
    median = {name: statistics.median(taken) / len(pages) for name, taken in times.items()}
    own = next(iter(FUNCTIONS))
    print(f"{'':36}{'best':>9}{'median':>9}   parse_page takes, best (median)")
    for name in FUNCTIONS:
        ratio = f"{best[own] / best[name]:.2f}× ({median[own] / median[name]:.2f}×)"
        print(f"{name:36}{best[name]:9.2f}{median[name]:9.2f}   {'' if name == own else ratio}")
    print(f"report pages per second per core: {1000 / best[own]:.0f} ({1000 / median[own]:.0f})")
    return best


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("files", nargs="*", type=Path, help="pages to measure on, one by one")
    arguments.add_argument("--rounds", type=int, default=60)
    options = arguments.parse_args()
    warnings.simplefilter("ignore")
    own, tree, tables, _ = FUNCTIONS
    reached = True
    for file in options.files or [PAGE]:
        page = file.read_bytes()
        best = report(file.name, [page], options.rounds)
        print(f"peak memory of Python objects while parsing it: {peak_memory(page):.1f} MB")
        times_lxml, times_pandas = best[own] / best[tree], best[own] / best[tables]
        for words, ratio, most in (
            ("(a) lxml.html", times_lxml, MOST_TIMES_LXML),
            ("(b) pandas.read_html", times_pandas, 1.0),
        ):
            verdict = "reached" if ratio <= most else "NOT reached"
            reached = reached and ratio <= most
            print(f"target: at most {most:g}× {words}: {ratio:.2f}×, {verdict}")
    if not options.files:
        # pandas refuses pages without a table.
        every = [path.read_bytes() for path in sorted(PAGES.glob("*.html"))]
        report("tests/pages", [page for page in every if readable(page)], options.rounds // 10 or 1)
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak resident memory of this process, libraries included: {resident:.0f} MB")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
