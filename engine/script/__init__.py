"""Scripts: an experiment as one Python file that does not need Gilscope, made from the source that runs here."""
