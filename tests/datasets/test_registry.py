"""One registry: nothing that is described elsewhere may drift from it."""

import re
from pathlib import Path

import pyarrow as pa
import pytest

from datasets.codebook import codebook_rows, comparability_rows
from datasets.dictionary import data_dictionary
from datasets.registry import (
    LAYOUT_PAIRS,
    LAYOUTS,
    columns,
    comparability,
    comparability_matrix,
    expression_parts,
    indicators,
    panel_columns,
    rate_parts,
    registry_rows,
    tables,
)
from datasets.schemas import ARROW_TYPES, arrow_schema, key_columns

NUMBERS = {"int16", "int32", "int64", "float64"}
# Numbers that count nothing: a code, a place, a level.
WITHOUT_UNIT = {"http_status", "ordinal", "parent", "level", "position"}


@pytest.mark.parametrize("table", tables())
def test_every_column_is_described(table):
    for column in columns(table):
        assert column.description, column
        assert column.type in ARROW_TYPES, column
        if column.type in NUMBERS and column.name not in WITHOUT_UNIT:
            assert column.unit, f"{table}.{column.name} has no unit"
    names = [column.name for column in columns(table)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("table", tables())
def test_the_arrow_schema_carries_the_registry(table):
    schema = arrow_schema(table)
    for field, column in zip(schema, columns(table), strict=True):
        assert field.name == column.name
        assert field.nullable == column.nullable
        assert field.metadata[b"description"].decode() == column.description
    assert schema.metadata[b"schema_version"]
    assert schema.metadata[b"parser_version"]
    assert pa.types.is_string(schema.field(0).type)


def test_columns_of_the_panel_carry_labels_and_layouts():
    field = arrow_schema("panel").field("applications_received")
    assert field.metadata[b"layouts"].decode().split() == list(LAYOUTS)
    assert "本年新收政府信息公开申请数量" in field.metadata[b"label tables-2021"].decode()
    assert field.metadata[b"unit"] == b"count"


@pytest.mark.parametrize("column", panel_columns().values(), ids=panel_columns())
def test_expressions_of_the_panel_name_indicators_that_the_layout_asks(column):
    for layout, expression in column.expressions.items():
        assert layout in LAYOUTS
        if column.kind == "rate":
            above, below = rate_parts(expression)
            assert {*above, below} <= set(panel_columns())
            continue
        parts = expression_parts(expression, layout)
        assert parts, f"{column.name}: nothing matches {expression}"
        for part in parts:
            assert layout in indicators()[part].layouts, f"{column.name} in {layout}: {part}"
            assert indicators()[part].unit == column.unit


def test_every_name_and_pair_of_layouts_has_one_answer_with_a_reason():
    names = {*indicators(), *panel_columns()}
    matrix = comparability_matrix()
    assert len(matrix) == len(names) * len(LAYOUT_PAIRS)
    for one in matrix:
        assert one.comparability in {"same", "renamed", "redefined", "not_asked"}
        assert one.reason
        if one.comparability in {"renamed", "redefined"}:
            assert one.notice, f"{one.name}: which notice changed it?"


@pytest.mark.parametrize("name", indicators())
def test_what_one_of_two_layouts_does_not_ask_is_not_asked(name):
    for older, newer in LAYOUT_PAIRS:
        asked = {older, newer} <= set(indicators()[name].layouts)
        assert (comparability(name, older, newer).comparability != "not_asked") == asked


@pytest.mark.parametrize("name", [*indicators(), *panel_columns()])
def test_what_came_or_went_names_the_notice_that_changed_it(name):
    asked = (
        panel_columns()[name].expressions if name in panel_columns() else indicators()[name].layouts
    )
    for older, newer in LAYOUT_PAIRS:
        found = comparability(name, older, newer)
        if (older in asked) != (newer in asked) and found.comparability == "not_asked":
            assert found.notice, (name, older, newer)


@pytest.mark.parametrize(
    ("name", "older", "newer", "notice"),
    [
        ("procurement.amount", "tables-2019", "tables-2021", "国办公开办函〔2021〕30号"),
        ("fees.amount", "tables-2019", "tables-2021", "国办公开办函〔2021〕30号"),
        ("fees.amount", "narrative-2008", "tables-2021", "国办公开办函〔2021〕30号"),
        ("applications.granted", "narrative-2008", "tables-2021", "国办公开办函〔2019〕60号"),
        ("secrecy.incidents", "narrative-2008", "tables-2021", "国办公开办函〔2019〕60号"),
        ("procurement.amount", "narrative-2008", "tables-2021", None),
    ],
)
def test_the_notice_is_that_of_the_form_with_which_it_came_or_went(name, older, newer, notice):
    assert comparability(name, older, newer).notice == notice


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("applications.received", "same"),
        ("normative_documents_in_force", "redefined"),
        ("normative_documents_made", "redefined"),
        ("applications_other", "renamed"),
        ("fees.amount", "not_asked"),
        ("granted_share", "same"),
    ],
)
def test_from_the_form_of_2019_to_that_of_2021(name, expected):
    found = comparability(name, "tables-2021", "tables-2019")
    assert (found.layout_from, found.comparability) == ("tables-2019", expected)


def test_the_dictionary_shows_which_layout_asks_what_under_which_label():
    """The availability matrix: a label, the mark of the same label, or a dash, as the registry."""
    rows = {
        line.split("`")[1]: [cell.strip() for cell in line.strip("|").split(" | ")[-3:]]
        for line in data_dictionary().split("## Indicators")[1].split("## Where")[0].splitlines()
        if line.startswith("| `")
    }
    assert set(rows) == set(indicators())
    for name, cells in rows.items():
        shown = [cell.strip(" |") for cell in cells]
        asked = [layout for layout, cell in zip(LAYOUTS, shown, strict=True) if cell != "—"]
        assert tuple(asked) == indicators()[name].layouts
        for layout, cell in zip(LAYOUTS, shown, strict=True):
            if cell not in {"—", "″"}:
                assert cell == indicators()[name].labels[layout]
    assert [cell.strip(" |") for cell in rows["applications.other"]] == ["—", "（六）其他处理", "—"]


def test_every_layout_is_described():
    assert [row["layout"] for row in registry_rows("layouts.csv")] == list(LAYOUTS)
    assert all(row["description"] for row in registry_rows("layouts.csv"))


def test_the_codebook_has_every_indicator_once_with_its_labels():
    rows = codebook_rows()
    names = [row["indicator"] for row in rows]
    assert len(names) == len(set(names))
    assert set(indicators()) <= set(names)
    for row in rows:
        for layout in LAYOUTS:
            label = row[f"label_zh_{layout.replace('-', '_')}"]
            printed = layout in row["layouts"].split() and row["row_type"] != "computed"
            assert bool(label) == printed


def test_a_label_is_what_the_form_prints_and_no_expression():
    for row in codebook_rows():
        for layout in LAYOUTS:
            label = row[f"label_zh_{layout.replace('-', '_')}"]
            if label is None:
                continue
            assert label == indicators()[row["indicator"]].labels[layout]
            assert re.search("[一-鿿]", label), label
            assert not re.search("[A-Za-z_*+=]", label), label
    refused = {row["indicator"]: row for row in codebook_rows()}["applications_refused"]
    assert "tables-2021: applications.refused.*" in refused["definition"]


@pytest.mark.parametrize(
    ("table", "rows"), [("codebook", codebook_rows()), ("comparability", comparability_rows())]
)
def test_rows_of_the_registrys_own_tables_fit_their_schema(table, rows):
    made = pa.Table.from_pylist(rows, schema=arrow_schema(table))
    made.validate(full=True)
    assert made.num_rows == len(rows)
    assert key_columns(table)


def test_the_data_dictionary_is_current(repository: Path):
    written = (repository / "docs" / "data-dictionary.md").read_text("utf-8")
    assert written == data_dictionary(), (
        "run `gongkai codebook --write docs/data-dictionary.md` and look at what changed"
    )


# From what compares best to what does not.
ORDER = ("same", "renamed", "redefined", "not_asked")


@pytest.mark.parametrize("column", panel_columns().values(), ids=panel_columns())
@pytest.mark.parametrize("pair", LAYOUT_PAIRS, ids=" to ".join)
def test_a_column_and_the_indicators_that_fill_it_compare_alike(column, pair):
    """Whoever reads the panel and whoever reads observations is told the same."""
    found = comparability(column.name, *pair)
    if not set(pair) <= set(column.expressions):
        assert found.comparability == "not_asked"
        return
    parts: set[str] = set()
    for layout in pair:
        expression = column.expressions[layout]
        if column.kind == "rate":
            above, below = rate_parts(expression)
            parts |= {*above, below}
        else:
            parts |= set(expression_parts(expression, layout))
    asked = {one for one in parts if one in panel_columns()} | {
        one for one in parts if one in indicators() and set(pair) <= set(indicators()[one].layouts)
    }
    verdicts = [comparability(one, *pair).comparability for one in asked]
    if verdicts:
        assert found.comparability == max(verdicts, key=ORDER.index), sorted(asked)
    else:  # other indicators fill it: the column alone says whether they compare
        assert found.comparability in {"renamed", "redefined"}


def test_the_verdict_on_a_column_of_one_indicator_is_said_of_the_indicator_alone():
    alone = {
        column.name
        for column in panel_columns().values()
        if len(set(column.expressions.values())) == 1 and column.kind == "reported"
    }
    assert not alone & {row["name"] for row in registry_rows("comparability.csv")}


def test_every_reason_is_said_in_chinese_too():
    for one in comparability_matrix():
        assert any("一" <= letter <= "鿿" for letter in one.reason_zh), one


@pytest.mark.parametrize(
    ("name", "older", "newer", "expected"),
    [
        ("processing_fees.amount", "narrative-2008", "tables-2019", "redefined"),
        ("processing_fees_amount", "narrative-2008", "tables-2021", "redefined"),
        ("processing_fees.amount", "tables-2019", "tables-2021", "renamed"),
        ("applications.unavailable", "narrative-2008", "tables-2019", "redefined"),
        ("applications_unavailable", "narrative-2008", "tables-2021", "redefined"),
        ("applications.unavailable", "tables-2019", "tables-2021", "same"),
        ("litigation_total", "narrative-2008", "tables-2021", "renamed"),
        ("applications_refused", "tables-2019", "tables-2021", "same"),
    ],
)
def test_what_the_prose_and_the_forms_mean(name, older, newer, expected):
    assert comparability(name, older, newer).comparability == expected
