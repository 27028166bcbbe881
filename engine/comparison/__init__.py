"""Several experiments, run in turn, repeatedly, and judged: what to run next and what it has shown; no process here."""
