"""What a customer was shown before the code: signed, so that the code confirms exactly this.

The confirmation page carries the draft; whatever else is posted with the code is not read. A draft
is good for a quarter of an hour, for its own customer, and (by its request number) for one
withdrawal.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from decimal import Decimal

from django.core import signing
from django.utils.translation import gettext as _

from exchange.core.errors import Invalid
from exchange.core.money import plain
from wallets.withdrawals.request import NewWithdrawal

SALT = "withdrawals.draft"
GOOD_FOR = timedelta(minutes=15)
FIELDS = ("asset", "network", "address", "memo", "recipient", "request_no")


def new_request_no() -> str:
    return f"page-{secrets.token_hex(12)}"


def sign(new: NewWithdrawal) -> str:
    content = {name: getattr(new, name) for name in FIELDS}
    return signing.dumps(
        {**content, "customer": new.customer_id, "amount": plain(Decimal(new.amount))}, salt=SALT
    )


def read(token: str, *, customer_id: int) -> NewWithdrawal:
    """Raises Invalid when it is forged, too old, or somebody else's."""
    try:
        content = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature as error:
        raise _stale() from error
    if content["customer"] != customer_id:
        raise _stale()
    return NewWithdrawal(
        customer_id=customer_id,
        amount=Decimal(content["amount"]),
        **{name: content[name] for name in FIELDS},
    )


def _stale() -> Invalid:
    return Invalid(_("This page is too old. Nothing was sent; please start again."), field="draft")
