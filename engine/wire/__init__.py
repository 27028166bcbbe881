"""The messages between processes, their encoding, and the pipes that carry them."""
