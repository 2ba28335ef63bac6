"""Throw a kill switch, on the record."""

from __future__ import annotations

from django.db import transaction

from exchange.audit.record import record
from exchange.core.actors import Actor
from exchange.core.errors import Invalid
from exchange.core.models import Switch
from exchange.core.switches import KNOWN


def throw_switch(*, name: str, close: bool, actor: Actor, reason: str) -> Switch:
    """Close or open a switch for everybody. Throwing it the way it stands changes nothing.

    Raises PermissionRefused, Invalid for an unknown name or a missing reason.
    """
    actor.require("exchange.throw_switch")
    if name not in KNOWN:
        raise Invalid(f"There is no switch called {name}.", field="name", limit=sorted(KNOWN))
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    with transaction.atomic():
        Switch.objects.get_or_create(name=name)
        switch = Switch.objects.select_for_update().get(name=name)
        if switch.closed == close:
            return switch
        before = {"closed": switch.closed}
        switch.closed, switch.reason, switch.changed_by = close, reason, actor.label
        switch.save()
        record(
            actor=actor,
            verb="core.close_switch" if close else "core.open_switch",
            target=switch,
            reason=reason,
            before=before,
            after={"closed": close},
        )
    return switch
