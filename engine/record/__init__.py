"""What a run leaves on disk: every file's name and shape, and how each is written and read."""
