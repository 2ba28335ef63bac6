"""The demo's rewards: tiers, a competition that runs, a bonus, Alice's code, lessons, two airdrops.

Made by the verbs, in the name of the demo's staff where two people are needed. Called again it
changes nothing; before the demo's customers are there it waits.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from compliance.identity.models import Identity
from exchange.accounts import roles
from exchange.accounts.models import Customer, User
from exchange.assets.models import Asset
from exchange.audit import proposals
from exchange.core import clock, locks
from exchange.core.actors import Actor, system
from exchange.core.errors import Refused
from exchange.ledger.accounts import CAPITAL, house_account
from exchange.markets.models import Market
from launchpad.programmes import fund
from launchpad.rewards import approve, campaigns, measure, recipients, referral
from launchpad.rewards.models import Campaign, Participation, TradedDay

SEED = system("demo seed")
REASON = "The demo's rewards."
DOMAIN = "people.holdfast.example"
TRADERS = ("alice", "bob", "carol", "dave")
AIRDROP, NEXT_AIRDROP = "Welcome airdrop", "Autumn airdrop"
CAMPAIGNS: tuple[dict[str, Any], ...] = (
    {
        "kind": "lessons",
        "title": "Learn and earn",
        "summary": "Two BMX for every lesson whose questions are all answered right.",
        "asset": "BMX",
        "budget": "50000",
        "terms": {"each": "2"},
    },
    {
        "kind": "referral",
        "title": "Bring a friend",
        "summary": "A fifth of the fees that your friends pay in their first half year.",
        "asset": "USDT",
        "budget": "25000",
        "terms": {"share_percent": "20", "days": 180},
    },
    {
        "kind": "competition",
        "title": "November trading competition",
        "summary": "The ten who trade most in Bitcoin, Ether and Solana share 10,000 USDT.",
        "asset": "USDT",
        "budget": "10000",
        "terms": {
            "markets": "BTC_USDT ETH_USDT SOL_USDT",
            "prizes": "3000 2000 1500 1000 800 600 400 300 250 150",
            "least_usd": "1000",
        },
    },
    {
        "kind": "deposit_bonus",
        "title": "Keep 500 USDT for ten days",
        "summary": "Two percent of what you bring in and keep, up to 50 USDT.",
        "asset": "USDT",
        "budget": "20000",
        "terms": {"least": "500", "percent": "2", "cap": "50", "days": "10"},
    },
    {
        "kind": "airdrop",
        "title": AIRDROP,
        "summary": "For the first customers.",
        "asset": "BMX",
        "budget": "5000",
        "terms": {"rule": "upload"},
    },
    {
        "kind": "airdrop",
        "title": NEXT_AIRDROP,
        "summary": "For those who were there in autumn.",
        "asset": "BMX",
        "budget": "5000",
        "terms": {"rule": "upload"},
    },
)


def seed() -> int:
    """Seed what is missing. Returns how many campaigns are new; 0 when all is there."""
    people = list(
        Identity.objects.filter(customer__user__email__endswith=f"@{DOMAIN}", tier__gte=1)
        .order_by("customer_id")
        .values_list("customer_id", flat=True)[:60]
    )
    first, second = (_of(role) for role in (roles.LISTING_MANAGER, roles.TREASURY_OPERATOR))
    if not people or first is None or second is None:
        return 0
    with transaction.atomic():
        locks.hold(locks.Lock.SEED)
        made = [
            campaign for words in CAMPAIGNS if (campaign := _campaign(words, first)) is not None
        ]
        if made:
            _compete(people)
            _airdrops(people, first, second)
            _code_of_alice()
            measure.measure()
    return len(made)


def _campaign(words: dict[str, Any], actor: Actor) -> Campaign | None:
    if Campaign.objects.filter(title=words["title"]).exists():
        return None
    asset = Asset.objects.filter(code=words["asset"]).first()
    symbols = words["terms"].get("markets", "").split()
    if asset is None or Market.objects.filter(symbol__in=symbols).count() < len(symbols):
        return None
    today = datetime.combine(clock.now().date(), time(), UTC)
    campaign = campaigns.draft(
        kind=words["kind"],
        title=words["title"],
        summary=words["summary"],
        asset_id=asset.pk,
        budget=Decimal(words["budget"]),
        terms=words["terms"],
        starts_at=today - timedelta(days=7),
        ends_at=today + timedelta(days=21 if words["kind"] != "referral" else 365),
        actor=actor,
    )
    fund.take_in(
        programme_id=campaign.programme_id,
        source=CAPITAL,
        account_id=house_account(asset_id=asset.pk, purpose=CAPITAL),
        amount=campaign.budget,
        reference=f"demo:campaign:{campaign.pk}",
        actor=SEED,
    )
    return campaigns.open_campaign(campaign_id=campaign.pk, actor=actor, reason=REASON)


def _compete(people: list[int]) -> None:
    """Forty who traded in the days before, most with the bots, and two only with each other."""
    contest = Campaign.objects.filter(kind="competition").order_by("pk").first()
    bot = Customer.objects.filter(user__email="maker-bot@holdfast.example").first()
    market = Market.objects.filter(symbol="BTC_USDT").first()
    if contest is None or bot is None or market is None:
        return
    traders = Customer.objects.filter(user__email__in=[f"{n}@holdfast.example" for n in TRADERS])
    joined = [*people[:40], *traders.values_list("pk", flat=True)]
    Participation.objects.bulk_create(
        [
            Participation(campaign=contest, customer_id=pk, joined_at=contest.starts_at)
            for pk in joined
        ],
        ignore_conflicts=True,
    )
    today = clock.now().date()
    rows = []
    for number, pk in enumerate(people[:40]):
        for back in range(1, 7):
            usd = Decimal(250_000 - 6_000 * number) / (back + 1)
            rows.append(_day(market, today - timedelta(days=back), pk, bot.pk, usd))
    rows.append(_day(market, today - timedelta(days=2), people[40], people[41], Decimal(900_000)))
    TradedDay.objects.bulk_create(rows, ignore_conflicts=True)


def _day(market: Market, day: Any, one: int, other: int, usd: Decimal) -> TradedDay:
    first, second = sorted((one, other))
    usd = usd.quantize(Decimal("0.01"))
    fee = usd / 1000
    return TradedDay(
        day=day, market=market, one_id=first, other_id=second, usd=usd,
        one_fees_usd=fee, other_fees_usd=fee, trades=12,
    )  # fmt: skip


def _airdrops(people: list[int], first: Actor, second: Actor) -> None:
    """One list approved by two people, which the worker pays; one waits for a review."""
    for title, each in ((AIRDROP, 25), (NEXT_AIRDROP, 40)):
        drop = Campaign.objects.filter(title=title).order_by("pk").first()
        if drop is None or drop.files.exists():
            continue
        lines = "\n".join(f"{pk},{each + number % 5}" for number, pk in enumerate(people[:50]))
        file = recipients.from_upload(campaign_id=drop.pk, content=lines.encode(), actor=first)
        if title == AIRDROP:
            asked = approve.propose(file_id=file.pk, actor=first, reason=REASON)
            proposals.approve(proposal_id=asked.pk, actor=second, reason=REASON)


def _code_of_alice() -> None:
    alice = Customer.objects.filter(user__email="alice@holdfast.example").first()
    if alice is None:
        return
    try:
        referral.code_of(customer_id=alice.pk, actor=SEED)
    except Refused:
        return  # not verified in this demo: the page says what to do


def _of(role: str) -> Actor | None:
    """A member of the demo's staff, who holds what their role holds."""
    user = User.objects.filter(groups__name=role, is_staff=True).order_by("pk").first()
    if user is None:
        return None
    return Actor(kind="staff", label=user.email, user_id=user.pk, may=user.has_perm)
