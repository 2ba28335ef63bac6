"""Stop everything of one customer with a link from a letter, without logging in.

Whoever reads in a letter of ours that money is leaving, and did not ask for it, has no time to find
a password. The link can do one thing only: forbid withdrawals and take back what is not signed.
Lifting it takes two members of staff, as every restriction does.
"""

from __future__ import annotations

from datetime import timedelta

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from exchange.accounts import mail, restrictions
from exchange.accounts.models import Customer, Restriction, User
from exchange.audit.record import record
from exchange.core.actors import CUSTOMER, Actor
from exchange.core.errors import Invalid
from wallets.withdrawals import cancel, release, wake
from wallets.withdrawals.errors import TooLateToCancel
from wallets.withdrawals.models import Withdrawal
from wallets.withdrawals.states import UNSENT, State

SALT = "withdrawals.freeze-link"
GOOD_FOR = timedelta(days=30)
MOST = 500


def token_for(user: User) -> str:
    """What stands in the link. It names the account and can be used for nothing else."""
    return signing.dumps({"user": user.pk}, salt=SALT)


def customer_of(token: str) -> Customer:
    """Whose account it freezes. Raises Invalid when it is forged or too old."""
    try:
        content = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
        return Customer.objects.select_related("user").get(user_id=content["user"])
    except (signing.BadSignature, Customer.DoesNotExist, KeyError, TypeError) as error:
        raise Invalid(
            _("This link is too old or damaged. Log in, or write to support at once."),
            field="token",
        ) from error


def freeze(*, token: str, ip: str | None) -> int:
    """Forbid withdrawals of the account at once, and take back what is not signed yet.

    Returns how many were taken back. Freezing twice is freezing once. Raises Invalid.
    """
    customer = customer_of(token)
    actor = Actor(
        kind=CUSTOMER,
        label=f"freeze link of customer {customer.pk}",
        ip=ip,
        may=lambda permission: permission == "exchange.freeze_customer",
    )
    restrictions.restrict(
        customer_id=customer.pk,
        kind=Restriction.Kind.WITHDRAWAL,
        actor=actor,
        reason="The freeze link of a letter was used: the customer did not ask for a withdrawal.",
        customer_message=_(
            "You froze withdrawals with the link in our letter. Write to support to lift it."
        ),
    )
    taken_back = take_all_back(owner_id=customer.pk, actor=actor)
    with transaction.atomic():
        if customer.user_id is not None:
            mail.tell(customer.user_id, "withdrawals_frozen", count=taken_back)
    return taken_back


def take_all_back(*, owner_id: int, actor: Actor) -> int:
    """Cancel every withdrawal of a person that nobody has signed. Returns how many."""
    ids = Withdrawal.objects.filter(owner_id=owner_id, state__in=UNSENT).order_by("id")
    return sum(
        _take_back(withdrawal_id, actor)
        for withdrawal_id in ids.values_list("pk", flat=True)[:MOST]
    )


def _take_back(withdrawal_id: int, actor: Actor) -> int:
    try:
        with transaction.atomic():
            row = cancel.take_back(withdrawal_id)
            if row.state == State.CANCELLED:
                return 0
            release.give_up(row, State.CANCELLED)
            record(actor=actor, verb="withdrawals.cancel", target=row, reason="frozen")
            wake.tell(row, "withdrawal_cancelled")
    except TooLateToCancel:
        return 0
    return 1
