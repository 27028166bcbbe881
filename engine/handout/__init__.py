"""Hand-outs: a run, a comparison of two, or a lesson as one HTML file that needs no network."""
