"""The window's side of a run: the conductor's process, the run's states and its data; no widgets."""
