"""A person's own code in a workload: its functions, their arguments, and where each of them runs."""
