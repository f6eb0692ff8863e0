"""Opens what is stored, and deletes it."""
