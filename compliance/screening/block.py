"""Block a customer's property: freeze the account, and write down since when we knew.

From that moment OFAC gives ten business days for the report, so it is written in the transaction
that freezes. Freezing is one person's act, or nobody's; letting go takes two.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_noop

from compliance.screening.addresses import Seen, first_listed, key_of
from compliance.screening.models import Blocking, Hit
from compliance.screening.subjects import version_of
from exchange.accounts.models import Customer, Restriction
from exchange.accounts.restrictions import restrict
from exchange.audit.record import record
from exchange.core import clock, outbox
from exchange.core.actors import Actor, system

ACTOR = system("screening")
KINDS = (Restriction.Kind.WITHDRAWAL, Restriction.Kind.TRADING)
# Says nothing of why: the customer must not be tipped off.
TOLD = gettext_noop("Your account is being reviewed. Write to support.")


def block(*, hit: Hit, actor: Actor, why: str) -> Blocking:
    """Freeze the customer behind a hit. Blocking twice is one blocking, with the first moment.

    Must run in the transaction that decided it.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a blocking belongs to the transaction that decided it")
    standing = Blocking.objects.filter(hit=hit).first()
    if standing is not None:
        return standing
    imposed = [
        restrict(
            customer_id=hit.customer_id,
            kind=kind,
            actor=actor,
            reason=f"screening hit {hit.pk}: {why}"[:500],
            customer_message=TOLD,
        ).pk
        for kind in KINDS
    ]
    blocking = Blocking.objects.create(
        hit=hit,
        customer_id=hit.customer_id,
        known_at=clock.now(),
        source=str(hit.listed.get("source", ""))[:20],
        why=why[:500],
        restrictions=imposed,
    )
    record(
        actor=actor,
        verb="screening.block",
        target=hit,
        reason=why[:500],
        after={"customer": hit.customer_id, "restrictions": imposed, "known_at": blocking.known_at},
    )
    return blocking


def meet_address(*, customer_id: int, keys: Iterable[str], reference: str) -> Hit | None:
    """A customer's money came from, or was to go to, one of these addresses.

    If a list names one of them, the customer behind the account is frozen and the hit waits for an
    officer, in this transaction. `reference` names the movement; meeting it twice is one hit.
    Returns the hit, or None when no list names any.
    """
    address = first_listed(keys)
    if address is None:
        return None
    owner_id = _main_account(customer_id)
    entry = address.entry
    with transaction.atomic():
        hit, made = Hit.objects.get_or_create(
            about=Hit.About.ADDRESS,
            customer_id=owner_id,
            subject=reference[:120],
            address=address,
            defaults={
                "subject_name": address.key,
                "customer_version": version_of(owner_id),
                "entry": entry,
                "entry_version": entry.version if entry is not None else 0,
                "score": 1000,
                "parts": [
                    {
                        "how": "address",
                        "mine": address.key,
                        "listed": address.key,
                        "points": 0,
                        "weight": 1000,
                    }
                ],
                "theirs": {"reference": reference, "address": address.key},
                "listed": {
                    "source": address.source,
                    "ticker": address.ticker,
                    "address": address.key,
                    **(
                        {"uid": entry.uid, **entry.contents, "matched": entry.name}
                        if entry is not None
                        else {}
                    ),
                },
                "raised_at": clock.now(),
            },
        )
        if made:
            block(
                hit=hit,
                actor=ACTOR,
                why=f"{reference}: {address.key} is on the list of {address.source}",
            )
            outbox.announce("screening.hit", hit_id=hit.pk, blocked=True)
    return hit


def meet_again(movements: Iterable[Seen]) -> int:
    """Look-back: movements of the past that touched what a list names now. Returns new hits."""
    made = 0
    for seen in movements:
        known = Q(about=Hit.About.ADDRESS, subject=seen.reference[:120], address__key=seen.key)
        if Hit.objects.filter(known).exists():
            continue
        hit = meet_address(
            customer_id=seen.customer_id, keys=[key_of(seen.key)], reference=seen.reference
        )
        made += hit is not None
    return made


def _main_account(customer_id: int) -> int:
    parent = Customer.objects.filter(pk=customer_id).values_list("parent_id", flat=True).first()
    return parent or customer_id
