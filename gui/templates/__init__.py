"""Templates: starting points for common kinds of workloads, each with its picture."""
