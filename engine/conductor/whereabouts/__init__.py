"""Where the workers of a run stand now: their Python stacks, and when it is time to ask for them."""
