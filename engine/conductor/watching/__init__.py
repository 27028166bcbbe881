"""Programs that are watched: started, attached to, listed."""
