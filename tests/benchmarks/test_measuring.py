"""Measuring: what a command and its children take, and what happens when it fails."""

from __future__ import annotations

import sys

import pytest

from benchmarks.measuring import MeasuredFailure, measure, table

# Takes 200 MB, and half a second of a processor.
_CHILD = """
import time
memory = bytearray(200_000_000)
memory[::4096] = b"x" * len(memory[::4096])
end = time.process_time() + 0.5
while time.process_time() < end:
    pass
"""
_WITH_A_CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {_CHILD!r}])"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_children_are_measured_too() -> None:
    measured = measure(python(_WITH_A_CHILD + "; print('done')"), limit_seconds=60)
    assert measured.output == "done\n"
    assert len(measured.peaks) == 2
    assert 200 < measured.peaks[0] < 400
    assert (measured.own, measured.children) == (measured.peaks[1], measured.peaks[:1])
    assert 200 < measured.children_last[0] <= measured.peaks[0]
    assert measured.together >= measured.peaks[0] * 0.9
    assert 0.4 < measured.cpu_seconds < measured.seconds + 1


@pytest.mark.parametrize(
    ("code", "limit", "said"),
    [
        ("print('why it failed'); raise SystemExit(3)", 60.0, "exit code 3"),
        ("import time; print('begun', flush=True); time.sleep(60)", 1.0, "took over 1 s"),
    ],
    ids=["exit code", "too long"],
)
def test_a_command_that_fails_is_told_with_what_it_said(code: str, limit: float, said: str) -> None:
    with pytest.raises(MeasuredFailure, match=said) as failure:
        measure(python(code), limit_seconds=limit)
    assert "why it failed" in str(failure.value) or "begun" in str(failure.value)


def test_an_allowed_exit_code_is_no_failure() -> None:
    measured = measure(python("raise SystemExit(3)"), limit_seconds=60, allowed=(0, 3))
    assert measured.exit_code == 3


def test_numbers_of_a_table_stand_to_the_right() -> None:
    lines = table(["what", "n", "x"], [["a", 12345, 0.123456], ["b", None, 1234.5]]).splitlines()
    assert lines[1] == "| --- | --: | --: |"
    assert lines[2:] == ["| a | 12,345 | 0.1235 |", "| b | – | 1,234 |"]
