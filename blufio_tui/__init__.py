"""A terminal agent whose every effect is shown, subject to your approval, and provable afterwards."""

__version__ = "0.1.0"
