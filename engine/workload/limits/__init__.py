"""A step's limit: how many workers may run it at once, and the semaphore that suits each model."""
