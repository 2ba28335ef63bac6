"""Let somebody vote with one's power, who offers that under a public name.

The published rule: power travels one step. Nobody delegates to somebody who has delegated
themselves, so there are neither chains nor circles; and whoever votes themselves uses their own
power, whatever they delegated. What stands when a vote closes counts for that vote.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.audit.record import record
from exchange.core import clock, locks
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound, Refused
from launchpad.governance import policy, power
from launchpad.governance.cast import lock_account, refuse_others
from launchpad.governance.models import Delegate, Delegation

NAME = re.compile(r"^[\w][\w .'-]{1,28}[\w.]$")
# Everybody's delegations against one who closes a vote; proposals' own keys begin at 1.
ALL = 0
# Nobody speaks as if for us, or under a name that was drawn for somebody else.
OURS = ("holdfast", "support", "staff", "admin", "moderator", "official", "holder-", "holder ")


class ChainRefused(Conflict):
    """It would make a chain or a circle of delegations."""

    code = "delegation_chain"


class TooManyDelegations(Refused):
    """The delegate was changed too often today. `limit` is how often."""

    code = "too_many_delegations"


def offer(*, customer_id: int, name: str, statement: str, actor: Actor) -> Delegate:
    """Offer to vote for others, or change what one says of oneself.

    Raises Invalid for a name that is taken or a statement too short, Restricted.
    """
    refuse_others(actor, customer_id)
    name, statement = " ".join(name.split()), statement.strip()
    if not NAME.match(name):
        raise Invalid(_("A public name has 3 to 30 letters."), field="name", limit=30)
    plainly = re.sub(r"[^a-z0-9 -]", "", unicodedata.normalize("NFKD", name).casefold())
    if any(word in plainly for word in OURS):
        raise Invalid(_("This name could be taken for somebody else's."), field="name")
    if not 20 <= len(statement) <= 1000:
        raise Invalid(
            _("Say in 20 to 1,000 letters what you stand for."), field="statement", limit=1000
        )
    with transaction.atomic():
        locks.hold(locks.Lock.PROPOSAL_VOTE, locks.key_of("names of delegates"))
        lock_account(customer_id)
        power.refuse_account(customer_id, at=clock.now())
        taken = Delegate.objects.filter(name__iexact=name).exclude(customer_id=customer_id)
        if taken.exists():
            raise Invalid(_("Somebody has this name already."), field="name")
        made, _new = Delegate.objects.update_or_create(
            customer_id=customer_id,
            defaults={"name": name, "statement": statement, "accepts": True},
            create_defaults={
                "name": name,
                "statement": statement,
                "since": clock.now(),
            },
        )
        record(actor=actor, verb="governance.offer", target=made, after={"name": name})
    return made


def stop_offering(*, customer_id: int, actor: Actor) -> None:
    """Take no new delegations. Those that stand end, so that nobody relies on who has gone."""
    refuse_others(actor, customer_id)
    with transaction.atomic():
        locks.share(locks.Lock.PROPOSAL_VOTE, ALL)
        lock_account(customer_id)
        made = Delegate.objects.filter(customer_id=customer_id).first()
        if made is None:
            raise NotFound(_("You don't offer to vote for others."))
        _close(made, actor, "governance.stop_offering", "")


def hide(*, delegate_id: int, actor: Actor, reason: str) -> None:
    """Staff: stop a delegate from being offered, with a reason. Their delegations end."""
    actor.require("launchpad.hide_delegate")
    if not reason.strip():
        raise Invalid(_("Say why."), field="reason")
    with transaction.atomic():
        locks.share(locks.Lock.PROPOSAL_VOTE, ALL)
        made = Delegate.objects.select_for_update().filter(pk=delegate_id).first()
        if made is None:
            raise NotFound(_("There is no such delegate."))
        _close(made, actor, "governance.hide_delegate", reason)


def delegate(*, customer_id: int, delegate_id: int, actor: Actor) -> Delegation:
    """Give one's power to a delegate, from now on; a standing delegation is replaced.

    The same again changes nothing. Raises NotFound, Restricted, ChainRefused, Invalid for oneself.
    """
    refuse_others(actor, customer_id)
    with transaction.atomic():
        locks.share(locks.Lock.PROPOSAL_VOTE, ALL)
        found = Delegate.objects.filter(pk=delegate_id, accepts=True).first()
        if found is None:
            raise NotFound(_("There is no such delegate."), field="delegate")
        if found.customer_id == customer_id:
            raise Invalid(_("You have your own power already."), field="delegate")
        lock_account(customer_id, found.customer_id)
        found.refresh_from_db()
        if not found.accepts:
            raise NotFound(_("There is no such delegate."), field="delegate")
        power.refuse_account(customer_id, at=clock.now())
        if standing_of(found.customer_id) is not None:
            raise ChainRefused(
                _("%(name)s has delegated their own vote: choose somebody who votes themselves.")
                % {"name": found.name},
                field="delegate",
            )
        standing = standing_of(customer_id)
        if standing is not None and standing.delegate_id == found.pk:
            return standing
        now = clock.now()
        _refuse_haste(customer_id, now)
        if standing is not None:
            standing.until = now
            standing.save(update_fields=["until"])
        made = Delegation.objects.create(customer_id=customer_id, delegate=found, since=now)
        record(
            actor=actor,
            verb="governance.delegate",
            target=found,
            after={"customer": customer_id},
        )
    return made


def take_back(*, customer_id: int, actor: Actor) -> bool:
    """End one's delegation. False when there is none."""
    refuse_others(actor, customer_id)
    with transaction.atomic():
        locks.share(locks.Lock.PROPOSAL_VOTE, ALL)
        lock_account(customer_id)
        standing = standing_of(customer_id)
        if standing is None:
            return False
        standing.until = clock.now()
        standing.save(update_fields=["until"])
        record(
            actor=actor,
            verb="governance.take_back",
            target=standing.delegate,
            after={"customer": customer_id},
        )
    return True


def standing_of(customer_id: int) -> Delegation | None:
    """To whom an account delegates now."""
    return (
        Delegation.objects.select_related("delegate")
        .filter(customer_id=customer_id, until=None)
        .first()
    )


def _refuse_haste(customer_id: int, now: datetime) -> None:
    recent = Delegation.objects.filter(customer_id=customer_id, since__gt=now - timedelta(days=1))
    if recent.count() >= policy.DELEGATIONS_A_DAY:
        raise TooManyDelegations(
            _("You changed your delegate very often today. Try again tomorrow."),
            limit=policy.DELEGATIONS_A_DAY,
        )


def _close(made: Delegate, actor: Actor, verb: str, reason: str) -> None:
    made.accepts = False
    made.save(update_fields=["accepts"])
    ended = Delegation.objects.filter(delegate=made, until=None).update(until=clock.now())
    record(actor=actor, verb=verb, target=made, reason=reason, after={"ended": ended})
