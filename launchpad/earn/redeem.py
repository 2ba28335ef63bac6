"""Take money out of a product: at once, after unbonding, or early for the price that was published.

What takes time becomes a position of its own that earns nothing and has its date. The sweep lets go
what has come to its date, and ends fixed savings on theirs.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from exchange.audit.record import record
from exchange.core import clock, locks, outbox, switches
from exchange.core.actors import Actor, system
from exchange.core.errors import Conflict, Invalid, NotFound
from exchange.core.money import ZERO, parse, plain
from launchpad.earn import keep
from launchpad.earn.errors import BelowMinimum, Locked, LosesInterest
from launchpad.earn.models import Accrual, EarnRequest, Position, PositionChange, Product
from launchpad.earn.terms import offered

State, Kind = Position.State, PositionChange.Kind
KEEPER = system("earn.let_go")


class Leaving(NamedTuple):
    """What happens when an amount is taken out now: when it is there, and what is given up."""

    amount: Decimal
    free_at: datetime
    at_once: bool
    forfeits: Decimal


def redeem(
    *,
    customer_id: int,
    position_id: int,
    request_no: str,
    actor: Actor,
    amount: Decimal | None = None,
    accept_loss: bool = False,
) -> Position:
    """Take an amount, or all, out of a position. Returns the position, or the one on its way out.

    Ending fixed savings early gives up their interest, and needs `accept_loss`. The same request
    number again is the first request. Raises NotFound, Conflict, Locked, LosesInterest,
    BelowMinimum when too little would be left, Invalid, SwitchedOff, KeyReused.
    """
    keep.family(customer_id, actor)
    wanted = None if amount is None else plain(Decimal(str(amount)))
    asked: dict[str, object] = {"position": position_id, "amount": wanted}
    with transaction.atomic():
        switches.hold_still()
        if before := keep.asked_before(customer_id=customer_id, request_no=request_no, asked=asked):
            return before.position
        product, position = _locked(customer_id, position_id)
        if before := keep.asked_before(  # a twin that held the lock before us
            customer_id=customer_id, request_no=request_no, asked=asked
        ):
            return before.position
        switches.refuse_if_closed(f"redeem:{product.slug}")
        leaving = what_happens(product=product, position=position, amount=amount)
        if leaving.forfeits and not accept_loss:
            raise LosesInterest(
                _("Ending this early gives up %(amount)s %(asset)s of interest.")
                % {"amount": plain(leaving.forfeits), "asset": product.asset.code},
                field="accept_loss",
                limit=leaving.forfeits,
            )
        out = _take_out(product, position, leaving, f"{customer_id}:{request_no}")
        EarnRequest.objects.create(
            customer_id=customer_id,
            request_no=request_no,
            act=EarnRequest.Act.REDEEM,
            position=out,
            amount=leaving.amount,
            asked=asked,
            at=clock.now(),
        )
        record(
            actor=actor,
            verb="earn.redeem",
            target=position,
            after={
                "amount": leaving.amount,
                "free_at": leaving.free_at,
                "forfeits": leaving.forfeits,
            },
        )
    return out


def what_happens(*, product: Product, position: Position, amount: Decimal | None = None) -> Leaving:
    """What taking out an amount (all) would mean now: for the page that asks, and for the verb.

    Raises Conflict, Locked, BelowMinimum, Invalid.
    """
    if position.state != State.OPEN:
        raise Conflict(_("This position is on its way out already."), limit=position.state)
    now = clock.now()
    if product.kind == Product.Kind.MINING:
        return Leaving(ZERO, now, True, ZERO)
    amount = position.amount if amount is None else amount
    amount = parse(amount, field="amount", precision=product.asset.precision)
    if amount > position.amount:
        raise Invalid(
            _("There are %(amount)s in this position.") % {"amount": plain(position.amount)},
            field="amount",
            limit=position.amount,
        )
    if position.unlocks_at is not None and position.unlocks_at > now:
        return _early(product, position, amount, now)
    least, left = offered(product).minimum, position.amount - amount
    if 0 < left < least:
        raise BelowMinimum(
            _("Leave at least %(amount)s in it, or take all of it out.") % {"amount": plain(least)},
            field="amount",
            limit=least,
        )
    free_at = now + timedelta(days=product.unbonding_days)
    return Leaving(amount, free_at, not product.unbonding_days, ZERO)


def _early(product: Product, position: Position, amount: Decimal, now: datetime) -> Leaving:
    if not product.early_exit:
        raise Locked(
            _("This is locked until %(day)s.") % {"day": f"{position.unlocks_at:%Y-%m-%d %H:%M}"},
            field="position",
            limit=position.unlocks_at,
        )
    if amount != position.amount:
        raise Invalid(_("Before its end a position can only be ended as a whole."), field="amount")
    free_at = now + timedelta(days=product.unbonding_days)
    lost = accrued(position) if product.pays_at_end else ZERO
    return Leaving(amount, free_at, not product.unbonding_days, lost)


def accrued(position: Position) -> Decimal:
    """All interest that a position has earned by now. One indexed sum."""
    return Accrual.objects.filter(position=position).aggregate(all=Sum("interest"))["all"] or ZERO


def set_compound(*, customer_id: int, position_id: int, compound: bool, actor: Actor) -> Position:
    """Let interest stay in the position, or go to the spot account, from the next payment on."""
    keep.family(customer_id, actor)
    with transaction.atomic():
        product, position = _locked(customer_id, position_id)
        if product.pays_at_end or product.kind == Product.Kind.MINING:
            raise Conflict(_("What this product pays goes to your spot account."))
        if position.compound != compound:
            position.compound = compound
            position.save(update_fields=["compound"])
            record(actor=actor, verb="earn.compound", target=position, after={"compound": compound})
    return position


def let_go_due(*, limit: int = 500) -> int:
    """Pay back whatever has come to its date: unbonded amounts, and fixed savings at their end.

    Returns how many positions. Safe to run twice and alongside itself.
    """
    now = clock.now()
    unbonded = Position.objects.filter(state=State.UNBONDING, free_at__lte=now)
    ended = Position.objects.filter(
        state=State.OPEN, unlocks_at__lte=now, product__pays_at_end=True
    )
    return _each(unbonded.order_by("free_at"), limit, Kind.RELEASE) + _each(
        ended.order_by("unlocks_at"), limit, Kind.MATURE
    )


def _each(due: QuerySet[Position], limit: int, kind: str) -> int:
    done = 0
    for position_id, product_id in list(due.values_list("pk", "product_id")[:limit]):
        with transaction.atomic():
            locks.hold(locks.Lock.EARN_PRODUCT, product_id)
            position = due.filter(pk=position_id).select_related("product__asset").first()
            if position is not None:
                _let_go(position.product, position, kind)
                done += 1
    return done


def _let_go(product: Product, position: Position, kind: str) -> None:
    amount = position.amount
    position.state, position.closed_at = State.CLOSED, clock.now()
    _pay_back(product, position, kind, amount, f"position:{position.pk}")
    record(actor=KEEPER, verb="earn.let_go", target=position, after={"amount": amount})
    outbox.announce(
        "earn.let_go",
        customer_id=position.customer_id,
        position_id=position.pk,
        asset=product.asset.code,
        amount=plain(amount),
    )


def _take_out(product: Product, position: Position, leaving: Leaving, reference: str) -> Position:
    """At once to the spot account, or into a position of its own that waits."""
    if position.amount == leaving.amount:
        position.state, position.closed_at = State.CLOSED, clock.now()
    if position.unlocks_at is not None and position.unlocks_at > clock.now():
        # Nothing of it is paid at the end any more.
        position.forfeited, position.unlocks_at = leaving.forfeits, None
    if leaving.at_once:
        _pay_back(product, position, Kind.REDEEM, leaving.amount, reference)
        return position
    now = clock.now()
    keep.change(
        product=product,
        position=position,
        kind=Kind.UNBOND,
        amount=-leaving.amount,
        reference=reference,
        at=now,
    )
    child = Position.objects.create(
        product=product,
        customer_id=position.customer_id,
        state=State.UNBONDING,
        amount=ZERO,
        terms_version=position.terms_version,
        earns_from=position.earns_from,
        parent=position,
        free_at=leaving.free_at,
        opened_at=now,
    )
    keep.change(
        product=product,
        position=child,
        kind=Kind.UNBOND,
        amount=leaving.amount,
        reference=reference,
        at=now,
    )
    return child


def _pay_back(
    product: Product, position: Position, kind: str, amount: Decimal, reference: str
) -> None:
    if not amount:
        position.save()
        return
    keep.move(
        product=product,
        position=position,
        kind=kind,
        amount=-amount,
        reference=reference,
        at=clock.now(),
    )


def _locked(customer_id: int, position_id: int) -> tuple[Product, Position]:
    """A customer's own position, its product locked. Raises NotFound."""
    mine = Position.objects.filter(pk=position_id, customer_id=customer_id)
    product_id = mine.values_list("product_id", flat=True).first()
    if product_id is None:
        raise NotFound(_("You have no such position."), field="position")
    locks.hold(locks.Lock.EARN_PRODUCT, product_id)
    position = mine.select_for_update(of=("self",)).select_related("product__asset").get()
    return position.product, position
