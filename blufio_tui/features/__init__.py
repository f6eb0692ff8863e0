"""Features that combine several adapters, for the screen and the command line; each receives its dependencies.

`wiring` makes them; they know nothing of it.
"""
