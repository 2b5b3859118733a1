"""Read the dataset from notebooks: `gongkai.load("panel")`.

Finds the data directory and hands over to `datasets.tables`; it builds nothing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# What `figures` shows of an observation.
_SHOWN = (
    "indicator",
    "applicant",
    "source",
    "value",
    "unit",
    "status",
    "qualifier",
    "value_text",
    "correction",
    "evidence",
    "locator",
)


def data_directory(data: str | Path | None = None) -> Path:
    """The data directory: the one given, else `GONGKAI_DATA`, else `./data`."""
    return Path(data or os.environ.get("GONGKAI_DATA") or "data")


def load(
    table: str = "panel",
    *,
    data: str | Path | None = None,
    office: str | Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
) -> pd.DataFrame:
    """A table of the dataset as a pandas DataFrame with nullable types.

    table: a name of the data dictionary, such as `panel`, `observations` or `coverage`.
    data: the data directory; by default `GONGKAI_DATA`, else `./data`.
    office: only the rows of this office: an id, a pattern of ids such as `cn-3715*`, or several;
        of an empty list there are no rows.
    columns: only these columns.

    Descriptions, units and labels of the columns are in `frame.attrs["columns"]`.

    Raises:
        datasets.tables.NoDataset: there is no such table, or nothing was built yet.
        datasets.tables.NoSuchColumn: the table has no such column.
        datasets.selection.NoSuchOffice: the dataset holds no such office.
    """
    # pandas and pyarrow take a second to load: only who reads tables waits for them.
    from datasets.selection import of_offices, select_offices
    from datasets.tables import read_frame

    data_dir = data_directory(data)
    wanted = [office] if isinstance(office, str) else office
    where = of_offices(select_offices(data_dir, wanted)) if wanted is not None else None
    return read_frame(data_dir, table, where=where, columns=columns)


def figures(
    year: int,
    indicator: str | None = None,
    *,
    data: str | Path | None = None,
    office: str | None = None,
) -> pd.DataFrame:
    """The figures of one report year with the words each was read from, in the order of the form.

    indicator: a name, its beginning (`applications.refused`) or a part of the form (`disputes`).
    office: an office id; needed when the dataset holds several.

    Columns: `indicator`, `applicant`, `source` (a figure that table and prose both state has two
    rows), `value` in `unit` (count, or CNY_10k: 万元), `status`, `qualifier`, `value_text` as
    printed, `correction` (why a person put another value in its place), `evidence`, `locator`.

    Raises:
        datasets.one_report.NoReport, NoFigures: there is no such report or figure; the message
            says why.
        datasets.one_report.WhichOffice, datasets.selection.NoSuchOffice: which office is meant
            cannot be told.
        datasets.tables.NoDataset: nothing was built yet.
    """
    import pandas as pd

    from datasets.one_report import NoFigures, only_office, report_figures

    data_dir = data_directory(data)
    found = report_figures(data_dir, only_office(data_dir, office), year, indicator)
    if not found.observations:
        raise NoFigures(
            f"The report of {year} holds no figures: it is {found.report['status']}"
            f" ({found.report['source_url']})."
        )
    return pd.DataFrame(found.observations, columns=list(_SHOWN)).convert_dtypes()


def offices(
    pattern: str | Sequence[str] | None = None, *, data: str | Path | None = None
) -> list[str]:
    """The ids of the offices in the dataset, sorted; only those of a pattern such as `cn-3715*`.

    Raises:
        datasets.selection.NoSuchOffice: the dataset holds no such office.
        datasets.tables.NoDataset: nothing was built yet.
    """
    from datasets.selection import select_offices

    wanted = [pattern] if isinstance(pattern, str) else pattern
    return select_offices(data_directory(data), wanted)


def series(
    column: str, *, data: str | Path | None = None, office: str | None = None
) -> pd.DataFrame:
    """One figure of one office over all expected years, with what stands in the way of comparing.

    column: a harmonised column of the panel, such as `applications_received`.
    office: an office id; needed when the dataset holds several.

    One row a report year, also those without a report. Columns: `value` (Float64), `status` (as
    in the panel; `no_report` also without any report), `qualifier`, `layout`, `break_before`
    (`renamed` or `redefined` when it may not simply be set beside the report before it) and `why`
    (of a break its reason, of a missing year what the site offers in its place).

    Raises:
        KeyError: the panel has no such column; the message names similar ones.
        datasets.one_report.WhichOffice, datasets.selection.NoSuchOffice: which office is meant
            cannot be told.
        datasets.tables.NoDataset: nothing was built yet.
    """
    import pandas as pd

    from datasets.comparison import check_column, year_by_year
    from datasets.one_report import only_office

    check_column(column)
    data_dir = data_directory(data)
    comparison = year_by_year(data_dir, only_office(data_dir, office))
    (line,) = (line for line in comparison.lines if line.column == column)
    rows = [
        {
            "report_year": head.year,
            "value": cell.value,
            "status": cell.status,
            "qualifier": cell.qualifier,
            "layout": head.layout,
            "break_before": cell.series_break,
            "why": head.evidence if cell.status == "no_report" else cell.reason,
        }
        for head, cell in zip(comparison.years, line.cells, strict=True)
    ]
    frame = pd.DataFrame(rows).set_index("report_year")
    texts = ["status", "qualifier", "layout", "break_before", "why"]
    return frame.astype({"value": "Float64"} | dict.fromkeys(texts, "string"))


def evidence(
    column: str, *, data: str | Path | None = None, office: str | None = None
) -> pd.DataFrame:
    """The words behind every point of a series: what each year's figure is read or made from.

    column: a harmonised column of the panel, such as `applications_refused`.
    office: an office id; needed when the dataset holds several.

    Rows by `report_year`: the columns of `figures`, and `url` and `fetched_at` of the page that was
    read. A computed total has a row for each of its parts, a share for the figures above and below
    its line. A year whose report states nothing of it has no row; `series` says why.

    Raises:
        KeyError: the panel has no such column; the message names similar ones.
        datasets.one_report.WhichOffice, datasets.selection.NoSuchOffice: which office is meant
            cannot be told.
        datasets.tables.NoDataset: nothing was built yet.
    """
    import pandas as pd

    from datasets.one_report import only_office
    from datasets.words_behind import words_behind

    data_dir = data_directory(data)
    rows = words_behind(data_dir, only_office(data_dir, office), column)
    frame = pd.DataFrame(rows, columns=["report_year", *_SHOWN, "url", "fetched_at"])
    return frame.set_index("report_year").convert_dtypes()


def totals(
    *figures: str,
    by: str = "province",
    form: str | None = None,
    data: str | Path | None = None,
    office: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """Sums of headline figures over the offices of each group, year by year.

    figures: harmonised columns of the panel, such as `applications_received`, that are no shares.
    by: `level`, `province`, `city`, `county` or `family`, as table `offices` says.
    form: only figures that stand in a block of this layout, such as `tables-2021`.
    office: only these offices: ids, or patterns such as `cn-37*`; of an empty list there are none.

    One row a group, `kind` and report year. Governments and organs stand apart, since a government
    may report for its whole area with the bureaus that report for themselves; governments of
    several levels may hold each other, so that `by="level"` is the safe way to add them up.

    Beside each sum (Float64, null when no office states the figure) `<figure>__offices` says how
    many offices state it: a sum over few of them is small for that reason alone; `__inexact` how
    many of these state it only as at least, at most or about; `__forms` as which forms. Where two
    of these mean different things there is no sum; `form` chooses one.

    Raises:
        datasets.national.NoGrouping: there is nothing to put offices together by, or no such
            figure or form.
        datasets.selection.NoSuchOffice: the dataset holds no such office.
        datasets.tables.NoDataset: nothing was built yet.
    """
    import pandas as pd

    from datasets.national import grouping, totals_by
    from datasets.selection import select_offices

    data_dir = data_directory(data)
    wanted = [office] if isinstance(office, str) else office
    chosen = select_offices(data_dir, wanted) if wanted is not None else None
    names = (*grouping(by), "kind")
    rows = []
    for (group, year), found in totals_by(data_dir, by, figures, chosen, form).items():
        row: dict[str, object] = dict(zip(names, group, strict=True)) | {"report_year": year}
        for one in figures:
            total = found[one]
            row |= {
                one: total.value,
                f"{one}__offices": total.n_offices,
                f"{one}__inexact": total.n_inexact,
                f"{one}__forms": " ".join(total.forms) or None,
            }
        rows.append(row)
    said = ("", "__offices", "__inexact", "__forms")
    counted = [f"{one}{suffix}" for one in figures for suffix in said]
    frame = pd.DataFrame(rows, columns=[*names, "report_year", *counted])
    # Said of every column, so that no rows have the types of many.
    texts = [*names, *(f"{one}__forms" for one in figures)]
    counts = [f"{one}{suffix}" for one in figures for suffix in ("__offices", "__inexact")]
    types = dict.fromkeys(texts, "string") | dict.fromkeys(figures, "Float64")
    return frame.astype(types | dict.fromkeys(["report_year", *counts], "Int64"))


def deadlines(*, data: str | Path | None = None, office: str | None = None) -> pd.DataFrame:
    """By when the reports of one office were to be published, for every year that coverage knows.

    office: an office id; needed when the dataset holds several.

    One row a report year with `due`: 31 March of the next year until the report of 2018; since then
    31 January for departments and 31 March for governments (Article 49 of the Regulations of 2019).

    Raises:
        datasets.one_report.WhichOffice, datasets.selection.NoSuchOffice: which office is meant
            cannot be told.
        datasets.tables.NoDataset: nothing was built yet.
    """
    import pandas as pd

    from datasets.deadlines import deadlines as found
    from datasets.one_report import only_office

    data_dir = data_directory(data)
    days = found(data_dir, only_office(data_dir, office))
    frame = pd.DataFrame({"report_year": list(days), "due": list(days.values())})
    return frame.set_index("report_year")


def breaks(column: str | None = None) -> pd.DataFrame:
    """Where series are renamed or redefined from one layout to another, and why.

    column: only of this panel column or indicator.
    """
    import pandas as pd

    from datasets.codebook import comparability_rows

    rows = pd.DataFrame(comparability_rows())
    rows = rows[rows["comparability"].isin(["renamed", "redefined"])]
    if column is not None:
        rows = rows[rows["name"] == column]
    return rows.reset_index(drop=True)
