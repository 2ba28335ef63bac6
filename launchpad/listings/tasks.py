"""Tasks: read contracts, screen names, keep the dates, measure what is listed."""

from __future__ import annotations

from celery import shared_task

from launchpad.listings import checks, criteria, delist, opening, screen


@shared_task(name="listings.check_chain", acks_late=True)
def check_chain(check_id: int) -> int:
    """Read one contract. Safe to run twice."""
    return checks.run(check_id)


@shared_task(name="listings.screen", acks_late=True)
def screen_names(listing_id: int) -> int:
    """Screen who is behind a token. Safe to run twice."""
    return screen.screen(listing_id=listing_id)


@shared_task(name="listings.sweep", acks_late=True)
def sweep() -> int:
    """Open and close what is due, read and screen what was asked for and lost. Safe to run twice
    and alongside itself."""
    return opening.open_due() + delist.close_due() + screen.sweep() + checks.sweep()


@shared_task(name="listings.measure", acks_late=True)
def measure() -> int:
    """Today's row for every listed asset that has none. Safe to run twice."""
    return criteria.measure_all()
