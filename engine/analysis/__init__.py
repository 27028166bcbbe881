"""Pure functions over numpy arrays: percentiles, intervals, fits."""
