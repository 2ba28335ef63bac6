"""Snapshots that prove what is owed and what is held."""
