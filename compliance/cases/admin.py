"""Alerts as cases: staff screens of this room."""
