"""Scenarios and alerts: rows of this room."""
