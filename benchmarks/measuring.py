"""Run a command and measure it with all its processes; describe the machine; write results.

Time is wall-clock time. Memory is the resident memory of each process at its peak, as the kernel
keeps it, read while the processes live. It measures from outside and changes nothing.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

# The command line, whatever folder the scripts are in.
GONGKAI = (sys.executable, "-c", "from gongkai.app import main; main()")
_EVERY_SECONDS = 0.1
_LIBRARIES = ("gongkai", "pyarrow", "pandas", "lxml", "scrapy", "warcio", "duckdb")


@dataclass(slots=True)
class Measured:
    """What a command took.

    seconds: of wall-clock time. cpu_seconds: of all its processes together.
    peaks: most resident memory in MB of each process, the largest first.
    own: of `peaks` that of the command's own process; children: those of the others.
    children_last: resident memory in MB of the others when they were seen last, the largest first.
    together: most resident memory in MB of all processes at one moment, shared pages counted twice.
    output: what it printed on its standard output and error.
    """

    command: str
    seconds: float
    cpu_seconds: float
    exit_code: int
    peaks: list[float] = field(default_factory=list)
    own: float = 0.0
    children: list[float] = field(default_factory=list)
    children_last: list[float] = field(default_factory=list)
    together: float = 0.0
    output: str = ""


class MeasuredFailure(Exception):
    """A command that is measured failed or took too long; the message ends with what it said."""


def measure(
    command: Sequence[str],
    *,
    limit_seconds: float,
    environment: Mapping[str, str] | None = None,
    allowed: Sequence[int] = (0,),
) -> Measured:
    """Run `command` to its end and measure it.

    limit_seconds: after that much time it is ended with its children.
    allowed: the exit codes that are no failure.

    Raises:
        MeasuredFailure: it ended with another exit code, or was ended at the limit.
    """
    words = " ".join(("gongkai", *command[3:]) if tuple(command[:3]) == GONGKAI else command)
    began, cpu = time.perf_counter(), os.times()
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=dict(os.environ, **environment or {}), start_new_session=True,
    )  # fmt: skip
    watch = _Watch(child.pid)
    watch.start()
    too_long = False
    try:
        output, _ = child.communicate(timeout=limit_seconds)
    except subprocess.TimeoutExpired:
        too_long = True
        watch.end_all()
        output, _ = child.communicate()
    finally:
        watch.stop()
    taken, after = time.perf_counter() - began, os.times()
    if too_long or child.returncode not in allowed:
        why = f"took over {limit_seconds:.0f} s" if too_long else f"exit code {child.returncode}"
        raise MeasuredFailure(f"{words}: {why}:\n{output[-3000:]}")
    return Measured(
        words,
        taken,
        after.children_user + after.children_system - cpu.children_user - cpu.children_system,
        child.returncode,
        sorted(watch.peaks.values(), reverse=True),
        max((peak for key, peak in watch.peaks.items() if key[0] == child.pid), default=0.0),
        sorted((peak for key, peak in watch.peaks.items() if key[0] != child.pid), reverse=True),
        sorted((now for key, now in watch.last.items() if key[0] != child.pid), reverse=True),
        watch.together,
        output,
    )


class _Watch(threading.Thread):
    """Looks at a process and its descendants as long as they live."""

    def __init__(self, pid: int):
        super().__init__(daemon=True)
        self._pid = pid
        self._ended = threading.Event()
        self.peaks: dict[tuple[int, float], float] = {}
        self.last: dict[tuple[int, float], float] = {}
        self.together = 0.0

    def run(self) -> None:
        while not self._ended.wait(_EVERY_SECONDS):
            now = 0.0
            for one in self._processes():
                try:
                    resident = one.memory_info().rss / 1e6
                    peak = max(resident, _high_water(one.pid))
                    key = (one.pid, one.create_time())
                except psutil.Error:  # it has just ended
                    continue
                now += resident
                self.peaks[key] = max(self.peaks.get(key, 0.0), peak)
                if resident:  # none is left in the moment of its end
                    self.last[key] = resident
            self.together = max(self.together, now)

    def stop(self) -> None:
        self._ended.set()
        self.join()

    def end_all(self) -> None:
        for one in self._processes():
            try:
                one.terminate()
            except psutil.Error:
                continue

    def _processes(self) -> list[psutil.Process]:
        try:
            first = psutil.Process(self._pid)
            return [first, *first.children(recursive=True)]
        except psutil.Error:
            return []


def _high_water(pid: int) -> float:
    """The kernel's own note of the peak in MB, 0 where there is none."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    except OSError:
        return 0.0
    found = next((line for line in lines if line.startswith("VmHWM")), "VmHWM: 0 kB")
    return int(found.split()[1]) * 1024 / 1e6


def machine() -> dict[str, Any]:
    """The machine and the versions that a measurement is of."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in _LIBRARIES},
        "measured_on": time.strftime("%Y-%m-%d", time.gmtime()),
        "load_before": round(os.getloadavg()[0], 2),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((x.split(":")[1].strip() for x in lines if x.startswith("model name")), "unknown")


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; numbers are aligned to the right."""
    texts = [[_cell(value) for value in row] for row in rows]
    numeric = [
        any(isinstance(value, (int, float)) for value in one) for one in zip(*rows, strict=True)
    ]
    lines = [heads, ["--:" if one else "---" for one in numeric], *texts]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def write_results(out: Path | None, name: str, figures: dict[str, Any], words: str) -> None:
    """Print `words`, and with `out` write them and the figures to `out`/`name`.md and .json."""
    print(words)
    if out is None:
        return
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(figures, ensure_ascii=False, indent=1, sort_keys=True)
    (out / f"{name}.json").write_text(text + "\n", "utf-8")
    (out / f"{name}.md").write_text(words, "utf-8")
    print(f"written: {out / name}.json and .md", file=sys.stderr)


def say(words: str) -> None:
    """Tell the progress."""
    print(f"[{time.strftime('%H:%M:%S')}] {words}", file=sys.stderr, flush=True)


def folder_size(folder: Path) -> int:
    """The bytes of all files below `folder`."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
