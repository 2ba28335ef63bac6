"""Earn alive: products of every kind, programmes with money, positions of alice and bob, a past."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal as D
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from compliance.identity.queries import may
from compliance.identity.words import Product as Allowed
from exchange.accounts.models import Customer
from exchange.assets.models import Asset
from exchange.core import clock
from exchange.core.actors import system
from exchange.core.errors import Refused
from exchange.ledger.accounts import CAPITAL, house_account
from exchange.markets.models import Market
from launchpad.demo import validators, vault
from launchpad.earn import accrue, arrivals, products, redeem, subscribe
from launchpad.earn.models import Arrival, EarnRequest, Position, Product
from launchpad.earn.terms import Draft
from launchpad.programmes import fund, payouts
from launchpad.programmes import open as programmes
from launchpad.programmes.models import Funding, Programme
from wallets.chains import nodes
from wallets.demo import lending
from wallets.sending.errors import SignerUnavailable

log = logging.getLogger(__name__)
SEED = system("demo seed")
PAST = timedelta(days=12)
VAULT_SLUG, VAULT_NETWORK = "usdt-vault", "ERC20"


class Plan(NamedTuple):
    """A product of the demo, and how much its programme has."""

    slug: str
    name: str
    kind: str
    earns: str
    asset: str
    budget: D
    summary: str
    risk: str
    terms: Draft
    more: dict[str, Any]


def _rate(*tiers: tuple[int, int], least: str, cap: int, own: int, **more: Any) -> Draft:
    return Draft(D(least), D(cap), D(own), [(D(a), ppm) for a, ppm in tiers], **more)


LENT = "We lend it to traders on margin against security. If many of them fail at once and the \
security does not suffice, a part of what you put in can be lost. No deposit insurance covers it."
PLANS = (
    Plan(
        "usdt-flexible", "USDT flexible", "flexible", "rate", "USDT", D(25_000),
        "Lent to margin traders against security, back at any time.", LENT,
        _rate((0, 80_000), (1_000, 30_000), least="1", cap=5_000_000, own=500_000), {"order": 1},
    ),
    Plan(
        "btc-flexible", "Bitcoin flexible", "flexible", "rate", "BTC", D("0.5"),
        "Lent to margin traders against security, back at any time.", LENT,
        _rate((0, 12_000), least="0.0001", cap=200, own=20), {"order": 2},
    ),
    Plan(
        "usdt-90", "USDT for 90 days", "fixed", "rate", "USDT", D(60_000),
        "A promised rate for 90 days. Ending it early costs the interest.", LENT,
        _rate((0, 95_000), least="10", cap=2_000_000, own=200_000),
        {"lock_days": 90, "pays_at_end": True, "early_exit": True, "order": 10},
    ),
    Plan(
        "eth-staking", "Ethereum staking", "staking", "arrivals", "ETH", D(0),
        "Your ether secures Ethereum with validators that we run.",
        "A validator that breaks the network's rules is slashed: that loss falls on all stakes "
        "alike, also on those on their way out. What validators earn varies.",
        _rate(least="0.01", cap=5_000, own=500, commission_bps=1_000),
        {"unbonding_days": 7, "bonding_days": 1, "order": 20},
    ),
    Plan(
        "bmx-staking", "BMX staking", "staking", "rate", "BMX", D(200_000),
        "Carries your vote and earns BMX from a budget that governance decides.",
        "BMX can lose all of its value. When the budget is used up nothing more is paid.",
        _rate((0, 40_000), least="10", cap=50_000_000, own=5_000_000),
        {"unbonding_days": 7, "vote_weight": 100, "order": 21},
    ),
    Plan(
        "bmx-180", "BMX staking for 180 days", "staking", "rate", "BMX", D(400_000),
        "Locked for 180 days; votes with it count twice.",
        "Nobody can give it back before its day, and BMX can lose all of its value until then.",
        _rate((0, 120_000), least="10", cap=20_000_000, own=2_000_000),
        {"lock_days": 180, "vote_weight": 200, "order": 22},
    ),
    Plan(
        "btc-usdt-depth", "Market making on BTC/USDT", "mining", "points", "BMX", D(50_000),
        "A share of 500 BMX a day for orders close to the price.",
        "Orders that stand close to the price trade when it moves, mostly against you.",
        Draft(D(0), D(0), D(0), (), 0, D(500), 50), {"market": "BTC_USDT", "order": 30},
    ),
)  # fmt: skip
VAULT = Plan(
    VAULT_SLUG, "USDT in a DeFi vault", "vault", "arrivals", "USDT", D(0),
    "Invested in a lending contract (ERC-4626) on Ethereum.",
    "The contract can be broken into, and borrowers can fail: then a part or all of it is lost, "
    "and the loss falls on everybody in it alike.",
    _rate(least="10", cap=500_000, own=50_000, commission_bps=1_500),
    {"network": VAULT_NETWORK, "unbonding_days": 1, "order": 40},
)  # fmt: skip
# Who put how much into what, so many days ago, and whether interest stays.
HISTORY: Sequence[tuple[str, str, str, int, bool]] = (
    ("alice", "usdt-flexible", "12500", 11, False),
    ("alice", "usdt-90", "20000", 10, False),
    ("alice", "eth-staking", "32", 10, False),
    ("alice", "bmx-staking", "5000", 9, True),
    ("alice", "bmx-180", "10000", 9, False),
    ("bob", "usdt-flexible", "800", 11, True),
    ("bob", "btc-flexible", "2.5", 8, False),
    ("bob", "usdt-90", "5000", 6, False),
    ("bob", "eth-staking", "64", 9, False),
    ("bob", VAULT_SLUG, "2500", 5, False),
    ("alice", VAULT_SLUG, "4000", 5, True),
)
REWARDS = ("0.0131", "0.0128", "0.0140", "0.0126", "0.0133")


def seed() -> int:
    """Returns how many things were new. Only where the demo lives; called again it goes on."""
    if not settings.DEMO_BOTS:
        return 0
    alice = _customer("alice")
    if alice is None or not may(alice.pk, Allowed.EARN):
        return 0  # nobody has verified who they are yet: then their past could not be told
    plans = [*PLANS, VAULT] if _has_chain() else list(PLANS)
    with transaction.atomic():  # no day is accrued between a product and its first positions
        done = sum(_product(plan) for plan in plans)
        done += sum(_put_in(*row) for row in HISTORY)
        done += _makers()
    done += _rewards()
    accrue.accrue_all()
    payouts.sweep()
    done += _one_leaves()
    return done + (_vault() if _has_chain() else 0)


def _has_chain() -> bool:
    return VAULT_NETWORK in nodes.configured() and nodes.node(VAULT_NETWORK).development


def _product(plan: Plan) -> int:
    asset = Asset.objects.filter(code=plan.asset).first()
    if asset is None or Product.objects.filter(slug=plan.slug, state__gt="").exclude(
        state=Product.State.DRAFT
    ):
        return 0
    with clock.held_at(_day(12)):
        programme = Programme.objects.filter(name=plan.name).first()
        if programme is None:
            programme = programmes.create_programme(
                kind=_KINDS[plan.kind], name=plan.name, asset_id=asset.pk, actor=SEED, opened=True
            )
        if plan.budget and not Funding.objects.filter(programme=programme).exists():
            fund.take_in(
                programme_id=programme.pk,
                source=CAPITAL,
                account_id=house_account(asset_id=asset.pk, purpose=CAPITAL),
                amount=plan.budget,
                reference=f"demo:{plan.slug}",
                actor=SEED,
            )
        product = Product.objects.filter(slug=plan.slug).first()
        if product is None:
            more = {**plan.more, "vault": lending.address()} if plan.kind == "vault" else plan.more
            product = products.draft_product(
                new=products.NewProduct(
                    slug=plan.slug, name=plan.name, kind=plan.kind, earns=plan.earns,
                    programme_id=programme.pk, summary=plan.summary, risk=plan.risk, **more,
                ),
                draft=plan.terms,
                actor=SEED,
            )  # fmt: skip
        products.open_now(product_id=product.pk, actor=SEED)
    return 1


_KINDS = {
    "flexible": "interest",
    "fixed": "interest",
    "staking": "staking",
    "mining": "mining",
    "vault": "vault",
}


def _put_in(name: str, slug: str, amount: str, days_ago: int, compound: bool) -> int:
    """A position from the past; not yet while nobody has verified who they are."""
    customer = _customer(name)
    request_no = f"demo-{slug}"
    product = Product.objects.filter(slug=slug).first()
    if customer is None or product is None or _asked(customer, request_no):
        return 0
    if product.accrued_through is not None and product.accrued_through >= _day(days_ago).date():
        days_ago = 0  # its past is told already
    try:
        with clock.held_at(_day(days_ago)):
            subscribe.subscribe(
                customer_id=customer.pk,
                slug=slug,
                amount=D(amount),
                terms_version=1,
                compound=compound,
                request_no=request_no,
                actor=SEED,
            )
    except Refused:
        return 0
    return 1


def _makers() -> int:
    """The demo's market makers take part in liquidity mining."""
    product = Product.objects.filter(slug="btc-usdt-depth").first()
    if product is None or not Market.objects.filter(symbol=product.market).exists():
        return 0
    done = 0
    for customer in Customer.objects.filter(
        Q(user__email__startswith="maker-bot@") | Q(user__email__startswith="alice@")
    ):
        if Position.objects.filter(product=product, customer_id=customer.pk).exists():
            continue
        try:
            subscribe.subscribe(
                customer_id=customer.pk, slug=product.slug, amount=D(0), terms_version=1,
                request_no="demo-depth", actor=SEED,
            )  # fmt: skip
        except Refused:
            continue
        done += 1
    return done


def _rewards() -> int:
    """What validators earned on the last days: on the chain where there is one, else on paper."""
    product = Product.objects.filter(slug="eth-staking").first()
    if product is None or not product.taken:
        return 0
    if _has_chain():
        return validators.tend(product, [D(each) for each in REWARDS], actor=SEED)
    done = 0
    for ago, amount in enumerate(REWARDS, start=1):
        day = _day(ago).date()
        reference = f"demo-{day.isoformat()}"
        if Arrival.objects.filter(product=product, reference=reference).exists():
            continue
        try:
            arrivals.book_reward(
                product_id=product.pk, amount=D(amount), day=day, source="validator 418221",
                reference=reference, actor=SEED,
            )  # fmt: skip
        except Refused:
            continue
        done += 1
    return done


def _one_leaves() -> int:
    """Bob unstakes some of his ether: the queue has somebody in it."""
    bob = _customer("bob")
    if bob is None or _asked(bob, "demo-leave"):
        return 0
    mine = Position.objects.filter(customer_id=bob.pk, product__slug="eth-staking", state="open")
    position = mine.first()
    if position is None:
        return 0
    redeem.redeem(
        customer_id=bob.pk, position_id=position.pk, amount=D(16), request_no="demo-leave",
        actor=SEED,
    )  # fmt: skip
    return 1


def _vault() -> int:
    """The exchange's own wallet lends to a vault that stands and earns once a day: no more than the
    signer lets go without an operator."""
    product = Product.objects.filter(slug=VAULT_SLUG).first()
    if product is None:
        return 0
    try:
        return vault.tend(product, D(1900), D("1.25"), actor=SEED)
    except SignerUnavailable as later:
        log.info("the vault waits: %s", later)
        return 0


def _customer(name: str) -> Customer | None:
    return Customer.objects.filter(user__email=f"{name}@holdfast.example").first()


def _asked(customer: Customer, request_no: str) -> bool:
    return EarnRequest.objects.filter(customer_id=customer.pk, request_no=request_no).exists()


def _day(ago: int) -> datetime:
    """Some time in the morning, so many days ago; now for today."""
    if not ago:
        return clock.now()
    return datetime.combine(clock.now().date() - timedelta(days=ago), time(9, 30), UTC)
