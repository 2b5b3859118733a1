"""The front door: the `gongkai` command, and `load` for notebooks."""

from gongkai.reading import load

__all__ = ["load"]
