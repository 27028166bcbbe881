"""A workload in words and as a small picture: who works, on which steps, and who hands tasks to whom."""
