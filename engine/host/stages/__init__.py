"""Runs the stages of a pipeline: their tasks, the queues between them, and what starts and ends each."""
