"""What a customer's address book says now: read by the book's page and by every withdrawal."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from exchange.accounts.models import Customer
from exchange.core import clock
from exchange.core.errors import NotFound, Refused
from wallets.addresses.models import BookEntry, BookPolicy

SHORT_HOLD, LONG_HOLD = 24, 48


class NotInBook(Refused):
    """The customer allows withdrawals to the addresses of their book only."""

    code = "not_whitelisted"


class StillHeld(Refused):
    """The address was added a short while ago. `limit` is when it becomes usable."""

    code = "address_held"


class Policy(NamedTuple):
    """How strict the book is now, and what is under way. Hours are those that count now."""

    whitelist_only: bool
    hold_hours: int
    loosens_at: datetime | None  # whitelist-only ends then
    shortens_at: datetime | None  # the hold is 24 hours from then on


def owner_of(customer_id: int) -> Customer:
    """The main account of a customer, whose book it is. Raises NotFound."""
    found = Customer.objects.filter(pk=customer_id).select_related("parent").first()
    if found is None:
        raise NotFound(f"There is no customer {customer_id}.", field="customer_id")
    return found.parent or found


def policy(*, customer_id: int) -> Policy:
    """What counts now. One query, and one for whose it is."""
    row = BookPolicy.objects.filter(customer_id=owner_of(customer_id).pk).first()
    return policy_of(row or BookPolicy())


def policy_of(row: BookPolicy) -> Policy:
    """A row's terms at this moment: what was under way and is over has happened."""
    now = clock.now()
    loosened = row.loosens_at is not None and row.loosens_at <= now
    shortened = row.shortens_at is not None and row.shortens_at <= now
    return Policy(
        whitelist_only=row.whitelist_only and not loosened,
        hold_hours=SHORT_HOLD if shortened else row.hold_hours,
        loosens_at=None if loosened else row.loosens_at,
        shortens_at=None if shortened else row.shortens_at,
    )


def entries(*, customer_id: int) -> QuerySet[BookEntry]:
    """What stands in the book, by name."""
    return (
        BookEntry.objects.filter(customer_id=owner_of(customer_id).pk, removed_at=None)
        .select_related("network", "asset")
        .order_by("label", "id")
    )


def entry_for(*, customer_id: int, network_id: int, key: str, memo: str = "") -> BookEntry | None:
    """The entry that names this destination; None when the book does not know it."""
    return BookEntry.objects.filter(
        customer_id=owner_of(customer_id).pk,
        network_id=network_id,
        key=key,
        memo=memo,
        removed_at=None,
    ).first()


def refuse_unless_allowed(
    *, customer_id: int, network_id: int, key: str, memo: str = ""
) -> BookEntry | None:
    """Raise NotInBook or StillHeld when the book forbids this destination now.

    Returns the entry, or None for a destination outside a book that is not strict: whether that
    is a risk is for the withdrawal's own gates.
    """
    entry = entry_for(customer_id=customer_id, network_id=network_id, key=key, memo=memo)
    if entry is None:
        if policy(customer_id=customer_id).whitelist_only:
            raise NotInBook(
                _("You allow withdrawals to addresses of your book only, and this is not one."),
                field="address",
            )
        return None
    if entry.usable_at > clock.now():
        hours = max(1, -(-(entry.usable_at - clock.now()) // timedelta(hours=1)))
        raise StillHeld(
            _("This address is new in your book: usable in %(n)s hours.") % {"n": hours},
            field="address",
            limit=entry.usable_at,
        )
    return entry
