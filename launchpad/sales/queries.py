"""What pages and integrators may ask of sales."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import QuerySet

from exchange.core import clock
from exchange.core.errors import NotFound
from exchange.core.money import ZERO
from launchpad.sales import terms
from launchpad.sales.models import Sale, SaleBook, SaleRelease, Subscription
from launchpad.sales.states import COMING, OVER, PUBLIC, RUNNING, State

LISTED = 100


class Figures(NamedTuple):
    """How a sale stands at this moment. `percent` is of what all that is offered costs."""

    state: str
    subscribers: int
    committed: Decimal
    goal: Decimal
    percent: int
    times: Decimal  # how often it is subscribed, two digits


class Part(NamedTuple):
    """One release of somebody's tokens."""

    number: int
    due_at: datetime
    by_itself_at: datetime
    amount: Decimal
    upto_ppm: int
    state: str  # received, due, coming


def public() -> QuerySet[Sale]:
    """Every sale that was announced, the newest first."""
    return Sale.objects.filter(state__in=PUBLIC).select_related("asset", "quote")


def public_sale(sale_id: int) -> Sale:
    """One of them. Raises NotFound."""
    sale = public().filter(pk=sale_id).first()
    if sale is None:
        raise NotFound(f"There is no sale {sale_id}.", field="sale_id")
    return sale


def calendar() -> dict[str, list[Sale]]:
    """Sales that run, come and are over, each in the order in which people look for them. Sales
    that were cancelled before they opened are over as well."""
    found = public().select_related("asset", "quote", "book")
    return {
        "running": list(found.filter(state__in=RUNNING).order_by("closes_at", "pk")[:LISTED]),
        "coming": list(found.filter(state__in=COMING).order_by("opens_at", "pk")[:LISTED]),
        "over": list(found.filter(state__in=OVER).order_by("-closes_at", "-pk")[:LISTED]),
    }


def figures(sale: Sale) -> Figures:
    """One row by primary key, or none when the sale carries its book."""
    book = SaleBook.objects.filter(pk=sale.pk).first() or SaleBook()
    return figures_of(sale, book)


def figures_of(sale: Sale, book: SaleBook) -> Figures:
    goal = sale.goal
    times = (book.committed / goal).quantize(Decimal("0.01")) if goal else ZERO
    return Figures(
        sale.state,
        book.subscribers,
        book.committed,
        goal,
        int(book.committed * 100 / goal) if goal else 0,
        times,
    )


def subscription(sale_id: int, customer_id: int) -> Subscription | None:
    """Somebody's place in a sale."""
    return (
        Subscription.objects.filter(sale_id=sale_id, customer_id=customer_id)
        .select_related("tier")
        .first()
    )


def of_customer(customer_id: int) -> QuerySet[Subscription]:
    """Everything that somebody has or had in sales, the newest first."""
    return (
        Subscription.objects.filter(customer_id=customer_id, changes__gt=0)
        .select_related("sale__asset", "sale__quote")
        .order_by("-id")
    )


def parts(sale: Sale, mine: Subscription) -> list[Part]:
    """Every release of somebody's tokens, with what is received, due and to come."""
    now, allocated, before = clock.now(), mine.allocated or ZERO, ZERO
    found = []
    for release in sale.releases.all():
        upto = terms.released(sale, allocated, release.number)
        if release.number < mine.releases:
            state = "received"
        else:
            state = "due" if release.due_at <= now and sale.state == State.VESTING else "coming"
        found.append(
            Part(
                release.number,
                release.due_at,
                release.due_at + timedelta(days=sale.claim_days if release.number else 0),
                upto - before,
                release.upto_ppm,
                state,
            )
        )
        before = upto
    return found


def claimable(sale: Sale, mine: Subscription) -> Decimal:
    """How many tokens could be claimed now."""
    if sale.state != State.VESTING:
        return ZERO
    return sum((part.amount for part in parts(sale, mine) if part.state == "due"), ZERO)


def schedule(sale: Sale) -> list[SaleRelease]:
    return list(sale.releases.all())
