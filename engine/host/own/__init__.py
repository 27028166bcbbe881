"""The user's own code in a run: what the host calls before and after, and what each worker calls around its tasks."""
