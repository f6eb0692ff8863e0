"""Calls after they were made, and those of the person: run by the person, run again, undone."""
