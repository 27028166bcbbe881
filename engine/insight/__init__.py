"""Sentences and advice, made from a run's figures."""
