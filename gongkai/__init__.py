"""The front door: the `gongkai` command, and `load` for notebooks."""
