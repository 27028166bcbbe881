"""The run's processes and threads, as a panel and as a tree."""
