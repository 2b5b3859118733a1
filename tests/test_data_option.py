"""A data directory that cannot be one is a sentence, whatever command is given it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from gongkai.app import app
from gongkai.exit_codes import ExitCode


def _commands(group: Any, before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every command that takes --data; a wrong one is told before any other argument."""
    found: list[tuple[str, ...]] = []
    for name, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            found += _commands(command, (*before, name))
        elif any("--data" in parameter.opts for parameter in command.params):
            found.append((*before, name))
    return found


COMMANDS = _commands(typer.main.get_command(app))
# Those that write into the data directory before anything else.
WRITING: list[tuple[str, ...]] = [
    ("crawl",),
    ("build",),
    ("demo",),
    ("crawl", "--replay"),
    ("crawl", "--from-wayback"),
]
_ADD = "archive add {page} --office cn-371500-wsb --fetched-at 2024-01-01"
WRITING.append((*_ADD.split(), "--url", "http://wsb.liaocheng.gov.cn/x"))


def _said(arguments: tuple[str, ...], data: Path) -> str:
    done = CliRunner().invoke(app, [*arguments, "--data", str(data)])
    assert done.exit_code == ExitCode.USAGE, done.output
    assert len(done.stderr.strip().splitlines()) == 1
    return done.stderr


def test_the_commands_are_found():
    assert len(COMMANDS) >= 12
    assert ("archive", "show") in COMMANDS


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_file_is_no_data_directory(tmp_path: Path, arguments: tuple[str, ...]):
    file = tmp_path / "crawl.json"
    file.touch()
    for data in (file, file / "below"):
        said = _said(arguments, data)
        assert said.startswith(f"The data directory {data} cannot be used: {file} is a file")
    assert [path.name for path in tmp_path.iterdir()] == ["crawl.json"]


def test_nor_when_the_environment_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "crawl.json"
    file.touch()
    monkeypatch.setenv("GONGKAI_DATA", str(file))
    done = CliRunner().invoke(app, ["coverage"])
    assert done.exit_code == ExitCode.USAGE
    assert f"{file} is a file, not a folder" in done.stderr


@pytest.mark.parametrize("arguments", WRITING, ids=" ".join)
def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path, arguments: tuple[str, ...]):
    page = tmp_path / "page.html"
    page.write_text("<p>2015年</p>", "utf-8")
    # No folder can be made there, whoever asks: the tests may be run by root.
    data = Path("/proc/nowhere")
    said = _said(tuple(one.format(page=page) for one in arguments), data)
    assert said.startswith(f"{data}")
    assert "cannot be written: No such file or directory; choose another data directory" in said
