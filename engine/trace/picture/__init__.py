"""A run as it is drawn: rows, columns of states, what is at one instant, one task; without Qt."""
