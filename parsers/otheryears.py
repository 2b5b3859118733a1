"""Leave out of a table what it prints of another year: 上年 beside 本年, 2020年 beside 2021年.

The head (or the label of a row) decides, never the order. Where none of the years printed is the
report's nothing of these columns or rows is read, and a finding says so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from parsers.characters import compact
from parsers.grids import Cell, Grid, Row
from parsers.records import Finding

_COUNT = r"(?:同期)?(?:总?数|数据|数量|数值|总量|件数|金额|情况)?"
_TOTAL = r"(?P<total>总计|合计|小计)?"
_THIS = re.compile(rf"(?:本年|本年度|今年|当年|本期){_COUNT}")
_OTHER = re.compile(rf"(?:上上?年|上一年|去年|前年|前一年)度?{_COUNT}{_TOTAL}|同期数?")
_COMPARED = r"(?:同比|[比较]上一?年度?(?:同期)?|[比较]去年(?:同期)?|[比较]20\d\d年度?|与(?:上一?年度?|去年|20\d\d年度?)(?:同期)?相?比)"
_CHANGED = r"(?:增减变化|增减|增长|变化|变动|升降|增幅)"
_BY = r"(?:率|数量?|量|情况|幅度?|比例|比率|百分比|值)?(?:\(?[%±]\)?|\(百分比\))?"
_CHANGE = re.compile(rf"{_COMPARED}?{_CHANGED}{_BY}|{_COMPARED}(?:增加)?{_BY}")
# Of a change these tell that it is none of the form's own (本年增/减), whatever stands beside it.
_SHARE = re.compile("[比较率幅%]")
_YEAR = re.compile(rf"(20\d\d)年度?{_COUNT}{_TOTAL}")
# What heads the labels of rows, and no figures.
_OF_LABELS = re.compile("序号|备注|说明|(?:信息|统计)?(?:内容|项目|指标|事项|类别)|名称")
# A label that begins with a year: 2020年处理决定数量, 上年处理决定数量.
_DATED = re.compile(r"(?:(20\d\d)年度?|(去年|上年)(?!结转|项目))(?=\S{3})")
# What heads a table: 2020年收到和处理政府信息公开申请情况 (表二).
_IN_TITLE = re.compile(r"(?<!\d)(20\d\d)(?:年|年度)")
_SENTENCE = re.compile(r"[。；;]|[，,：:].*[，,：:]|统计期限|截至|\d月")
_TITLE_ROWS = 3
_LONGEST_TITLE = 45
_HEAD_ROWS = 5
_LABEL_COLUMNS = 3
_LONGEST = 24
# Kinds of a cell: it names this year, another one, the change between them (with 1 where it is one
# that the form itself never asks), or a year as a number.
_Kind = tuple[str, int]
_OWN: set[_Kind] = {("this", 0), ("change", 0)}


def this_year_only(grid: Grid, year: int | None) -> tuple[Grid, list[Finding]]:
    """The grid without the columns and rows of other years, and what was found.

    year: the report year, None when the page has not told it yet.
    """
    if not _names_years(grid):
        return grid, []
    grid, columns = _without_columns(grid, year)
    grid, rows = _without_rows(grid, year)
    return grid, [finding for finding in (columns, rows) if finding is not None]


def year_above(lines: Sequence[str], grid: Grid | None) -> int | None:
    """The one year that a table is headed with: by a row of its own, or by the lines above it.

    A sentence heads nothing, and a heading that names two years tells neither.
    """
    first = grid.rows[:_TITLE_ROWS] if grid is not None else []
    titles = [row.cells[0].text for row in first if grid and _is_title(row, grid.width)]
    for text in [*titles, *reversed(lines)]:
        wording = compact(text)
        if not wording or len(wording) > _LONGEST_TITLE or _SENTENCE.search(wording):
            continue
        years = {int(year) for year in _IN_TITLE.findall(wording)}
        if years:
            return years.pop() if len(years) == 1 else None
    return None


def _is_title(row: Row, width: int) -> bool:
    """Whether a row is one cell over the whole table."""
    (first, *others) = row.cells
    return first.origin and first.end - first.start >= max(width, 2) and not others


def left_out(year: int, own: int) -> Finding:
    """The finding on a table under the heading of another year, where the report's stands too."""
    message = (
        f"a table is headed with {year}, and the report is that of {own}; it is not read, since "
        "another one prints the same rows"
    )
    return Finding("other-year", "note", message, str(own), str(year))


def _kind_of(cell: Cell) -> _Kind | None:
    """What year a cell names: `this`, `other`, `change` or `year` with its number."""
    if not cell.text or len(cell.text) > _LONGEST:
        return None
    wording = compact(cell.text)
    if _THIS.fullmatch(wording):
        return ("this", 0)
    if _OTHER.fullmatch(wording):
        return ("other", 0)
    if _CHANGE.fullmatch(wording):
        return ("change", int(_SHARE.search(wording) is not None))
    match = _YEAR.fullmatch(wording) or _DATED.match(wording)
    if match is None:
        return None
    return ("year", int(match[1])) if match[1] else ("other", 0)


def _names_years(grid: Grid) -> bool:
    for number, row in enumerate(grid.rows):
        cells = row.cells if number < _HEAD_ROWS else row.cells[:_LABEL_COLUMNS]
        for cell in cells:
            text = cell.text
            if ("年" in text or "同" in text or "增" in text) and _kind_of(cell) is not None:
                return True
    return False


def _others(kinds: Collection[_Kind], year: int | None, beside: bool = False) -> set[_Kind] | None:
    """Which of the kinds are not of the report's year; None when nothing tells.

    Two years beside each other are this one and the last; a single one may be the report's. beside:
    whether the head has columns that no year is named over, which are the report's.
    """
    years = {number for kind, number in kinds if kind == "year"}
    others = {(kind, number) for kind, number in kinds if kind in {"other", "change"}}
    if years:
        own = year if year is not None else max(years) if len(years) > 1 else None
        if own is None:
            return others
        others |= {("year", number) for number in years if number != own}
        if own not in years and ("this", 0) not in kinds and not beside:
            return None
    return others


def _without_columns(grid: Grid, year: int | None) -> tuple[Grid, Finding | None]:
    heads = [
        (row, cell, kind)
        for row in grid.rows[:_HEAD_ROWS]
        for cell in row.cells
        if cell.start > 0 and (kind := _kind_of(cell)) is not None
    ]
    kinds = {kind for _, _, kind in heads}
    if not kinds - _OWN:
        return grid, None
    named = {at for _, cell, _ in heads for at in range(cell.start, cell.end)}
    beside = any(_is_beside(cell, named) for row, _, _ in heads for cell in row.cells)
    others = _others(kinds, year, beside)
    dropped = kinds if others is None else others
    gone = {at for _, cell, kind in heads if kind in dropped for at in range(cell.start, cell.end)}
    kept = {
        at for _, cell, kind in heads if kind not in dropped for at in range(cell.start, cell.end)
    }
    gone -= kept
    words = {id(cell) for _, cell, kind in heads if kind not in dropped}
    if not gone and not any(kind[0] == "year" for _, _, kind in heads if kind not in dropped):
        return grid, None
    finding = None
    if gone:
        own = beside or bool(words)
        texts = [cell.text for _, cell, kind in heads if kind in dropped]
        finding = _finding("columns", texts, own and others is not None)
    dated = {id(row) for row, _, _ in heads}
    places = [0]
    for at in range(grid.width):
        places.append(places[-1] + (at not in gone))
    rows = []
    for row in grid.rows:
        cells = [
            Cell(
                _without_year(cell.text) if id(cell) in words else cell.text,
                places[cell.start],
                places[cell.end],
                cell.origin,
                cell.rows,
            )
            for cell in row.cells
            if places[cell.end] > places[cell.start]
        ]
        # A row that named nothing but years is none any more.
        if cells and (id(row) not in dated or any(cell.text for cell in cells)):
            rows.append(Row(cells, row.number))
    return Grid(rows, places[-1]), finding


def _is_beside(cell: Cell, named: Collection[int]) -> bool:
    """Whether a cell of a head heads figures, and no year is named over some of its columns."""
    return (
        cell.start > 0
        and any(at not in named for at in range(cell.start, cell.end))
        and cell.text != ""
        and _OF_LABELS.fullmatch(compact(cell.text)) is None
    )


def _without_rows(grid: Grid, year: int | None) -> tuple[Grid, Finding | None]:
    labels = {
        number: (cell, kind)
        for number, row in enumerate(grid.rows)
        for cell in row.cells[:_LABEL_COLUMNS]
        if cell.origin and (kind := _kind_of(cell)) is not None
    }
    kinds = {kind for _, kind in labels.values()}
    if not kinds - _OWN or len(labels) < 2:
        return grid, None
    others = _others(kinds, year)
    dropped = kinds if others is None else others
    if not dropped:
        return grid, None
    rows = []
    for number, row in enumerate(grid.rows):
        cell, kind = labels.get(number, (None, None))
        if kind in dropped:
            _hand_down(row, grid.rows[number + 1 : number + 2])
            continue
        if cell is not None:
            cell.text = _without_year(cell.text)
        rows.append(row)
    texts = [cell.text for cell, kind in labels.values() if kind in dropped]
    return Grid(rows, grid.width), _finding("rows", texts, others is not None)


def _hand_down(row: Row, following: Sequence[Row]) -> None:
    """Let the cells that a row span carries on begin in the row behind the one that is left out."""
    begun = {cell.start for cell in row.cells if cell.origin and cell.rows > 1}
    for below in following:
        for cell in below.cells:
            if not cell.origin and cell.start in begun:
                cell.origin = True


def _without_year(text: str) -> str:
    """The label without the year in front; "" where it is nothing but a year."""
    wording = compact(text)
    if _THIS.fullmatch(wording):
        return ""
    dated = _YEAR.fullmatch(wording)
    if dated is not None:
        return dated["total"] or ""
    return _DATED.sub("", wording, count=1)


def _finding(what: str, texts: Sequence[str], own: bool) -> Finding:
    """own: whether the table prints the report's year as well."""
    named = ", ".join(dict.fromkeys(" ".join(text.split()) for text in texts))
    why = "they are another year's" if own else "none is told to be the report's year"
    return Finding(
        "other-year",
        "note" if own else "warning",
        f"the {what} under {named} of a table are not read: {why}",
        actual=named,
    )
