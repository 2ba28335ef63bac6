"""People who act: staff with permissions, customers about their own affairs, and their phones."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection
from django_otp.oath import TOTP

from exchange.accounts.models import Authenticator, Customer, User
from exchange.core import clock
from exchange.core.actors import Actor
from tests.factories import user


def staff(*permissions: str, holder: User | None = None) -> Actor:
    """A real member of staff, second factor shown, who holds just these permissions."""
    person = holder or user(is_staff=True)
    return Actor(
        kind="staff",
        label=person.email,
        user_id=person.pk,
        ip="198.51.100.7",
        request_id="test-request",
        may=lambda wanted: wanted in permissions,
    )


def acting(holder: Customer) -> Actor:
    """A customer about their own affairs."""
    assert holder.user is not None
    return Actor(
        kind="customer",
        label=holder.user.email,
        user_id=holder.user_id,
        customer_id=holder.pk,
        ip="203.0.113.9",
    )


def authenticator(person: User, *, secret: bytes = b"0123456789abcdefghij") -> Authenticator:
    """A phone that is set up and was never used."""
    return Authenticator.objects.create(
        user=person,
        name="authenticator app",
        sealed_secret=Authenticator.sealed(secret, user_id=person.pk),
    )


def phone_shows(secret: bytes = b"0123456789abcdefghij", *, at: datetime | None = None) -> str:
    """The six digits on the phone's screen at a moment (now)."""
    totp = TOTP(secret)
    totp.time = (at or clock.now()).timestamp()
    return f"{totp.token():06d}"


def visitor(ip: str = "203.0.113.9") -> Actor:
    """Somebody who has not logged in."""
    return Actor(kind="customer", label="anonymous", ip=ip)


def about(person: User) -> Actor:
    """A user about themselves, with no permission."""
    kind = "staff" if person.is_staff else "customer"
    return Actor(kind=kind, label=person.email, user_id=person.pk)


def rows_of_every_table() -> list[Any]:
    """The whole database as text, to search it for what must not be there."""
    rows: list[Any] = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            rows += cursor.fetchall()
    return rows
