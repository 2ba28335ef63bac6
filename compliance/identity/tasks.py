"""Who a customer is: what runs in workers."""

from __future__ import annotations

from celery import shared_task

from compliance.identity import approved, decide, standing
from compliance.identity.providers import asking


@shared_task(name="identity.apply_rules", acks_late=True)
def apply_rules() -> int:
    """Go over those who live where a rule was changed. Safe to run twice and alongside itself."""
    return standing.apply_changed_countries()


@shared_task(name="identity.ask_providers", acks_late=True)
def ask_providers() -> int:
    """Ask remote providers what waits to be asked. Safe to run twice: the question has a key."""
    return asking.ask_unsent()


@shared_task(name="identity.refresh", acks_late=True)
def refresh() -> int:
    """Ask whose identity grows old, let lapse who did not answer, put back what nobody decided."""
    return approved.ask_to_refresh() + approved.lapse_stale() + decide.return_undecided()
