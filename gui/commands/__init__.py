"""The window's commands: one table, and what each does."""
