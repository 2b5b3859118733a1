"""The console that commands print on."""

from __future__ import annotations

import os

from rich.console import Console

# Where the output is no terminal, it is wide enough for ten years beside each other.
_WIDTH = 150


def output_console() -> Console:
    """The console of a command: as wide as the terminal, or as COLUMNS says, else wide."""
    console = Console()
    if console.is_terminal or "COLUMNS" in os.environ:
        return console
    return Console(width=_WIDTH)
