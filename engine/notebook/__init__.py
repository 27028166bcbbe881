"""Experiments run from scripts and notebooks, and what came of them as arrays, tables and figures."""
