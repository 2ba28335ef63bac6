"""Forbid a customer something, and allow it again.

A restriction is a fact about the account, read by every verb that it governs. Anyone with the
permission may impose one on suspicion; lifting it needs a second person, because the loss from a
wrong lift is larger than from a wrong freeze.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from exchange.accounts import devices, neutral
from exchange.accounts.models import Customer, Restriction
from exchange.accounts.standing import standings
from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import STAFF, SYSTEM, Actor
from exchange.core.errors import Conflict, Invalid, NotFound, PermissionRefused, Restricted

Kind = Restriction.Kind


def restrict(
    *,
    customer_id: int,
    kind: str,
    actor: Actor,
    reason: str,
    until: datetime | None = None,
    customer_message: str = "",
    own: bool = False,
) -> Restriction:
    """Forbid one kind of act, for good or until a moment. A parent's restriction binds its
    sub-accounts; one on logging in ends every session.

    Returns the standing restriction when one exists that lasts as long (freezing twice is one
    freeze); with `own`, only when this actor imposed it: a rule's stands beside a person's, so that
    lifting one leaves the other. Raises PermissionRefused, Invalid, NotFound, TipsOff for words to
    the customer that would tell what must not be told.
    """
    actor.require("exchange.freeze_customer")
    if kind not in Kind.values:
        raise Invalid(f"There is no restriction called {kind}.", field="kind", limit=Kind.values)
    if not reason.strip():
        raise Invalid(_("Say why."), field="reason")
    if until is not None and until <= clock.now():
        raise Invalid(_("This moment has passed."), field="until")
    if actor.kind == STAFF:
        neutral.refuse_tipping_off(customer_message, field="customer_message")
    with transaction.atomic():
        customer = _locked_customer(customer_id)
        for standing in standing_restrictions(customer_id=customer_id).filter(kind=kind):
            if own and standing.imposed_by != actor.label:
                continue
            if standing.until is None or (until is not None and standing.until >= until):
                return standing
        restriction = Restriction.objects.create(
            customer=customer,
            kind=kind,
            reason=reason,
            until=until,
            customer_message=customer_message,
            imposed_by=actor.label,
        )
        if kind == Kind.LOGIN and customer.user_id is not None:
            devices.end_sessions(user_id=customer.user_id)
        record(
            actor=actor,
            verb="accounts.restrict",
            target=customer,
            reason=reason,
            after={"kind": kind, "until": until, "restriction": restriction.pk},
        )
    return restriction


def propose_lift(*, restriction_id: int, actor: Actor, reason: str) -> Proposal:
    """Ask a colleague to lift a restriction. Raises NotFound, Conflict when it is lifted."""
    restriction = Restriction.objects.filter(pk=restriction_id).first()
    if restriction is None:
        raise NotFound(f"There is no restriction {restriction_id}.", field="restriction_id")
    if restriction.lifted_at is not None:
        raise Conflict(_("This restriction is lifted already."))
    return proposals.propose(
        kind="accounts.lift_restriction",
        payload={"restriction_id": restriction_id},
        summary=f"Let {restriction.customer} {restriction.get_kind_display()} again",
        reason=reason,
        actor=actor,
        target=restriction.customer,
    )


@proposals.proposal_kind(
    "accounts.lift_restriction",
    permission_to_propose="exchange.unfreeze_customer",
    permission_to_approve="exchange.unfreeze_customer",
)
def _lift(*, payload: dict[str, Any], actor: Actor) -> str:
    restriction = Restriction.objects.select_for_update().get(pk=payload["restriction_id"])
    if restriction.lifted_at is not None:
        raise Conflict(_("This restriction is lifted already."))
    _lift_now(restriction, actor)
    return f"{restriction.customer} may {restriction.get_kind_display()} again"


def lift_own(*, restriction_id: int, actor: Actor, reason: str) -> Restriction:
    """Let one of the exchange's own rules take away what the same rule imposed, when its facts
    changed. What people imposed takes two people (`propose_lift`).

    Lifting it twice is once. Raises NotFound, PermissionRefused for anybody else's restriction.
    """
    with transaction.atomic():
        restriction = Restriction.objects.select_for_update().filter(pk=restriction_id).first()
        if restriction is None:
            raise NotFound(f"There is no restriction {restriction_id}.", field="restriction_id")
        if actor.kind != SYSTEM or restriction.imposed_by != actor.label:
            raise PermissionRefused("A rule lifts what it imposed itself, and nothing else.")
        if restriction.lifted_at is None:
            _lift_now(restriction, actor, reason)
    return restriction


def _lift_now(restriction: Restriction, actor: Actor, reason: str = "") -> None:
    restriction.lifted_at = clock.now()
    restriction.lifted_by = actor.label
    restriction.save(update_fields=["lifted_at", "lifted_by"])
    record(
        actor=actor,
        verb="accounts.lift_restriction",
        target=restriction.customer,
        reason=reason,
        before={"kind": restriction.kind, "restriction": restriction.pk},
    )


def refuse_if_restricted(customer_id: int, kind: str) -> None:
    """Raise Restricted when a standing restriction of this kind binds the customer.

    One indexed query; read it inside the transaction it governs. The message is what the customer
    may know, never the reason.
    """
    standings(customer_ids=[customer_id], kind=kind)[customer_id].refuse_if_restricted()


def standing_restrictions(*, customer_id: int) -> QuerySet[Restriction]:
    """What is forbidden to this customer now, by restrictions of their own."""
    return Restriction.objects.filter(
        Q(until__isnull=True) | Q(until__gt=clock.now()),
        customer_id=customer_id,
        lifted_at__isnull=True,
    ).order_by("id")


def refuse_login(*, user_id: int) -> None:
    """Raise Restricted when this user's customer may not log in. Staff have no customer."""
    customer_id = Customer.objects.filter(user_id=user_id).values_list("pk", flat=True).first()
    if customer_id is None:
        return
    try:
        refuse_if_restricted(customer_id, Kind.LOGIN)
    except Restricted as restricted:
        raise Restricted(
            str(restricted) or _("This account can't be used. Write to support."), field="email"
        ) from restricted


def _locked_customer(customer_id: int) -> Customer:
    customer = Customer.objects.select_for_update(no_key=True).filter(pk=customer_id).first()
    if customer is None:
        raise NotFound(f"There is no customer {customer_id}.", field="customer_id")
    return customer
