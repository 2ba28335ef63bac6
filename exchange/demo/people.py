"""Who lives in the demo: staff of every role, traders with keys, and the bots' accounts."""

from __future__ import annotations

import base64
import hmac
from decimal import Decimal
from typing import Any

from django.conf import settings

from exchange.accounts import api_keys, roles, second_factor
from exchange.accounts.models import ApiKey, Customer, User
from exchange.accounts.sign_up import sign_up
from exchange.assets.models import Asset
from exchange.core.actors import system
from exchange.ledger import accounts
from exchange.ledger.post import Leg, post
from exchange.markets.models import Market

SEED = system("demo seed")

STAFF = {
    "officer": roles.COMPLIANCE_OFFICER,
    "triage": roles.TRIAGE_ANALYST,
    "mlro": roles.MLRO,
    "treasury": roles.TREASURY_OPERATOR,
    "listings": roles.LISTING_MANAGER,
    "support": roles.SUPPORT_AGENT,
    "commander": roles.INCIDENT_COMMANDER,
    "auditor": roles.AUDITOR,
    "admin": roles.ADMINISTRATOR,
}
TRADERS = {
    "alice": {"BTC": 25, "USDT": 2_500_000, "ETH": 200, "BMX": 50_000},
    "bob": {"BTC": 20, "USDT": 2_000_000, "ETH": 150, "SOL": 1_000},
    "carol": {"BTC": 12, "USDT": 1_200_000, "ETH": 80},
    "dave": {"BTC": 10, "USDT": 1_000_000, "XRP": 100_000},
    "beginner": {"USDT": 500},
}
BOTS = ("maker-bot", "taker-bot")
BOT_QUOTE = {"USDT": 50_000_000, "BTC": 500}
BOT_WORTH_USDT = 2_000_000  # of each base it makes a market in
BOT_MOST = {"LTC": 3_000}  # what customers own has to exist: a regtest chain has 15,000 in all


def derived(name: str, what: str, length: int) -> bytes:
    """A demo secret: the same for the same installation, unlike on any other."""
    return hmac.digest(settings.SECRET_KEY.encode(), f"demo:{name}:{what}".encode(), "sha256")[
        :length
    ]


def password(name: str) -> str:
    drawn = derived(name, "password", 8).hex()
    return f"Keel-{drawn[:6]}-{drawn[6:12]}"


def staff() -> list[dict[str, str]]:
    """One member of staff a role, each with a second factor."""
    roles.sync_roles()
    people = []
    for name, role in STAFF.items():
        email = f"{name}@holdfast.example"
        user = User.objects.filter(email=email).first() or User.objects.create_user(
            email, password(name), name=name.capitalize(), is_staff=True
        )
        if not user.groups.filter(name=role).exists():
            roles.give_role(user_id=user.pk, role=role, actor=SEED, reason="demo")
        people.append({"username": email, **_login(user, name), "role": role})
    return people


def traders() -> list[dict[str, str]]:
    """Funded customers with a second factor and an API key that may trade."""
    return [_trader(name, funds) for name, funds in TRADERS.items()]


def bots() -> list[Customer]:
    """The market makers' accounts, funded for every liquid market."""
    funds: dict[str, Decimal] = {code: Decimal(amount) for code, amount in BOT_QUOTE.items()}
    for market in Market.objects.filter(liquid=True, quote__code="USDT").select_related("base"):
        worth = Decimal(BOT_WORTH_USDT) / market.reference_price
        code = market.base.code
        most = Decimal(BOT_MOST.get(code, "Infinity"))
        funds[code] = min(max(funds.get(code, Decimal(0)), worth.quantize(Decimal(1))), most)
    people = []
    for name in BOTS:
        customer = _customer(name)
        fund(customer, funds)
        if not ApiKey.objects.filter(customer=customer, label=name).exists():
            api_keys.create(customer_id=customer.pk, label=name, can_trade=True, actor=SEED)
        people.append(customer)
    return people


def fund(customer: Customer, funds: dict[str, Any]) -> None:
    """Book an opening deposit; once, however often it is asked for."""
    assets = {a.code: a for a in Asset.objects.filter(code__in=funds)}
    own = accounts.customer_accounts([(customer.pk, a.pk) for a in assets.values()])
    legs = []
    for code, amount in funds.items():
        asset = assets[code]
        custody = accounts.house_account(asset_id=asset.pk, purpose=accounts.CUSTODY)
        legs += [
            Leg(own[customer.pk, asset.pk], Decimal(amount)),
            Leg(custody, -Decimal(amount)),
        ]
    post(kind="deposit", reference=f"demo:{customer.pk}", legs=legs)


def _trader(name: str, funds: dict[str, int]) -> dict[str, str]:
    customer = _customer(name)
    fund(customer, funds)
    user = customer.user
    assert user is not None
    ApiKey.objects.filter(customer=customer, label="demo").delete()
    key = api_keys.create(customer_id=customer.pk, label="demo", can_trade=True, actor=SEED)
    return {
        "email": user.email,
        **_login(user, name),
        "api_key": key.key,
        "api_secret": key.secret,
        "api_memo": key.memo,
    }


def _customer(name: str) -> Customer:
    email = f"{name}@holdfast.example"
    found = Customer.objects.filter(user__email=email).select_related("user").first()
    return found or sign_up(
        email=email, password=password(name), name=name.capitalize(), actor=SEED
    )


def _login(user: User, name: str) -> dict[str, str]:
    secret = derived(name, "totp", second_factor.SECRET_BYTES)
    second_factor.install(user_id=user.pk, secret=secret, actor=SEED)
    # Theirs for long, as the day of trading that the demo begins with: whoever got a second factor
    # a moment ago waits a day for the first withdrawal.
    User.objects.filter(pk=user.pk).update(second_factor_changed_at=None)
    return {"password": password(name), "totp_secret": base64.b32encode(secret).decode()}
