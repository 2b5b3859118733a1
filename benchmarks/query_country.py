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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq

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
_ROWS_AT_ONCE = 500_000


Frames = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Question:
    """A question: the tables it is asked of with the columns it needs, its SQL, its pandas."""

    words: str
    tables: Mapping[str, tuple[str, ...]]
    sql: str
    pandas: Callable[[Frames], pd.DataFrame]


def _by_place(frames: Frames) -> pd.DataFrame:
    joined = frames["panel"].merge(frames["offices"], on="office_id")
    columns = ["applications_received", "applications_granted", "applications_concluded"]
    by = ["province", "level", "report_year"]
    found = joined.groupby(by, as_index=False, dropna=False)[columns].sum(min_count=1)
    found["share"] = found["applications_granted"] / found["applications_concluded"]
    return found[[*by, "applications_received", "share"]]


def _risen(frames: Frames) -> pd.DataFrame:
    panel = frames["panel"]
    wide = panel[panel["report_year"].isin([2021, 2024])].pivot(
        index="office_id", columns="report_year", values="refused_share"
    )
    rise = (wide[2024] - wide[2021]).dropna().round(9).reset_index(name="rise")
    return rise.sort_values(["rise", "office_id"], ascending=[False, True]).head(100)


def _reasons(frames: Frames) -> pd.DataFrame:
    observations = frames["observations"]
    chosen = observations[
        (observations["applicant"] == "total")
        & (observations["source"] == "table")
        & observations["indicator"].str.startswith("applications.refused.")
    ]
    return chosen.groupby(["indicator", "report_year"], as_index=False)["value"].sum()


QUESTIONS = {
    "panel by province, level and year": Question(
        "applications received and the share that was granted, by province, level and year",
        {
            "panel": ("office_id", "report_year", "applications_received", "applications_granted",
                      "applications_concluded"),
            "offices": ("office_id", "province", "level"),
        },
        """select province, level, report_year,
                  sum(applications_received) as applications_received,
                  sum(applications_granted) / sum(applications_concluded) as share
           from panel join offices using (office_id) group by all""",
        _by_place,
    ),
    "change within offices": Question(
        "the hundred offices whose share of refusals rose most from 2021 to 2024",
        {"panel": ("office_id", "report_year", "refused_share")},
        """select office_id, round(b.refused_share - a.refused_share, 9) as rise
           from panel a join panel b using (office_id)
           where a.report_year = 2021 and b.report_year = 2024 and rise is not null
           order by rise desc, office_id limit 100""",
        _risen,
    ),
    "reasons of refusal": Question(
        "how often each reason of refusal was given, by year",
        {"observations": ("report_year", "indicator", "applicant", "source", "value")},
        """select indicator, report_year, sum(value) as value from observations
           where applicant = 'total' and source = 'table'
             and indicator like 'applications.refused.%' group by all""",
        _reasons,
    ),
}  # fmt: skip


def ask_duckdb(question: Question, tables: Path) -> pd.DataFrame:
    with duckdb.connect() as db:
        for name in question.tables:
            files = str(tables / name / "**" / "*.parquet")
            db.execute(f"create view {name} as select * from read_parquet('{files}')")
        return db.execute(question.sql).df()


def _read(folder: Path, columns: Sequence[str] | None) -> pd.DataFrame:
    frame = pd.read_parquet(folder, columns=columns)
    # The year is in the names of the folders, which pandas makes a category of.
    return frame.astype({"report_year": "int16"}) if "report_year" in frame else frame


def ask_pandas(question: Question, tables: Path) -> pd.DataFrame:
    return question.pandas(
        {name: _read(tables / name, list(needed)) for name, needed in question.tables.items()}
    )


def ask_pandas_whole(question: Question, tables: Path) -> pd.DataFrame:
    return question.pandas({name: _read(tables / name, None) for name in question.tables})


ENGINES: dict[str, Callable[[Question, Path], pd.DataFrame]] = {
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


def repeat_table(data_dir: Path, name: str, times: int, folder: Path) -> dict[str, int]:
    """Write the table `name` to `folder`, its offices repeated so many times under other ids.

    Tables of reports lie in folders by year, as a large dataset has them.
    """
    files = list(map(str, dataset_files(data_dir, name)))
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as db:
        db.execute(f"create view own as select * from read_parquet({files!r})")
        (own,) = db.execute("select count(*) from own").fetchone() or (0,)
        by_year = "report_year" in [column[0] for column in db.execute("describe own").fetchall()]
        order, how = "office_id", ""
        if by_year:
            order, how = "office_id, report_year", ", partition_by (report_year), append"
        at_once = max(1, _ROWS_AT_ONCE // max(own, 1))
        for start in range(0, times, at_once):
            target = folder if by_year else folder / f"part-{start}.parquet"
            db.execute(
                f"""copy (
                    select own.* replace (office_id || '-' || lpad(t::varchar, 5, '0') as office_id)
                    from own, range({start}, {min(start + at_once, times)}) as r(t)
                    order by {order}
                ) to '{target}' (format parquet, compression zstd{how})"""
            )
    written = len(list(folder.rglob("*.parquet")))
    return {"rows": own * times, "bytes": folder_size(folder), "files": written}


def rows_of(data_dir: Path, name: str) -> int:
    """The rows of a table of a built dataset.

    Raises:
        MeasuredFailure: there are none.
    """
    rows = sum(pq.read_metadata(path).num_rows for path in dataset_files(data_dir, name))
    if not rows:
        raise MeasuredFailure(f"{data_dir} has no rows in {name}: build it first")
    return rows


def ask_once(engine: str, name: str, tables: Path) -> dict[str, Any]:
    """Ask in this process: seconds with reading, rows of the answer, its digest."""
    began = time.perf_counter()
    answer = ENGINES[engine](QUESTIONS[name], tables)
    taken = time.perf_counter() - began
    return {"seconds": taken, "rows": len(answer), "digest": answer_digest(answer)}


def ask_apart(engine: str, name: str, tables: Path, *, limit: float, rounds: int) -> dict[str, Any]:
    """Ask in processes of their own: the best time of some, the largest memory."""
    command = [sys.executable, "-m", "benchmarks.query_country", "--tables", str(tables)]
    best: dict[str, Any] = {}
    peak = 0.0
    for _ in range(rounds):
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
        f" the best of {results['rounds']}.\n\n{table(heads, rows)}\n"
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
    arguments.add_argument("--rounds", type=int, default=3, help="times each question is asked")
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
    results: dict[str, Any] = {"machine": machine(), "rounds": options.rounds}
    results |= {"tables": {}, "answers": []}
    with tempfile.TemporaryDirectory(prefix="query-") as temporary:
        tables = Path(temporary)
        try:
            panel = max(1, round(options.panel_rows / rows_of(options.data, "panel")))
            figures = options.observation_rows / rows_of(options.data, "observations")
        except MeasuredFailure as failure:
            say(str(failure))
            return 1
        for name, times in (("panel", panel), ("offices", panel),
                            ("observations", max(1, round(figures)))):  # fmt: skip
            say(f"repeating {name} {times} times")
            results["tables"][name] = repeat_table(options.data, name, times, tables / name)
        for name in QUESTIONS:
            for engine in ENGINES:
                say(f"{name}: {engine}")
                try:
                    told = ask_apart(
                        engine, name, tables, limit=60 * options.minutes, rounds=options.rounds
                    )
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
