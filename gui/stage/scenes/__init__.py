"""The kinds of scenes, a widget each."""
