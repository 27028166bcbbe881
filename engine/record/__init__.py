"""The files of a run: the name and shape of each, and how it is written and read."""
