"""Index: the staff screens of every room."""
