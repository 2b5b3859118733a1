"""Hold a dataset that was built from a country against the truth, figure by figure.

A figure that is read as another counts as silent when no finding of its report speaks of its
indicator, and as flagged otherwise; one that is left open is unreadable or lost. It works on the
published Parquet files alone and corrects nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

# What became of a figure. `extra` ones are in the dataset and not on the page.
VERDICTS = ("right", "unreadable", "lost", "wrong flagged", "wrong silent", "extra flagged",
            "extra silent")  # fmt: skip
SILENT = ("wrong silent", "extra silent")
_DATASET_TABLES = ("reports", "observations", "findings", "coverage")

_FIGURES = """
create or replace temp table judged as
with flagged as (
  select distinct office_id, report_year, indicator from findings where severity <> 'note'
), read as (
  select office_id, report_year, indicator, source,
         case when source = 'table' then coalesce(applicant, '') else '' end as applicant,
         status, value, qualifier, value_text, evidence, matched_by
  from observations
), joined as (
  select coalesce(t.office_id, o.office_id) as office_id,
         coalesce(t.report_year, o.report_year) as report_year,
         coalesce(t.indicator, o.indicator) as indicator,
         coalesce(t.applicant, o.applicant) as applicant,
         coalesce(t.source, o.source) as source,
         t.status as true_status, t.value as true_value, t.qualifier as true_qualifier,
         o.status, o.value, o.qualifier, o.value_text, o.evidence, o.matched_by
  from truth t full join read o using (office_id, report_year, indicator, applicant, source)
)
select joined.*, f.indicator is not null as flagged,
  case
    when true_status is null and status = 'unreadable' then 'unreadable'
    when true_status is null then case when flagged then 'extra flagged' else 'extra silent' end
    when status is null then 'lost'
    when status = 'unreadable' then 'unreadable'
    when status = true_status and qualifier is not distinct from true_qualifier
         and (value is not distinct from true_value
              or abs(value - true_value) < 1e-9 * (1 + abs(true_value)))
      then 'right'
    when flagged then 'wrong flagged'
    else 'wrong silent'
  end as verdict
from joined left join flagged f using (office_id, report_year, indicator)
"""
_BY_SOURCE = "select source, verdict, count(*) from judged group by all"
_BY_STYLE = """
select style, verdict, count(*) from judged left join truth_reports using (office_id, report_year)
where verdict <> 'right' group by all
"""
_REPORTS = """
select t.status as truth, coalesce(c.status, 'no row') as built, count(*) as years
from truth_reports t left join coverage c using (office_id, report_year)
group by all order by years desc, truth, built
"""
_LAYOUTS = """
select t.layout as truth, coalesce(r.layout, 'none') as built, count(*) as reports
from truth_reports t left join reports r using (office_id, report_year)
where t.layout is not null group by all order by reports desc, truth, built
"""
_DATES = """
select count(*) filter (r.published_on = t.published_on),
       count(*) filter (r.published_on is null),
       count(*) filter (r.published_on <> t.published_on)
from truth_reports t join reports r using (office_id, report_year)
where t.layout is not null and r.status = 'parsed'
"""
_MISPRINTS = """
select count(*), count(*) filter (exists (
  select 1 from findings f where f.office_id = t.office_id and f.report_year = t.report_year
    and f.severity = 'error'))
from truth_reports t join reports r using (office_id, report_year)
where t.misprinted is not null and t.layout is not null and r.status = 'parsed'
"""
_EXAMPLES = """
select j.*, t.style, t.form, t.url from judged j
left join truth_reports t using (office_id, report_year)
where verdict in (select unnest(?))
-- One of each report and source: the others of a table that went wrong say the same.
qualify row_number() over (partition by office_id, report_year, source) = 1
order by office_id, report_year, indicator limit ?
"""


@dataclass
class Score:
    """How a built dataset compares with the truth.

    figures: (source, verdict) -> number. styles: (style, verdict) -> number, right ones left out.
    coverage, layouts: (true, built, number). dates: right, missing, wrong. misprints: printed, and
    those of them in reports with an error among the findings.
    examples: figures read wrongly without a flag, with what there is about them.
    """

    figures: dict[tuple[str, str], int]
    styles: dict[tuple[str, str], int]
    coverage: list[tuple[str, str, int]]
    layouts: list[tuple[str, str, int]]
    dates: tuple[int, int, int]
    misprints: tuple[int, int]
    examples: list[dict[str, Any]] = field(default_factory=list)

    def count(self, *verdicts: str) -> int:
        """The figures with one of these verdicts, all when none is given."""
        return sum(
            n for (_, verdict), n in self.figures.items() if verdict in (verdicts or VERDICTS)
        )


def score(data_dir: Path, *, examples: int = 20, of: Sequence[str] = SILENT) -> Score:
    """Compare the dataset in `data_dir` with the truth beside it.

    examples: so many figures with a verdict among `of` are told one by one.
    """
    with duckdb.connect() as db:

        def rows(question: str, values: Sequence[Any] = ()) -> list[Any]:
            return db.execute(question, list(values)).fetchall()

        for name in _DATASET_TABLES:
            _view(db, name, list(map(str, dataset_files(data_dir, name))))
        for name, part in (("truth", "figures"), ("truth_reports", "reports")):
            _view(db, name, sorted(map(str, (data_dir / "truth").glob(f"{part}-*.parquet"))))
        db.execute(_FIGURES)
        told = rows(_EXAMPLES, [list(of), examples])
        names = [column[0] for column in db.description or ()]
        return Score(
            {(source, verdict): number for source, verdict, number in rows(_BY_SOURCE)},
            {(style, verdict): number for style, verdict, number in rows(_BY_STYLE)},
            rows(_REPORTS),
            rows(_LAYOUTS),
            rows(_DATES)[0],
            rows(_MISPRINTS)[0],
            [dict(zip(names, row, strict=True)) for row in told],
        )


def _view(db: duckdb.DuckDBPyConnection, name: str, files: list[str]) -> None:
    db.execute(f"create view {name} as select * from read_parquet({files!r})")


def dataset_files(data_dir: Path, table: str) -> list[Path]:
    """The files of a table of the dataset, one or partitioned."""
    single = data_dir / "dataset" / f"{table}.parquet"
    if single.exists():
        return [single]
    return sorted((data_dir / "dataset" / table).rglob("*.parquet"))


def score_lines(found: Score) -> list[str]:
    """A score as lines of text."""
    sources = sorted({source for source, _ in found.figures})
    lines = [f"{'figures':16}" + "".join(f"{source:>12}" for source in sources) + f"{'all':>12}"]
    for verdict in VERDICTS:
        counts = [found.figures.get((source, verdict), 0) for source in sources]
        lines.append(f"{verdict:16}" + "".join(f"{n:12}" for n in counts) + f"{sum(counts):12}")
    for title, rows in (("coverage", found.coverage), ("layout", found.layouts)):
        for true, built, number in rows:
            differs = "" if true == built else "   <- differs"
            lines.append(f"{title}: {true} read as {built}: {number}{differs}")
    right, missing, wrong = found.dates
    lines.append(f"dates of publication: {right} right, {missing} not read, {wrong} wrong")
    lines.append(f"misprints: {found.misprints[0]} printed, {found.misprints[1]} found")
    for (style, verdict), number in sorted(found.styles.items(), key=str):
        lines.append(f"style “{style}”: {verdict}: {number}")
    for one in found.examples:
        lines.append(
            f"{one['verdict']}: {one['office_id']} {one['report_year']} {one['indicator']}"
            f" {one['applicant']} ({one['source']}): states {one['true_status']}"
            f" {one['true_value']} {one['true_qualifier']}, read as {one['status']} {one['value']}"
            f" {one['qualifier']} “{one['value_text']}” from “{one['evidence']}” by"
            f" {one['matched_by']}; {one['style']}, {one['form']}; {one['url']}"
        )
    return lines
