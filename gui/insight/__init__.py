"""The pane What you are seeing: sentences about the run that is shown."""
