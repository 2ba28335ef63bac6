"""How long a day of interest takes: accrued, written down as a payout and paid to each position.

    python -m benchmarks.payouts [POSITIONS [compound]]

One worker on one connection, PostgreSQL flushing every commit. `value` is positions a second from
the beginning of the accrual to the last commit of the payout; `baseline` is what one would write at
first, one ledger entry and one transaction a position, through the same ledger with the same
guards, on a sample of the same positions. There is no figure unless the sum paid is the sum accrued
to the last unit, the remainder is booked, and the books balance.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from benchmarks.scratch import database, report

POSITIONS = 100_000
SAMPLE = 1_000
PEOPLE = """
INSERT INTO exchange_customer (parent_id, name, country, anti_phishing_code, created_at)
SELECT %s, 'saver ' || n, '', '', now() FROM generate_series(1, %s) n
"""
OPENED = """
INSERT INTO launchpad_position (product_id, customer_id, state, amount, compound, terms_version,
                                earns_from, opened_at, forfeited)
SELECT %s, id, 'open', trunc((random() * 5000 + 1)::numeric, 6), %s, 1, %s, %s, 0
  FROM exchange_customer WHERE parent_id IS NOT NULL
"""
CHANGED = """
INSERT INTO launchpad_positionchange
    (position_id, product_id, customer_id, kind, amount, at, reference)
SELECT id, product_id, customer_id, 'subscribe', amount, opened_at, 'b' || id
  FROM launchpad_position
"""


def main(positions: int = POSITIONS, *, compound: bool = False) -> None:
    with database():
        product, day = prepare(positions, compound)
        naive = one_by_one(product)
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        seconds, parts = whole(product, day)
        refuse_unless_exact(product)
        what = "interest accrued and left to earn" if compound else "interest accrued and paid"
        report(what, positions / seconds, "positions/s", naive)
        report(f"a day of {positions:,} positions", seconds, "s", positions / naive)
        for name, took in parts.items():
            report(f"of it {name}", took, "s")


def prepare(positions: int, compound: bool):
    """A product, savers with a position each, a programme that can pay them."""
    from django.db import connection

    from exchange.accounts.models import Customer, User
    from exchange.assets.models import Asset
    from exchange.core.actors import system
    from exchange.ledger import accounts, post_many
    from launchpad.earn.models import Product, Terms, Tier
    from launchpad.programmes import fund, open

    actor = system("bench")
    now = datetime.now(UTC)
    day = now.date() - timedelta(days=1)
    asset = Asset.objects.create(code="USDT", name="USDT", precision=6, kind="stablecoin")
    made = open.create_programme(
        kind="interest", name="bench", asset_id=asset.pk, actor=actor, opened=True
    )
    fund.take_in(
        programme_id=made.pk,
        source="capital",
        account_id=accounts.house_account(asset_id=asset.pk, purpose=accounts.CAPITAL),
        amount=Decimal(10) ** 9,
        reference="bench",
        actor=actor,
    )
    product = Product.objects.create(
        slug="bench", name="bench", kind="flexible", earns="rate", asset=asset, programme=made,
        state="open", summary="-", risk="-", first_day=day, created_by="bench", created_at=now,
    )  # fmt: skip
    terms = Terms.objects.create(
        product=product, version=1, from_day=day, minimum=1, cap_total=10**12,
        cap_customer=10**9, published_by="bench", published_at=now,
    )  # fmt: skip
    Tier.objects.create(terms=terms, above=0, rate_ppm=80_000)
    Tier.objects.create(terms=terms, above=1000, rate_ppm=30_000)
    main = Customer.objects.create(user=User.objects.create_user("bench@example.com"))
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, [main.pk, positions])
        cursor.execute(OPENED, [product.pk, compound, day, now - timedelta(days=2)])
        cursor.execute(CHANGED)
    for purpose in ("spot", "earn"):  # savers have been here before
        post_many.open_accounts(
            query="SELECT customer_id, %s, %s FROM launchpad_position", params=[purpose, asset.pk]
        )
    return product, day


def one_by_one(product) -> float:
    """Positions a second when each is paid by an entry of its own."""
    from django.db import connection, transaction

    from exchange.ledger import accounts, post
    from launchpad.earn.models import Position

    sample = list(Position.objects.order_by("pk")[:SAMPLE])
    source = accounts.house_account(asset_id=product.asset_id, purpose=product.programme.purpose)
    began = time.perf_counter()
    for each in sample:
        with transaction.atomic():
            amount = (each.amount * Decimal("0.08") / 365).quantize(Decimal("0.000001"))
            pair = (each.customer_id, product.asset_id)
            account = accounts.customer_accounts([pair])[pair]
            post.transfer(
                kind="naive", reference=f"n{each.pk}", source=source, destination=account,
                amount=max(amount, Decimal("0.000001")),
            )  # fmt: skip
    assert not connection.in_atomic_block
    return SAMPLE / (time.perf_counter() - began)


def whole(product, day) -> tuple[float, dict[str, float]]:
    """Accrue the day and pay it. Returns seconds, and the parts of it."""
    from launchpad.earn.accrue import accrue_next
    from launchpad.programmes import payouts
    from launchpad.programmes.models import Payout

    began = time.perf_counter()
    assert accrue_next(product_id=product.pk)
    accrued = time.perf_counter()
    payouts.pay(Payout.objects.get().pk)
    ended = time.perf_counter()
    return ended - began, {
        "accrued and written down": accrued - began,
        "paid": ended - accrued,
    }


def refuse_unless_exact(product) -> None:
    from django.db import connection

    from exchange.ledger import queries
    from launchpad.earn.models import ProductDay
    from launchpad.programmes.models import Payout

    payout, ran = Payout.objects.get(), ProductDay.objects.get()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(p.available) FROM exchange_posting p JOIN exchange_ledgerentry e"
            " ON e.id = p.entry_id JOIN exchange_ledgeraccount a ON a.id = p.account_id"
            " WHERE e.kind = 'payout' AND a.owner_kind = 'customer'"
        )
        received = cursor.fetchone()[0]
    rounding, _ = queries.house_balance(asset_id=product.asset_id, purpose="rounding")
    exact = payout.state == "paid" and received == payout.paid == ran.accrued
    if not exact or rounding != ran.remainder or any(off for _, off in queries.trial_balance()):
        sys.exit("what was paid is not what was accrued: no figure")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]), compound="compound" in sys.argv)
