"""Products that are open, and the time at which tests play."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest

from exchange.core import clock
from launchpad.earn import products, subscribe
from launchpad.earn.models import Position, Product
from launchpad.earn.terms import Draft
from tests import factories
from tests.launchpad.conftest import programme

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)  # a Tuesday
DAY = timedelta(days=1)


@contextmanager
def on_day(number: int, *, hours: float = 0) -> Iterator[datetime]:
    """So many days after the tests' first day."""
    moment = NOON + DAY * number + timedelta(hours=hours)
    with clock.held_at(moment):
        yield moment


def product(
    slug: str = "usdt-flexible",
    *,
    code: str = "USDT",
    kind: str = "flexible",
    earns: str = "rate",
    tiers=((0, 50_000),),
    budget: str = "1000000",
    minimum: str = "1",
    cap_total: str = "1000000",
    cap_customer: str = "500000",
    commission_bps: int = 0,
    daily_budget: str = "0",
    band_bps: int = 0,
    **more,
) -> Product:
    """An open product whose programme has money."""
    paid_by = programme(code, budget, name=f"programme of {slug}")
    made = products.draft_product(
        new=products.NewProduct(
            slug=slug, name=slug, kind=kind, earns=earns, programme_id=paid_by.pk,
            summary="Lent to market makers.", risk="You can lose some of it.", **more,
        ),
        draft=Draft(
            D(minimum), D(cap_total), D(cap_customer), [(D(a), ppm) for a, ppm in tiers],
            commission_bps, D(daily_budget), band_bps,
        ),
        actor=factories.SYSTEM,
    )  # fmt: skip
    products.open_now(product_id=made.pk, actor=factories.SYSTEM)
    made.refresh_from_db()
    return made


def fixed(slug: str = "usdt-30", **more) -> Product:
    return product(
        slug, kind="fixed", lock_days=30, pays_at_end=True, early_exit=True,
        **{"tiers": ((0, 100_000),), **more},
    )  # fmt: skip


def staking(slug: str = "eth-staking", **more) -> Product:
    words = {"code": "ETH", "tiers": (), "commission_bps": 1000, "unbonding_days": 7}
    return product(slug, kind="staking", earns="arrivals", **{**words, **more})


_numbers = iter(range(1, 10**6))


def put_in(holder, made: Product, amount: str, /, **more) -> Position:
    """A customer subscribes, with as much money as it takes."""
    if D(amount):
        factories.fund(holder, made.asset.code, amount)
    words = {
        "customer_id": holder.pk,
        "slug": made.slug,
        "amount": D(amount),
        "terms_version": 1,
        "request_no": f"t{next(_numbers)}",
        "actor": factories.SYSTEM,
    }
    return subscribe.subscribe(**{**words, **more})


@pytest.fixture(autouse=True)
def everybody_may(monkeypatch):
    """Identity's rules are identity's tests' business; one test here asks them."""
    from compliance.identity.queries import Answer

    monkeypatch.setattr(subscribe, "may", lambda customer_id, product: Answer(True))


@pytest.fixture
def first_day(db):
    """The tests' first day, at noon."""
    with on_day(0) as moment:
        yield moment
