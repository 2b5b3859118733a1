"""Tables as grids: spans laid out, bounded, and repaired where markup is broken."""

from __future__ import annotations

import pytest
from lxml import html

from parsers.blocks import build_page
from parsers.grids import CONTROL, build_grid


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


SHEET = "<style>.old, p.gone { text-decoration: line-through } #x{display:none}</style>"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<input type="text" value="120" readonly>', "120"),
        ("<p><span><input value=' 33 '></span></p>", "33"),
        ("<input>", CONTROL),
        ('<input type="checkbox" value="1" checked>', CONTROL),
        ('<input type="hidden" value="1">5', "5"),
        ('<input type="hidden" value="1">', ""),
        ("共<input value=3>件", "共3件"),
        ("<textarea>7</textarea>", "7"),
        ("<textarea></textarea>", CONTROL),
        ("<select><option>1<option selected>2</select>", "2"),
        ("<select><option>4</select>", "4"),
        ("<select><option>1<option>2</select>", CONTROL),
        ('<span style="text-decoration:line-through">5</span>3', "3"),
        ('<SPAN STYLE="TEXT-DECORATION: LINE-THROUGH">5</SPAN>3', "3"),
        ('120<div style="display:none"><span>999</span></div>', "120"),
        ('<div style="display:none"><span>77</span></div>', ""),
        ('<p style="visibility: hidden"><b>77</b></p>', ""),
        ("<p><del><span>77</span></del></p>", ""),
        ('<p style="text-autospace:none"><span>77</span></p>', "77"),
        ('<i class="old">5</i>3', "3"),
        ('<p class="gone"><b>5</b></p>', ""),
        ('3<b id="x">5</b>', "3"),
    ],
)
def test_the_text_of_a_cell_is_what_is_seen_in_it(cell: str, text: str) -> None:
    page = build_page(f"{SHEET}<table><tr><td>a</td><td>{cell}</td></tr><tr><td>b<td>c</table>")
    (block,) = [block for block in page.blocks if block.grid]
    assert block.grid is not None
    assert block.grid.rows[0].cells[1].text == text


def test_hidden_rows_beside_seen_ones_are_not_read() -> None:
    hidden = '<tbody style="display:none"><tr><td>a<td>9</tr></tbody>'
    page = build_page(f"<table><tr><td>a<td>1</tr><tr><td>b<td>2</tr>{hidden}</table>")
    (block,) = [block for block in page.blocks if block.grid]
    assert block.grid is not None
    assert [cell.text for row in block.grid.rows for cell in row.cells] == ["a", "1", "b", "2"]
