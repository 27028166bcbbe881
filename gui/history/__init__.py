"""The History page: every run that was kept, and any two of them side by side."""
