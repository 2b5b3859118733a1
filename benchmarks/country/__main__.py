"""`python -m benchmarks.country`: write a country into an archive, serve it, or score a build."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from benchmarks.country.archiving import Amount, write_country
from benchmarks.country.offices import Country
from benchmarks.country.scoring import SILENT, VERDICTS, score, score_lines


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
    judge = commands.add_parser("score", help="compare a built dataset with the truth")
    judge.add_argument("--data", type=Path, required=True)
    judge.add_argument("--examples", type=int, default=20)
    judge.add_argument("--of", choices=VERDICTS, nargs="+", default=SILENT)
    options = arguments.parse_args()
    return {"write": _write, "score": _score}[options.command](options)


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


def _score(options: argparse.Namespace) -> int:
    found = score(options.data, examples=options.examples, of=options.of)
    print("\n".join(score_lines(found)))
    return 1 if found.count(*SILENT) else 0


if __name__ == "__main__":
    sys.exit(main())
