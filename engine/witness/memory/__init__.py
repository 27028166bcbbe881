"""What is read from the memory of another process, and from the files that are mapped into it."""
