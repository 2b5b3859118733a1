"""One module a sub-command: what a person typed, turned into calls of the rooms."""
