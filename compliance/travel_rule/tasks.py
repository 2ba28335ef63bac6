"""Messages between providers: what runs in workers."""
