"""Draw figures by year: breaks as breaks, missing years as missing, Chinese labels as glyphs.

For the notebooks beside it. It takes frames of the published tables and never changes a figure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from importlib import resources

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator

# Fonts with simplified Chinese that a system may have, when the font package is not installed.
SYSTEM_FONTS = ("Noto Sans SC", "Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC")
FONT_PACKAGE = "pylopdf_fonts_zh_cn"

# One colour for each layout, readable without colour vision.
LAYOUT_COLOURS = {
    "narrative-2008": "#b8860b",
    "tables-2019": "#1b6ca8",
    "tables-2021": "#1a7f5a",
}
LAYOUT_NAMES = {
    "narrative-2008": "prose (2008 outline)",
    "tables-2019": "form of 2019",
    "tables-2021": "form of 2021",
}
BREAK_COLOUR = "#b03a2e"
MISSING_COLOUR = "#e8e8e8"
MISSING_WORDS = {
    "empty_page": "empty\npage",
    "never_listed": "never\nlisted",
    "attachment_only": "attachment\nonly",
    "removed": "removed",
    "http_error": "HTTP\nerror",
    "blocked": "blocked",
    "unreadable": "unreadable",
}
# "At least 600" is drawn as a triangle upwards, "about" as a diamond.
MARKERS = {"exact": "o", "at_least": "^", "at_most": "v", "about": "D"}
SIGNS = {"exact": "", "at_least": "≥", "at_most": "≤", "about": "≈"}


class NoChineseFont(Exception):
    """No font on this machine has simplified Chinese glyphs."""


def use_chinese_font() -> str:
    """Draw every text with a font that has Chinese glyphs, and return its name.

    Raises:
        NoChineseFont: there is none.
    """
    try:
        packaged = resources.files(FONT_PACKAGE) / "NotoSansSC-Regular.otf"
    except ModuleNotFoundError:
        packaged = None
    if packaged is not None:
        with resources.as_file(packaged) as path:
            font_manager.fontManager.addfont(path)
    known = {font.name for font in font_manager.fontManager.ttflist}
    for name in SYSTEM_FONTS:
        if name in known:
            plt.rcParams["font.family"] = [name, "DejaVu Sans"]
            plt.rcParams["axes.unicode_minus"] = False
            return name
    raise NoChineseFont(
        "No font with Chinese glyphs: install the notebooks extra (pip install '.[notebooks]'), "
        "or the Noto CJK fonts of your system."
    )


def years_axis(ax: Axes, coverage: pd.DataFrame) -> None:
    """Give every expected year its place, and shade those that have no report.

    coverage: the rows of one office.
    """
    grid = coverage.sort_values("report_year")
    ax.set_xticks(grid["report_year"].tolist())
    ax.set_xlim(grid["report_year"].min() - 0.6, grid["report_year"].max() + 0.6)
    for row in grid.loc[~grid["status"].isin(["parsed", "removed"])].itertuples():
        ax.axvspan(row.report_year - 0.5, row.report_year + 0.5, color=MISSING_COLOUR, zorder=0)
        ax.text(
            row.report_year,
            0.5,
            MISSING_WORDS[row.status],
            transform=ax.get_xaxis_transform(),
            ha="center",
            va="center",
            fontsize=8,
            color="#777777",
        )
    ax.spines[["top", "right"]].set_visible(False)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_axisbelow(True)
    ax.grid(axis="y", color="#eeeeee")


def draw_series(ax: Axes, panel: pd.DataFrame, column: str) -> None:
    """Draw one harmonised column of the panel, one point a report.

    Consecutive years are joined only where the figures compare: by a line when they are the same,
    by dots when only the label changed, and never when one is stated as *at least*, *at most* or
    *about*. A dashed rule stands where the meaning changed. A blank is a hollow square on the base
    line, never a zero; a zero in words (未收到) is a hollow point.

    panel: the rows of one office.
    """
    rows = panel.sort_values("report_year").set_index("report_year")
    before = None
    for year, row in rows.iterrows():
        value, status = row[column], row[f"{column}__status"]
        if pd.isna(row["layout"]):  # a report that could not be read has no form, and no figure
            before = None
            continue
        colour = LAYOUT_COLOURS[row["layout"]]
        compares = str(row[f"{column}__vs_previous"])  # missing in an office's first report
        if pd.isna(value):
            if status == "blank":
                ax.plot(year, 0, marker="s", mfc="white", mec=colour, ms=7, zorder=3)
            before = None
            continue
        qualifier = row.get(f"{column}__qualifier", "exact")
        exact = qualifier == "exact"
        near = before is not None and year - before[0] == 1 and before[2] and exact
        if near and compares in ("same", "renamed"):
            style = "-" if compares == "same" else ":"
            ax.plot([before[0], year], [before[1], value], style, color="#888888", zorder=2)
        if compares == "redefined":
            ax.axvline(year - 0.5, color=BREAK_COLOUR, linestyle="--", linewidth=1.2, zorder=1)
        ax.plot(
            year,
            value,
            marker=MARKERS[qualifier],
            color=colour,
            mfc="white" if status == "reported_none" else colour,
            ms=8,
            zorder=3,
        )
        ax.annotate(
            f"{SIGNS[qualifier]}{value:g}",
            (year, value),
            xytext=(0, 8),
            textcoords="offset points",
            ha="center",
            fontsize=9,
        )
        before = (year, value, exact)
    top = max(rows[column].max(), 2) if rows[column].notna().any() else 2
    ax.set_ylim(-0.1 * top, 1.2 * top)


def key_of_points(ax: Axes, panel: pd.DataFrame) -> None:
    """Explain the marks that the drawn points use, below the axes."""
    present = [name for name in LAYOUT_COLOURS if name in set(panel["layout"])]
    marks: list[Line2D | Patch] = [
        Line2D([], [], marker="o", ls="", color=LAYOUT_COLOURS[name], label=LAYOUT_NAMES[name])
        for name in present
    ]
    marks += [
        Line2D([], [], marker="^", ls="", color="#555555", label="at least (余), not joined"),
        Line2D([], [], marker="o", ls="", mfc="white", color="#555555", label="none, in words"),
        Line2D([], [], marker="s", ls="", mfc="white", color="#555555", label="blank cell"),
        Line2D([], [], ls=":", color="#888888", label="new label, same meaning"),
        Line2D([], [], ls="--", color=BREAK_COLOUR, label="meaning changed"),
        Patch(color=MISSING_COLOUR, label="no report"),
    ]
    ax.legend(
        handles=marks,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.12),
        ncol=3,
        frameon=False,
        fontsize=8,
    )


def stacked_years(ax: Axes, panel: pd.DataFrame, names: Mapping[str, str]) -> None:
    """Stack columns of the panel, one bar a report, with the figure in each part.

    A report that says zero throughout gets a 0 on the base line; one that does not ask, or leaves
    every cell blank, gets that word and no bar.

    panel: the rows of one office. names: column -> its words in the key.
    """
    rows = panel.set_index("report_year")
    base = pd.Series(0.0, index=rows.index)
    colours = plt.get_cmap("Set2").colors
    for number, (column, words) in enumerate(names.items()):
        heights = rows[column].fillna(0.0).astype(float)
        bars = ax.bar(rows.index, heights, bottom=base, label=words, color=colours[number])
        shown = [f"{height:g}" if height else "" for height in heights]
        ax.bar_label(bars, labels=shown, label_type="center", fontsize=9)
        base = base + heights
    ax.set_ylim(0, max(1.2 * base.max(), 2))
    for year, row in rows.loc[base == 0].iterrows():
        absent = Counter(row[f"{column}__status"] for column in names if pd.isna(row[column]))
        words = absent.most_common(1)[0][0].replace("_", " ") if absent else "0"
        ax.annotate(
            words, (year, 0), xytext=(0, 4), textcoords="offset points", ha="center", fontsize=8
        )
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncol=3, frameon=False, fontsize=8)


def every_year(frame: pd.DataFrame, coverage: pd.DataFrame) -> pd.DataFrame:
    """The frame with a column for every year that coverage knows, in order; the others empty.

    frame: one column a report year. coverage: the rows of one office.
    """
    return frame.reindex(columns=sorted(coverage["report_year"]))


def mark_missing(ax: Axes, coverage: pd.DataFrame) -> None:
    """Shade the columns of the years that have no report, and say why.

    ax: drawn from a frame that `every_year` gave: column n is at n. coverage: of one office.
    """
    grid = coverage.sort_values("report_year").reset_index(drop=True)
    for place, status in grid.loc[~grid["status"].isin(["parsed", "removed"]), "status"].items():
        ax.axvspan(place - 0.48, place + 0.48, color=MISSING_COLOUR, zorder=2)
        ax.text(
            place,
            0.5,
            MISSING_WORDS[status],
            transform=ax.get_xaxis_transform(),
            ha="center",
            va="center",
            fontsize=8,
            color="#777777",
        )


def status_grid(
    ax: Axes,
    values: pd.DataFrame,
    statuses: pd.DataFrame,
    names: Mapping[str, str],
    coverage: pd.DataFrame,
    qualifiers: pd.DataFrame | None = None,
) -> None:
    """Show figures as printed, one row an item and one column an expected year.

    A figure is written in its cell, shaded when above zero; a blank cell is hatched; words for
    none are in brackets; where the report has no such row or sentence, the place stays empty. A
    year without a report is shaded from top to bottom and says why.

    values, statuses, qualifiers: the same index and columns; without qualifiers all figures are
    exact. names: index -> its words. coverage: the rows of one office.
    """
    values, statuses = every_year(values, coverage), every_year(statuses, coverage)
    columns = list(values.columns)
    for row, item in enumerate(values.index):
        for place, year in enumerate(columns):
            status, value = statuses.loc[item, year], values.loc[item, year]
            if pd.isna(status):
                continue
            positive = pd.notna(value) and value > 0
            face = "#8fbbdc" if positive else "#ffffff"
            hatch = "///" if status == "blank" else None
            ax.add_patch(
                Rectangle(
                    (place - 0.46, row - 0.42),
                    0.92,
                    0.84,
                    facecolor=face,
                    edgecolor="#cccccc",
                    hatch=hatch,
                )
            )
            sign = "" if qualifiers is None else SIGNS[qualifiers.loc[item, year]]
            written = {"blank": "", "unreadable": "?", "reported_none": f"({value:g})"}.get(
                status, f"{sign}{value:g}" if pd.notna(value) else ""
            )
            ax.text(place, row, written, ha="center", va="center", fontsize=9)
    mark_missing(ax, coverage)
    ax.set_xlim(-0.6, len(columns) - 0.4)
    ax.set_ylim(len(values) - 0.4, -0.6)
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(range(len(values)), [names[item] for item in values.index], fontsize=8)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
