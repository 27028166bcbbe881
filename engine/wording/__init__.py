"""How figures, durations, versions and states are written for people: one place for each."""
