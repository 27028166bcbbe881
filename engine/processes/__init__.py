"""Starts, guards and ends processes."""
