"""A limit of a step: how many may be in it at once, and the semaphore that fits a model."""
