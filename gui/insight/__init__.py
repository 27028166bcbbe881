"""What you are seeing: sentences on the run that is shown."""
