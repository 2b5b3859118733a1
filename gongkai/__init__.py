"""The front door: the `gongkai` command, and `load` and its helpers for notebooks."""

from gongkai.reading import breaks, deadlines, evidence, figures, load, offices, series, totals

__all__ = ["breaks", "deadlines", "evidence", "figures", "load", "offices", "series", "totals"]
