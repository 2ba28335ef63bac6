"""Index: the models of every room, so that Django finds them."""
