"""Tasks: what the demo's reports need."""

from __future__ import annotations

from celery import shared_task

from compliance.demo import filing


@shared_task(name="demo.file_as_invented", acks_late=True)
def file_as_invented() -> int:
    """Give every day of the demo a rate. Safe to run twice. Returns how many are new."""
    return filing.file_as_invented()
