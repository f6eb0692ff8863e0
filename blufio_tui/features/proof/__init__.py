"""What the log proves to others, and about a file."""
