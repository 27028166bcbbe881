"""Runs on disk: an index and the lane files, and their exports."""
