"""Crawl more and more hosts, and see what each of the two processes of a crawl holds in memory.

`python -m benchmarks.crawl_memory --hosts 50 300 1000` serves as many offices, each on a loopback
address of its own, and crawls about twelve pages of each, with so many offices at work at the same
time. The first process hands out the work and writes the manifest; the second fetches. Beside them
stands what they hold before anything is asked for: the interpreter and the libraries.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.country.archiving import REGISTRY
from benchmarks.crawl_country import AT_ONCE_VARIABLE, ENDINGS, served
from benchmarks.measuring import (
    GONGKAI,
    MeasuredFailure,
    machine,
    measure,
    say,
    table,
    write_results,
)

# By how many MB a process may be larger with the most hosts than with the fewest that fill the
# window of offices at work.
MOST_GROWTH = 16.0
_PROCESSES = {"parent": "gongkai.app", "crawl": "crawler.process"}
_RESIDENT = "import {}, psutil; print(psutil.Process().memory_info().rss / 1e6)"


def idle() -> dict[str, float]:
    """MB of each process with what it imports and nothing done."""
    found = {}
    for name, module in _PROCESSES.items():
        command = [sys.executable, "-c", _RESIDENT.format(module)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found[name] = round(float(said), 1)
    return found


def crawl_once(work: Path, hosts: int, options: argparse.Namespace) -> dict[str, Any]:
    """One crawl of so many hosts: MB of both processes at their peak, of the second at its end."""
    data_dir = work / str(hosts)
    data_dir.mkdir(parents=True)
    options.hosts = hosts
    command = [*GONGKAI, "crawl", "--data", str(data_dir), "--offices", str(data_dir / REGISTRY)]
    command += ["--from-year", str(options.from_year)]
    with served(data_dir, options):
        crawl = measure(
            command,
            limit_seconds=60.0 * options.minutes,
            allowed=ENDINGS,
            environment={AT_ONCE_VARIABLE: str(options.at_once)},
        )
    return {
        "hosts": hosts,
        "seconds": round(crawl.seconds, 1),
        "parent_mb": round(crawl.own, 1),
        "crawl_mb": round(crawl.children[0], 1),
        "crawl_end_mb": round(crawl.children_last[0], 1),
        "manifest_bytes": (data_dir / "crawl.json").stat().st_size,
    }


def conclusions(crawls: list[dict[str, Any]], at_once: int) -> dict[str, Any]:
    """By how much each process grows with the hosts beyond those at work, and whether too much."""
    full = [one for one in crawls if one["hosts"] >= at_once] or crawls[-1:]
    growth = {name: round(full[-1][f"{name}_mb"] - full[0][f"{name}_mb"], 1) for name in _PROCESSES}
    return {"growth_mb": growth, "reached": {"flat": max(growth.values()) < MOST_GROWTH}}


def words_of(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    base, told = results["idle"], results["conclusions"]
    growth, is_flat = told["growth_mb"], told["reached"]["flat"]
    rows = [["nothing asked for", base["parent"], base["crawl"], None, None]]
    rows += [
        [f"{one['hosts']:,} hosts", one["parent_mb"], one["crawl_mb"], one["crawl_end_mb"],
         round(one["manifest_bytes"] / 1e6, 2)]
        for one in results["crawls"]
    ]  # fmt: skip
    heads = ["", "parent MB", "crawl MB", "crawl at the end MB", "manifest MB"]
    return "".join(
        [
            f"## Memory of a crawl, {results['at_once']} offices at once\n\n",
            table(heads, rows),
            f"\n- flat beyond the offices at once: {'' if is_flat else 'NOT '}reached"
            f" (parent {growth['parent']:+} MB, crawl {growth['crawl']:+} MB)\n",
        ]
    )


def main() -> int:
    arguments = argparse.ArgumentParser(
        prog="python -m benchmarks.crawl_memory", description=__doc__
    )
    arguments.add_argument("--hosts", type=int, nargs="+", default=[50, 300, 1000])
    arguments.add_argument("--at-once", type=int, default=64, help="offices")
    arguments.add_argument("--from-year", type=int, default=2014, help="a dozen pages a host")
    arguments.add_argument("--delay", type=float, default=0.2, help="seconds of pause at a host")
    arguments.add_argument("--latency", type=float, default=0.02, help="seconds an answer takes")
    arguments.add_argument("--port", type=int, default=8100)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--out", type=Path, help="write crawl_memory.json and .md here")
    arguments.add_argument("--minutes", type=float, default=30, help="of one crawl, at the most")
    options = arguments.parse_args()
    results: dict[str, Any] = {"machine": machine(), "at_once": options.at_once, "idle": idle()}
    crawls: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="crawl-") as temporary:
        try:
            for hosts in sorted(options.hosts):
                say(f"crawling {hosts} hosts, {options.at_once} offices at once")
                crawls.append(crawl_once(Path(temporary), hosts, options))
        except (MeasuredFailure, OSError) as failure:
            say(str(failure))
            return 1
    results |= {"crawls": crawls, "conclusions": conclusions(crawls, options.at_once)}
    write_results(options.out, "crawl_memory", results, words_of(results))
    return 0 if all(results["conclusions"]["reached"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())
