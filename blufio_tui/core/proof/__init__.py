"""What the log proves to others, and what it says about a line of a file."""
