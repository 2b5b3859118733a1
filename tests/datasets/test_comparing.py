"""Years beside each other, two builds beside each other."""

import shutil
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from datasets.comparison import year_by_year
from datasets.difference import _figures, difference
from datasets.one_report import NoFigures, NoReport, report_figures
from datasets.pages import content_digest
from datasets.tables import NoDataset
from datasets.two_years import Stand, _direction, compare_years
from gongkai.commands.diff import difference_table
from gongkai.year_table import YearTable

OFFICE = "cn-371500-wsb"


def test_the_years_of_the_sample_site(sample_data: Path):
    found = year_by_year(sample_data, OFFICE)
    assert [head.year for head in found.years] == list(range(2014, 2024))
    assert found.office_name == "聊城市人民政府外事办公室"
    lines = {line.column: line for line in found.lines}
    granted = lines["applications_granted"].cells
    assert [cell.value for cell in granted] == [None] * 6 + [1, 0, 0, 2]
    assert [cell.status for cell in granted[:6]] == [
        "not_asked", "no_report", "no_report", "not_asked", "not_asked", "blank",
    ]  # fmt: skip
    breaks = {(line.column, year): cell.series_break for line, year, cell in found.breaks}
    assert breaks[("normative_documents_made", 2021)] == "redefined"
    assert ("normative_documents_made", 2022) not in breaks
    assert ("applications_concluded", 2021) not in breaks


@pytest.mark.parametrize(
    ("years", "column", "verdict"),
    [
        ((2019, 2023), "applications_received", "rose"),
        ((2023, 2019), "applications_received", "rose"),
        ((2019, 2020), "applications_received", "fell"),
        ((2021, 2022), "applications_received", "unchanged"),
        ((2018, 2019), "applications_concluded", "began"),
        ((2020, 2021), "fees_amount", "began"),
        ((2021, 2020), "fees_amount", "began"),
        ((2020, 2021), "normative_documents_made", "not_comparable"),
        ((2019, 2020), "applications_granted", "no_figure"),
        ((2020, 2021), "licensing_decisions", "unchanged"),
        ((2021, 2022), "disclosure_items_published", "uncertain"),
    ],
)
def test_what_became_of_a_figure(sample_data: Path, years, column, verdict):
    found = compare_years(sample_data, OFFICE, *years)
    (change,) = (one for one in found.changes if one.name == column)
    assert found.years == tuple(sorted(years))
    assert change.verdict == verdict
    if verdict in ("began", "not_comparable", "no_figure"):
        assert change.reason


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        ((3, "exact"), (4, "exact"), "rose"),
        ((4, "exact"), (4, "exact"), "unchanged"),
        ((600, "exact"), (600, "at_least"), "uncertain"),
        ((599, "exact"), (600, "at_least"), "rose"),
        ((600, "at_least"), (599, "exact"), "fell"),
        ((600, "at_least"), (4000, "at_least"), "uncertain"),
        ((600, "at_most"), (4000, "at_least"), "rose"),
        ((3000, "about"), (3299, "exact"), "uncertain"),
        ((3000, "about"), (3301, "exact"), "rose"),
        ((3000, "about"), (2000, "about"), "fell"),
    ],
)
def test_what_is_not_stated_exactly_rises_and_falls_only_for_certain(first, second, verdict):
    stands = [Stand(float(value), "reported", how) for value, how in (first, second)]
    found, words = _direction(*stands)
    assert found == verdict
    assert ("in the second year" in words) is (second[1] != "exact")


def test_every_indicator_can_be_compared(sample_data: Path):
    headlines = compare_years(sample_data, OFFICE, 2020, 2021)
    every = compare_years(sample_data, OFFICE, 2020, 2021, every_indicator=True)
    names = {one.name: one.verdict for one in every.changes}
    assert len(every.changes) > len(headlines.changes)
    assert names["procurement.amount"] == "ended"
    assert names["regulations.in_force"] == "began"


def test_a_blank_cell_does_not_hide_what_the_prose_states(tmp_path: Path, sample_data: Path):
    """The panel takes the table, then the annex, then the prose; a blank gives way to a figure."""
    folder = Path(shutil.copytree(sample_data / "dataset", tmp_path / "dataset"))
    path = folder / "observations.parquet"
    data = pq.read_table(path)
    rows = data.to_pylist()
    # Two indicators that are no headline: one stated in table and prose, one in its applicants.
    one = next(
        row
        for row in rows
        if (row["report_year"], row["indicator"]) == (2022, "procurement.amount")
        or (row["report_year"], row["indicator"]) == (2022, "regulations.made")
    )
    blank = {**one, "indicator": "training.sessions", "value": None, "status": "blank"}
    stated = {**blank, "source": "narrative", "value": 5.0, "status": "reported"}
    rows += [blank, stated]
    for row in rows:
        key = (row["report_year"], row["indicator"], row["applicant"])
        if key == (2022, "applications.refused.process", "total"):
            row |= {"value": None, "status": "blank"}
        if key == (2022, "applications.refused.process", "business"):
            row["value"] = 4.0
    pq.write_table(pa.Table.from_pylist(rows, schema=data.schema), path)
    changes = compare_years(tmp_path, OFFICE, 2020, 2022, every_indicator=True).changes
    stands = {change.name: change.second for change in changes}
    assert (stands["training.sessions"].value, stands["training.sessions"].status) == (
        5.0,
        "reported",
    )
    assert stands["applications.refused.process"].value == 4.0


def test_a_year_without_a_report_says_what_coverage_knows(sample_data: Path):
    with pytest.raises(NoReport, match=r"2015: no report \(empty_page\): the site lists 8"):
        compare_years(sample_data, OFFICE, 2015, 2023)
    with pytest.raises(NoReport, match="none is expected; the years covered are 2014 to 2023"):
        report_figures(sample_data, OFFICE, 1999)


@pytest.mark.parametrize(
    ("year", "indicator", "words"),
    [
        (2023, "applications.grants", "there is no indicator"),
        (2014, "fees.amount", "not asked in narrative-2008; it is asked in tables-2021"),
        (2023, "training.sessions", "states nothing of"),
    ],
)
def test_an_indicator_without_figures_says_why(sample_data: Path, year, indicator, words):
    with pytest.raises(NoFigures, match=words):
        report_figures(sample_data, OFFICE, year, indicator)


def test_figures_of_a_report_come_in_the_order_of_the_form(sample_data: Path):
    found = report_figures(sample_data, OFFICE, 2021, "applications.received")
    table = [one for one in found.observations if one["source"] == "table"]
    assert (table[0]["applicant"], table[-1]["applicant"]) == ("natural_person", "total")
    assert all(one["evidence"] and one["locator"] for one in found.observations)


@pytest.fixture
def changed(tmp_path: Path, sample_data: Path) -> Path:
    """A build with one figure, one status of coverage and one report changed."""
    folder = Path(shutil.copytree(sample_data / "dataset", tmp_path / "new"))

    def rewrite(table, change):
        path = folder / f"{table}.parquet"
        data = pq.read_table(path)
        rows = change(data.to_pylist())
        pq.write_table(pa.Table.from_pylist(rows, schema=data.schema), path)

    def figure(rows):
        for row in rows:
            if (row["report_year"], row["indicator"], row["applicant"]) == (
                2023, "applications.granted", "total",
            ):  # fmt: skip
                row["value"] = 9.0
        return rows

    def reports(rows):
        for row in rows:
            if row["report_year"] == 2023:
                row["content_digest"] = "other"
        return [row for row in rows if row["report_year"] != 2014]

    def coverage(rows):
        for row in rows:
            if row["report_year"] == 2014:
                row["status"] = "removed"
        return rows

    rewrite("observations", figure)
    rewrite("reports", reports)
    rewrite("coverage", coverage)
    return folder


def test_the_difference_of_two_builds(sample_data: Path, changed: Path):
    found = difference(sample_data, changed)
    (figure,) = found.figures
    assert figure.old is not None
    assert figure.new is not None
    assert (figure.indicator, figure.old.value, figure.new.value) == (
        "applications.granted", 2.0, 9.0,
    )  # fmt: skip
    assert found.reports_removed == ((OFFICE, 2014),)
    assert found.reports_added == ()
    assert [(one.old, one.new) for one in found.coverage] == [("parsed", "removed")]
    assert difference(changed, sample_data).reports_added == ((OFFICE, 2014),)


def test_a_figure_that_is_stated_less_exactly_is_another(page, report, observation):
    one = observation("disclosure.items_published", 600.0, source="narrative")
    exactly, at_least = (replace(one, qualifier=name) for name in ("exact", "at_least"))
    assert content_digest(report(2022, exactly)) != content_digest(report(2022, at_least))


def test_changes_are_found_in_every_lot_of_offices(
    tmp_path: Path, country: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("datasets.selection._AT_ONCE", 7)
    folder = Path(shutil.copytree(country / "dataset", tmp_path / "new"))
    path = folder / "coverage.parquet"
    data = pq.read_table(path)
    rows = data.to_pylist()
    for number in (0, 333, len(rows) - 1):
        rows[number]["status"] = "blocked"
    pq.write_table(pa.Table.from_pylist(rows, schema=data.schema), path)
    found = difference(country, folder)
    assert [(one.office_id[3:9], one.report_year) for one in found.coverage] == [
        ("000000", 2014), ("000033", 2017), ("000059", 2023),
    ]  # fmt: skip


def test_of_very_many_changes_some_are_printed(country: Path, sample_data: Path):
    found = difference(sample_data, country)
    assert len(found.reports_added) == 60 * 8
    buffer = StringIO()
    Console(file=buffer, width=120).print(difference_table(found, most=5))
    assert buffer.getvalue().count("new report:") == 5
    assert "… and 475 more new reports." in buffer.getvalue()


def test_of_very_many_changes_the_first_are_kept_and_all_are_counted(
    tmp_path: Path, country: Path, monkeypatch: pytest.MonkeyPatch
):
    """Whatever the number of changes, what is held is the same."""
    folder = Path(shutil.copytree(country / "dataset", tmp_path / "dataset"))
    path = folder / "reports.parquet"
    data = pq.read_table(path)
    other = pa.array(["other"] * data.num_rows, data.schema.field("content_digest").type)
    place = data.schema.get_field_index("content_digest")
    data = data.set_column(place, data.schema.field(place), other)
    titles = pa.array(["other"] * data.num_rows, pa.string())
    place = data.schema.get_field_index("title")
    pq.write_table(data.set_column(place, data.schema.field(place), titles), path)
    path = folder / "observations.parquet"
    data = pq.read_table(path)
    place = data.schema.get_field_index("qualifier")
    about = pa.array(["about"] * data.num_rows, pa.string())
    pq.write_table(data.set_column(place, data.schema.field(place), about), path)
    path = folder / "findings.parquet"
    data = pq.read_table(path)
    place = data.schema.get_field_index("actual")
    pq.write_table(data.set_column(place, data.schema.field(place), data.column("message")), path)

    asked: list[int] = []
    monkeypatch.setattr(
        "datasets.difference._figures",
        lambda data_dir, offices, reports: (
            asked.append(len(offices)) or _figures(data_dir, offices, reports)
        ),
    )
    found = difference(country, folder, most=3)
    figures = pq.read_metadata(path.with_name("observations.parquet")).num_rows
    assert (len(found.figures), found.counts["figures"]) == (3, figures)
    assert (len(found.fields), found.counts["fields"]) == (3, 60 * 8)
    assert len(found.new_findings) == 3
    assert found.counts["new_findings"] == found.new_severities.total() > 3
    assert set(found.new_findings[0]) == {
        "office_id", "report_year", "rule", "severity", "message",
        "indicator", "expected", "actual",
    }  # fmt: skip
    assert max(asked) <= 20
    buffer = StringIO()
    Console(file=buffer, width=120).print(difference_table(found, most=5))
    assert f"… and {figures - 3:,} more figures." in buffer.getvalue()
    assert f"… and {60 * 8 - 3} more fields of reports." in buffer.getvalue()


def test_a_build_does_not_differ_from_itself(sample_data: Path):
    assert not difference(sample_data, sample_data)


def test_a_folder_without_a_dataset_is_one_sentence(tmp_path: Path, sample_data: Path):
    with pytest.raises(NoDataset, match="gongkai build"):
        difference(sample_data, tmp_path)


@pytest.mark.parametrize(("width", "tables"), [(60, 5), (80, 2), (150, 1)])
def test_years_that_do_not_fit_stand_in_a_further_table(sample_data: Path, width: int, tables: int):
    buffer = StringIO()
    Console(file=buffer, width=width).print(YearTable(year_by_year(sample_data, OFFICE)))
    lines = buffer.getvalue().splitlines()
    received = [line for line in lines if line.startswith(" Applications received")]
    assert len(received) == tables
    figures = " ".join(line.removeprefix(" Applications received") for line in received).split()
    assert figures == ["0", "1", "1", "¦2", "1", "0", "0", "3"]
    heads = " ".join(lines[: lines.index(received[-1])])
    assert [str(year) in heads for year in range(2014, 2024)] == [True] * 10
    assert max(map(len, lines)) <= width
    assert sum("2021, redefined" in line for line in lines) == 2


@pytest.fixture
def mixing(tmp_path: Path, sample_data: Path) -> Path:
    """The sample's dataset; the report of 2021 follows the new form and prints the old block.

    Its first table is that of 2019, as of an office that took over only part of the new form.
    """
    folder = Path(shutil.copytree(sample_data / "dataset", tmp_path / "dataset"))
    path = folder / "panel.parquet"
    data = pq.read_table(path)
    rows = data.to_pylist()
    for row in rows:
        if row["report_year"] == 2021:
            row["normative_documents_made"] = 7.0
            row["normative_documents_made__status"] = "reported"
            row["normative_documents_made__form"] = "tables-2019"
            row["normative_documents_made__vs_previous"] = "same"
        if row["report_year"] == 2022:
            row["normative_documents_made__vs_previous"] = "redefined"
    pq.write_table(pa.Table.from_pylist(rows, schema=data.schema), path)
    path = folder / "observations.parquet"
    data = pq.read_table(path)
    rows = data.to_pylist()
    for row in rows:
        if (row["report_year"], row["indicator"]) == (2020, "regulations.new_made"):
            rows.append({**row, "report_year": 2021, "value": 3.0, "status": "reported"})
            break
    pq.write_table(pa.Table.from_pylist(rows, schema=data.schema), path)
    return tmp_path


@pytest.mark.parametrize(
    ("years", "verdict"),
    [((2020, 2021), "rose"), ((2021, 2022), "not_comparable"), ((2020, 2022), "not_comparable")],
)
def test_reports_that_mix_forms_are_compared_by_the_form_of_the_figure(
    mixing: Path, years: tuple[int, int], verdict: str
):
    found = compare_years(mixing, OFFICE, *years)
    (change,) = (one for one in found.changes if one.name == "normative_documents_made")
    assert change.verdict == verdict
    if verdict == "not_comparable":
        assert "本年制发件数" in change.reason
    every = compare_years(mixing, OFFICE, 2020, 2021, every_indicator=True)
    (change,) = (one for one in every.changes if one.name == "regulations.new_made")
    assert (change.second.value, change.verdict in ("rose", "no_figure")) == (3.0, True)


def test_a_break_between_forms_of_the_figures_tells_their_reason(mixing: Path):
    (line,) = (
        one
        for one in year_by_year(mixing, OFFICE).lines
        if one.column == "normative_documents_made"
    )
    breaks = {one.series_break: one.reason for one in line.cells if one.series_break}
    assert list(breaks) == ["redefined"]
    assert "本年制发件数" in breaks["redefined"]


def _printed(data: Path, width: int = 200) -> str:
    buffer = StringIO()
    Console(file=buffer, width=width).print(YearTable(year_by_year(data, OFFICE)))
    return buffer.getvalue()


def test_every_break_that_is_marked_is_explained(sample_data: Path):
    """Also where the cell behind the mark is blank: fees are not stated in 2019."""
    printed = _printed(sample_data)
    (line,) = (one for one in printed.splitlines() if one.startswith(" Information processing"))
    assert "‖·" in line
    assert "‖ 2019, redefined: Information processing fees: until 2019 检索" in printed
    marks = dict.fromkeys("¦‖", 0)
    table, legend = printed.split("≥ at least")
    for mark in marks:
        assert (mark in table) == (mark in legend)
