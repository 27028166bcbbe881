"""The stage's charts: each fills what room it has, with type that the back row can read."""
