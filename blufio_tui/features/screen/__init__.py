"""Implementations of the screen's ports."""
