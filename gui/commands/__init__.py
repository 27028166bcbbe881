"""The window's commands: one table, and the actions, buttons and palette that are made from it."""
