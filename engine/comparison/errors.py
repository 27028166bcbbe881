"""The error raised for a saved comparison that cannot be used."""

from __future__ import annotations


class SavedError(Exception):
    """There is no such comparison, or it cannot be read or written; the message says which."""
