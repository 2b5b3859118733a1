"""How the columns of the panel come from the figures of a report."""

import pytest

from datasets.panel import panel_figures, panel_row
from datasets.registry import indicators

REFUSED = [
    name
    for name in indicators()
    if name.startswith("applications.refused.") and "tables-2021" in indicators()[name].layouts
]


def refused(observation, values, **changed):
    return [
        observation(name, value, **changed) for name, value in zip(REFUSED, values, strict=False)
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 0, 0, 0, 0, 0, 0, 0], (0.0, "computed")),
        ([1, 0, None, None, 2, 0, 0, 0], (3.0, "computed")),
        ([None] * 8, (None, "blank")),
        ([None] * 7 + [0], (0.0, "computed")),
        ([1, 2, 3], (None, "incomplete")),
    ],
    ids=["zeros", "some blank", "all blank", "one zero", "rows lost"],
)
def test_computed_totals_keep_zero_and_missing_apart(observation, values, expected):
    figure = panel_figures("tables-2021", refused(observation, values))["applications_refused"]
    assert (figure.value, figure.status) == expected


def test_a_total_with_an_unreadable_part_is_null(observation):
    rows = refused(observation, [1, 0, 0, 0, 0, 0, 0])
    rows.append(observation(REFUSED[7], None, status="unreadable", value_text="?"))
    figure = panel_figures("tables-2021", rows)["applications_refused"]
    assert (figure.value, figure.status) == (None, "incomplete")


@pytest.mark.parametrize(
    ("layout", "rows", "value", "status", "source"),
    [
        ("tables-2021", [("table", 3.0), ("narrative", 5.0)], 3.0, "reported", "table"),
        ("tables-2021", [("table", None), ("narrative", 5.0)], 5.0, "reported", "narrative"),
        ("tables-2021", [("table", None)], None, "blank", "table"),
        ("narrative-2008", [("narrative", 1.0)], 1.0, "reported", "narrative"),
        ("narrative-2008", [("annex", 2.0), ("narrative", 1.0)], 2.0, "reported", "annex"),
        ("narrative-2008", [], None, "not_stated", None),
        ("tables-2021", [], None, "incomplete", None),
        (None, [], None, "not_asked", None),
    ],
)
def test_the_tables_figure_goes_before_the_proses(observation, layout, rows, value, status, source):
    observations = [
        observation("applications.received", given, source=where) for where, given in rows
    ]
    figure = panel_figures(layout, observations)["applications_received"]
    assert (figure.value, figure.status, figure.source) == (value, status, source)


def test_a_blank_total_is_summed_from_the_applicants(observation):
    cells = {
        "natural_person": 2.0,
        "business": None,
        "research": 1.0,
        "public_interest": None,
        "legal_service": None,
        "other_organisation": None,
        "total": None,
    }
    rows = [
        observation("applications.received", value, applicant=name) for name, value in cells.items()
    ]
    figure = panel_figures("tables-2019", rows)["applications_received"]
    assert (figure.value, figure.status, figure.source) == (3.0, "computed", None)


def test_a_report_that_mixes_forms_is_read_by_the_form_of_the_block(observation):
    rows = [observation("normative_documents.new_made", 4.0)]
    figure = panel_figures("tables-2021", rows)["normative_documents_made"]
    assert (figure.value, figure.form) == (4.0, "tables-2019")


def test_the_break_stands_between_the_forms_that_were_used(observation):
    old = panel_figures("tables-2019", [observation("normative_documents.new_made", 4.0)])
    mixed = panel_figures("tables-2021", [observation("normative_documents.new_made", 5.0)])
    new = panel_figures("tables-2021", [observation("normative_documents.made", 5.0)])
    before = {"figures": old, "layout": "tables-2019"}
    column = "normative_documents_made__vs_previous"
    assert panel_row(mixed, "tables-2021", before)[column] == "same"
    assert panel_row(new, "tables-2021", before)[column] == "redefined"
    assert panel_row(new, "tables-2021", None)[column] is None
    assert panel_row(mixed, "tables-2021", None)["normative_documents_made__form"] == "tables-2019"


@pytest.mark.parametrize(
    ("older", "newer", "column", "expected"),
    [
        ("narrative-2008", "tables-2019", "applications_received", "renamed"),
        ("narrative-2008", "narrative-2008", "applications_concluded", "not_asked"),
        ("narrative-2008", "tables-2019", "applications_concluded", "not_asked"),
        ("tables-2019", "tables-2021", "applications_other", "renamed"),
        ("tables-2019", "tables-2021", "fees_amount", "not_asked"),
        ("tables-2021", "tables-2021", "fees_amount", "same"),
    ],
)
def test_how_a_column_compares_with_the_report_before(older, newer, column, expected):
    before = {"figures": panel_figures(older, []), "layout": older}
    row = panel_row(panel_figures(newer, []), newer, before)
    assert row[f"{column}__vs_previous"] == expected


@pytest.mark.parametrize(
    ("granted", "concluded", "expected"),
    [(2.0, 3.0, (2 / 3, "computed")), (0.0, 0.0, (None, "no_base")), (2.0, None, (None, "blank"))],
)
def test_shares(observation, granted, concluded, expected):
    rows = [
        observation("applications.granted", granted),
        observation("applications.partly_granted", 0.0),
        observation("applications.concluded", concluded),
    ]
    figure = panel_figures("tables-2021", rows)["granted_share"]
    assert (figure.value, figure.status) == expected


def test_sums_keep_the_weakest_qualifier(observation):
    rows = [
        observation("litigation_direct.total", 3.0, qualifier="at_least"),
        observation("litigation_after_reconsideration.total", 1.0),
    ]
    figure = panel_figures("tables-2021", rows)["litigation_total"]
    assert (figure.value, figure.qualifier) == (4.0, "at_least")
