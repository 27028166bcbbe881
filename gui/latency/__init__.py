"""How long tasks took."""
