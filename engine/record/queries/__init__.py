"""What a host can be asked besides running an experiment; a run's host imports none of it."""
