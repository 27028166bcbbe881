"""A person's own code in a workload: its functions, what they are given, and where each of them runs."""
