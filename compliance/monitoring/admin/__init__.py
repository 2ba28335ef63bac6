"""Scenarios and alerts: staff screens of this room."""

from compliance.monitoring.admin import alerts, look_backs, makers, scenarios  # noqa: F401
