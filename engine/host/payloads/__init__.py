"""What is carried to workers and back: how much `payload` steps ask for, and what that took, task by task."""
