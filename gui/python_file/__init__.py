"""Choosing which functions of a Python file become steps."""
