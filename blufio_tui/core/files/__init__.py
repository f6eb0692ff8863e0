"""Files as values: edits, searches and undo, worked out without touching the disk."""
