"""Frames that the program and the supervisor of a cage exchange."""
