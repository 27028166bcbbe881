"""The formats of figures, durations, versions and states for people, each defined once."""
