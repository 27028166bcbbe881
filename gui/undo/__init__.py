"""Undo and Redo: changes of an edited value, and fields that leave the keys to the window."""
