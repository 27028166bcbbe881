"""What the processes say to each other: messages, their encoding, and the pipes that carry them."""
