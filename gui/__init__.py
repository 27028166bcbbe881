"""The window: Qt widgets fed by the conductor's messages; it knows models and steps by their cards only."""
