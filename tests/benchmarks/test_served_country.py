"""A country over HTTP: crawled by rows of a registry alone, politely, and read as it states."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.country.archiving import REGISTRY
from benchmarks.country.offices import FAMILIES, Country
from benchmarks.country.request_log import Manners, read_manners
from benchmarks.country.scoring import SILENT, score
from benchmarks.country.serving import LOG_COLUMNS, SERVER_LOG, address_of, number_at
from crawler.offices import load_offices
from crawler.run import crawl
from datasets.build import build
from tests.benchmarks.conftest import Serve

DELAY = 0.03


def of_every_family() -> list[int]:
    """The numbers of the first offices of the country that together have every family."""
    first: dict[str, int] = {}
    for office in Country().offices(60):
        first.setdefault(office.family, office.number)
    assert first.keys() == FAMILIES.keys()
    return sorted(first.values())


def test_a_served_country_is_crawled_politely_and_read_as_it_states(
    tmp_path: Path, serve_country: Serve
) -> None:
    numbers = of_every_family()
    listed = ",".join(map(str, numbers))
    with serve_country(tmp_path, "--numbers", listed, "--delay", str(DELAY)):
        result = crawl(data_dir=tmp_path, offices_path=tmp_path / REGISTRY)
    assert {office.verdict for office in result.offices} <= {"ok", "partial"}
    build(tmp_path, load_offices(tmp_path / REGISTRY))
    found = score(tmp_path)
    assert found.examples == []
    assert found.count(*SILENT) == 0
    assert {(true, made) for true, made, _ in found.coverage if true != made} == set()
    manners = read_manners(tmp_path / SERVER_LOG)
    assert manners.hosts == len(numbers)
    assert manners.most_open == 1
    assert manners.shortest_pause is not None
    assert manners.shortest_pause >= DELAY


@pytest.mark.parametrize("number", [0, 249, 250, 62_499, 62_500, 119_999])
def test_an_office_has_a_loopback_address_of_its_own(number: int) -> None:
    assert number_at(address_of(number)) == number
    assert address_of(number).startswith("127.")
    assert address_of(number) != address_of(number + 1)


LOGS = {
    "one after the other": ([("a", 0.0, 1.0), ("a", 3.0, 4.0)], 2.0, 1),
    "two at once": ([("a", 0.0, 2.0), ("a", 1.0, 3.0)], -1.0, 2),
    "two hosts at once": ([("a", 0.0, 2.0), ("b", 1.0, 3.0), ("b", 3.5, 4.0)], 0.5, 1),
    "written out of order": ([("a", 5.0, 6.0), ("a", 0.0, 1.0)], 4.0, 1),
    "a single request": ([("a", 0.0, 1.0)], None, 1),
}


@pytest.mark.parametrize(("requests", "pause", "most_open"), LOGS.values(), ids=LOGS.keys())
def test_manners_are_told_by_the_log(
    tmp_path: Path, requests: list[tuple[str, float, float]], pause: float | None, most_open: int
) -> None:
    lines = [",".join(LOG_COLUMNS)]
    lines += [f"{host},/,200,{began},{ended},10" for host, began, ended in requests]
    (tmp_path / "log.csv").write_text("\n".join(lines), "utf-8")
    found = read_manners(tmp_path / "log.csv")
    assert (found.shortest_pause, found.most_open) == (pause, most_open)
    assert isinstance(found, Manners)
    assert found.requests == len(requests)


def test_an_empty_log_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(",".join(LOG_COLUMNS), "utf-8")
    with pytest.raises(ValueError, match="no request"):
        read_manners(tmp_path / "log.csv")
