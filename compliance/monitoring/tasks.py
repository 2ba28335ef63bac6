"""Scenarios and alerts: what runs in workers."""
