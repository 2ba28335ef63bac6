"""Alerts as cases: what runs in workers."""
