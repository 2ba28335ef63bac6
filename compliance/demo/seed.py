"""Some thousand customers with months behind them, and a few who are up to something.

Seeded once the first page is served, and before the development chains are given what customers
own: it may be killed anywhere, and then it has done nothing, or all of it. The look-back that
follows puts what it finds into the queue of alerts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from django.db import transaction

from compliance.demo import books
from compliance.demo.patterns import DAY, HONEST, HOUR, PATTERNS, Telling
from compliance.demo.people import DOMAIN, Person, introduce, settle
from compliance.monitoring import runs, versions
from exchange.accounts.models import User
from exchange.core import clock, facts, locks
from exchange.core.actors import system
from exchange.core.facts import FactKind, NewFact
from exchange.markets.models import Market

SEED = 20_261_126
PEOPLE = 3_000
DAYS = 120
TIMES = 5  # of each pattern
HONEST_TIMES = 2  # of what only looks like one
OLD = timedelta(days=50)  # what the demo's officers have decided before you came
HONEST_SCALE = 0.6
ACTOR = system("demo seed")
REASON = "What the demo's customers did before it began."
PRICES = {"BTC": Decimal(95_000), "ETH": Decimal(3_400), "SOL": Decimal(180), "BMX": Decimal("0.4")}


def seed(*, count: int = PEOPLE) -> int:
    """Seed once. Returns how many facts were told; 0 when it was done before."""
    now = clock.now()
    with transaction.atomic():
        locks.hold(locks.Lock.SEED)
        if User.objects.filter(email__endswith=f"@{DOMAIN}").exists():
            return 0
        random = Random(SEED)  # noqa: S311  every demo shall have the same people
        people = settle(count, random=random, now=now)
        telling = Telling(random, prices=_prices())
        _patterns(telling, people, now)
        introduce(people, opened=telling.opened, random=random)
        _everyday(telling, people, now)
        _large(telling, people, now)
        ordered = _ordered(telling.facts)
        told = sum(facts.report_many(part, watched=False) for part in _parts(ordered))
        books.keep(ordered)
        versions.sync()
        runs.ask(since=now - DAYS * DAY, until=now, raises=True, actor=ACTOR, reason=REASON)
    return told


def guilty() -> set[int]:
    """Whom the patterns are about, drawn again from the seed: nothing in the database says so."""
    rows = User.objects.filter(email__endswith=f"@{DOMAIN}").order_by("pk")
    ids = list(rows.values_list("customer__pk", flat=True)[: _taken()])
    return set(ids)


def _taken() -> int:
    return sum(size for _pattern, size in PATTERNS) * TIMES


def _prices() -> dict[str, Decimal]:
    """Of the markets, or what they were when this was written."""
    known = Market.objects.filter(base__code__in=PRICES, quote__code="USDT")
    return {**PRICES, **dict(known.values_list("base__code", "reference_price"))}


def _patterns(telling: Telling, people: Sequence[Person], now: datetime) -> None:
    """The first of them, one after another, each some weeks apart; then those who look like them
    and are honest."""
    at = 0
    for time in range(TIMES):
        for number, (pattern, size) in enumerate(PATTERNS):
            pattern(telling, people[at : at + size], now - (8 + time * 22 + number * 2) * DAY)
            at += size
    telling.scale = HONEST_SCALE
    for time in range(HONEST_TIMES):
        for number, (pattern, size) in enumerate(HONEST):
            pattern(telling, people[at : at + size], now - (58 + time * 25 + number * 3) * DAY)
            at += size
    telling.scale = 1.0


def _large(telling: Telling, people: Sequence[Person], now: datetime) -> None:
    """Canadians whose coins of one day add up to what FINTRAC wants to hear of (24-hour rule)."""
    noon = (now - 2 * DAY).replace(hour=15, minute=20, second=0, microsecond=0)
    canadians = [each for each in people[_taken() :] if each.country == "CA"][-3:]
    for days, who in enumerate(canadians):
        for n, usd in enumerate((3_150, 2_780, 3_420)):
            telling.tell(
                FactKind.CRYPTO_DEPOSIT,
                who,
                noon - days * DAY + n * 95 * HOUR / 60,
                telling.near(usd, 0.05),
                asset=("ETH", "USDT")[n % 2],
                address=f"demo-wallet-{who.pk}-{n}",
            )


def _everyday(telling: Telling, people: Sequence[Person], now: datetime) -> None:
    """What everybody does: log in, deposit a salary's part, trade a little, take some out."""
    random = telling.random
    asleep = set(telling.guilty.get("dormant_reactivated", ()))
    for who in people:
        if who.pk in asleep:
            continue
        for month in range(DAYS // 30):
            if who.pk in telling.opened:  # came late, for a pattern's sake
                break
            start = now - (DAYS - month * 30) * DAY
            for _ in range(random.randrange(3, 8)):
                at = start + random.randrange(720) * HOUR + random.randrange(3_600) * HOUR / 3_600
                telling.tell(FactKind.LOGIN, who, at)
            at = start + random.randrange(600) * HOUR
            usd = telling.near(who.monthly, 0.3)
            _bring_in(telling, who, at, usd)
            _spend(telling, who, at, usd)


def _bring_in(telling: Telling, who: Person, at: datetime, usd: float) -> None:
    """Two in three from a bank at home, the others in coins of their own."""
    if who.pk % 3:
        bank = {"bank_country": who.country}
        telling.tell(FactKind.FIAT_DEPOSIT, who, at, usd, extra=bank)
        return
    telling.tell(FactKind.CRYPTO_DEPOSIT, who, at, usd, address=f"demo-home-{who.pk}")


def _spend(telling: Telling, who: Person, at: datetime, usd: float) -> None:
    random = telling.random
    for n in range(random.randrange(1, 4)):
        coin = random.choice(("BTC", "ETH", "SOL"))
        telling.tell(
            FactKind.TRADE,
            who,
            at + (n + 1) * 7 * HOUR,
            usd / 4,
            asset=coin,
            extra={
                "market": f"{coin}_USDT",
                "side": random.choice(("buy", "sell")),
                "price": f"{telling.prices[coin]:f}",
                "order_id": f"demo-{who.pk}-{at:%j%H}-{n}",
                "maker": False,
            },
        )
    if random.random() < 0.4:
        telling.tell(
            FactKind.CRYPTO_WITHDRAWAL,
            who,
            at + random.randrange(4, 12) * DAY,
            usd * random.uniform(0.1, 0.5),
            address=f"demo-home-{who.pk}",
            asset=random.choice(("ETH", "USDT")),
        )


def _ordered(told: Sequence[NewFact]) -> list[NewFact]:
    """As it happened, and nothing of tomorrow."""
    now = clock.now()
    return sorted((each for each in told if each.at <= now), key=lambda each: each.at)


def _parts(told: Sequence[NewFact]) -> Iterator[Sequence[NewFact]]:
    for start in range(0, len(told), facts.MOST_AT_ONCE):
        yield told[start : start + facts.MOST_AT_ONCE]
