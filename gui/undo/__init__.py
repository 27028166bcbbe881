"""What Undo and Redo are made of: changes of an edited value, and fields that leave the keys to the window."""
