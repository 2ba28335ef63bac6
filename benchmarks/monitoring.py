"""How many facts a second the live worker watches, and how long one waits, on this machine.

    python -m exchange.launcher with-servers -- python -m benchmarks.monitoring

Two figures, one JSON line each. Rooms (one process) tell 2,000 facts a second for half a minute, of
2,000 customers with fifty facts of history each: logins, deposits, withdrawals, transfers, orders,
cancels and trades, as in a busy hour. The worker (another process) watches with every scenario of
the catalogue. The first figure is what it kept up with; the second the 95th percentile, over
batches, of the time from the oldest fact's insert to the commit of the batch that watched it. When
the queue is not empty five seconds after the last fact was told, the run has failed and says so.
"""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import timedelta
from decimal import Decimal
from random import Random

from benchmarks.scratch import database, report

CUSTOMERS = 2_000
HISTORY = 50  # facts each
RATE = 2_000
SECONDS = 30
SLICE = 100  # told in one transaction, as follow and busy rooms do


def people() -> list[int]:
    from exchange.accounts.models import Customer, User

    owner = User.objects.create(email="bench@example.com")
    first = Customer.objects.create(user=owner)
    User.objects.bulk_create(User(email=f"b{n}@example.com") for n in range(1, CUSTOMERS))
    Customer.objects.bulk_create(
        Customer(user_id=pk, country="CA")
        for pk in User.objects.exclude(pk=owner.pk).values_list("pk", flat=True)
    )
    return [first.pk, *Customer.objects.exclude(pk=first.pk).values_list("pk", flat=True)]


class Life:
    """Facts as they happen in a busy hour, seeded."""

    def __init__(self, customers: list[int], seed: int) -> None:
        self.random, self.customers, self.seed, self.number = Random(seed), customers, seed, 0

    def next(self, at):
        from exchange.core.facts import FactKind, NewFact

        self.number += 1
        draw, who = self.random.random(), self.random.choice(self.customers)
        usd = Decimal(self.random.randrange(1_000, 2_000_000)).scaleb(-2)
        kind, extra, other = FactKind.ORDER, {}, None
        market = f"C{self.random.randrange(20)}_USDT"
        book = {
            "market": market,
            "side": self.random.choice(("buy", "sell")),
            "price": str(100 + self.random.randrange(50)),
            "order_id": str(self.random.randrange(10**6)),
        }
        if draw < 0.35:
            extra = {**book, "depth_share": 0.05}
        elif draw < 0.60:
            kind, extra = FactKind.CANCEL, book
        elif draw < 0.90:
            kind, extra, other = FactKind.TRADE, {**book, "maker": draw < 0.75}, self._other(who)
        elif draw < 0.94:
            kind = FactKind.LOGIN
        elif draw < 0.96:
            kind = FactKind.CRYPTO_DEPOSIT
        elif draw < 0.98:
            kind = FactKind.CRYPTO_WITHDRAWAL
        else:
            kind, other = FactKind.TRANSFER, self._other(who)
        return NewFact(
            kind=kind,
            customer_id=who,
            counterparty_id=other,
            at=at,
            reference=f"{self.seed}:{self.number}",
            asset="BTC",
            usd=usd,
            device=f"d{who}",
            ip="203.0.113.9" if who % 50 == 0 else f"10.{who // 250 % 250}.{who % 250}.1",
            ip_country="CA",
            address=f"a{who}-{self.random.randrange(3)}" if "crypto" in kind else "",
            extra=extra,
        )

    def _other(self, who: int) -> int:
        other = who
        while other == who:
            other = self.random.choice(self.customers)
        return other


def remember(customers: list[int]) -> None:
    """Months of history, told as history."""
    from django.db import transaction

    from exchange.core import clock, facts

    life, now = Life(customers, 1), clock.now()
    total = CUSTOMERS * HISTORY
    for start in range(0, total, 10_000):
        with transaction.atomic():
            facts.report_many(
                (
                    life.next(now - timedelta(minutes=2 * (total - n)))
                    for n in range(start, start + 10_000)
                ),
                watched=False,
            )


def tell(customers: list[int]) -> None:
    """Half a minute of a busy hour."""
    from django.db import transaction

    from exchange.core import clock, facts

    life, started = Life(customers, 2), time.monotonic()
    for number in range(RATE * SECONDS // SLICE):
        ahead = started + number * SLICE / RATE - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
        with transaction.atomic():
            facts.report_many(life.next(clock.now()) for _ in range(SLICE))


def run() -> None:
    with database():
        from compliance.monitoring import versions, watch
        from compliance.monitoring.models import Alert, Watch
        from exchange.core import facts

        customers = people()
        remember(customers)
        versions.sync()
        warm_up(customers)
        teller = subprocess.Popen([sys.executable, "-m", "benchmarks.monitoring", "tell"])
        waits: list[float] = []
        watched, until = 0, None
        while until is None or time.monotonic() < until:
            started, oldest = time.monotonic(), watch.behind()
            done = watch.watch_batch()
            watched += done.facts
            if done.facts and oldest is not None:
                waits.append(oldest.total_seconds() + time.monotonic() - started)
            if not done.facts:
                time.sleep(0.02)
            if until is None and teller.poll() is not None:
                until = time.monotonic() + 5
        left = facts.waiting()
        assert Watch.objects.get().facts >= watched
        if left or watched < RATE * SECONDS:
            raise SystemExit(f"fell behind: {watched} watched, {left} still wait")
        waits.sort()
        report("facts watched", watched / SECONDS, "facts/s")
        report("wait of the oldest, p95", waits[int(len(waits) * 0.95)], "s")
        print(f"{Alert.objects.count()} alerts", file=sys.stderr)


def warm_up(customers: list[int]) -> None:
    """The worker has read its memory when the busy hour begins."""
    from django.db import transaction

    from compliance.monitoring import watch
    from exchange.core import clock, facts

    with transaction.atomic():
        facts.report_many(Life(customers, 3).next(clock.now()) for _ in range(SLICE))
    watch.watch_batch()


if __name__ == "__main__":
    if sys.argv[1:] == ["tell"]:
        import django

        django.setup()
        from exchange.accounts.models import Customer

        tell(list(Customer.objects.order_by("pk").values_list("pk", flat=True)))
    else:
        run()
