"""Real servers that steps talk to, each in a process of its own, on loopback."""
