"""Starts hosts under an interpreter, hears what they say, and ends them: for a run, or for one answer."""
