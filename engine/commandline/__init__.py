"""The verbs of the command line, one file each; `engine.cli` puts them together."""
