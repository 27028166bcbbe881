"""Plots over time that several pages share."""
