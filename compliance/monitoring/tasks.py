"""Scenarios and alerts: what runs in workers. All of it may be killed anywhere and run twice."""

from __future__ import annotations

from celery import shared_task

from compliance.monitoring import follow, runs, score, watch


@shared_task(name="monitoring.watch", acks_late=True, queue="monitoring")
def watch_facts() -> int:
    """Watch what waits. Returns how many facts."""
    return watch.watch().facts


@shared_task(name="monitoring.follow", acks_late=True, queue="monitoring")
def follow_markets() -> int:
    """Tell what was traded since last time. Returns how many facts."""
    return follow.follow_all()


@shared_task(name="monitoring.go_on", acks_late=True, queue="monitoring")
def go_on() -> int:
    """Go on with look-backs under way. Returns how many steps were done."""
    return runs.go_on()


@shared_task(name="monitoring.score", acks_late=True, queue="monitoring")
def score_alerts() -> int:
    """Learn from what officers said when there is enough that is new; score what waits."""
    score.train()
    return score.score_waiting()
