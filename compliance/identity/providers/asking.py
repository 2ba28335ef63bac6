"""Ask the providers in use about an application, and take in what they answer."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from datetime import timedelta
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import F

from compliance.identity.models import Application, ProviderCheck, ProviderEvent
from compliance.identity.providers import interface
from compliance.identity.providers.hosted import Hosted
from compliance.identity.providers.manual import Manual
from exchange.audit.record import record
from exchange.core import clock, dispatch
from exchange.core.actors import system
from exchange.core.errors import KeyReused, NotFound

log = logging.getLogger(__name__)
State = ProviderCheck.State
MOST_ATTEMPTS = 12
RETRY_AFTER = timedelta(minutes=1)

interface.offer(Manual())
interface.offer(Hosted())


def ask_all(application: Application) -> list[ProviderCheck]:
    """Write down every question, in the caller's transaction. Remote providers are asked by a
    worker after the commit; what is unanswered from before is asked no more."""
    application.checks.filter(state=State.ASKED, provider="manual").delete()
    made = []
    for provider in interface.in_use():
        for kind in provider.checks:
            if _passed_before(application, provider.name, kind):
                continue
            check = ProviderCheck.objects.create(
                application=application,
                provider=provider.name,
                kind=kind,
                reference=f"waits-{uuid4().hex}",
                unsent=provider.remote,
                asked_at=clock.now(),
            )
            if provider.remote:
                dispatch.after_commit("identity.ask_providers")
            else:
                check.reference = provider.ask(application, check).reference
                check.save(update_fields=["reference"])
            made.append(check)
    return made


def ask_unsent(*, limit: int = 20) -> int:
    """Ask remote providers what waits to be asked. The network is outside every transaction; the
    question's key makes asking twice asking once. Returns how many were asked."""
    since = clock.now() - RETRY_AFTER
    waiting = ProviderCheck.objects.filter(unsent=True, attempts__lt=MOST_ATTEMPTS).exclude(
        attempts__gt=0, asked_at__gt=since
    )
    asked = 0
    for check in waiting.select_related("application").order_by("id")[:limit]:
        provider = interface.named(check.provider)
        if provider is None:
            continue
        try:
            answer = provider.ask(check.application, check)
        except interface.Unreachable as error:
            log.warning("%s could not be asked: %s", check.provider, error)
            ProviderCheck.objects.filter(pk=check.pk).update(
                attempts=F("attempts") + 1, last_error=str(error)[:300], asked_at=clock.now()
            )
            continue
        ProviderCheck.objects.filter(pk=check.pk, unsent=True).update(
            unsent=False, reference=answer.reference, url=answer.url, last_error=""
        )
        asked += 1
    return asked


def take_in(*, provider: str, headers: Mapping[str, str], body: bytes) -> str:
    """A message of a provider. Returns what became of it: "taken", "known" or "ignored".

    The same message again changes nothing. Raises NotFound, interface.Unauthentic, ValueError for
    what can't be read, KeyReused when an event's id comes with other contents.
    """
    found = interface.named(provider)
    if found is None or not found.remote:
        raise NotFound("There is no such provider.", field="provider")
    told = found.read(headers, body, now=clock.now())
    digest = hashlib.sha256(body).hexdigest()
    try:
        with transaction.atomic():
            ProviderEvent.objects.create(
                provider=provider,
                event_id=told.event_id,
                digest=digest,
                received_at=clock.now(),
            )
            return _answered(provider, told)
    except IntegrityError:
        known = ProviderEvent.objects.filter(provider=provider, event_id=told.event_id).first()
        if known is None:
            raise
        if known.digest != digest:
            raise KeyReused("This event was told before with other contents.") from None
        return "known"


def _answered(provider: str, told: interface.Told) -> str:
    if not told.state:
        return "ignored"
    check = (
        ProviderCheck.objects.select_for_update()
        .filter(provider=provider, reference=told.reference)
        .first()
    )
    # Messages come in any order: an older one says nothing new.
    if check is None or (check.as_of is not None and check.as_of > told.as_of):
        return "ignored"
    before = check.state
    check.state, check.reasons, check.as_of = told.state, list(told.reasons)[:20], told.as_of
    check.answered_at = clock.now()
    check.save(update_fields=["state", "reasons", "as_of", "answered_at"])
    record(
        actor=system(f"provider {provider}"),
        verb="identity.provider_answers",
        target=check,
        before={"state": before},
        after={"state": check.state, "reasons": check.reasons},
    )
    return "taken"


def _passed_before(application: Application, provider: str, kind: str) -> bool:
    return application.checks.filter(
        provider=provider, kind=kind, state__in=(State.PASSED, State.ASKED)
    ).exists()
