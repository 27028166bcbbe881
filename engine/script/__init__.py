"""Scripts: an experiment as one Python file that needs nothing of this program, made from the source that runs here."""
