"""Verbs that integrate the command into a person's desktop and shell."""
