"""Crawl many hosts at once, politely, and see how near that comes to what politeness allows.

`python -m benchmarks.crawl_country --out benchmarks/results` serves 300 offices, each on a loopback
address of its own and from a process of its own, and lets `gongkai crawl` fetch about twelve pages
of each. The servers' log tells the pauses that each host had and how many requests it had open.
Beside it, in the same run, a bare asynchronous client asks for the same addresses in the same
manners and keeps nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from benchmarks.country.archiving import REGISTRY
from benchmarks.country.request_log import Manners, read_manners
from benchmarks.country.serving import SERVER_LOG
from benchmarks.measuring import (
    GONGKAI,
    MeasuredFailure,
    folder_size,
    machine,
    measure,
    say,
    table,
    write_results,
)
from gongkai.exit_codes import ExitCode

# Some pages of a country answer 404, as real ones do.
ENDINGS = (ExitCode.OK, ExitCode.PARTIAL)
# How many offices a crawl has at work at the same time, as docs/runs.md tells it.
AT_ONCE_VARIABLE = "GONGKAI_OFFICES_AT_ONCE"
# What is to be reached: MB of the crawl's largest process.
MOST_MEMORY = 1000.0


@contextmanager
def served(data_dir: Path, options: argparse.Namespace) -> Iterator[psutil.Process]:
    """The country's servers while the block runs; their log is whole after it."""
    command = [
        sys.executable, "-m", "benchmarks.country", "serve", "--data", str(data_dir),
        "--offices", str(options.hosts), "--port", str(options.port), "--seed", str(options.seed),
        "--delay", str(options.delay), "--latency", str(options.latency),
    ]  # fmt: skip
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        said = child.stdout.readline()
        if not said.startswith("ready"):
            raise MeasuredFailure(f"the country cannot be served on port {options.port}")
        yield psutil.Process(child.pid)
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait()


def addresses_asked(log: Path) -> dict[str, list[str]]:
    """Host -> the paths that were asked for there, in order."""
    asked: dict[str, list[str]] = {}
    with log.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            asked.setdefault(row["host"], []).append(row["path"])
    return asked


async def bare_client(asked: dict[str, list[str]], port: int, delay: float) -> int:
    """Ask for the same addresses, a host's one after another with the pause between; the bytes."""

    async def one_host(session: aiohttp.ClientSession, host: str, paths: list[str]) -> int:
        size = 0
        for path in paths:
            async with session.get(f"http://{host}:{port}{path}") as response:
                size += len(await response.read())
            await asyncio.sleep(delay)
        return size

    connector = aiohttp.TCPConnector(limit=0, limit_per_host=1)
    async with aiohttp.ClientSession(connector=connector) as session:
        sizes = await asyncio.gather(*(one_host(session, h, p) for h, p in asked.items()))
    return sum(sizes)


def crawl_once(data_dir: Path, options: argparse.Namespace, at_once: int) -> dict[str, Any]:
    """One crawl of all hosts, with so many offices at work at the same time."""
    shutil.rmtree(data_dir, ignore_errors=True)
    data_dir.mkdir(parents=True)
    command = [*GONGKAI, "crawl", "--data", str(data_dir), "--offices", str(data_dir / REGISTRY)]
    command += ["--from-year", str(options.from_year)]
    with served(data_dir, options) as server:
        crawl = measure(
            command,
            limit_seconds=60.0 * options.minutes,
            allowed=ENDINGS,
            environment={AT_ONCE_VARIABLE: str(at_once)},
        )
        server_cpu = server.cpu_times()
    manners = read_manners(data_dir / SERVER_LOG)
    return _figures(manners, crawl.seconds, crawl.cpu_seconds) | {
        "at_once": at_once,
        "largest_process_mb": round(crawl.peaks[0], 1),
        "processes_mb": [round(peak, 1) for peak in crawl.peaks],
        "archive_bytes": folder_size(data_dir / "archive"),
        "server_cpu_seconds": round(server_cpu.user + server_cpu.system, 2),
        "said": crawl.output.strip().splitlines()[-3:],
    }


def run(work: Path, options: argparse.Namespace) -> dict[str, Any]:
    """The crawls, then the bare client on the same addresses."""
    data_dir, crawls = work / "data", []
    for at_once in options.at_once:
        say(f"crawling {options.hosts} hosts, {at_once} offices at once")
        crawls.append(crawl_once(data_dir, options, at_once))
        say(f"crawled in {crawls[-1]['seconds']:.0f} s")
    asked = addresses_asked(data_dir / SERVER_LOG)
    say("the same addresses with a bare client")
    bare_dir = work / "bare"
    bare_dir.mkdir(exist_ok=True)
    with served(bare_dir, options):
        began, cpu = time.perf_counter(), time.process_time()
        asyncio.run(bare_client(asked, options.port, options.delay))
        bare_seconds, bare_cpu = time.perf_counter() - began, time.process_time() - cpu
    counts = [len(paths) for paths in asked.values()]
    pace = options.delay + options.latency
    return {
        "hosts": options.hosts,
        "delay": options.delay,
        "latency": options.latency,
        "crawls": crawls,
        "bare": _figures(read_manners(bare_dir / SERVER_LOG), bare_seconds, bare_cpu),
        "floor_seconds": round(max(counts) * pace, 2),
        "one_host_after_another_seconds": round(sum(counts) * pace, 1),
    }


def _figures(manners: Manners, seconds: float, cpu: float) -> dict[str, Any]:
    return asdict(manners) | {
        "whole_seconds": round(seconds, 2),
        "cpu_seconds": round(cpu, 2),
        "requests_per_second": round(manners.requests / manners.seconds, 2),
        "cpu_ms_per_request": round(1000 * cpu / manners.requests, 3),
    }


def conclusions(found: dict[str, Any]) -> dict[str, Any]:
    """Ratios of the fastest crawl, and what is reached by every one."""
    crawls, delay = found["crawls"], found["delay"]
    best = min(one["seconds"] for one in crawls)
    pauses = [one["shortest_pause"] or 0.0 for one in crawls]
    return {
        "times_the_floor": round(best / found["floor_seconds"], 2),
        "times_the_bare_client": round(best / found["bare"]["seconds"], 2),
        "times_faster_than_in_turn": round(found["one_host_after_another_seconds"] / best, 1),
        "reached": {
            "every host asked": all(one["hosts"] == found["hosts"] for one in crawls),
            f"a pause of {delay:g} s at every host": min(pauses) >= delay,
            "one open request a host": all(one["most_open"] == 1 for one in crawls),
            "memory": all(one["largest_process_mb"] < MOST_MEMORY for one in crawls),
        },
    }


def words_of(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    found, told = results["run"], results["conclusions"]
    heads = ["", "requests", "seconds", "requests/s", "CPU ms/request", "largest process MB",
             "shortest pause s", "open at a host"]  # fmt: skip
    named = [(f"gongkai crawl, {one['at_once']} offices at once", one) for one in found["crawls"]]
    rows = [
        [name, one["requests"], one["seconds"], one["requests_per_second"],
         one["cpu_ms_per_request"], one.get("largest_process_mb"), one["shortest_pause"],
         one["most_open"]]
        for name, one in [*named, ("bare client, all at once", found["bare"])]
    ]  # fmt: skip
    lines = [
        f"## Crawl of {found['hosts']} hosts\n\n",
        f"A pause of {found['delay']:g} s after each answer,"
        f" answers after {found['latency']:g} s.\n\n",
        table(heads, rows),
        f"\nIn these manners the busiest host alone takes {found['floor_seconds']:.1f} s, all hosts"
        f" one after another {found['one_host_after_another_seconds']:.0f} s. The fastest crawl"
        f" takes {told['times_the_floor']} times the former and {told['times_the_bare_client']}"
        f" times the bare client; it is {told['times_faster_than_in_turn']} times faster than the"
        " latter.\n\n",
    ]
    lines += [
        f"- {name}: {'reached' if ok else 'NOT reached'}\n" for name, ok in told["reached"].items()
    ]
    return "".join(lines)


def main() -> int:
    arguments = argparse.ArgumentParser(
        prog="python -m benchmarks.crawl_country", description=__doc__
    )
    arguments.add_argument("--hosts", type=int, default=300)
    arguments.add_argument("--from-year", type=int, default=2014, help="a dozen pages a host")
    arguments.add_argument("--delay", type=float, default=2.0, help="seconds of pause at a host")
    arguments.add_argument("--latency", type=float, default=0.1, help="seconds an answer takes")
    arguments.add_argument("--at-once", type=int, nargs="+", default=(64, 300), help="offices")
    arguments.add_argument("--port", type=int, default=8100)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--work", type=Path, help="keep archive and logs here")
    arguments.add_argument("--out", type=Path, help="write crawl_country.json and .md here")
    arguments.add_argument(
        "--minutes", type=float, default=30, help="end at the latest after so many"
    )
    options = arguments.parse_args()
    results: dict[str, Any] = {"machine": machine()}
    with tempfile.TemporaryDirectory(prefix="crawl-") as temporary:
        try:
            results["run"] = run(options.work or Path(temporary), options)
        except (MeasuredFailure, OSError) as failure:
            say(str(failure))
            return 1
    results["conclusions"] = conclusions(results["run"])
    write_results(options.out, "crawl_country", results, words_of(results))
    return 0 if all(results["conclusions"]["reached"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())
