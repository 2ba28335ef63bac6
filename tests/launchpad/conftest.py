"""Programmes with money in them, and people to be paid."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange.ledger import accounts
from launchpad.programmes import fund, open
from launchpad.programmes.models import Programme
from tests import factories


def programme(
    code: str = "USDT", amount: str = "0", *, name: str = "", kind: str = "interest"
) -> Programme:
    """An open programme with so much in it."""
    asset = factories.asset(code, precision=6 if code == "USDT" else 8)
    made = open.create_programme(
        kind=kind,
        name=name or f"{kind} in {code} {Programme.objects.count() + 1}",
        asset_id=asset.pk,
        actor=factories.SYSTEM,
        opened=True,
    )
    if Decimal(amount):
        put_into(made, amount)
    return made


def put_into(made: Programme, amount: str) -> None:
    fund.take_in(
        programme_id=made.pk,
        source="capital",
        account_id=accounts.house_account(asset_id=made.asset_id, purpose=accounts.CAPITAL),
        amount=Decimal(amount),
        reference=f"test:{made.pk}:{made.fundings.count()}",
        actor=factories.SYSTEM,
    )


@pytest.fixture
def people(db):
    """Five customers."""
    return [factories.customer() for _ in range(5)]


__all__ = ["programme", "put_into"]
