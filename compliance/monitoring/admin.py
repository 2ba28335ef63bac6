"""Scenarios and alerts: staff screens of this room."""
