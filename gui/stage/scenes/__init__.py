"""The kinds of scenes, each with its widget."""
