"""What several adapters do together, for the screen and the command line: each is given what it works with.

`wiring` makes them; they know nothing of it.
"""
