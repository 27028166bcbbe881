"""The page a run is watched on, and its panels."""
