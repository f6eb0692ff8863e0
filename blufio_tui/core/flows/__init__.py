"""What a session has read, taken in and could send, and the guard over all three together."""
