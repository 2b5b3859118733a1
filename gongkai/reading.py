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
    office: only the rows of this office: an id, a pattern of ids such as `cn-3715*`, or several.
    columns: only these columns.

    Descriptions, units and labels of the columns are in `frame.attrs["columns"]`.

    Raises:
        datasets.tables.NoDataset: there is no such table, or nothing was built yet.
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

    Raises:
        datasets.one_report.NoReport, NoFigures: there is no such report or figure; the message
            says why.
        datasets.one_report.WhichOffice, datasets.selection.NoSuchOffice: which office is meant
            cannot be told.
        datasets.tables.NoDataset: nothing was built yet.
    """
    import pandas as pd

    from datasets.one_report import only_office, report_figures

    data_dir = data_directory(data)
    found = report_figures(data_dir, only_office(data_dir, office), year, indicator)
    shown = ["indicator", "applicant", "value", "status", "qualifier", "evidence", "locator"]
    return pd.DataFrame(found.observations)[shown].convert_dtypes()


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
