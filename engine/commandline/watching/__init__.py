"""`gilscope watch` and its report."""
