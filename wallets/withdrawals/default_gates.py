"""The gates that stand until somebody registers better ones, and those that always stand."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from compliance.screening import addresses
from exchange.accounts.models import LoginDevice, Restriction, User
from exchange.accounts.restrictions import refuse_if_restricted
from exchange.core import switches
from exchange.core.money import ZERO, plain
from wallets.addresses import book_rules
from wallets.chains import health
from wallets.withdrawals import gates, limits
from wallets.withdrawals.errors import NotWhitelisted, OverLimit
from wallets.withdrawals.gates import PASS, Facts, Outcome
from wallets.withdrawals.models import Withdrawal
from wallets.withdrawals.states import COUNTED, State

SANCTIONED = "sanctioned_address"


def open_for_all(facts: Facts) -> Outcome:
    """Switches, and a network whose node can be believed."""
    if facts.network_id is None:
        switches.refuse_if_closed(switches.WITHDRAWALS, f"withdrawals:asset:{facts.asset}")
        return PASS
    switches.refuse_if_closed(*switches.withdrawals(asset=facts.asset, network=facts.network))
    health.refuse_unless_following(facts.network_id)
    return PASS


def allowed_to_customer(facts: Facts) -> Outcome:
    """Restrictions on the customer, or on the main account behind a sub-account."""
    refuse_if_restricted(facts.customer_id, Restriction.Kind.WITHDRAWAL)
    if facts.recipient_id is not None:
        refuse_if_restricted(facts.recipient_id, Restriction.Kind.DEPOSIT)
    return PASS


def within_tier(facts: Facts) -> Outcome:
    """What a person may withdraw in 24 hours and in 30 days."""
    if facts.value is None:
        return gates.hold("value_unknown", "Nothing has traded that says what this is worth.")
    tier = limits.tier_of(facts.owner_id)
    for most, span, words in (
        (tier.daily, limits.DAY, _("24 hours")),
        (tier.monthly, limits.MONTH, _("30 days")),
    ):
        gone = withdrawn_by(facts.owner_id, facts.at, span=span, besides=facts.withdrawal_id)
        left = most - gone
        if facts.value > left:
            raise OverLimit(
                _("Your limit is %(most)s USDT in %(span)s; %(left)s USDT of it are left now.")
                % {
                    "most": plain(most),
                    "span": words,
                    "left": plain(max(left, ZERO).quantize(ZERO)),
                },
                field="amount",
                limit=max(left, ZERO),
            )
    return PASS


def withdrawn_by(
    owner_id: int, at: datetime, *, span: timedelta = limits.DAY, besides: int | None = None
) -> Decimal:
    """What a person has asked for within a span and not taken back, in USDT."""
    rows = Withdrawal.objects.filter(
        owner_id=owner_id, requested_at__gt=at - span, state__in=COUNTED
    ).exclude(pk=besides or 0)
    return rows.aggregate(total=Sum("value_usdt"))["total"] or ZERO


def in_address_book(facts: Facts) -> Outcome:
    """The book's own rules; a program may pay to addresses of the book only."""
    if facts.network_id is None:
        return PASS
    entry = book_rules.refuse_unless_allowed(
        customer_id=facts.customer_id,
        network_id=facts.network_id,
        key=facts.key,
        memo=facts.memo,
    )
    if entry is None and facts.via == Withdrawal.Via.API:
        raise NotWhitelisted(
            _("A program may withdraw to addresses of your book only. Add this one first."),
            field="address",
        )
    return PASS


def not_risky(facts: Facts) -> Outcome:
    """What thieves do first: change the locks, or come with a device nobody knows."""
    user = User.objects.filter(pk=facts.user_id or 0).first()
    since = facts.at - limits.RISKY_FOR
    for what, changed in (
        ("password", user.password_changed_at if user else None),
        ("second factor", user.second_factor_changed_at if user else None),
    ):
        if changed is not None and changed > since:
            return gates.hold(
                "credentials_changed",
                f"The {what} was changed at {changed:%Y-%m-%d %H:%M} UTC.",
                until=changed + limits.RISKY_FOR,
            )
    if facts.device_id is not None and facts.recipient_id is None:
        device = LoginDevice.objects.filter(pk=facts.device_id).first()
        is_new = device is None or device.first_seen > since
        if is_new and not _paid_before(facts) and not _first_device(facts, device):
            return gates.hold(
                "new_device_and_address", "A new device withdraws to an address never paid before."
            )
    return PASS


def _first_device(facts: Facts, device: LoginDevice | None) -> bool:
    """The device that the account was opened with is as old as the account."""
    earlier = LoginDevice.objects.filter(user_id=facts.user_id or 0)
    return device is not None and not earlier.filter(pk__lt=device.pk).exists()


def _paid_before(facts: Facts) -> bool:
    return Withdrawal.objects.filter(
        owner_id=facts.owner_id, key=facts.key, state=State.CONFIRMED
    ).exists()


def not_sanctioned(facts: Facts) -> Outcome:
    """Held rather than refused: compliance has to see it, and the customer must not be told."""
    listed = addresses.listed(facts.key)
    if listed is None:
        return PASS
    said = f"The address is on the list of {listed.source}."
    return gates.hold(SANCTIONED, said, approvals=2)


def not_too_fast(facts: Facts) -> Outcome:
    """One person, one asset, and everybody together, within an hour."""
    since = facts.at - limits.HOUR
    recent = Withdrawal.objects.filter(requested_at__gt=since, state__in=COUNTED).exclude(
        pk=facts.withdrawal_id or 0
    )
    sums = recent.aggregate(
        own=Count("pk", filter=Q(owner_id=facts.owner_id)),
        asset=Sum("value_usdt", filter=Q(asset__code=facts.asset)),
        total=Sum("value_usdt"),
    )
    value = facts.value or ZERO
    if sums["own"] >= limits.MOST_AN_HOUR_OF_ONE:
        return gates.hold("many_requests", f"{sums['own']} requests within an hour before this.")
    for code, before, most in (
        ("fast_asset", sums["asset"], limits.HOURLY_OF_ASSET),
        ("fast_all", sums["total"], limits.HOURLY_OF_ALL),
    ):
        together = (before or ZERO) + value
        if together > most:
            return gates.hold(
                code, f"{plain(together)} USDT within an hour; {plain(most)} is usual."
            )
    return PASS


def small_enough(facts: Facts) -> Outcome:
    """From the threshold on two people look."""
    if facts.value is not None and facts.value >= limits.UNATTENDED_BELOW:
        return gates.hold(
            "large",
            f"Worth {plain(facts.value)} USDT;"
            f" from {plain(limits.UNATTENDED_BELOW)} two people look.",
            approvals=2,
        )
    return PASS


for _name, _gate, _order in (
    ("switches", open_for_all, gates.SWITCHES),
    ("restrictions", allowed_to_customer, gates.RESTRICTIONS),
    ("limits", within_tier, gates.LIMITS),
    ("address book", in_address_book, gates.ADDRESS_BOOK),
    ("risk", not_risky, gates.RISK),
    ("screening", not_sanctioned, gates.SCREENING),
    ("velocity", not_too_fast, gates.VELOCITY),
    ("amount", small_enough, gates.AMOUNT),
):
    gates.register(_name, _gate, order=_order)
