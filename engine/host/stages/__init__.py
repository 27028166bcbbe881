"""Runs the stages of a pipeline: their tasks, the queues between them, and how each stage starts and ends."""
