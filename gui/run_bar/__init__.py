"""The run bar: what runs, with what, how much of it, and where the run stands."""
