"""Three questions that researchers ask of a national dataset, with DuckDB and with pandas.

`python -m benchmarks.query_country --data DIR --out benchmarks/results` takes a built country and
repeats its offices until the panel has the rows of a nation (120 000 offices, 17 years), then asks
each question in a process of its own: DuckDB over the Parquet files, pandas with the columns that
the question needs, pandas with whole tables. All must give the same answer.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from benchmarks.country.scoring import dataset_files
from benchmarks.measuring import (
    MeasuredFailure,
    folder_size,
    machine,
    measure,
    say,
    table,
    write_results,
)

NATION = 120_000 * 17
_ROUNDS = 3
_ROWS_PER_FILE = 250_000


@dataclass(frozen=True)
class Question:
    """A question: the table it is asked of, the columns it needs, its SQL, its pandas."""

    words: str
    table: str
    columns: tuple[str, ...]
    sql: str
    pandas: Callable[[pd.DataFrame], pd.DataFrame]


def _by_province(panel: pd.DataFrame) -> pd.DataFrame:
    panel = panel.assign(province=panel["office_id"].str.slice(3, 5))
    columns = ["applications_received", "applications_granted", "applications_concluded"]
    found = panel.groupby(["province", "report_year"], as_index=False)[columns].sum(min_count=1)
    found["share"] = found["applications_granted"] / found["applications_concluded"]
    return found[["province", "report_year", "applications_received", "share"]]


def _risen(panel: pd.DataFrame) -> pd.DataFrame:
    wide = panel[panel["report_year"].isin([2021, 2024])].pivot(
        index="office_id", columns="report_year", values="refused_share"
    )
    rise = (wide[2024] - wide[2021]).dropna().round(9).reset_index(name="rise")
    return rise.sort_values(["rise", "office_id"], ascending=[False, True]).head(100)


def _reasons(observations: pd.DataFrame) -> pd.DataFrame:
    chosen = observations[
        (observations["applicant"] == "total")
        & (observations["source"] == "table")
        & observations["indicator"].str.startswith("applications.refused.")
    ]
    return chosen.groupby(["indicator", "report_year"], as_index=False)["value"].sum()


QUESTIONS = {
    "panel by province and year": Question(
        "applications received and the share that was granted, by province and year",
        "panel",
        ("office_id", "report_year", "applications_received", "applications_granted",
         "applications_concluded"),
        """select substr(office_id, 4, 2) as province, report_year,
                  sum(applications_received) as applications_received,
                  sum(applications_granted) / sum(applications_concluded) as share
           from panel group by all""",
        _by_province,
    ),
    "change within offices": Question(
        "the hundred offices whose share of refusals rose most from 2021 to 2024",
        "panel",
        ("office_id", "report_year", "refused_share"),
        """select office_id, round(b.refused_share - a.refused_share, 9) as rise
           from panel a join panel b using (office_id)
           where a.report_year = 2021 and b.report_year = 2024 and rise is not null
           order by rise desc, office_id limit 100""",
        _risen,
    ),
    "reasons of refusal": Question(
        "how often each reason of refusal was given, by year",
        "observations",
        ("report_year", "indicator", "applicant", "source", "value"),
        """select indicator, report_year, sum(value) as value from observations
           where applicant = 'total' and source = 'table'
             and indicator like 'applications.refused.%' group by all""",
        _reasons,
    ),
}  # fmt: skip


def ask_duckdb(question: Question, files: list[str]) -> pd.DataFrame:
    with duckdb.connect() as db:
        db.execute(f"create view {question.table} as select * from read_parquet({files!r})")
        return db.execute(question.sql).df()


def ask_pandas(question: Question, files: list[str]) -> pd.DataFrame:
    return question.pandas(pd.read_parquet(files, columns=list(question.columns)))


def ask_pandas_whole(question: Question, files: list[str]) -> pd.DataFrame:
    return question.pandas(pd.read_parquet(files))


ENGINES: dict[str, Callable[[Question, list[str]], pd.DataFrame]] = {
    "DuckDB": ask_duckdb,
    "pandas, needed columns": ask_pandas,
    "pandas, whole table": ask_pandas_whole,
}


def answer_digest(answer: pd.DataFrame) -> str:
    """A digest of an answer, whatever the order of its rows and the type of its numbers."""
    rows = sorted(
        "|".join(f"{x:.6g}" if isinstance(x, float) else str(x) for x in row)
        for row in answer.astype(object).where(answer.notna(), None).itertuples(index=False)
    )
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16]


def repeat_table(data_dir: Path, name: str, rows: int, folder: Path) -> dict[str, int]:
    """Write the table `name` to `folder`, its offices repeated under other ids, up to `rows`."""
    folder.mkdir(parents=True, exist_ok=True)
    files = list(map(str, dataset_files(data_dir, name)))
    with duckdb.connect() as db:
        (own,) = db.execute(f"select count(*) from read_parquet({files!r})").fetchone() or (0,)
        if not own:
            raise MeasuredFailure(f"{data_dir} has no rows in {name}: build it first")
        times = max(1, round(rows / own))
        for time_ in range(times):
            target = folder / f"{name}-{time_:05}.parquet"
            db.execute(
                f"copy (select * replace (office_id || '-{time_}' as office_id)"
                f" from read_parquet({files!r}) order by office_id, report_year)"
                f" to '{target}' (format parquet, compression zstd,"
                f" row_group_size {_ROWS_PER_FILE})"
            )
    return {"rows": own * times, "bytes": folder_size(folder), "files": times}


def ask_once(engine: str, name: str, tables: Path) -> dict[str, Any]:
    """Ask in this process: seconds with reading, rows of the answer, its digest."""
    question = QUESTIONS[name]
    files = sorted(map(str, (tables / question.table).glob("*.parquet")))
    began = time.perf_counter()
    answer = ENGINES[engine](question, files)
    taken = time.perf_counter() - began
    return {"seconds": taken, "rows": len(answer), "digest": answer_digest(answer)}


def ask_apart(engine: str, name: str, tables: Path, limit: float) -> dict[str, Any]:
    """Ask in processes of their own: the best time of some, the largest memory."""
    command = [sys.executable, "-m", "benchmarks.query_country", "--tables", str(tables)]
    best: dict[str, Any] = {}
    peak = 0.0
    for _ in range(_ROUNDS):
        measured = measure([*command, "--ask", engine, name], limit_seconds=limit)
        told = json.loads(measured.output.strip().splitlines()[-1])
        peak = max(peak, measured.peaks[0])
        if not best or told["seconds"] < best["seconds"]:
            best = told
    return best | {"peak_mb": round(peak, 1), "seconds": round(best["seconds"], 3)}


def words_of(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    rows = []
    for one in results["answers"]:
        base = next(
            other["seconds"]
            for other in results["answers"]
            if other["question"] == one["question"] and other["engine"] == "DuckDB"
        )
        times = f"{one['seconds'] / base:.1f}×" if one["seconds"] is not None else None
        rows.append(
            [one["question"], one["engine"], one["seconds"], times, one["peak_mb"], one["rows"]]
        )
    sizes = ", ".join(
        f"{name} {made['rows']:,} rows in {made['files']} files of {made['bytes'] / 1e6:,.0f} MB"
        for name, made in results["tables"].items()
    )
    heads = ["question", "asked with", "seconds", "by DuckDB", "peak MB", "rows of the answer"]
    return (
        f"## Three questions of a national dataset\n\nTables: {sizes}. Reading is in the times;"
        f" the best of {_ROUNDS}.\n\n{table(heads, rows)}\n"
        + "".join(f"- {name}: {one.words}\n" for name, one in QUESTIONS.items())
        + f"- the same answers: {'reached' if results['same_answers'] else 'NOT reached'}\n"
    )


def main() -> int:
    arguments = argparse.ArgumentParser(
        prog="python -m benchmarks.query_country", description=__doc__
    )
    arguments.add_argument("--data", type=Path, help="a data directory with a built country")
    arguments.add_argument("--panel-rows", type=int, default=NATION)
    arguments.add_argument("--observation-rows", type=int, default=10_000_000)
    arguments.add_argument("--out", type=Path, help="write query_country.json and .md here")
    arguments.add_argument("--minutes", type=float, default=30, help="for a question, at most")
    arguments.add_argument("--tables", type=Path, help=argparse.SUPPRESS)
    arguments.add_argument("--ask", nargs=2, help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.ask:
        print(json.dumps(ask_once(*options.ask, options.tables)))
        return 0
    if options.data is None:
        arguments.error("--data names the data directory of a built country")
    results: dict[str, Any] = {"machine": machine(), "tables": {}, "answers": []}
    with tempfile.TemporaryDirectory(prefix="query-") as temporary:
        tables = Path(temporary)
        for name, rows in (("panel", options.panel_rows),
                           ("observations", options.observation_rows)):  # fmt: skip
            say(f"repeating {name} up to {rows:,} rows")
            results["tables"][name] = repeat_table(options.data, name, rows, tables / name)
        for name in QUESTIONS:
            for engine in ENGINES:
                say(f"{name}: {engine}")
                try:
                    told = ask_apart(engine, name, tables, 60 * options.minutes)
                except MeasuredFailure as failure:
                    # Whole tables may not fit into memory; that is an answer too.
                    say(str(failure))
                    told = dict.fromkeys(("seconds", "rows", "digest", "peak_mb"))
                results["answers"].append({"question": name, "engine": engine} | told)
    results["same_answers"] = all(
        len({a["digest"] for a in results["answers"] if a["question"] == q and a["digest"]}) == 1
        for q in QUESTIONS
    )
    write_results(options.out, "query_country", results, words_of(results))
    return 0 if results["same_answers"] else 1


if __name__ == "__main__":
    sys.exit(main())
