"""Where the workers of a run are now: their Python stacks, and when to ask for them."""
