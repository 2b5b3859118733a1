"""The examples of schedules under docs/, run as cron, systemd and GitHub would run them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from crawler import sample_site
from crawler.locks import run_lock

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "docs" / "schedules"
# Where the examples say that everything is; a test has another place.
PLACE = "/srv/gongkai"


@dataclass
class Machine:
    """A machine with the project installed in `home`, the sample site, and an office file."""

    home: Path
    site: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def office(self) -> Path:
        return self.home / "offices" / "sample.toml"

    def here(self, text: str) -> str:
        """The text of an example with the paths of this machine."""
        return text.replace(PLACE, str(self.home))

    def run(self, command: str, **more: str) -> subprocess.CompletedProcess[str]:
        """`command` by the system's own sh, with nothing in the environment but what is given."""
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.home)} | self.environment | more
        return subprocess.run(
            ["/bin/sh", "-c", command],
            env=environment,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    home = tmp_path / "srv"
    (home / "offices").mkdir(parents=True)
    (home / "data").mkdir()
    (home / "docs").symlink_to(ROOT / "docs")
    (home / ".venv" / "bin").mkdir(parents=True)
    (home / ".venv" / "bin" / "gongkai").symlink_to(Path(sys.executable).parent / "gongkai")
    site = Path(shutil.copytree(sample_site.PAGES, tmp_path / "site"))
    with sample_site.serve(site) as url:
        made = Machine(home, site)
        office = sample_site.OFFICE.read_text("utf-8").replace("http://127.0.0.1", url)
        made.office.write_text(office, "utf-8")
        yield made


def _crontab(machine: Machine) -> tuple[dict[str, str], str]:
    """The variables and the command of the crontab, as cron reads them."""
    variables: dict[str, str] = {}
    commands = []
    for line in machine.here((EXAMPLES / "crontab").read_text("utf-8")).splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if re.match(r"\w+=", line):
            name, _, value = line.partition("=")
            variables[name] = value
        else:
            *moment, command = line.split(None, 5)
            assert len(moment) == 5
            assert all(re.fullmatch(r"\*|\d+", part) for part in moment)
            commands.append(command)
    [command] = commands
    return variables, command


def _unit(machine: Machine, name: str) -> dict[tuple[str, str], list[str]]:
    """Section and key -> values, as systemd reads a unit: a key may stand several times."""
    found: dict[tuple[str, str], list[str]] = {}
    section = ""
    for line in machine.here((EXAMPLES / name).read_text("utf-8")).splitlines():
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
        elif line.strip() and not line.startswith("#"):
            key, equals, value = line.partition("=")
            assert section, line
            assert equals, line
            found.setdefault((section, key), []).append(value)
    return found


def _service(machine: Machine) -> tuple[dict[str, str], str]:
    unit = _unit(machine, "gongkai-update.service")
    variables = dict(one.split("=", 1) for one in unit["Service", "Environment"])
    [command] = unit["Service", "ExecStart"]
    return variables, command


SCHEDULES = {"cron": _crontab, "systemd": _service}


def _change_a_figure(machine: Machine) -> None:
    page = machine.site / sample_site.CHANNEL.strip("/") / "index.html"
    text = page.read_text("utf-8")
    changed = re.sub(r"(（一）予以公开.*?>)\d+<", r"\g<1>5<", text, count=1, flags=re.S)
    assert changed != text
    page.write_text(changed, "utf-8")


def _lose_the_site(machine: Machine) -> None:
    for page in machine.site.rglob("*.html"):
        page.unlink()


def _misspell_a_key(machine: Machine) -> None:
    machine.office.write_text(machine.office.read_text("utf-8") + "\nnonsens = 1\n", "utf-8")


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_schedule_tells_news_and_nothing_else(machine: Machine, schedule: str):
    variables, command = SCHEDULES[schedule](machine)
    machine.environment |= variables
    first = machine.run(command)
    assert (first.returncode, first.stderr) == (0, "")
    assert "It is the first dataset here" in first.stdout
    assert machine.run(command).stdout == ""
    _change_a_figure(machine)
    changed = machine.run(command)
    assert changed.returncode == 0, changed.stdout
    assert changed.stdout == (machine.data / "update.md").read_text("utf-8")
    assert "was 2, is 5" in changed.stdout
    assert machine.run(command).stdout == ""


@pytest.mark.parametrize(
    ("happens", "code", "says"),
    [
        (_lose_the_site, 4, "cannot be fetched: HTTP status 404"),
        (_misspell_a_key, 2, "nonsens"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_schedule_ends_with_the_code_and_tells_why(machine: Machine, happens, code, says):
    variables, command = _crontab(machine)
    machine.environment |= variables
    machine.run(command)
    figures = (machine.data / "dataset" / "observations.parquet").read_bytes()
    happens(machine)
    done = machine.run(command)
    assert done.returncode == code
    assert says in done.stdout
    assert "Traceback" not in done.stdout
    assert (machine.data / "dataset" / "observations.parquet").read_bytes() == figures


def test_a_command_of_ones_own_is_told(machine: Machine):
    variables, command = _crontab(machine)
    told = machine.home / "told"
    machine.environment |= variables | {"GONGKAI_TELL": f'(echo "$SUBJECT"; cat) > {told}'}
    assert machine.run(command).stdout == ""
    subject, page = told.read_text("utf-8").split("\n", 1)
    assert subject == "gongkai: something is new"
    assert page == (machine.data / "update.md").read_text("utf-8")
    told.unlink()
    _misspell_a_key(machine)
    machine.run(command)
    assert told.read_text("utf-8").startswith("gongkai: update ended with exit code 2\n")


def test_a_schedule_says_nothing_while_another_run_is_at_work(machine: Machine):
    variables, command = _crontab(machine)
    machine.environment |= variables
    lock = run_lock(machine.data)
    done = machine.run(command)
    lock.release()
    assert (done.returncode, done.stdout, done.stderr) == (6, "", "")


def test_a_run_that_hangs_is_told(machine: Machine):
    variables, command = _crontab(machine)
    machine.environment |= variables
    lock = run_lock(machine.data)
    path = machine.data / ".run.lock"
    holder = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(holder | {"since": "2026-01-01T00:00:00+00:00"}), "utf-8")
    done = machine.run(command)
    lock.release()
    assert done.returncode == 6
    assert f"since 2026-01-01 00:00 UTC (process {os.getpid()} on " in done.stdout
    assert "it may hang" in done.stdout


def test_an_update_that_does_not_end_is_ended_and_told(machine: Machine):
    variables, command = _crontab(machine)
    hanging = machine.home / "hanging"
    hanging.write_text("#!/bin/sh\necho begun\nexec sleep 60\n", "utf-8")
    hanging.chmod(0o755)
    machine.environment |= variables | {"GONGKAI": str(hanging), "GONGKAI_TIMEOUT": "1s"}
    done = machine.run(command)
    assert done.returncode == 124
    assert done.stdout == "begun\nThe update had not ended after 1s, and was ended.\n"


def test_the_units_fit_together(machine: Machine):
    service = _unit(machine, "gongkai-update.service")
    timer = _unit(machine, "gongkai-update.timer")
    assert {section for section, _ in service} == {"Unit", "Service"}
    assert {section for section, _ in timer} == {"Unit", "Timer", "Install"}
    assert service["Service", "Type"] == ["oneshot"]
    assert service["Service", "SuccessExitStatus"] == ["6"]
    variables, command = _service(machine)
    # The script ends a run that hangs, and has time to tell; else systemd does.
    hours = [
        re.fullmatch(r"(\d+)h", text)
        for text in (variables["GONGKAI_TIMEOUT"], *service["Service", "TimeoutStartSec"])
    ]
    assert [int(one[1]) for one in hours if one] == [12, 13]
    assert os.access(command, os.X_OK)
    # What the unit may write is where it writes.
    assert service["Service", "ReadWritePaths"] == [variables["GONGKAI_DATA"]]
    assert timer["Install", "WantedBy"] == ["timers.target"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="the system has no systemd")
def test_systemd_finds_nothing_wrong(machine: Machine):
    units = []
    for name in ("gongkai-update.service", "gongkai-update.timer"):
        path = machine.home / name
        path.write_text(machine.here((EXAMPLES / name).read_text("utf-8")), "utf-8")
        units.append(str(path))
    done = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    [moment] = _unit(machine, "gongkai-update.timer")["Timer", "OnCalendar"]
    subprocess.run(["systemd-analyze", "calendar", moment], check=True, capture_output=True)


def _workflow() -> dict[Any, Any]:
    loaded: dict[Any, Any] = yaml.safe_load((EXAMPLES / "github-actions.yml").read_text("utf-8"))
    return loaded


def test_the_workflow_is_one():
    workflow = _workflow()
    # YAML 1.1 reads the key “on” as true; GitHub does not.
    assert workflow.keys() == {"name", True, "permissions", "concurrency", "jobs"}
    assert workflow[True]["schedule"][0]["cron"].split()[2:] == ["*", "*", "1"]
    assert workflow["permissions"] == {"contents": "write"}
    [job] = workflow["jobs"].values()
    assert job.keys() == {"runs-on", "timeout-minutes", "env", "steps"}
    for step in job["steps"]:
        assert ("run" in step) != ("uses" in step)
        assert step.keys() <= {"name", "id", "uses", "with", "run", "if"}
    [install] = [step["run"] for step in job["steps"] if step.get("name") == "Install"]
    assert install in (ROOT / "README.md").read_text("utf-8").replace(
        "python3 -m pip --python .venv/bin/python", "python -m pip"
    )


@dataclass
class Runner:
    """GitHub's machine: runs the steps of the workflow by bash, in a fresh clone each time."""

    origin: Path
    place: Path
    runs: int = 0

    def run(self) -> tuple[int, str]:
        """The exit code of the job, and the page of its summary."""
        self.runs += 1
        workspace = self.place / f"run-{self.runs}"
        _git("clone", "-q", str(self.origin), str(workspace), at=self.place)
        output, summary = self.place / f"output-{self.runs}", self.place / f"summary-{self.runs}"
        [job] = _workflow()["jobs"].values()
        environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
            **{name: _expanded(value, output) for name, value in job["env"].items()},
        }
        failed = 0
        for step in job["steps"]:
            if "run" not in step or step.get("name") == "Install":
                continue
            if failed and step.get("if") != "always()":
                continue
            script = _expanded(step["run"], output)
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
                cwd=workspace,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert "Traceback" not in done.stdout + done.stderr, done.stderr
            if step["name"] != "Say how it ended":
                assert done.returncode == 0, (step["name"], done.stderr)
            failed = failed or done.returncode
        return failed, summary.read_text("utf-8")


def _expanded(text: str, output: Path) -> str:
    values = {"github.server_url": "https://github.com", "github.repository": "you/gongkai"}
    if output.exists():
        for line in output.read_text("utf-8").splitlines():
            name, _, value = line.partition("=")
            values[f"steps.update.outputs.{name}"] = value
    return re.sub(r"\$\{\{ ([\w.]+) \}\}", lambda found: values[found.group(1)], text)


def _git(*arguments: str, at: Path) -> str:
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=at, check=True, capture_output=True, text=True
    )
    return done.stdout


@pytest.fixture
def runner(machine: Machine, tmp_path: Path) -> Runner:
    """A repository like a fork: office files and a .gitignore, no branch for data yet."""
    fork = tmp_path / "fork"
    (fork / "offices").mkdir(parents=True)
    shutil.copy(machine.office, fork / "offices")
    shutil.copy(ROOT / ".gitignore", fork)
    _git("init", "-q", "-b", "main", at=fork)
    _git("add", "--all", at=fork)
    _git("commit", "-q", "-m", "Offices", at=fork)
    _git("clone", "-q", "--bare", str(fork), str(tmp_path / "origin.git"), at=tmp_path)
    return Runner(tmp_path / "origin.git", tmp_path)


def test_the_workflow_keeps_the_archive_from_week_to_week(machine: Machine, runner: Runner):
    code, page = runner.run()
    assert code == 0
    assert "It is the first dataset here" in page
    first = set(_git("ls-tree", "-r", "--name-only", "data", at=runner.origin).split())
    assert "dataset/observations.parquet" in first
    assert not [name for name in first if "sqlite" in name or "lock" in name]
    code, page = runner.run()
    assert code == 0
    assert "Nothing is new. No figure, report or coverage differs." in page
    assert "| 18 | 0 | 4 | finished |" in page  # taken from the archive, failed, requests
    second = set(_git("ls-tree", "-r", "--name-only", "data", at=runner.origin).split())
    assert first < second
    _lose_the_site(machine)
    code, page = runner.run()
    assert code == 4
    assert "cannot be fetched: HTTP status 404" in page
    assert _git("rev-list", "--count", "data", at=runner.origin).strip() == "3"


def test_a_workflow_with_a_wrong_office_file_says_so(machine: Machine, runner: Runner):
    clone = runner.place / "mistake"
    _git("clone", "-q", str(runner.origin), str(clone), at=runner.place)
    with (clone / "offices" / "sample.toml").open("a", encoding="utf-8") as file:
        file.write("\nnonsens = 1\n")
    _git("commit", "-q", "-a", "-m", "A mistake", at=clone)
    _git("push", "-q", at=clone)
    code, page = runner.run()
    assert code == 2
    assert "nonsens" in page
