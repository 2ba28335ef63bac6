"""Lists, and who is on them: rows of this room."""
