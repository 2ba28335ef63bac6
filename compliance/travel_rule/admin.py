"""Messages between providers: staff screens of this room."""
