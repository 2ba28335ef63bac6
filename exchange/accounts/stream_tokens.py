"""A pass for a page's WebSocket: signed, short-lived, good for reading one customer's stream."""

from __future__ import annotations

from datetime import timedelta

from django.core import signing

from exchange.core.errors import Invalid

SALT = "accounts.stream"
GOOD_FOR = timedelta(minutes=10)


def issue(customer_id: int) -> str:
    return signing.TimestampSigner(salt=SALT).sign(str(customer_id))


def customer_of(token: str) -> int:
    """Raises Invalid when it is forged or older than ten minutes."""
    try:
        return int(signing.TimestampSigner(salt=SALT).unsign(token, max_age=GOOD_FOR))
    except signing.BadSignature as error:
        raise Invalid("The token is not valid any more.", field="token") from error
