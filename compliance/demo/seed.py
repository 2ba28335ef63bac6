"""Some thousand customers with months behind them, and a few who are up to something.

Seeded by a task once the first page is served: it may be killed anywhere, and then it has done
nothing, or all of it. The look-back that follows puts what it finds into the queue of alerts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from django.db import transaction

from compliance.demo.patterns import DAY, HOUR, PATTERNS, Telling
from compliance.demo.people import DOMAIN, Person, settle
from compliance.monitoring import alerts, runs, versions
from compliance.monitoring.models import Alert, AlertLabel, LookBack
from exchange.accounts.models import User
from exchange.core import clock, facts, locks
from exchange.core.actors import system
from exchange.core.facts import FactKind, NewFact

SEED = 20_261_126
PEOPLE = 3_000
DAYS = 120
TIMES = 3  # of each pattern
ACTOR = system("demo seed")
REASON = "What the demo's customers did before it began."
DECIDED_BEFORE = timedelta(days=30)


def seed(*, count: int = PEOPLE) -> int:
    """Seed once. Returns how many facts were told; 0 when it was done before."""
    now = clock.now()
    with transaction.atomic():
        locks.hold(locks.Lock.SEED)
        if User.objects.filter(email__endswith=f"@{DOMAIN}").exists():
            return 0
        random = Random(SEED)  # noqa: S311  every demo shall have the same people
        people = settle(count, random=random, now=now)
        telling = Telling(random)
        _patterns(telling, people, now)
        _everyday(telling, people, now)
        told = sum(
            facts.report_many(part, watched=False) for part in _parts(_ordered(telling.facts))
        )
        versions.sync()
        runs.ask(since=now - DAYS * DAY, until=now, raises=True, actor=ACTOR, reason=REASON)
    return told


def decide_old_ones(*, limit: int = 200) -> int:
    """Once the look-back is done: what officers said of the older alerts, for the score to learn
    from. Those whom a pattern names were worth it, the others were explained."""
    done = LookBack.objects.filter(reason=REASON, state=LookBack.State.DONE).exists()
    if not done or AlertLabel.objects.exists():
        return 0
    guilty = _guilty()
    old = Alert.objects.filter(
        origin=Alert.Origin.LOOK_BACK, at__lt=clock.now() - DECIDED_BEFORE
    ).order_by("pk")[:limit]
    said = 0
    with transaction.atomic():
        for alert in old:
            worth_it = bool(guilty & set(alert.ring))
            said += alerts.label(
                alert_ids=[alert.pk],
                outcome="productive" if worth_it else "false_positive",
                actor=ACTOR,
                reason="Decided before the demo began.",
            )
    return said


def _guilty() -> set[int]:
    """Drawn again from the seed: nothing in the database says who they are."""
    rows = User.objects.filter(email__endswith=f"@{DOMAIN}").order_by("pk")
    ids = list(rows.values_list("customer__pk", flat=True))
    taken = sum(size for _pattern, size in PATTERNS) * TIMES
    return set(ids[:taken])


def _patterns(telling: Telling, people: Sequence[Person], now: datetime) -> None:
    """The first of them, one after another; each pattern some weeks apart."""
    at = 0
    for time in range(TIMES):
        for number, (pattern, size) in enumerate(PATTERNS):
            begins = now - (10 + time * 33 + number * 2) * DAY
            pattern(telling, people[at : at + size], begins)
            at += size


def _everyday(telling: Telling, people: Sequence[Person], now: datetime) -> None:
    """What everybody does: log in, deposit a salary's part, trade a little, take some out."""
    random = telling.random
    asleep = set(telling.guilty.get("dormant_reactivated", ()))
    for who in people:
        if who.pk in asleep:
            continue
        for month in range(DAYS // 30):
            start = now - (DAYS - month * 30) * DAY
            for _ in range(random.randrange(3, 8)):
                at = start + random.randrange(720) * HOUR + random.randrange(3_600) * HOUR / 3_600
                telling.tell(FactKind.LOGIN, who, at, ip=_home(who))
            at = start + random.randrange(600) * HOUR
            usd = telling.near(who.monthly, 0.3)
            telling.tell(FactKind.FIAT_DEPOSIT, who, at, usd)
            _spend(telling, who, at, usd)


def _spend(telling: Telling, who: Person, at: datetime, usd: float) -> None:
    random = telling.random
    for n in range(random.randrange(1, 4)):
        telling.tell(
            FactKind.TRADE,
            who,
            at + (n + 1) * 7 * HOUR,
            usd / 4,
            asset=random.choice(("BTC", "ETH", "SOL")),
            extra={
                "market": "BTC_USDT",
                "side": random.choice(("buy", "buy", "sell")),
                "price": "50000",
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
            asset="BTC",
        )


def _home(who: Person) -> str:
    return f"10.{who.pk // 62_500 % 250}.{who.pk // 250 % 250}.{who.pk % 250 + 1}"


def _ordered(told: Sequence[NewFact]) -> list[NewFact]:
    """As it happened, and nothing of tomorrow."""
    now = clock.now()
    return sorted((each for each in told if each.at <= now), key=lambda each: each.at)


def _parts(told: Sequence[NewFact]) -> Iterator[Sequence[NewFact]]:
    for start in range(0, len(told), facts.MOST_AT_ONCE):
        yield told[start : start + facts.MOST_AT_ONCE]
