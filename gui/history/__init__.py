"""The History page: every kept run, and any two of them side by side."""
