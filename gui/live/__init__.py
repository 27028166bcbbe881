"""The Live page, which shows a run while it goes on, and its panels."""
