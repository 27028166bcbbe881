"""The editor for a user's own function."""
