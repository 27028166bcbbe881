"""The window: Qt widgets over the conductor's messages; it knows no model and no step but by their cards."""
