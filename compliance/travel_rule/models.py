"""Messages between providers: rows of this room."""
