"""A terminal agent whose every effect can be seen, asked about and proved afterwards."""

__version__ = "0.1.0"
