"""Measurements on request: what a model costs, and the overhead of observing a run."""
