"""The rules that every file keeps: imports between rooms, formatting, types, pinned versions."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent

CHECKS = {
    "imports between the rooms": ["lint-imports"],
    "lint": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "types": ["mypy"],
}


@pytest.mark.parametrize("command", CHECKS.values(), ids=CHECKS.keys())
def test_rule(command: list[str]) -> None:
    done = subprocess.run(
        [BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_parsers_do_not_fetch() -> None:
    # The contract names whole packages; of urllib only this part reaches the network.
    for module in (ROOT / "parsers").rglob("*.py"):
        assert "urllib.request" not in module.read_text("utf-8"), module


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    listed = list(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        listed += extra
    return {canonical(re.split(r"[\[<>=!~; ]", one)[0]) for one in listed}


def test_every_requirement_is_pinned_and_no_package_host_is_named() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert [line for line in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[^\s@/]+", line)] == []
    assert requirements() - {canonical(line.split("==")[0]) for line in pins} - {"gongkai"} == set()
