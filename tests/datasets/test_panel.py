"""How the columns of the panel come from the figures of a report."""

import pytest

from datasets.panel import _of_share, panel_figures, panel_row
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
        ([0, 0, 0, 0, 0, 0, 0, 0], (0.0, "computed", "exact")),
        ([1, 0, None, None, 2, 0, 0, 0], (3.0, "computed", "at_least")),
        ([None] * 8, (None, "blank", None)),
        ([None] * 7 + [0], (0.0, "computed", "at_least")),
        ([1, 2, 3], (None, "incomplete", None)),
    ],
    ids=["zeros", "some blank", "all blank", "one zero", "rows lost"],
)
def test_computed_totals_keep_zero_and_missing_apart(observation, values, expected):
    figure = panel_figures("tables-2021", refused(observation, values))["applications_refused"]
    assert (figure.value, figure.status, figure.qualifier) == expected


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
    assert figure.qualifier == "at_least"


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


@pytest.mark.parametrize(
    ("granted", "partly", "concluded", "expected"),
    [
        (2.0, 0.0, 4.0, (0.5, "computed", "exact")),
        (2.0, None, 4.0, (0.5, "computed", "at_least")),
        (None, None, 4.0, (None, "blank", None)),
        (2.0, 0.0, None, (None, "blank", None)),
    ],
)
def test_a_blank_part_of_a_share_is_a_blank_part_of_a_total(
    observation, granted, partly, concluded, expected
):
    rows = [
        observation("applications.granted", granted),
        observation("applications.partly_granted", partly),
        observation("applications.concluded", concluded),
    ]
    figure = panel_figures("tables-2021", rows)["granted_share"]
    assert (figure.value, figure.status, figure.qualifier) == expected
    row = panel_row({"granted_share": figure}, "tables-2021", None)
    assert row["granted_share__qualifier"] == expected[2]


def test_the_share_of_a_total_with_blank_parts_is_at_least_that(observation):
    rows = [*refused(observation, [1] + [None] * 7), observation("applications.concluded", 4.0)]
    figure = panel_figures("tables-2021", rows)["refused_share"]
    assert (figure.value, figure.qualifier) == (0.25, "at_least")


@pytest.mark.parametrize(
    ("above", "below", "expected"),
    [
        ("exact", "exact", "exact"),
        ("exact", "at_least", "at_most"),
        ("at_least", "at_most", "at_least"),
        ("at_least", "at_least", "about"),
        ("about", "exact", "about"),
    ],
)
def test_how_exact_a_share_is(above, below, expected):
    assert _of_share(above, below) == expected


@pytest.mark.parametrize(
    ("concluded", "qualifier", "share"),
    [
        (3.0, "exact", (1 / 3, "exact")),
        (4.0, "at_least", (0.25, "at_least")),
        (None, "at_least", (None, None)),
    ],
)
def test_a_printed_total_that_leaves_nothing_for_the_blanks_makes_a_total_exact(
    observation, concluded, qualifier, share
):
    """The stated outcomes add up to 总计: what is blank among them is none."""
    asked = [
        name
        for name in indicators()
        if name.startswith("applications.") and "tables-2021" in indicators()[name].layouts
    ]
    values = dict.fromkeys(asked) | {
        "applications.granted": 2.0,
        REFUSED[0]: 1.0,
        "applications.concluded": concluded,
    }
    rows = [observation(name, value) for name, value in values.items()]
    figures = panel_figures("tables-2021", rows)
    refused_total = figures["applications_refused"]
    assert (refused_total.value, refused_total.qualifier) == (1.0, qualifier)
    assert (figures["refused_share"].value, figures["refused_share"].qualifier) == share
    assert figures["applications_not_handled"].value is None
