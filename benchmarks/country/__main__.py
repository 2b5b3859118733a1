"""`python -m benchmarks.country`: write a country into an archive, serve it, or score a build."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from benchmarks.country.archiving import REGISTRY, Amount, write_country, write_registry
from benchmarks.country.offices import Country
from benchmarks.country.scoring import SILENT, VERDICTS, score, score_lines
from benchmarks.country.serving import SERVER_LOG, CountryServer, bases, serve
from benchmarks.country.truth import write_truth


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.country", description=__doc__)
    commands = arguments.add_subparsers(dest="command", required=True)
    write = commands.add_parser("write", help="write offices into an archive, with their truth")
    write.add_argument("--data", type=Path, required=True, help="the data directory")
    size = write.add_mutually_exclusive_group()
    size.add_argument("--pages", type=int, default=2000, help="about so many report years")
    size.add_argument("--offices", type=int, help="so many offices")
    write.add_argument("--seed", type=int, default=1)
    write.add_argument("--workers", type=int, default=1)
    host = commands.add_parser("serve", help="serve offices on loopback addresses")
    which = host.add_mutually_exclusive_group()
    which.add_argument("--offices", type=int, default=10, help="the first so many offices")
    which.add_argument("--numbers", help="offices by number, such as 0,4,17")
    host.add_argument("--port", type=int, default=8100)
    host.add_argument(
        "--data", type=Path, required=True, help="gets offices.csv, truth/, server.csv"
    )
    host.add_argument("--seed", type=int, default=1)
    host.add_argument("--visit", type=int, choices=(0, 1), default=0)
    host.add_argument("--latency", type=float, default=0.0, help="seconds an answer takes")
    host.add_argument("--delay", type=float, help="delay_seconds of the offices")
    judge = commands.add_parser("score", help="compare a built dataset with the truth")
    judge.add_argument("--data", type=Path, required=True)
    judge.add_argument("--examples", type=int, default=20)
    judge.add_argument("--of", choices=VERDICTS, nargs="+", default=SILENT)
    options = arguments.parse_args()
    return {"write": _write, "serve": _serve, "score": _score}[options.command](options)


def _write(options: argparse.Namespace) -> int:
    country = Country(options.seed)
    count = options.offices or country.offices_with(options.pages)
    began, written = time.perf_counter(), Amount()
    for amount in write_country(country, options.data, count, workers=options.workers):
        written += amount
        taken = time.perf_counter() - began
        print(
            f"\r{written.offices}/{count} offices, {written.reports} reports, {written.pages}"
            f" pages, {written.bytes / 1e6:.0f} MB, {written.pages / taken:.0f} pages a second",
            end="", file=sys.stderr, flush=True,
        )  # fmt: skip
    print(file=sys.stderr)
    print(f"{options.data}: {written.offices} offices, {written.reports} reports")
    return 0


def _serve(options: argparse.Namespace) -> int:
    country = Country(options.seed)
    numbers = map(int, options.numbers.split(",")) if options.numbers else range(options.offices)
    places = bases(numbers, options.port)
    options.data.mkdir(parents=True, exist_ok=True)
    write_registry(
        options.data / REGISTRY,
        map(country.office, places),
        bases=places,
        delay_seconds=options.delay,
    )
    write_truth(country, options.data / "truth", places, options.visit)
    server = CountryServer(
        country, places, options.port,
        log=options.data / SERVER_LOG, visit=options.visit, latency=options.latency,
    )  # fmt: skip
    first = next(iter(places.values()))
    serve(server, f"ready: {len(places)} offices, the first at {first}/; stop with Ctrl-C")
    return 0


def _score(options: argparse.Namespace) -> int:
    found = score(options.data, examples=options.examples, of=options.of)
    print("\n".join(score_lines(found)))
    return 1 if found.count(*SILENT) else 0


if __name__ == "__main__":
    sys.exit(main())
