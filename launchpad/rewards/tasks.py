"""Tasks: add up trades, measure tiers, look for links, give what was earned, pay what is due."""

from __future__ import annotations

from celery import shared_task

from launchpad.rewards import bonus, commission, competition, measure, pay, persons, volume
from launchpad.rewards.queries import open_of_kind


@shared_task(name="rewards.follow", acks_late=True)
def follow() -> int:
    """Add up what was traded. Safe to run twice and alongside itself. Returns how many trades."""
    return volume.follow()


@shared_task(name="rewards.measure", acks_late=True)
def measure_tiers() -> int:
    """Plan the next count of BMX, and measure everybody if today was not measured yet. Safe to run
    twice. Returns how many changed their tier."""
    measure.plan_next()
    return measure.measure() if measure.is_due() else 0


@shared_task(name="rewards.find_persons", acks_late=True)
def find_persons() -> int:
    """Look for what accounts have in common. Safe to run twice. Returns how many links are new."""
    return persons.find_all()


@shared_task(name="rewards.give", acks_late=True)
def give() -> int:
    """Bonuses that are earned, commissions of days that are over, rings of competitions. Safe to
    run twice and alongside itself. Returns how many rewards are new."""
    given = commission.compute_due()
    for campaign_id in bonus.due():
        given += bonus.award(campaign_id=campaign_id)
    for campaign_id in open_of_kind("competition"):
        competition.find_rings(campaign_id=campaign_id)
    return given


@shared_task(name="rewards.pay", acks_late=True)
def pay_due() -> int:
    """Put what is due into payouts. Safe to run twice and alongside itself. Returns how many."""
    return pay.pay_due()
