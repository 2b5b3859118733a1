"""Building in several processes: the same bytes, and nothing lost with a worker that is killed."""

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from datasets.build import build
from datasets.engine import running
from datasets.engine.batches import (
    KEPT,
    Batch,
    NoArchiveHere,
    OfficeInput,
    OtherCode,
    in_batches,
    read_batch,
)
from datasets.engine.code import table_code
from datasets.engine.running import ClusterFailed, Here, NoCluster, OnDask, Runners
from gongkai.app import app
from gongkai.exit_codes import ExitCode

OFFICES = 120
_MAIN = "from gongkai.app import main; main()"
DASK = [sys.executable, "-m", "dask"]


def contents(data_dir: Path) -> dict[str, str]:
    folder = data_dir / "dataset"
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def here(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[Callable[[Path, int, Iterable[int]], None]], Path]:
    """The country archived, and built in one process. Only to be copied."""
    made: list[Path] = []

    def make(archive: Callable[[Path, int, Iterable[int]], None]) -> Path:
        if not made:
            data_dir = tmp_path_factory.mktemp("here")
            archive(data_dir, OFFICES, (2016, 2017))
            build(data_dir, {}, workers=1, arrangement="partitioned")
            made.append(data_dir)
        return made[0]

    return make


@pytest.fixture
def country(
    tmp_path: Path,
    here: Callable[..., Path],
    archive_small_country: Callable[[Path, int, Iterable[int]], None],
) -> tuple[Path, dict[str, str]]:
    """A data directory with the archive alone, and what a build in one process makes of it."""
    done = here(archive_small_country)
    shutil.copytree(done / "archive", tmp_path / "archive")
    return tmp_path, contents(done)


class Cluster:
    """A Dask scheduler and its workers, each a process of its own."""

    def __init__(self, folder: Path):
        self._file = folder / "scheduler.json"
        self._processes: list[subprocess.Popen[bytes]] = []
        self._start("scheduler", "--host", "127.0.0.1", "--port", "0")
        until(lambda: self._told() is not None, "the scheduler does not start")
        self.address: str = (self._told() or {})["address"]

    def _told(self) -> dict[str, str] | None:
        try:
            told: dict[str, str] = json.loads(self._file.read_text("utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):  # not there, or being written
            return None
        return told

    def _start(self, what: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [*DASK, what, *arguments, "--no-dashboard", "--scheduler-file", str(self._file)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._processes.append(process)
        return process

    def add_worker(self, threads: int = 1) -> subprocess.Popen[bytes]:
        return self._start("worker", "--no-nanny", "--nthreads", str(threads))

    def close(self) -> None:
        for process in reversed(self._processes):
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    yield made
    made.close()


def until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 120
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


@pytest.mark.cluster
@pytest.mark.parametrize("threads", [1, 3])
def test_a_cluster_builds_the_bytes_of_one_process(
    country: tuple[Path, dict[str, str]], cluster: Cluster, threads: int
):
    data_dir, expected = country
    cluster.add_worker(threads)
    cluster.add_worker(threads)
    arguments = ["build", "--data", str(data_dir), "--scheduler", cluster.address]
    done = CliRunner().invoke(app, [*arguments, "--files", "partitioned"])
    assert done.exit_code == ExitCode.OK, done.output
    assert contents(data_dir) == expected


@pytest.mark.cluster
def test_local_processes_build_the_bytes_of_one(country: tuple[Path, dict[str, str]]):
    data_dir, expected = country
    summary = build(data_dir, {}, workers=2, arrangement="partitioned")
    assert summary.n_parsed == OFFICES * 2
    assert contents(data_dir) == expected


def n_batches_done(data_dir: Path) -> int:
    return len(list((data_dir / KEPT / "tables").glob("*.segments")))


@pytest.mark.cluster
@pytest.mark.faults
def test_a_worker_of_a_cluster_that_is_killed_over_its_task_loses_nothing(
    country: tuple[Path, dict[str, str]], cluster: Cluster
):
    data_dir, expected = country
    doomed = cluster.add_worker()
    arguments = ["build", "--data", str(data_dir), "--scheduler", cluster.address]
    command = [sys.executable, "-c", _MAIN, *arguments, "--files", "partitioned"]
    with subprocess.Popen(command) as process:
        until(lambda: n_batches_done(data_dir) > 0, "no batch is read")
        # It has tasks, as the only worker, and finishes none of them from now on.
        doomed.send_signal(signal.SIGSTOP)
        done = n_batches_done(data_dir)
        assert done < len(list(in_batches(all_offices(data_dir))))
        cluster.add_worker()
        doomed.kill()
        assert process.wait() == ExitCode.OK
    assert contents(data_dir) == expected


@pytest.mark.cluster
@pytest.mark.faults
def test_a_scheduler_that_goes_away_is_one_sentence_and_what_was_read_is_kept(
    country: tuple[Path, dict[str, str]], cluster: Cluster
):
    data_dir, expected = country
    cluster.add_worker()
    arguments = ["build", "--data", str(data_dir), "--scheduler", cluster.address]
    command = [sys.executable, "-c", _MAIN, *arguments, "--files", "partitioned"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        until(lambda: n_batches_done(data_dir) > 0, "no batch is read")
        cluster.close()
        _, said = process.communicate()
    assert process.returncode == ExitCode.PARTIAL, said
    assert "The scheduler of the cluster is gone" in said
    assert len(said.splitlines()) == 1
    summary = build(data_dir, {}, workers=1, arrangement="partitioned")
    assert 0 < summary.n_parsed < OFFICES * 2
    assert contents(data_dir) == expected


def all_offices(data_dir: Path) -> list[OfficeInput]:
    names = sorted(path.name for path in (data_dir / "archive").iterdir())
    return [OfficeInput(name, ()) for name in names]


_BUILD = """
import sys
from pathlib import Path
from datasets.build import build
if __name__ == "__main__":
    build(Path(sys.argv[1]), {}, workers=2, arrangement="partitioned")
"""


def local_workers(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        return [
            one
            for one in psutil.Process(process.pid).children(recursive=True)
            if "spawn_main" in " ".join(one.cmdline())
        ]
    return []


@pytest.mark.cluster
@pytest.mark.faults
def test_local_workers_that_are_killed_are_replaced(country: tuple[Path, dict[str, str]]):
    data_dir, expected = country
    with subprocess.Popen([sys.executable, "-c", _BUILD, str(data_dir)]) as process:
        until(lambda: n_batches_done(data_dir) > 0, "no batch is read")
        victims = local_workers(process)
        assert victims
        for victim in victims:
            victim.send_signal(signal.SIGKILL)
        assert process.wait() == 0
    assert contents(data_dir) == expected


@pytest.mark.cluster
@pytest.mark.faults
def test_a_build_that_is_killed_leaves_no_worker_and_what_it_read(
    country: tuple[Path, dict[str, str]],
):
    data_dir, expected = country
    with subprocess.Popen([sys.executable, "-c", _BUILD, str(data_dir)]) as process:
        until(lambda: n_batches_done(data_dir) > 0, "no batch is read")
        workers = local_workers(process)
        process.kill()
        process.wait()
    until(lambda: not any(one.is_running() for one in workers), "a worker outlives its build")
    summary = build(data_dir, {}, workers=1, arrangement="partitioned")
    assert 0 < summary.n_parsed < OFFICES * 2
    assert contents(data_dir) == expected


@pytest.mark.cluster
@pytest.mark.faults
def test_a_build_that_is_interrupted_stops_its_workers_without_a_word(
    country: tuple[Path, dict[str, str]],
):
    data_dir, _ = country
    command = [sys.executable, "-c", _MAIN, "build", "--data", str(data_dir), "--workers", "2"]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        until(lambda: n_batches_done(data_dir) > 0, "no batch is read")
        workers = local_workers(process)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        _, said = process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in said
    until(lambda: not any(one.is_running() for one in workers), "a worker outlives its build")
    assert not (data_dir / "dataset").exists()


@pytest.mark.cluster
@pytest.mark.faults
def test_an_error_of_one_office_on_a_cluster_is_one_sentence(
    country: tuple[Path, dict[str, str]], cluster: Cluster
):
    data_dir, _ = country
    cluster.add_worker()
    office = all_offices(data_dir)[33].office_id
    (data_dir / "corrections.toml").write_text(
        f'[[correction]]\noffice_id = "{office}"\nreport_year = 1999\nsource = "table"\n'
        'indicator = "fees.amount"\nexpected = 1\nvalue = 2\nreason = "r"\nevidence = "e"\n',
        "utf-8",
    )
    arguments = ["build", "--data", str(data_dir), "--scheduler", cluster.address]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == ExitCode.USAGE
    assert f"{office} has no report of 1999" in done.output
    assert not (data_dir / "dataset").exists()


def test_no_scheduler_is_one_sentence(
    country: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch
):
    data_dir, _ = country
    monkeypatch.setattr(running, "_SECONDS_TO_ANSWER", 1)
    arguments = ["build", "--data", str(data_dir), "--scheduler", "tcp://127.0.0.1:9"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == ExitCode.USAGE
    assert "No Dask scheduler with a worker was found at tcp://127.0.0.1:9" in done.output
    assert "`dask scheduler`" in done.output


@pytest.mark.cluster
def test_a_scheduler_without_workers_is_one_sentence(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(running, "_SECONDS_TO_JOIN", 1)
    with pytest.raises(NoCluster, match="dask worker ADDRESS"):
        running.on_cluster(cluster.address)


@pytest.mark.parametrize(
    ("code", "state", "error", "words"),
    [
        ("other code", (), OtherCode, "runs another version"),
        (table_code(), (("a.warc.gz", 1, 1),), NoArchiveHere, "does not see the archive in"),
    ],
)
def test_a_worker_that_cannot_do_it_says_so(
    tmp_path: Path, code: str, state: tuple[tuple[str, int, int], ...], error: type, words: str
):
    with pytest.raises(error, match=words):
        read_batch(tmp_path, code, Batch((OfficeInput("cn-110000-a", state),)))


@pytest.mark.parametrize(
    ("workers", "seconds", "is_here"),
    [(None, 1, True), (None, 0, True), (1, 10**6, True), (2, 0, True)],
)
def test_little_work_starts_no_process(workers: int | None, seconds: float, is_here: bool):
    with Runners(workers) as runners:
        assert isinstance(runners.for_work(seconds), Here) is is_here


@pytest.mark.cluster
@pytest.mark.faults
def test_a_task_that_kills_every_worker_is_named():
    with Runners(2) as runners:
        runner = runners.for_work(1)
        task = Batch((OfficeInput("cn-110000-a", ()), OfficeInput("cn-110000-b", ())))
        results = runner.run(lambda _: os._exit(1), [task])
        with pytest.raises(ClusterFailed, match="the offices cn-110000-a to cn-110000-b"):
            list(results)


@pytest.mark.cluster
def test_workers_that_join_later_get_tasks_too(cluster: Cluster):
    def where(_: int) -> int:
        time.sleep(0.05)
        return os.getpid()

    cluster.add_worker()
    with Runners(scheduler=cluster.address) as runners:
        runner = runners.for_work(1)
        results = runner.run(where, range(300))
        found = {next(results)}
        cluster.add_worker()
        found |= set(results)
    assert len(found) == 2


@pytest.mark.cluster
def test_more_tasks_than_workers_are_sent_as_others_are_done(cluster: Cluster):
    cluster.add_worker()
    sent: list[int] = []

    def tasks() -> Iterator[int]:
        for number in range(40):
            sent.append(number)
            yield number

    with Runners(scheduler=cluster.address) as runners:
        runner = runners.for_work(1)
        assert isinstance(runner, OnDask)
        results = runner.run(abs, tasks())
        assert next(results) in range(3)
        assert len(sent) <= 4
        assert len(list(results)) == 39
    assert len(sent) == 40
