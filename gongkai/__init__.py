"""The front door: the `gongkai` command, and `load` for notebooks."""

from gongkai.reading import breaks, figures, load

__all__ = ["breaks", "figures", "load"]
