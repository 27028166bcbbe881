"""Measurements on request: what a model costs, and what it costs a run to be observed."""
