"""Comparisons: several experiments, run in turn and repeatedly, and their judgement. Starts no processes itself."""
