"""Lists, and who is on them: what runs in workers."""

from __future__ import annotations

import logging
from typing import Any

from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from django.db.models import F, Q

from compliance.identity.models import Identity
from compliance.screening import before_approval, rescreen
from compliance.screening.import_list import import_list as take_in
from compliance.screening.models import ListVersion
from compliance.screening.raise_hits import screen_application, screen_customer
from exchange.core import dispatch, outbox
from exchange.core.actors import system
from exchange.core.errors import Refused

log = logging.getLogger(__name__)
MOST = 50
TRY_AGAIN = 600  # seconds, for a list that could not be read


@outbox.consumes("identity.changed")
def identity_changed(payload: dict[str, Any]) -> None:
    """Screening takes a while: a worker does it after this is marked as delivered."""
    dispatch.after_commit(
        "screening.screen_customer", queue=rescreen.QUEUE, customer_id=int(payload["customer_id"])
    )


@shared_task(name="screening.screen_customer", acks_late=True)
def screen_one(customer_id: int) -> int:
    """Screen one customer against every list. Safe to run twice: hits are unique."""
    return screen_customer(customer_id)


@shared_task(name="screening.sweep", acks_late=True)
def sweep() -> int:
    """Find whom nobody screened: applications, and customers whose identity has changed since."""
    # Nobody should wait six hours for a list that was never imported.
    known = set(ListVersion.objects.values_list("origin", flat=True))
    if set(settings.SCREENING_LISTS) - known and cache.add("screening.import_lists", 1, TRY_AGAIN):
        dispatch.send("screening.import_lists", queue=rescreen.QUEUE)
    if not known:
        return 0
    done = 0
    for application in before_approval.unscreened()[:MOST]:
        screen_application(application)
        done += 1
    stale = Identity.objects.filter(
        Q(customer__screened=None) | Q(customer__screened__customer_version__lt=F("version"))
    )
    for customer_id in stale.order_by("pk").values_list("customer_id", flat=True)[: MOST - done]:
        screen_customer(customer_id)
        done += 1
    if rescreen.unfinished():
        dispatch.send(rescreen.TASK, queue=rescreen.QUEUE)
    return done


@shared_task(name=rescreen.TASK, acks_late=True)
def go_on_rescreening() -> int:
    """A few seconds of re-screening, then make room for others and ask to be called again."""
    done = rescreen.go_on()
    if done and rescreen.unfinished():
        dispatch.send(rescreen.TASK, queue=rescreen.QUEUE)
    return done


@shared_task(name="screening.import_lists", acks_late=True)
def import_lists() -> int:
    """Import every configured list that has changed. One that fails does not keep the others."""
    changed = 0
    for origin in settings.SCREENING_LISTS:
        try:
            changed += take_in(origin=origin, actor=system("screening.import_lists")) is not None
        except Refused as refused:
            log.error("list %s was not imported: %s", origin, refused)
    return changed
