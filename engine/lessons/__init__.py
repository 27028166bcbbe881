"""Lessons: what a lecturer steps through, read from files, checked, and judged by real runs. Pure but for reading."""
