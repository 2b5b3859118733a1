"""The synthetic country: the same at every run, consistent in itself, and read as it states."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.country.__main__ import main
from benchmarks.country.archiving import REGISTRY, write_country
from benchmarks.country.form import APPLICANTS, Form, forms
from benchmarks.country.offices import FAMILIES, LEVELS, Country
from benchmarks.country.reports import Plan, plans, write
from benchmarks.country.scoring import SILENT, score
from benchmarks.country.sites import site_of
from benchmarks.country.styles import STYLES, Style
from crawler.archive import Archive
from parsers import parse_page


def pages(country: Country, count: int) -> Iterator[tuple[str, bytes]]:
    for office in country.offices(count):
        for resource in site_of(office, plans(office)).resources.values():
            for visit in (0, 1):
                yield f"{office.id}{resource.path}", resource.make(visit)


def digest(seed: int) -> str:
    found = hashlib.sha256()
    for path, body in pages(Country(seed), 4):
        found.update(path.encode() + body)
    return found.hexdigest()


def test_a_seed_gives_the_same_country_and_another_gives_another() -> None:
    assert digest(1) == digest(1) != digest(2)


def test_a_larger_country_begins_with_the_smaller_one(tmp_path: Path) -> None:
    country = Country()
    assert list(country.offices(40))[:10] == list(country.offices(10))
    captures = []
    for name, runs in (("at once", [(0, 4)]), ("later", [(0, 2), (2, 4)])):
        for start, count in runs:
            list(write_country(country, tmp_path / name, count, start=start))
        with Archive(tmp_path / name) as archive:
            captures.append(
                [(c.url, c.capture_id) for o in archive.offices() for c in archive.captures(o)]
            )
    assert captures[0] == captures[1] != []


def test_offices_have_ids_of_their_own_and_every_level_and_family() -> None:
    offices = list(Country().offices(3000))
    assert len({office.id for office in offices}) == len({o.host for o in offices}) == 3000
    assert {office.level for office in offices} == set(LEVELS)
    assert {office.family for office in offices} == set(FAMILIES)
    for office in offices:
        assert office.years[-1] == 2024
        assert 2008 <= office.first_year <= 2019


def first_plan(form: Form, number: int = 0) -> Plan:
    """The last report of an office, put into a form."""
    return replace(plans(Country().office(number))[-1], form=form, fate="parsed", misprint=None)


@pytest.mark.parametrize("form", list(forms().values()), ids=list(forms()))
@pytest.mark.parametrize("number", range(5))
def test_the_identities_of_the_form_hold(form: Form, number: int) -> None:
    office = Country().office(number)
    carried = [0.0] * 7
    items = {}
    for plan in plans(office):
        value = dict(zip(form.keys, plan.figures.values(form), strict=True))
        names = {name for name, applicant in form.keys if applicant}
        for applicant in APPLICANTS:
            row = {name.removeprefix("applications."): value[name, applicant] for name in names}
            outcomes = sum(row.values()) - sum(
                row[n] for n in ("received", "carried_in", "concluded", "carried_out")
            )
            assert row["concluded"] == outcomes
            assert row["received"] + row["carried_in"] == row["concluded"] + row["carried_out"]
            assert row["carried_in"] == carried[APPLICANTS.index(applicant)]
        carried = [value["applications.carried_out", applicant] for applicant in APPLICANTS]
        for name in names:
            assert value[name, "total"] == sum(value[name, one] for one in APPLICANTS[:-1])
        for group in ("reconsideration", "litigation_direct", "litigation_after_reconsideration"):
            parts = [value[f"{group}.{p}", ""] for p in ("upheld", "corrected", "other", "pending")]
            assert value[f"{group}.total", ""] == sum(parts)
        for name, count in items.items():
            assert plan.figures.plain[f"{name}.items_last_year"] == count
        items = {
            name: plan.figures.plain[f"{name}.items_last_year"]
            + plan.figures.plain[f"{name}.items_change"]
            for name in ("licensing", "penalties", "coercion", "fees", "other_services")
        }


@pytest.mark.parametrize(
    ("style", "form"),
    list(itertools.product(STYLES, forms().values())),
    ids=[f"{style.name}-{name}" for style, name in itertools.product(STYLES, forms())],
)
def test_every_style_states_every_figure_of_every_form(style: Style, form: Form) -> None:
    plan = replace(first_plan(form, 4), style=style)
    written = write(plan)
    before, after = style.markup.around
    page = f"<html><body><h1>{plan.title}</h1>{before}{written.body}{after}</body></html>"
    report = parse_page(page.encode())[0].report
    assert report is not None
    flagged = {finding.indicator for finding in report.findings if finding.severity != "note"}
    read = {(o.indicator, o.applicant or ""): o for o in report.observations if o.source == "table"}
    silent = []
    for key, value in zip(form.keys, written.values, strict=True):
        states = "reported" if value else style.zero_states
        one = read.get(key)
        if one is None or one.status == "unreadable":
            assert report.findings, key  # nothing is left open without a word
        elif (one.status, one.value or 0) != (states, value) and key[0] not in flagged:
            silent.append(f"{key}: states {states} {value}, read as {one.status} {one.value}")
    assert silent == []


def test_a_built_country_is_what_it_states(built: Path) -> None:
    found = score(built)
    assert found.examples == []
    assert found.count(*SILENT) == 0
    assert found.count("right") > 0.98 * found.count()
    assert {(true, made) for true, made, _ in found.coverage if true != made} == set()
    assert {(true, made) for true, made, _ in found.layouts if true != made} == set()
    assert found.dates[2] == 0
    assert found.misprints[0] == found.misprints[1]


def test_a_score_tells_a_figure_that_is_read_wrongly(built: Path, tmp_path: Path) -> None:
    (tmp_path / "dataset").symlink_to(built / "dataset")
    (tmp_path / "truth").mkdir()
    for path in (built / "truth").iterdir():
        table = pq.read_table(path)
        if path.name.startswith("figures"):
            values = table["value"].to_pylist()
            at = next(at for at, value in enumerate(values) if value)
            values[at] += 1
            column = table.schema.get_field_index("value")
            table = table.set_column(column, "value", pa.array(values, pa.float64()))
        pq.write_table(table, tmp_path / "truth" / path.name)
    found = score(tmp_path)
    assert found.count(*SILENT) == len(found.examples) == 1
    assert found.examples[0]["value"] + 1 == found.examples[0]["true_value"]


def test_the_command_writes_and_scores(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["country", "write", "--data", str(tmp_path), "--offices", "3", "--workers", "2"]
    monkeypatch.setattr("sys.argv", command)
    assert main() == 0
    assert len(Archive(tmp_path).offices()) == 3
    assert len((tmp_path / REGISTRY).read_text("utf-8").splitlines()) == 4
    monkeypatch.setattr("sys.argv", ["country", "score", "--data", str(built)])
    assert main() == 0
    assert "misprints" in capsys.readouterr().out
