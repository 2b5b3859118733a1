"""Tables as grids: spans laid out, bounded, and repaired where markup is broken."""

from __future__ import annotations

import pytest
from lxml import html

from parsers.grids import build_grid


def grid_of(markup: str) -> list[str]:
    """Rows as `text@start-end`, a carried cell in brackets."""
    grid = build_grid(html.fromstring(f"<table>{markup}</table>"))
    assert grid is not None
    return [
        " ".join(
            f"{'/'.join(cell.text.split())}@{cell.start}-{cell.end}"
            if cell.origin
            else f"({cell.text}@{cell.start}-{cell.end})"
            for cell in row.cells
        )
        for row in grid.rows
    ]


@pytest.mark.parametrize(
    ("markup", "rows"),
    [
        ("<tr><td>a<td>b", ["a@0-1 b@1-2"]),
        ("<tr><th>a</th><td colspan=3>b</td></tr>", ["a@0-1 b@1-4"]),
        ("<tr><td rowspan=2>a<td>b<tr><td>c", ["a@0-1 b@1-2", "(a@0-1) c@1-2"]),
        ("<tr><td>a<td rowspan=2>b<tr><td>c", ["a@0-1 b@1-2", "c@0-1 (b@1-2)"]),
        (
            "<tr><td rowspan=2 colspan=2>a<td>b<tr><td>c<tr><td>d",
            ["a@0-2 b@2-3", "(a@0-2) c@2-3", "d@0-1"],
        ),
        ("<thead><tr><td>a</thead><tbody><tr><td>b</tbody>", ["a@0-1", "b@0-1"]),
        ("<tr><td colspan=x>a<td colspan=-2>b<td colspan=''>c", ["a@0-1 b@1-2 c@2-3"]),
        ("<tr><td rowspan=0>a<td>b<tr><td>c", ["a@0-1 b@1-2", "(a@0-1) c@1-2"]),
        ("<tr><td><p>a</p><p>b</p><td><span>1</span><span>2</span>", ["a/b@0-1 12@1-2"]),
        ("<tr><td>a<br>b<td><!-- c -->d", ["a/b@0-1 d@1-2"]),
        ("<tr></tr><tr><td>a", ["a@0-1"]),
    ],
)
def test_spans(markup: str, rows: list[str]) -> None:
    assert grid_of(markup) == rows


@pytest.mark.parametrize("span", ["99999999", "9" * 400])
def test_a_span_costs_no_more_than_the_table(span: str) -> None:
    grid = build_grid(
        html.fromstring(f"<table><tr><td colspan={span} rowspan={span}>a<td>b<tr><td>c</table>")
    )
    assert grid is not None
    assert grid.width <= 256
    assert len(grid.rows) == 2


def test_a_table_without_cells_is_none() -> None:
    assert build_grid(html.fromstring("<table><caption>a</caption></table>")) is None
