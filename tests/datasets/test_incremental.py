"""What did not change is not read again, and the result is that of a build from nothing."""

import datetime as dt
import hashlib
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.offices import Office, load_offices
from crawler.sample_site import PAGES
from datasets.build import BuildSummary, build
from datasets.engine import batches, code, parts
from datasets.engine.batches import KEPT
from datasets.engine.readings import KeptReadings
from datasets.pages import Reading, read_payload
from datasets.tables import read_rows, table_files

PAGES_OF_TESTS = sorted((Path(__file__).parents[1] / "pages").glob("*.html"))
LATER = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)


def contents(data_dir: Path) -> dict[str, str]:
    """The digest of every file of the dataset, descriptions too, by path."""
    folder = data_dir / "dataset"
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def places(data_dir: Path) -> dict[str, int]:
    """The inode of every Parquet file of the dataset, by path."""
    folder = data_dir / "dataset"
    return {
        path.relative_to(folder).as_posix(): path.stat().st_ino
        for path in sorted(folder.rglob("*.parquet"))
    }


@pytest.fixture(scope="module", autouse=True)
def small_parts() -> Iterator[None]:
    """Files of a few offices, so that a small country has many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "_PART_LEAST", 2_000)
        patch.setattr(parts, "_ENDS", 2)
        yield


@pytest.fixture(scope="module")
def built_country(tmp_path_factory: pytest.TempPathFactory, small_country: Path) -> Path:
    """The small country, archived and built in many files. Only to be copied."""
    data_dir = tmp_path_factory.mktemp("built") / "country"
    shutil.copytree(small_country, data_dir)
    built(data_dir)
    return data_dir


@pytest.fixture
def country(tmp_path: Path, built_country: Path) -> Path:
    """The small country, archived and built, to be changed."""
    return Path(shutil.copytree(built_country, tmp_path / "country"))


def built(data_dir: Path, offices: dict[str, Office] | None = None) -> BuildSummary:
    return build(data_dir, offices or {}, arrangement="partitioned")


def built_from_nothing(
    data_dir: Path, elsewhere: Path, offices: dict[str, Office] | None = None
) -> dict[str, str]:
    """What a first build of the same archive makes."""
    shutil.copytree(data_dir, elsewhere, ignore=shutil.ignore_patterns(KEPT, "dataset"))
    summary = built(elsewhere, offices)
    assert summary.n_written == summary.n_files
    return contents(elsewhere)


def test_a_build_of_what_is_built_reads_and_writes_nothing(country: Path):
    before, where = contents(country), places(country)
    summary = built(country)
    assert (summary.n_parsed, summary.n_kept, summary.n_written) == (0, 0, 0)
    assert contents(country) == before
    kept = {path: inode for path, inode in places(country).items() if "/" in path}
    assert kept.items() <= where.items()


def test_one_new_page_is_the_only_one_parsed(
    country: Path, tmp_path: Path, archive_small_reports: Callable[..., None]
):
    where = places(country)
    archive_small_reports(country, 7, [2018], day=LATER)
    summary = built(country)
    assert summary.n_parsed == 1
    assert 0 < summary.n_kept < 60 * 3 / 2
    assert 0 < summary.n_written < summary.n_files / 3
    same = [path for path, inode in places(country).items() if where.get(path) == inode]
    assert len(same) == summary.n_files - summary.n_written
    assert contents(country) == built_from_nothing(country, tmp_path / "anew")


def test_a_page_under_another_parser_version_is_parsed_again(
    country: Path, monkeypatch: pytest.MonkeyPatch
):
    before = contents(country)
    monkeypatch.setattr(code, "PARSER_VERSION", "another")
    summary = built(country)
    assert (summary.n_parsed, summary.n_kept) == (60 * 3, 0)
    assert contents(country) == before


def test_other_code_of_the_tables_parses_no_page_again(
    country: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("datasets.build.table_code", lambda: "another")
    monkeypatch.setattr("datasets.engine.batches.table_code", lambda: "another")
    summary = built(country)
    assert (summary.n_parsed, summary.n_kept) == (0, 60 * 3)
    assert summary.n_written == summary.n_files


def test_a_known_office_and_a_correction_change_its_rows_and_parse_nothing(country: Path):
    row = read_rows(country, "reports")[31]
    figure = next(
        one
        for one in read_rows(country, "observations")
        if one["office_id"] == row["office_id"]
        and one["report_year"] == 2016
        and one["indicator"] == "applications.received"
    )
    (country / "corrections.toml").write_text(
        f'''[[correction]]
office_id = "{row["office_id"]}"
report_year = 2016
indicator = "applications.received"
applicant = "{figure["applicant"]}"
source = "narrative"
expected = {figure["value"]}
value = 77
reason = "a digit too much"
evidence = "the letter of the office"
''',
        encoding="utf-8",
    )
    office = replace(
        load_offices()["cn-371500-wsb"], id=row["office_id"], name="蓝田市外事办", aliases=()
    )
    summary = built(country, {office.id: office})
    assert summary.n_parsed == 0
    assert 0 < summary.n_written < summary.n_files
    assert [one["value"] for one in read_rows(country, "observations") if one["correction"]] == [77]
    (country / "corrections.toml").unlink()
    built(country)
    assert not [one for one in read_rows(country, "observations") if one["correction"]]


@pytest.mark.parametrize("seed", range(3))
def test_any_history_of_builds_gives_the_bytes_of_a_first_one(
    tmp_path: Path, archive_small_reports: Callable[..., None], seed: int
):
    data_dir = tmp_path / "data"
    chance = random.Random(seed)
    for step in range(6):
        for number in chance.sample(range(30), 12):
            day = LATER + dt.timedelta(days=step)
            archive_small_reports(data_dir, number, [2014 + step], more=step, day=day)
            archive_small_reports(data_dir, number, [2014], more=step // 2, day=day)
        if step == 3:
            gone = chance.choice(sorted((data_dir / "archive").iterdir()))
            shutil.rmtree(gone)
        built(data_dir)
    assert read_rows(data_dir, "revisions")
    assert contents(data_dir) == built_from_nothing(data_dir, tmp_path / "anew")
    kept = {
        path.name.removesuffix(".readings") for path in (data_dir / KEPT / "readings").iterdir()
    }
    assert kept == {path.name for path in (data_dir / "archive").iterdir()}


def test_a_reading_is_kept_over_a_copy_of_the_archive(country: Path, tmp_path: Path):
    shutil.copytree(country, tmp_path / "copy", copy_function=shutil.copyfile)
    summary = built(tmp_path / "copy")
    assert (summary.n_parsed, summary.n_kept) == (0, 60 * 3)
    assert contents(tmp_path / "copy") == contents(country)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def turned(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for place in range(len(data) // 3, len(data), len(data) // 7):
        data[place] ^= 0xFF
    path.write_bytes(data)


def one_bit(path: Path) -> None:
    """Where only the content of a segment shows it."""
    data = bytearray(path.read_bytes())
    data[len(data) // 9] ^= 1
    path.write_bytes(data)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.faults
@pytest.mark.parametrize("damage", [cut, turned, one_bit, emptied, Path.unlink])
@pytest.mark.parametrize(
    "what",
    ["readings/*", "tables/*", "published.json", "*/*"],
    ids=["readings", "tables", "list", "all"],
)
def test_damaged_kept_files_are_made_anew(
    country: Path,
    archive_small_reports: Callable[..., None],
    what: str,
    damage: Callable[[Path], None],
    tmp_path: Path,
):
    for path in sorted((country / KEPT).glob(what)):
        damage(path)
    archive_small_reports(country, 7, [2018], day=LATER)
    shutil.rmtree(country / "dataset")  # so that every kept table is needed
    built(country)
    assert contents(country) == built_from_nothing(country, tmp_path / "anew")


@pytest.mark.faults
@pytest.mark.parametrize("damage", [cut, turned, emptied, Path.unlink])
def test_a_published_file_that_someone_changed_is_written_again(
    country: Path, damage: Callable[[Path], None]
):
    before = contents(country)
    damage(table_files(country, "panel")[2])
    assert built(country).n_written == 1
    assert contents(country) == before


def test_files_are_copied_where_they_cannot_be_linked(
    country: Path, monkeypatch: pytest.MonkeyPatch
):
    def no_links(*_: object) -> None:
        raise OSError("Operation not permitted")

    before = contents(country)
    monkeypatch.setattr(os, "link", no_links)
    assert built(country).n_written == 0
    assert contents(country) == before
    assert built(country).n_written == 0


_BUILD = """
import sys, time
from pathlib import Path
from datasets.build import build
def told(office):
    print(office, flush=True)
build(Path(sys.argv[1]), {}, workers=1, on_office=told)
"""


@pytest.mark.faults
def test_a_killed_build_is_taken_up_where_it_was(tmp_path: Path, small_country: Path):
    data_dir = tmp_path / "data"
    shutil.copytree(small_country, data_dir)
    with subprocess.Popen(
        [sys.executable, "-c", _BUILD, str(data_dir)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        for _ in range(40):
            process.stdout.readline()
        process.kill()
    assert not (data_dir / "dataset").exists()
    summary = build(data_dir, {})
    # The batches that were done are not even opened; of the others readings are kept.
    assert summary.n_parsed <= (60 - 39) * 3
    first = contents(data_dir)
    shutil.rmtree(data_dir / KEPT)
    build(data_dir, {})
    assert contents(data_dir) == first


@pytest.mark.parametrize("path", PAGES_OF_TESTS, ids=lambda path: path.stem)
def test_a_kept_reading_is_the_one_that_was_read(path: Path, tmp_path: Path):
    reading = read_payload(path.read_bytes(), "http://a.example/", None)
    file = tmp_path / "one.readings"
    with KeptReadings(file, "code") as kept:
        assert kept.reading(("u", "c", "f", 0), lambda: reading) is reading
    with KeptReadings(file, "code") as kept:
        again = kept.reading(("u", "c", "f", 0), lambda: pytest.fail("parsed again"))
    assert again == reading
    assert again.digests == reading.digests
    with KeptReadings(file, "other code") as kept:
        assert kept.reading(("u", "c", "f", 0), lambda: Reading((), "anew")).failure == "anew"


def test_only_what_the_archive_still_holds_is_kept(tmp_path: Path):
    file = tmp_path / "one.readings"
    for keys in ("abc", "bd"):
        with KeptReadings(file, "code") as kept:
            for key in keys:
                kept.reading((key, "c", "f", 0), lambda: Reading(()))
    with KeptReadings(file, "code") as kept:
        for key in "abcd":
            kept.reading((key, "c", "f", 0), lambda: Reading(()))
        assert (kept.n_parsed, kept.n_kept) == (2, 2)


def test_captures_that_read_alike_share_one_reading(tmp_path: Path):
    body = next(PAGES.rglob("doc_65ad*.html")).read_bytes()
    file, sizes = tmp_path / "one.readings", []
    for many in (1, 50):
        file.unlink(missing_ok=True)
        for _ in range(2):  # parsed, then kept
            with KeptReadings(file, "code") as kept:
                found = [
                    kept.reading(
                        ("u", f"c{number}", "f", number), lambda: read_payload(body, "u", None)
                    )
                    for number in range(many)
                ]
            assert len({id(reading) for reading in found}) == 1
        sizes.append(file.stat().st_size)
    assert sizes[1] < sizes[0] + 1000


def test_what_was_parsed_before_an_error_is_kept(tmp_path: Path):
    file = tmp_path / "one.readings"

    def broken() -> Reading:
        raise OSError("No space left on device")

    def read_two() -> None:
        with KeptReadings(file, "code") as kept:
            kept.reading(("a", "c", "f", 0), lambda: Reading(()))
            kept.reading(("b", "c", "f", 0), broken)

    with pytest.raises(OSError, match="No space"):
        read_two()
    with KeptReadings(file, "code") as kept:
        kept.reading(("a", "c", "f", 0), broken)
        assert kept.n_kept == 1


def test_ends_of_batches_depend_on_ids_alone():
    ids = [f"cn-{number * 301 % 900000:06}" for number in range(2000)]
    inputs = [batches.OfficeInput(one, ()) for one in sorted(ids)]
    found = [batch.offices for batch in batches.in_batches(inputs)]
    assert [one for batch in found for one in batch] == inputs
    assert all(8 <= len(batch) <= 32 for batch in found[:-1])
    without = [one for one in inputs if one is not inputs[700]]
    later = [batch.offices for batch in batches.in_batches(without)]
    assert len([batch for batch in later if batch not in found]) <= 6


def test_the_real_site_is_built_alike_from_kept_readings(
    tmp_path: Path, archive_site: Callable[..., None]
):
    archive_site(tmp_path, PAGES)
    offices = load_offices()
    build(tmp_path, offices)
    before = contents(tmp_path)
    (path,) = (tmp_path / "archive" / "cn-371500-wsb").glob("*.warc.gz")
    now = time.time_ns()
    os.utime(path, ns=(now, now))
    summary = build(tmp_path, offices)
    assert summary.n_parsed == 0
    assert summary.n_kept > 15
    assert contents(tmp_path) == before
