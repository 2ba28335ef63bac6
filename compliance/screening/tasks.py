"""Lists, and who is on them: what runs in workers."""
