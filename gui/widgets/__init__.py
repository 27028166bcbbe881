"""Widgets, fonts and themes that several pages share, and the contract of a view."""
