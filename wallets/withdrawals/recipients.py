"""Who is meant by what a sender types: another customer's e-mail address or number."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _

from exchange.accounts.models import Customer, normal_email
from exchange.accounts.throttle import spend
from wallets.withdrawals.errors import UnknownRecipient

# Whoever asks for many is collecting our customers' addresses.
MOST_TRIES, WITHIN = 20, timedelta(hours=1)


def find(written: str) -> Customer:
    """The main account of that e-mail address or number. Raises UnknownRecipient."""
    text = written.strip()
    if text.isascii() and text.isdigit() and len(text) <= 18:
        found = Customer.objects.filter(pk=int(text), parent=None).first()
    else:
        found = Customer.objects.filter(
            user__email=normal_email(text), user__is_active=True, parent=None
        ).first()
    if found is None:
        raise UnknownRecipient(
            _("We know nobody by that name. Check it with the person you want to pay."),
            field="recipient",
        )
    return found


def spend_a_try(customer_id: int) -> None:
    """Count one question of a customer about others. Raises TooManyTries."""
    spend("find-recipient", customer_id, limit=MOST_TRIES, within=WITHIN)
