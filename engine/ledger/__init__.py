"""Computes the time ledger: where the time of every worker went, in seconds by state."""
