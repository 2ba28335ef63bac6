"""Things that tests need, made the way the exchange makes them."""

from __future__ import annotations

import itertools
from decimal import Decimal

from exchange.accounts.models import Customer, User
from exchange.assets.models import Asset
from exchange.core.actors import Actor, system
from exchange.ledger import accounts as ledger_accounts
from exchange.ledger import queries
from exchange.ledger.post import Leg, post
from exchange.markets.models import Market

_numbers = itertools.count(1)


def user(*, email: str = "", password: str = "correct horse battery", **fields: object) -> User:
    return User.objects.create_user(
        email or f"person{next(_numbers)}@example.com", password, **fields
    )


def customer(*, parent: Customer | None = None, **fields: object) -> Customer:
    if parent is not None:
        return Customer.objects.create(parent=parent, name=f"sub {next(_numbers)}")
    return Customer.objects.create(user=user(), **fields)


def officer(*permissions: str, label: str = "officer@holdfast.example") -> Actor:
    """A member of staff who holds just these permissions."""
    return Actor(kind="staff", label=label, may=lambda wanted: wanted in permissions)


def asset(code: str, precision: int = 8, **fields: object) -> Asset:
    found, _ = Asset.objects.get_or_create(
        code=code, defaults={"name": code, "precision": precision, "kind": "coin", **fields}
    )
    return found


def market(symbol: str = "BTC_USDT", **fields: object) -> Market:
    """Price in cents, size in 0.00001: a tick times a lot is 1e-7 of the quote."""
    base, quote = symbol.split("_")
    quote_asset = asset(quote)
    settings = {
        "price_precision": 2,
        "size_precision": 5,
        "min_size": Decimal("0.00001"),
        "max_size": Decimal(1000),
        "min_notional": Decimal(5),
        "maker_rate": Decimal("0.001"),
        "taker_rate": Decimal("0.002"),
        "reference_price": Decimal(50_000),
        **fields,
    }
    found, _ = Market.objects.get_or_create(
        symbol=symbol,
        defaults={
            "base": asset(base),
            "quote": quote_asset,
            "quote_precision": quote_asset.precision,
            **settings,
        },
    )
    return found


def fund(holder: Customer, code: str, amount: str | Decimal) -> None:
    """Give a customer money, from custody, as a deposit would."""
    coin = asset(code)
    account = ledger_accounts.customer_accounts([(holder.pk, coin.pk)])[holder.pk, coin.pk]
    custody = ledger_accounts.house_account(asset_id=coin.pk, purpose=ledger_accounts.CUSTODY)
    post(
        kind="deposit",
        reference=f"test:{next(_numbers)}",
        legs=[Leg(custody, available=-Decimal(amount)), Leg(account, available=Decimal(amount))],
    )


def available(holder: Customer, code: str) -> Decimal:
    return queries.balance(customer_id=holder.pk, asset_id=asset(code).pk).available


def held(holder: Customer, code: str) -> Decimal:
    return queries.balance(customer_id=holder.pk, asset_id=asset(code).pk).held


def house(code: str, purpose: str) -> Decimal:
    """What the house's account of one purpose holds."""
    account = ledger_accounts.house_account(asset_id=asset(code).pk, purpose=purpose)
    return ledger_accounts.locked_available([account])[account]


SYSTEM = system("tests")
