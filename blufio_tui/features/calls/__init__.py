"""Calls by the person, and undoing or replaying calls."""
