"""Write to everybody who holds an asset: in parts, each part one transaction, nobody twice."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from exchange.accounts import mail
from exchange.accounts.models import Customer
from exchange.core import clock, outbox
from exchange.ledger import queries as ledger
from launchpad.listings.models import HolderNotice, Listing
from launchpad.listings.states import GOING, Stage

TOPIC = "listings.tell_holders"
AT_ONCE = 200
# The letter of each notice; a notice's name may carry a date behind a colon.
LETTERS = {
    "warned": "asset_warned",
    "delisting": "asset_delisting",
    "closed": "asset_closed",
    "last_days": "asset_last_days",
}


def tell(listing: Listing, *, notice: str) -> None:
    """Begin. Inside the transaction that gives cause; `notice` is a key of LETTERS."""
    assert notice in LETTERS
    key = f"{notice}:{clock.now():%Y-%m-%d}"
    outbox.announce(TOPIC, listing_id=listing.pk, notice=key, above=0)


@outbox.consumes(TOPIC)
def _go_on(payload: dict[str, Any]) -> None:
    """The next so many holders, and word to go on after them."""
    listing = Listing.objects.select_related("market").get(pk=payload["listing_id"])
    if listing.asset_id is None:
        return
    held = ledger.holders(asset_id=listing.asset_id, above=payload["above"], limit=AT_ONCE)
    if not held:
        return
    notice = payload["notice"]
    ids = [customer_id for customer_id, _amount in held]
    told = set(
        HolderNotice.objects.filter(
            listing=listing, notice=notice, customer_id__in=ids
        ).values_list("customer_id", flat=True)
    )
    users = {
        row.pk: row.user_id or (row.parent.user_id if row.parent else None)
        for row in Customer.objects.filter(pk__in=ids).select_related("parent")
    }
    with transaction.atomic():
        HolderNotice.objects.bulk_create(
            (
                HolderNotice(listing=listing, customer_id=each, notice=notice, at=clock.now())
                for each in ids
                if each in users
            ),
            ignore_conflicts=True,
        )
        for customer_id in ids:
            user_id = users.get(customer_id)
            if customer_id not in told and user_id is not None:
                mail.tell(user_id, LETTERS[notice.partition(":")[0]], **_facts(listing))
        outbox.announce(TOPIC, listing_id=listing.pk, notice=notice, above=ids[-1])


def _facts(listing: Listing) -> dict[str, str | int]:
    return {
        "code": listing.code,
        "asset": listing.name,
        "words": listing.reason_words if listing.stage in GOING else listing.warned_words,
        "trading_ends": _said(listing.trading_closes_at),
        "withdrawals_end": _said(listing.withdrawals_close_at),
        "page": settings.BASE_URL + reverse("listing", args=[listing.code]),
    }


def _said(at: Any) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else ""


def is_told(stage: str) -> bool:
    """Whether holders were written to because of a stage."""
    return stage in (Stage.WARNED, *GOING)
