"""Drawings of the code, made from the code."""
