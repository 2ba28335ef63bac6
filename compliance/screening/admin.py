"""Lists, and who is on them: staff screens of this room."""
