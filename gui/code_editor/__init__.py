"""The editor of a person's own function."""
