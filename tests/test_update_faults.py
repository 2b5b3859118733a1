"""What a scheduled update survives: kills at any moment, and a disk without room."""

from __future__ import annotations

import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from crawler import sample_site
from crawler.archive import Archive
from crawler.archive.verification import verify
from crawler.offices import Office, read_office, served_at
from datasets.build import build
from datasets.tables import read_rows
from gongkai.exit_codes import ExitCode

pytestmark = pytest.mark.faults

TABLES = ("reports", "sections", "observations", "panel", "coverage", "findings", "revisions")
# What an update of another moment says differently: when it asked, and where that is kept.
_OF_THE_MOMENT = frozenset(
    {"captured_at", "first_seen", "last_checked", "last_changed", "fetched_at", "n_captures"}
    | {"new_captured_at", "old_captured_at"}
)
_COMMAND = "import sys; from gongkai.app import main; sys.argv[0] = 'gongkai'; main()"


@dataclass
class Place:
    """The sample site, slow enough to be killed at, and its office file."""

    site: Path
    offices: Path
    office: Office

    def start(self, data: Path, **options: Any) -> subprocess.Popen[str]:
        words = ["update", "--offices", str(self.offices), "--data", str(data)]
        return subprocess.Popen(
            [sys.executable, "-c", _COMMAND, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **options,
        )

    def update(self, data: Path, **options: Any) -> tuple[int, str]:
        process = self.start(data, **options)
        _, errors = process.communicate(timeout=120)
        return process.returncode, errors

    def built_from_nothing(self, data: Path, folder: Path) -> Path:
        """The dataset that a build makes of the archive alone."""
        shutil.copytree(data / "archive", folder / "archive")
        build(folder, {self.office.id: self.office}, also=[self.office.id])
        return folder

    def assert_sound(self, data: Path) -> None:
        with Archive(data) as archive:
            assert verify(archive, self.office.id).problems == ()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    site = Path(shutil.copytree(sample_site.PAGES, tmp_path / "site"))
    with sample_site.serve(site) as url:
        offices = tmp_path / "office.toml"
        text = sample_site.OFFICE.read_text("utf-8").replace("http://127.0.0.1", url)
        offices.write_text(text.replace("delay_seconds = 0.0", "delay_seconds = 0.04"), "utf-8")
        yield Place(site, offices, served_at(read_office(offices), url))


def _content(data: Path) -> dict[str, list[dict[str, Any]]]:
    """The tables without what depends on the moment of a crawl."""
    return {
        table: [
            {name: value for name, value in row.items() if name not in _OF_THE_MOMENT}
            for row in read_rows(data, table)
        ]
        for table in TABLES
    }


def _bytes(data: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (data / "dataset").glob("*.parquet")}


def test_an_update_killed_at_twenty_random_moments_ends_like_an_undisturbed_one(
    place: Place, tmp_path: Path
):
    assert place.update(tmp_path / "undisturbed")[0] == ExitCode.OK
    undisturbed = _content(tmp_path / "undisturbed")
    data = tmp_path / "killed"
    chance = random.Random(20240301)
    begun = 0
    for _ in range(20):
        process = place.start(data)
        time.sleep(chance.uniform(0.4, 3.5))
        # With its children, as a power cut does it, or alone, as a person does.
        kill = chance.choice((os.killpg, os.kill))
        if process.poll() is None:
            begun += 1
            kill(process.pid, signal.SIGKILL)
        process.communicate()
        if (data / "dataset").exists():
            assert _content(data) == undisturbed
    assert begun >= 5
    code, errors = place.update(data)
    assert (code, errors) == (ExitCode.OK, "")
    assert _content(data) == undisturbed
    place.assert_sound(data)
    # The bytes are those of a build that never heard of any of this.
    assert _bytes(data) == _bytes(place.built_from_nothing(data, tmp_path / "anew"))
    left = {path.name for path in data.iterdir()}
    assert left <= {
        ".build", ".build.lock", ".run.lock", "archive", "dataset",
        "crawl.json", "crawl.log", "crawl.md", "update.json", "update.md",
    }  # fmt: skip


def _small_disk(room: int) -> Callable[[], None]:
    # No file can grow beyond this: archive, index, tables and pages meet it at different moments.
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))


@pytest.mark.parametrize("room", [1_000, 6_000, 20_000, 40_000, 80_000])
def test_a_full_disk_is_said_and_the_next_update_goes_on(place: Place, tmp_path: Path, room: int):
    data = tmp_path / "data"
    code, errors = place.update(data, preexec_fn=_small_disk(room))
    assert code in (ExitCode.PARTIAL, ExitCode.USAGE), errors
    assert "written" in errors
    assert "Traceback" not in errors
    assert not (data / "dataset").exists()
    assert place.update(data)[0] == ExitCode.OK
    place.assert_sound(data)
    assert _bytes(data) == _bytes(place.built_from_nothing(data, tmp_path / "anew"))


@pytest.mark.parametrize("room", [1_000, 6_000, 20_000, 40_000])
def test_a_disk_that_became_full_leaves_archive_and_dataset_in_place(
    place: Place, tmp_path: Path, room: int
):
    data = tmp_path / "data"
    place.update(data)
    before, content = _bytes(data), _content(data)
    page = place.site / sample_site.CHANNEL.strip("/") / "index.html"
    text = page.read_text("utf-8")
    changed = re.sub(r"(（一）予以公开.*?>)\d+<", r"\g<1>5<", text, count=1, flags=re.S)
    assert changed != text
    page.write_text(changed, "utf-8")
    code, errors = place.update(data, preexec_fn=_small_disk(room))
    assert code in (ExitCode.PARTIAL, ExitCode.USAGE), errors
    assert "Traceback" not in errors
    assert _bytes(data) == before
    place.assert_sound(data)
    assert place.update(data)[0] == ExitCode.OK
    assert len(_content(data)["revisions"]) == 1
    assert _content(data)["observations"] == content["observations"]
