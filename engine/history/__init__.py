"""The history: runs on disk, their index, and their exports."""
