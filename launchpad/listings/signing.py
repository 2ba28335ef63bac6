"""Whether the signer can send a listed asset: its policy names contract and decimals for the
wallets that pay and sweep it (runbooks/signer.md).

The policy is signed by an administrator elsewhere; here it is only asked for. What it said is
written down on the listing: its page and the board show it, and `opening` opens no withdrawals that
nobody could send.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from exchange.core import clock
from exchange.core.money import plain
from launchpad.listings.models import Listing, Schedule
from launchpad.listings.states import SignerWord, Stage
from wallets.addresses.models import KeySet
from wallets.sending import signer
from wallets.sending.errors import SignerRefused, SignerUnavailable

EVERY = timedelta(minutes=1)
OPENS_FROM = (Stage.TRADING, Stage.WARNED, Stage.DELISTING, Stage.CLOSED, Stage.WINDOW)
ASKED_AT = (Stage.APPROVED, Stage.SCHEDULED, Stage.DEPOSITS, *OPENS_FROM)


def due() -> Q:
    """Listings whose withdrawals ought to be open and are not: their day has come, or trading has
    ended and withdrawing is all that is left."""
    over = Q(stage__in=(Stage.CLOSED, Stage.WINDOW))
    return Q(withdrawals_opened_at=None, stage__in=OPENS_FROM) & (
        over | Q(schedule__withdrawals_at__lte=clock.now())
    )


def refresh(*, limit: int = 100) -> int:
    """Ask the signer, once for all, about what is due and about what was not asked about lately.

    Outside any transaction. Returns how many listings it was asked about.
    """
    waits = Q(withdrawals_opened_at=None, stage__in=ASKED_AT)
    stale = Q(signer_asked_at=None) | Q(signer_asked_at__lte=clock.now() - EVERY)
    rows = list(
        Listing.objects.filter(due() | (waits & stale), network__isnull=False)
        .exclude(code="")
        .order_by("pk")[:limit]
    )
    if not rows:
        return 0
    status = _status()
    for row in rows:
        word, lacks = SignerWord.SILENT, ""
        if status is not None:
            lacks = lack_of(row, status)
            word = SignerWord.LACKS if lacks else SignerWord.KNOWN
        Listing.objects.filter(pk=row.pk).update(
            signer_word=word, signer_lacks=lacks[:300], signer_asked_at=clock.now()
        )
    return len(rows)


def lack_of(listing: Listing, status: Mapping[str, Any]) -> str:
    """What the policy lacks to pay and sweep this asset, in a sentence; "" when nothing."""
    wallets = KeySet.objects.filter(
        network_id=listing.network_id or 0,
        role__in=(KeySet.Role.HOT, KeySet.Role.DEPOSIT),
        active=True,
    ).exclude(signer_key="")
    keys = {row.role: row.signer_key for row in wallets}
    if KeySet.Role.HOT not in keys:
        return _("There is no hot wallet on %(network)s.") % {"network": listing.network}
    for name in (keys[role] for role in (KeySet.Role.HOT, KeySet.Role.DEPOSIT) if role in keys):
        key = status["keys"].get(name)
        if key is None:
            return _("The signer has no key %(key)s.") % {"key": name}
        row = key["assets"].get(listing.code)
        facts = {"key": name, "code": listing.code}
        if row is None:
            return _("The policy does not name %(code)s for %(key)s.") % facts
        if row["contract"].lower() != listing.contract.lower():
            return _("The policy names %(code)s for %(key)s with another contract.") % facts
        if row["decimals"] != listing.decimals:
            return _("The policy names %(code)s for %(key)s with other decimals.") % facts
    return ""


def command_of(listing: Listing) -> str:
    """What an administrator runs to draft the policy that names it; "" where it is no token."""
    if not listing.contract or listing.network is None or listing.decimals is None:
        return ""
    plan = Schedule.objects.filter(listing=listing).first()
    least = plain(plan.withdraw_min) if plan is not None else "SMALLEST-WITHDRAWAL"
    return (
        f"python -m wallets.signer add-asset --policy policy.json --network {listing.network.code}"
        f" --asset {listing.code} --contract {listing.contract} --decimals {listing.decimals}"
        f" --least {least} --out draft.json"
    )


def _status() -> dict[str, Any] | None:
    try:
        return signer.status()
    except (SignerUnavailable, SignerRefused):
        return None
