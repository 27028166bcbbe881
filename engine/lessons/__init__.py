"""Lessons: scenes that a lecturer steps through, read from files, checked, and proved by real runs."""
