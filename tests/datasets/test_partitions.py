"""A dataset in many files says what the same dataset says in one file a table."""

import json
import shutil
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from frictionless import Package
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import gongkai
from datasets.build import build
from datasets.engine import parts
from datasets.engine.parts import plan_parts
from datasets.engine.segments import BatchIndex, Segment
from datasets.formats.csv_files import export_csv
from datasets.registry import columns, files_of, tables
from datasets.schemas import arrow_schema
from datasets.tables import open_table, read_arrow, read_frame, read_rows, table_files
from datasets.validation import violations
from gongkai.app import app


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, small_country: Path) -> dict[str, Path]:
    """The small country built in both arrangements, the one in many files in very small ones."""
    found = {}
    for arrangement in ("single", "partitioned"):
        found[arrangement] = data_dir = tmp_path_factory.mktemp(arrangement)
        shutil.copytree(small_country / "archive", data_dir / "archive")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(parts, "_PART_LEAST", 2_000)
            patch.setattr(parts, "_ENDS", 2)
            summary = build(data_dir, {}, arrangement=arrangement)
        assert summary.arrangement == arrangement
    return found


def sorted_rows(table: pa.Table) -> pa.Table:
    return table.sort_by([(name, "ascending") for name in table.column_names])


@pytest.mark.parametrize("table", tables())
def test_the_rows_and_their_description_are_the_same(both: dict[str, Path], table: str):
    one, many = (read_arrow(both[name], table) for name in ("single", "partitioned"))
    assert many.schema.equals(one.schema, check_metadata=True)
    assert many.schema.equals(arrow_schema(table), check_metadata=True)
    assert sorted_rows(many).equals(sorted_rows(one))
    frame = read_frame(both["partitioned"], table)
    assert frame.dtypes.to_dict() == read_frame(both["single"], table).dtypes.to_dict()
    assert frame.attrs["columns"].keys() == {column.name for column in columns(table)}


@pytest.mark.parametrize("table", tables())
def test_the_files_are_where_the_registry_says(both: dict[str, Path], table: str):
    folder = both["partitioned"] / "dataset"
    paths = [
        path.relative_to(folder).as_posix() for path in table_files(both["partitioned"], table)
    ]
    rows = read_arrow(both["partitioned"], table).num_rows
    whole = files_of(table) in ("one", "registry") or not rows
    assert (paths == [f"{table}.parquet"]) is whole
    if files_of(table) == "report_year":
        years = sorted({path.split("/")[1] for path in paths})
        assert years == sorted(
            {f"report_year={row['report_year']}" for row in read_rows(both["single"], table)}
        )
        assert len(paths) > 2 * len(years)


@pytest.mark.parametrize("table", ["observations", "captures"])
def test_each_file_holds_a_run_of_offices_of_its_own_in_order(both: dict[str, Path], table: str):
    runs: dict[Path, list[list[str]]] = {}
    for path in table_files(both["partitioned"], table):
        offices = pq.read_table(path)["office_id"].to_pylist()
        assert offices == sorted(offices)
        assert path.stem == f"part-{offices[0]}"
        runs.setdefault(path.parent, []).append(offices)
    for some in runs.values():
        some.sort()
        assert all(one[-1] < other[0] for one, other in pairwise(some))


@pytest.mark.parametrize("arrangement", ["single", "partitioned"])
def test_the_files_keep_what_the_registry_and_the_descriptor_say(
    both: dict[str, Path], arrangement: str
):
    assert violations(both[arrangement]) == []
    descriptor = both[arrangement] / "dataset" / "datapackage.json"
    report = Package(str(descriptor)).validate()
    assert report.valid, report.to_summary()
    listed = {one["path"] for one in json.loads(descriptor.read_text("utf-8"))["resources"]}
    there = {
        path.relative_to(descriptor.parent).as_posix()
        for path in descriptor.parent.rglob("*.parquet")
    }
    assert listed == there


def test_the_descriptor_names_the_columns_of_a_file_and_its_year(both: dict[str, Path]):
    folder = both["partitioned"] / "dataset"
    described = json.loads((folder / "datapackage.json").read_text("utf-8"))
    for resource in described["resources"]:
        schema = resource["schema"]
        if isinstance(schema, str):
            schema = json.loads((folder / schema).read_text("utf-8"))
        names = [field["name"] for field in schema["fields"]]
        assert names == [column.name for column in columns(resource["title"])]
        year = resource.get("partition", {}).get("report_year")
        assert (f"report_year={year}/" in resource["path"]) is (year is not None)


def test_a_damaged_file_of_many_is_found(both: dict[str, Path], tmp_path: Path):
    shutil.copytree(both["partitioned"] / "dataset", tmp_path / "dataset")
    path = table_files(tmp_path, "observations")[3]
    data = pq.read_table(path)
    twice = pa.concat_tables([data, data])
    pq.write_table(twice, path)
    assert [one for one in violations(tmp_path) if "rows repeat the key" in one]
    path.with_name("part-again.parquet").write_bytes(path.read_bytes())
    assert [one for one in violations(tmp_path) if "stand out of the order" in one]


def test_other_tools_read_the_partitions(both: dict[str, Path]):
    folder = both["partitioned"] / "dataset" / "observations"
    count = read_arrow(both["single"], "observations").num_rows
    assert len(pd.read_parquet(folder)) == count
    scanned = pl.scan_parquet(folder / "**/*.parquet", hive_partitioning=True)
    assert scanned.filter(pl.col("report_year") == 2016).collect().height == count // 3


def test_a_year_is_found_without_opening_the_others(both: dict[str, Path], tmp_path: Path):
    shutil.copytree(both["partitioned"] / "dataset", tmp_path / "dataset")
    for path in table_files(tmp_path, "observations"):
        if "report_year=2016" not in str(path) and path != table_files(tmp_path, "observations")[0]:
            path.write_bytes(b"no Parquet")
    data = open_table(tmp_path, "observations")
    year = pa.dataset.field("report_year") == 2016
    assert data.count_rows(filter=year) == data.to_table(filter=year).num_rows > 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "2016"],
        ["compare"],
        ["compare", "2015", "2017"],
        ["coverage"],
        ["check", "--fail-on", "never"],
    ],
    ids=" ".join,
)
def test_commands_say_the_same_of_both(both: dict[str, Path], arguments: list[str]):
    office = read_rows(both["single"], "reports")[7]["office_id"]
    said = {}
    for arrangement, data_dir in both.items():
        given = [*arguments, "--office", office, "--data", str(data_dir)]
        done = CliRunner(env={"COLUMNS": "200"}).invoke(app, given)
        assert done.exit_code == 0, done.output
        said[arrangement] = done.output.replace(str(data_dir), "DATA")
    assert said["single"] == said["partitioned"]


def test_a_notebook_loads_both_alike(both: dict[str, Path]):
    office = read_rows(both["single"], "reports")[7]["office_id"]
    one, many = (gongkai.load("panel", data=both[name], office=office) for name in both)
    assert len(one) == 3
    pd.testing.assert_frame_equal(one, many)


def test_the_csv_export_is_one_file_a_table_either_way(both: dict[str, Path], tmp_path: Path):
    said = {}
    for arrangement, data_dir in both.items():
        written = export_csv(data_dir, tmp_path / arrangement)
        assert [path.stem for path in written] == list(tables())
        said[arrangement] = {
            path.name: sorted(path.read_text("utf-8").split("\n")) for path in written
        }
    assert said["single"] == said["partitioned"]


@pytest.mark.parametrize(("size", "arrangement"), [(10, "partitioned"), (10**9, "single")])
def test_a_large_dataset_is_partitioned_by_itself(
    tmp_path: Path,
    archive_small_country: Callable[[Path, int, Iterable[int]], None],
    monkeypatch: pytest.MonkeyPatch,
    size: int,
    arrangement: str,
):
    archive_small_country(tmp_path, 2, [2016])
    monkeypatch.setattr(parts, "_SINGLE_AT_MOST", size)
    assert build(tmp_path, {}).arrangement == arrangement
    assert len(gongkai.load("panel", data=tmp_path)) == 2


def batch_index(sizes: dict[str, int]) -> list[tuple[str, BatchIndex]]:
    """Batches with one segment of observations each, of so many bytes."""
    return [
        (
            name,
            BatchIndex(Path(name), "", {}, (Segment("observations", 2016, 1, size, 0, 1, name),)),
        )
        for name, size in sorted(sizes.items())
    ]


def runs(sizes: dict[str, int]) -> list[list[str]]:
    planned = plan_parts(batch_index(sizes), "partitioned", "code")
    return [[name for name, _ in one.segments] for one in planned if one.table == "observations"]


SIZES = st.dictionaries(
    st.from_regex(r"cn-[0-9]{6}", fullmatch=True), st.integers(1, 2 * 2**20), max_size=300
)


@given(SIZES)
def test_every_segment_is_in_one_file_and_files_are_of_sensible_size(sizes: dict[str, int]):
    found = runs(sizes)
    assert [name for run in found for name in run] == sorted(sizes)
    weights = [sum(sizes[name] for name in run) for run in found]
    assert all(weight >= parts._PART_LEAST for weight in weights[:-1])
    assert all(weight <= parts._PART_MOST * 1.3 for weight in weights)


@pytest.mark.parametrize("place", [0, 700, 2999])
@pytest.mark.parametrize("change", ["grows", "joins", "leaves"])
def test_a_change_in_one_office_moves_few_ends(place: int, change: str):
    sizes = {f"cn-{number * 301 % 900000:06}": 2**19 + number for number in range(3000)}
    name = sorted(sizes)[place]
    after = dict(sizes)
    if change == "leaves":
        del after[name]
    after |= {"grows": {name: sizes[name] + 40_000}, "joins": {f"{name}x": 50_000}}.get(change, {})
    before, later = runs(sizes), runs(after)
    assert len(before) > 8
    same = [run for run in later if run in before]
    assert len(later) - len(same) <= 3
