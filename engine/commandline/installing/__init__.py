"""Verbs that fit the command into a person's desktop and shell."""
