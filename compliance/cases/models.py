"""Alerts as cases: rows of this room."""
