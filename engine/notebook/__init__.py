"""Runs experiments from scripts and notebooks, with results as arrays, tables and figures."""
