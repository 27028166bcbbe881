"""Runs workloads under Python's concurrency models and measures them; knows nothing of Qt."""
