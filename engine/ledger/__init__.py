"""Seconds by state: where the time of every worker went."""
