"""The exit codes of every `gongkai` command, in one place.

A scheduled run is judged by these alone, so a code never changes its meaning.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command's exit code says."""

    OK = 0  # nothing wrong
    PARTIAL = 1  # done, but some pages failed, or a check found an error
    USAGE = 2  # the command line or a configuration file is wrong
    NOTHING_FOUND = 3  # what was asked for is not there: a year, a file, a report in a page
    UNREACHABLE = 4  # the office's site could not be reached, or refused us
    EXPECTATIONS = 5  # the run is complete and an expectation of the office failed
    BUSY = 6  # another run holds the lock
