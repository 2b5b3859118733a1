"""What the tests of the benchmarks share: a country that is built, and one that is served."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from benchmarks.country.archiving import REGISTRY, write_country
from benchmarks.country.offices import Country
from crawler.offices import load_offices
from datasets.build import build

ROOT = Path(__file__).parents[2]
_OFFICES = 12
Serve = Callable[..., AbstractContextManager[None]]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a small country, archived and built. Only to be read."""
    data_dir = tmp_path_factory.mktemp("country")
    list(write_country(Country(seed=3), data_dir, _OFFICES))
    build(data_dir, load_offices(data_dir / REGISTRY))
    return data_dir


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.1.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def serve_country() -> Serve:
    """Serve a country from `data_dir` while the block runs; the log is whole after it."""

    @contextmanager
    def serve(data_dir: Path, *arguments: str) -> Iterator[None]:
        command = [sys.executable, "-m", "benchmarks.country", "serve", "--data", str(data_dir)]
        child = subprocess.Popen(
            [*command, "--port", str(free_port()), *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        try:
            assert child.stdout.readline().startswith("ready")
            yield
        finally:
            child.send_signal(signal.SIGTERM)
            assert child.wait() == 0
            child.stdout.close()

    return serve
