"""Choosing a program to watch: one to start, or one that runs already."""
