"""Prepares a run for drawing, without Qt: rows, columns of states, the state at one instant, one task's path."""
