"""What a host answers beside running experiments: what it offers, scripts, and short measurements."""
