"""The model's source and its reference card."""
