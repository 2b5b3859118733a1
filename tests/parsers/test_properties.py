"""Properties: whatever way a consistent report is written, it is read as stated or flagged.

`--hypothesis-profile=thorough` tries thousands of reports a property.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from hypothesis import given, note
from hypothesis import strategies as st

from parsers import Document, Finding, Observation, parse_page
from parsers.alignment import Item, align
from parsers.quantities import NotAQuantity, read_cell
from tests.parsers.report_writing import (
    FormReport,
    Key,
    Page,
    Stated,
    Writing,
    chinese,
    make_report,
    write_page,
)

Broken = Callable[[list[Document]], list[str]]


def some(*choices: str) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(choices))


SEEDS = st.integers(0, 2**32 - 1)
REPORTS = st.builds(
    make_report, SEEDS, st.sampled_from([2019, 2020, 2021, 2022, 2024]), st.integers(0, 2)
)
MIXED = st.builds(
    make_report, SEEDS, st.sampled_from([2021, 2023]), st.integers(0, 2), st.just(True)
)
BLANKS = ("", "&nbsp;", "　", "/", "—", "-", "无", "0")
NUMBERS = some("plain", "full_width", "separated", "counted", "chinese", "padded").map(
    lambda ways: ways or frozenset({"plain"})
)
ZEROS = some(*BLANKS).map(lambda ways: ways or frozenset({"0"}))
# What changes the writing of a table and takes nothing away from it.
LOSSLESS = {
    "seed": SEEDS,
    "labels": some("spaced", "broken", "half_width", "renumbered"),
    "numbers": NUMBERS,
    "zeros": ZEROS,
    "groups": st.sampled_from(["spans", "fillers", "repeated", "joined"]),
    "head": st.sampled_from(["three", "two", "one", "fillers"]),
    "markup": some("th", "unclosed", "word", "paragraphs", "layout_table"),
    "cut": st.frozensets(st.integers(1, 26), max_size=2),
    "head_again": st.booleans(),
    "inserted": some("proactive", "applications", "subtotal"),
    "columns_reversed": st.booleans(),
    "items_apart": st.booleans(),
    "disputes": st.sampled_from(["one", "apart", "rows", "columns", "list"]),
    "layout": st.sampled_from(["upright", "upright", "turned", "halves", "last_year"]),
    "copy": st.sampled_from(["", "", "", "hidden", "behind"]),
}
# What takes something away, or makes it doubtful.
LOSSY = LOSSLESS | {
    "labels": some("spaced", "broken", "half_width", "renumbered", "typo", "explained"),
    "groups": st.sampled_from(["spans", "fillers", "repeated", "joined", "leaf"]),
    "groups_again": st.booleans(),
    "lost_labels": st.integers(0, 4),
    "missing_rows": st.integers(0, 3),
    "repeated_rows": st.integers(0, 2),
    "merged": st.integers(0, 2),
}
HEADLESS = LOSSY | {"head": st.just("none"), "columns_reversed": st.just(False)}
AS_TEXT = {
    "seed": SEEDS,
    "numbers": st.just(frozenset({"plain"})),
    "zeros": some("0", "", "/").map(lambda ways: ways or frozenset({"0"})),
    "groups": st.sampled_from(["spans", "joined", "leaf"]),
    "head": st.sampled_from(["three", "two", "one", "none"]),
    "items_apart": st.booleans(),
    "lost_labels": st.integers(0, 1),
    "missing_rows": st.integers(0, 1),
    "text": st.sampled_from([" | ", " ", "</p><p>", ""]),
}


def stated_by(o: Observation) -> Stated:
    if o.status == "reported_none":
        return "none"
    return o.status if o.value is None else o.value


def is_flagged(indicator: str, findings: tuple[Finding, ...]) -> bool:
    return any(f.severity != "note" and f.indicator == indicator for f in findings)


def judge(page: Page, broken: Broken, whole: bool = False) -> None:
    """Fail when a figure of the page is read as another and nothing says so.

    whole: fail also when a figure is lost or left open.
    """
    documents = parse_page(page.html.encode())
    assert broken(documents) == []
    assert [d.kind for d in documents] == ["report"]
    report = documents[0].report
    assert report is not None
    read: dict[Key, Observation] = {
        (o.indicator, o.applicant or ""): o for o in report.observations if o.source == "table"
    }
    wrong, lost = [], []
    for key, stated in page.stated.items():
        o = read.pop(key, None)
        if o is None or o.status == "unreadable":
            lost.append(f"{key}: states {stated}, is {o.value_text if o else 'not read'}")
        elif (
            stated_by(o) != stated
            and key not in page.unsure
            and not is_flagged(key[0], report.findings)
        ):
            wrong.append(f"{key}: states {stated}, read as {stated_by(o)} by {o.matched_by}")
    for key, o in read.items():
        if o.status != "unreadable" and not is_flagged(key[0], report.findings):
            wrong.append(f"{key}: not on the page, read as {stated_by(o)} by {o.matched_by}")
    silent = lost and not any(f.severity != "note" for f in report.findings)
    if wrong or silent or (whole and lost):
        note(page.html)
        note("\n".join(str(f) for f in report.findings))
    assert wrong == []
    assert not silent, lost
    if whole:
        assert lost == []


# -- whole reports -------------------------------------------------------------------------------


@given(report=REPORTS | MIXED, writing=st.builds(Writing, **LOSSLESS))
def test_a_writing_that_loses_nothing_is_read_whole(
    report: FormReport, writing: Writing, broken_invariants: Broken
) -> None:
    judge(write_page(report, writing), broken_invariants, whole=True)


@given(report=REPORTS | MIXED, writing=st.builds(Writing, **LOSSY))
def test_a_writing_that_loses_something_is_read_as_stated_or_flagged(
    report: FormReport, writing: Writing, broken_invariants: Broken
) -> None:
    judge(write_page(report, writing), broken_invariants)


@given(report=REPORTS, writing=st.builds(Writing, **HEADLESS))
def test_a_table_without_a_head_is_read_as_stated_or_flagged(
    report: FormReport, writing: Writing, broken_invariants: Broken
) -> None:
    judge(write_page(report, writing), broken_invariants)


def keeps_rows_apart(writing: Writing) -> bool:
    """One cell a line and no label: such a row is nothing but more figures of the row above."""
    return not (writing.lost_labels and writing.text == "</p><p>")


@given(report=REPORTS, writing=st.builds(Writing, **AS_TEXT).filter(keeps_rows_apart))
def test_a_table_that_survives_as_text_is_read_as_stated_or_flagged(
    report: FormReport, writing: Writing, broken_invariants: Broken
) -> None:
    judge(write_page(report, writing), broken_invariants)


DAMAGED = {
    "seed": SEEDS,
    "zeros": some("0", "", "/", "&nbsp;").map(lambda ways: ways or frozenset({"0"})),
    "groups": st.sampled_from(["spans", "fillers", "repeated", "joined"]),
    "head": st.sampled_from(["three", "two", "one"]),
    "items_apart": st.booleans(),
}
CELL = re.compile(r"<(t[dh])\b([^>]*)>(.*?)</\1>", re.DOTALL)
DAMAGES: dict[str, Callable[[re.Match[str]], str]] = {
    "printed twice": lambda cell: cell[0] + cell[0],
    "a blank before it": lambda cell: "<td></td>" + cell[0],
    "a blank behind it": lambda cell: cell[0] + "<td></td>",
    "its text lost": lambda cell: f"<{cell[1]}{cell[2]}></{cell[1]}>",
    "lost": lambda cell: "",
    "one column wider": lambda cell: _spanning(cell, "colspan"),
    "one row taller": lambda cell: _spanning(cell, "rowspan"),
}


def _spanning(cell: re.Match[str], attribute: str) -> str:
    """The cell with one more column or row than it spans."""
    known = re.search(rf'{attribute}="?(\d+)"?', cell[2])
    span = int(known[1]) + 1 if known else 2
    others = cell[2].replace(known[0], "") if known else cell[2]
    return f'<{cell[1]}{others} {attribute}="{span}">{cell[3]}</{cell[1]}>'


@given(
    report=REPORTS,
    writing=st.builds(Writing, **DAMAGED),
    at=st.integers(0, 2**16),
    damage=st.sampled_from(sorted(DAMAGES)),
)
def test_one_damaged_cell_puts_no_figure_in_the_place_of_another(
    report: FormReport, writing: Writing, at: int, damage: str
) -> None:
    """A slip in one cell pushes a row, or a head; no figure is read as its neighbour."""
    page = write_page(report, writing)
    cells = list(CELL.finditer(page.html))
    cell = cells[at % len(cells)]
    html = page.html[: cell.start()] + DAMAGES[damage](cell) + page.html[cell.end() :]
    (document,) = parse_page(html.encode())
    assert document.report is not None
    findings = document.report.findings
    wrong = [
        f"{o.indicator} {o.applicant or ''}: read as {o.value} by {o.matched_by}"
        for o in document.report.observations
        if o.source == "table"
        and o.value
        and o.value != page.stated.get((o.indicator, o.applicant or ""))
    ]
    if wrong and all(f.severity == "note" for f in findings):
        note(f"“{cell[0]}” {damage}\n{html}")
        raise AssertionError(wrong)


# -- the steps -----------------------------------------------------------------------------------


@given(st.integers(0, 9999), st.sampled_from(["", "件", "个"]))
def test_a_number_is_the_same_in_every_writing(number: int, unit: str) -> None:
    writings = [str(number), f"{number:,}", f" {number} ", f"　{number}\n"]
    if number != 1 or unit:  # a lone 一 may be a dash
        writings.append(chinese(number))
    writings.append(str(number).translate(str.maketrans("0123456789", "０１２３４５６７８９")))
    assert {read_cell(text.strip() + unit).value for text in writings} == {float(number)}


@given(st.text(max_size=30))
def test_a_cell_is_a_quantity_or_says_that_it_is_none(text: str) -> None:
    try:
        quantity = read_cell(text)
    except NotAQuantity:
        return
    assert (quantity.value is None) == (quantity.status == "blank")
    assert quantity.text == text


@given(
    st.lists(st.booleans(), min_size=1, max_size=25).flatmap(
        lambda printed: st.tuples(
            st.just(printed), st.lists(st.booleans(), min_size=len(printed), max_size=len(printed))
        )
    )
)
def test_alignment_gives_a_row_its_own_target_or_none(
    drawn: tuple[list[bool], list[bool]],
) -> None:
    """Of a form's rows some are printed, and some of these have lost their label."""
    printed, labelled = drawn
    own = [target for target, there in enumerate(printed) if there]
    items = [Item({t: 1.0} if labelled[t] else {}, lost=not labelled[t]) for t in own]
    matches = align(items, [str(t) for t in range(len(printed))], [""] * len(printed))
    for target, match in zip(own, matches, strict=True):
        assert match.target in {target, None}
        if labelled[target]:
            assert match.target == target
        elif match.target is None:
            assert target in match.possible or not match.possible
