"""Hand-outs: a run, two runs side by side, or a lesson as one HTML file that needs no network."""
