"""What a run leaves on disk of how its tasks were handed over: through queues, and by pickle."""
