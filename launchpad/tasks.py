"""Index: the tasks of every room, so that workers find them by name."""
