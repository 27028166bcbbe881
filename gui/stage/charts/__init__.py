"""The stage's charts: each fills its space, with letters that the back row can read."""
