"""Presenter mode."""
