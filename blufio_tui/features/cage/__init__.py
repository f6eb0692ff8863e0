"""Cages as the settings have them, and what caged commands did."""
