"""Alerts as cases: what runs in workers."""

from __future__ import annotations

from celery import shared_task

from compliance.cases import collect, dispose


@shared_task(name="cases.sweep", acks_late=True)
def sweep() -> int:
    """Collect alerts that no event brought, and open what is to be looked at again. Safe to run
    twice and alongside itself."""
    return collect.collect_waiting() + dispose.look_again()
