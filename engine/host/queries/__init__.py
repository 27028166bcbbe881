"""Host requests other than running an experiment: its catalogue, scripts, and short measurements."""
